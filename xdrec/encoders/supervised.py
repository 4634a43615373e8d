"""Teach an encoder of any modality by what items are called: their categories, say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from xdrec.encoders.base import Encoder, Unreadable, batches
from xdrec.train import History, Plan, held_apart, train


def fit_categories(
    encoder: Encoder,
    items: Sequence[Any],
    labels: Sequence[str | None],
    plan: Plan | None = None,
    *,
    valid: float = 0.1,
    keep: bool = True,
    **options: Any,
) -> History:
    """Train the encoder's net in place, under a linear head that names each item's category.

    The head is thrown away afterwards: f is what it stood on. Items that are missing or have no
    label (None) are left out; those that cannot be read too, where the encoder masks them. A share
    `valid` of the rest, drawn by the plan's seed, is not trained on: `valid` in the history's rows
    is the share of it that is named wrongly (the epoch with the least is the one that stays, the
    earliest of equals) and `accuracy` what is left of 1. `keep=False` prepares every batch anew:
    slower, but a million pictures need no memory then. `options` go to `train` (progress=True).

    Loss: the mean of -log softmax(W f(item) + b)[category]. Raises ValueError for unequal lengths,
    fewer than two categories, and items that cannot be read. Source: document X 3.2.1. Book:
    encoders.
    """
    plan = plan or Plan()
    if not 0 <= valid < 1:
        raise ValueError(f"valid={valid}: expected a share of the items from 0 to below 1")
    if len(items) != len(labels):
        raise ValueError(f"{len(items)} items and {len(labels)} labels: expected one label an item")
    encoder.check(items)
    rows = [row for row, label in enumerate(labels)
            if label is not None and encoder.present(items[row])]  # fmt: skip
    things = _readable(encoder, items, rows, keep)
    rows = sorted(things)
    names = sorted({str(labels[row]) for row in rows})
    if len(names) < 2:
        raise ValueError(f"the labels name {len(names)} categories: expected at least two")
    number = {name: at for at, name in enumerate(names)}
    pairs = [(things[row] if keep else items[row], number[str(labels[row])]) for row in rows]
    rows, held = held_apart(len(pairs), valid, plan.seed)
    taught, held = [pairs[at] for at in rows], sorted(held)

    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        head = nn.Linear(encoder.width, len(names))
    model = _Named(encoder.net, head).to(encoder.device)

    def collate(batch: Sequence[tuple[Any, int]]) -> dict[str, Any]:
        made = [thing for thing, _ in batch]
        made = made if keep else encoder.prepare(made)
        return {"inputs": encoder.collate(made), "labels": torch.tensor([at for _, at in batch])}

    def loss(model: nn.Module, batch: dict[str, Any]) -> Tensor:
        return nn.functional.cross_entropy(model(**batch["inputs"]).float(), batch["labels"])

    def wrong(model: nn.Module) -> float:
        errors = 0
        sizes = [encoder.size(pairs[at][0]) if keep else 1 for at in held]
        for part in batches(sizes, encoder.budget):
            batch = collate([pairs[held[at]] for at in part])
            inputs = {name: each.to(encoder.device) for name, each in batch["inputs"].items()}
            errors += int((model(**inputs).argmax(dim=1).cpu() != batch["labels"]).sum())
        return errors / len(held)

    history = train(
        model, loss, taught, plan, collate=collate, valid=wrong if held else None,
        device=encoder.device, **options,
    )  # fmt: skip
    for row in history.epochs:
        if "valid" in row:
            row["accuracy"] = 1 - row["valid"]
    return history


class _Named(nn.Module):
    """The net and its head: a batch's arguments in, one score a category out, [batch, names]."""

    def __init__(self, net: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.net, self.head = net, head

    def forward(self, **inputs: Tensor) -> Tensor:
        return self.head(self.net(**inputs))


def _readable(
    encoder: Encoder, items: Sequence[Any], rows: Sequence[int], keep: bool
) -> dict[int, Any]:
    """What each row's item is prepared to (None where it is not kept), the unreadable left out."""
    things: dict[int, Any] = {}
    for start in range(0, len(rows), encoder.chunk):
        part = rows[start : start + encoder.chunk]
        for row, thing in zip(part, encoder.prepare([items[row] for row in part]), strict=True):
            if not isinstance(thing, Unreadable):
                things[row] = thing if keep else None
            elif encoder.unreadable == "raise":
                raise encoder._all_unreadable(items, row)
    return things
