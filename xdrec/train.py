"""The one visible loop: everything in this library that is trained is trained here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

OPTIMIZERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}


@dataclass(frozen=True)
class Plan:
    """How to train: the choices of document T 3.2.5 (optimizer, learning rate) and their kin."""

    epochs: int = 10
    batch_size: int = 64
    optimizer: str = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.01
    schedule: str = "cosine"
    warmup: float = 0.05
    clip: float | None = 1.0
    patience: int | None = None
    precision: str = "no"
    seed: int = 0


@dataclass
class History:
    """What happened: a row a step, a row an epoch, and which epoch was the best."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    best: int | None = None

    def curve(self) -> pl.DataFrame:
        return pl.DataFrame(self.epochs)


def train(
    model: nn.Module,
    loss: Callable[[nn.Module, Any], Tensor],
    data: Sequence[Any],
    plan: Plan | None = None,
    *,
    collate: Callable[[list[Any]], Any] | None = None,
    valid: Callable[[nn.Module], float] | None = None,
    device: str | None = None,
    progress: bool = False,
) -> History:
    """Minimise the mean of `loss(model, batch)` over `data`; the model is trained in place."""
    plan = plan or Plan()
    set_seed(plan.seed)
    accelerator = Accelerator(mixed_precision=plan.precision, cpu=device == "cpu")
    generator = torch.Generator().manual_seed(plan.seed)
    loader = DataLoader(
        data,  # type: ignore[arg-type]
        batch_size=plan.batch_size, shuffle=True, collate_fn=collate, generator=generator,
    )  # fmt: skip
    optimizer = OPTIMIZERS[plan.optimizer](
        model.parameters(), lr=plan.lr, weight_decay=plan.weight_decay
    )
    total = plan.epochs * len(loader)
    warm = max(1, round(plan.warmup * total))

    def rate(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    model, optimizer, loader, schedule = accelerator.prepare(model, optimizer, loader, schedule)
    history, best, kept = History(), float("inf"), None
    for epoch in range(plan.epochs):
        model.train()
        start, losses = time.perf_counter(), []
        for batch in tqdm(loader, desc=f"epoch {epoch + 1}", disable=not progress):
            value = loss(model, batch)
            accelerator.backward(value)
            if plan.clip is not None:
                accelerator.clip_grad_norm_(model.parameters(), plan.clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(value.detach())
        row = {"epoch": epoch + 1, "loss": float(torch.stack(losses).mean()),
               "seconds": time.perf_counter() - start}  # fmt: skip
        if valid is not None:
            model.eval()
            with torch.no_grad():
                row["valid"] = float(valid(accelerator.unwrap_model(model)))
            if row["valid"] < best:
                best, history.best = row["valid"], epoch + 1
                kept = {k: v.detach().clone() for k, v in model.state_dict().items()}
            elif plan.patience is not None and epoch + 1 - (history.best or 0) >= plan.patience:
                history.epochs.append(row)
                break
        history.epochs.append(row)
    if kept is not None:
        model.load_state_dict(kept)
    model.eval()
    return history
