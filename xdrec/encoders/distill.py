"""Distillation: a small encoder learns to say what a large one says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from xdrec.encoders.base import Encoder, Unreadable, batches
from xdrec.encoders.features import Features
from xdrec.train import History, Plan, held_apart, train


def distill(
    encoder: Encoder,
    items: Sequence[Any],
    teacher: Features,
    plan: Plan | None = None,
    *,
    valid: float = 0.1,
    **options: Any,
) -> History:
    """Train the encoder's net in place, until its vectors point where the teacher's do.

    `teacher` holds a vector an item, as long as the encoder's own (a longer one is cut by
    `Truncation` first). What is missing on either side, or cannot be read, is left out; a share
    `valid`, drawn by the plan's seed, is not trained on: the epoch that does best on it stays.
    `options` go to `train`.

    Loss: the mean of 1 - cos(f(item), teacher's vector). Raises ValueError for unequal lengths and
    widths, items that cannot be read, and where fewer than two are left.
    Source: Hinton et al., 2015; Reimers and Gurevych, EMNLP 2020 (vectors as the lesson).
    Book: what it costs.
    """
    plan = plan or Plan()
    if not 0 <= valid < 1:
        raise ValueError(f"valid={valid}: expected a share of the items from 0 to below 1")
    if teacher.vectors.shape != (len(items), encoder.width):
        raise ValueError(
            f"{len(items)} items, vectors {teacher.vectors.shape}: expected one an item, of "
            f"{encoder.width} numbers as the encoder's own; Truncation cuts longer ones"
        )
    encoder.check(items)
    rows = [row for row, item in enumerate(items)
            if teacher.present[row] and encoder.present(item)]  # fmt: skip
    targets = torch.from_numpy(teacher.unit())
    things = encoder.prepare([items[row] for row in rows])
    pairs = [(thing, row) for thing, row in zip(things, rows, strict=True)
             if not isinstance(thing, Unreadable)]  # fmt: skip
    if len(pairs) < len(things) and encoder.unreadable == "raise":
        raise ValueError(
            f"{len(things) - len(pairs)} items cannot be read: encode() lists them; mend them, or "
            "make the encoder with unreadable='mask' to leave them out"
        )
    taught, held = ([pairs[at] for at in rows]
                    for rows in held_apart(len(pairs), valid, plan.seed))  # fmt: skip
    if len(taught) < 2:
        raise ValueError(f"{len(taught)} items to learn from: expected at least two")

    def collate(batch: Sequence[tuple[Any, int]]) -> dict[str, Any]:
        return {"inputs": encoder.collate([thing for thing, _ in batch]),
                "said": targets[[row for _, row in batch]]}  # fmt: skip

    def apart(net: nn.Module, batch: dict[str, Any]) -> Tensor:
        found = net(**batch["inputs"]).float()
        return 1 - nn.functional.cosine_similarity(found, batch["said"])

    def missed(net: nn.Module) -> float:
        total = 0.0
        for part in batches([encoder.size(thing) for thing, _ in held], encoder.budget):
            batch = collate([held[at] for at in part])
            inputs = {name: each.to(encoder.device) for name, each in batch["inputs"].items()}
            said = batch["said"].to(encoder.device)
            total += float(apart(net, {"inputs": inputs, "said": said}).sum())
        return total / len(held)

    return train(
        encoder.net.to(encoder.device), lambda net, batch: apart(net, batch).mean(), taught, plan,
        collate=collate, valid=missed if held else None, device=encoder.device, **options,
    )  # fmt: skip
