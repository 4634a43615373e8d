"""The one visible loop: everything in this library that is trained is trained here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from accelerate import Accelerator
from accelerate.utils import send_to_device, set_seed
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import default_collate
from tqdm.auto import tqdm

from xdrec.checkpoint import Checkpoint, copied, weights_of
from xdrec.device import pick_device, pick_dtype
from xdrec.isolation import isolated
from xdrec.plan import OPTIMIZERS, Plan

__all__ = ["History", "Plan", "train"]


@dataclass
class History:
    """What happened: a row a step (loss, lr), a row an epoch (loss, valid, seconds), the best one.

    An epoch's loss is the mean over its steps; `best` counts epochs from 1, and is None without
    `valid`. Book: encoders.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    best: int | None = None

    def curve(self, of: str = "epochs") -> pl.DataFrame:
        """The rows as a table to draw: of the "epochs" or of the "steps"."""
        if of not in ("epochs", "steps"):
            raise ValueError(f"of={of!r}: expected 'epochs' or 'steps'")
        return pl.DataFrame(getattr(self, of))

    def waited(self) -> int:
        """How many epochs ago the best one was."""
        return 0 if self.best is None else len(self.epochs) - self.best


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
    checkpoint: str | Path | None = None,
    after_step: Callable[[Optimizer], None] | None = None,
) -> History:
    """Minimise the mean of `loss(model, batch)` over `data`; the model is trained in place.

    A batch is `collate` (torch's own by default) of up to `plan.batch_size` items, on the device.
    With `valid`, a number to be made small, the weights of the best epoch are those that remain,
    and `plan.patience` may end the training early. Weights that ask for no gradient are left alone;
    a part all of whose weights are such works as in evaluation (no dropout, no new statistics).
    `after_step(optimizer)` is called after each step and may move the weights once more.

    Order and every random number drawn in an epoch follow from (seed, epoch) alone. So a training
    that was broken off and is called again with the same `checkpoint`, a folder written after each
    epoch, ends with the very weights of one that was not (bit for bit; on CUDA a kernel that cannot
    repeat itself warns). The random state outside is afterwards what it was before.

    Raises ValueError for data or weights that are none, for a checkpoint of another training or a
    damaged one; FloatingPointError for a loss, gradient or score that is no finite number.
    Source: documents T 3.2.5, X 5.2. Book: encoders.

    >>> line = nn.Linear(1, 1)
    >>> data = [(torch.tensor([x]), torch.tensor([2 * x + 1])) for x in (-1.0, 0.0, 1.0, 2.0)]
    >>> def squared(model, batch): return (model(batch[0]) - batch[1]).square().mean()
    >>> history = train(line, squared, data, Plan(epochs=100, batch_size=2, lr=0.1), device="cpu")
    >>> line(torch.tensor([3.0])).round().item()
    7.0
    """
    plan, device = plan or Plan(), pick_device(device)
    precision = plan.precision
    if precision == "auto":
        precision = "bf16" if pick_dtype(device) == torch.bfloat16 else "no"
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    if not len(data):
        raise ValueError("data is empty: expected at least one item to train on")
    if not trained:
        raise ValueError("no weight of the model asks for a gradient: nothing to train")
    if plan.patience is not None and valid is None:
        raise ValueError(f"patience={plan.patience} without valid: nothing says what is better")
    collate = collate or default_collate
    steps = plan.epochs * math.ceil(len(data) / plan.batch_size)
    with isolated(device), tqdm(total=steps, disable=not progress, unit="step") as bar:
        accelerator = Accelerator(mixed_precision=precision, cpu=device == "cpu")
        if accelerator.num_processes > 1:
            raise RuntimeError(f"{accelerator.num_processes} processes: this loop trains in one")
        model.to(device)
        optimizer = OPTIMIZERS[plan.optimizer](trained, weight_decay=plan.weight_decay)
        history, best, saved = History(), None, None
        if checkpoint is not None:
            what = {**asdict(plan), "precision": precision, "items": len(data)}
            saved = Checkpoint(Path(checkpoint), what | weights_of(model))
            said, best = saved.read(model, optimizer)
            history = History(**said)
            bar.update(len(history.steps))
        for epoch in range(len(history.epochs), plan.epochs):
            if plan.patience is not None and history.waited() >= plan.patience:
                break
            start, losses = time.perf_counter(), []
            set_seed(_seed(plan.seed, epoch))
            _to_train(model)
            for rows in order(len(data), plan.batch_size, plan.seed, epoch):
                step = len(history.steps)
                lr, where = plan.rate(step, steps), f"step {step + 1} (epoch {epoch + 1})"
                for group in optimizer.param_groups:
                    group["lr"] = lr
                batch = send_to_device(collate([data[row] for row in rows]), device)
                with accelerator.autocast():
                    value = loss(model, batch)
                losses.append(_finite(value.detach(), f"the loss of {where}"))
                optimizer.zero_grad()
                accelerator.backward(value)
                if plan.clip is not None:
                    norm = nn.utils.clip_grad_norm_(trained, plan.clip)
                    _finite(norm, f"the gradient of {where}")
                optimizer.step()
                if after_step is not None:
                    after_step(optimizer)
                history.steps.append({"step": step + 1, "loss": losses[-1], "lr": lr})
                bar.update()
            row = {"epoch": epoch + 1, "loss": sum(losses) / len(losses)}
            model.eval()
            if valid is not None:
                with torch.no_grad():
                    row["valid"] = _finite(valid(model), f"valid after epoch {epoch + 1}")
                if row["valid"] < min((each["valid"] for each in history.epochs), default=math.inf):
                    history.best, best = epoch + 1, copied(model.state_dict())
            history.epochs.append(row | {"seconds": time.perf_counter() - start})
            bar.set_postfix({name: f"{row[name]:.4g}" for name in row if name != "epoch"})
            if saved is not None:
                saved.write(model, optimizer, best, asdict(history))
        optimizer.zero_grad()
    if best is not None:
        model.load_state_dict(best)
    model.eval()
    return history


def order(items: int, batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """The rows of each batch of an epoch: all of them, shuffled, in batches of even size.

    Even, so that no last batch of a single item weighs as much as a full one.

    >>> [len(batch) for batch in order(items=9, batch_size=4, seed=0, epoch=0)]
    [3, 3, 3]
    """
    shuffled = np.random.default_rng([seed, epoch]).permutation(items)
    return [rows.tolist() for rows in np.array_split(shuffled, math.ceil(items / batch_size))]


def held_apart(items: int, share: float, seed: int) -> tuple[list[int], list[int]]:
    """The rows to learn from, in their order, and a share that is held out, as it was drawn.

    >>> taught, held = held_apart(5, share=0.4, seed=0)
    >>> len(held), sorted(taught + held)
    (2, [0, 1, 2, 3, 4])
    """
    drawn = torch.randperm(items, generator=torch.Generator().manual_seed(seed)).tolist()
    held = round(share * items)
    return sorted(drawn[held:]), drawn[:held]


def _seed(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def _to_train(model: nn.Module) -> None:
    model.train()
    for part in model.modules():
        weights = list(part.parameters())
        if weights and not any(weight.requires_grad for weight in weights):
            part.eval()


def _finite(value: Any, what: str) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise FloatingPointError(
            f"{what} is {number}: expected a finite number; a smaller lr, clip, or precision='no' "
            "may help, and so may a look at the data"
        )
    return number
