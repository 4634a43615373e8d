"""What happened in a training, and how it is looked at while it happens."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import torch
from torch import Tensor

EVERY = 50  # steps between two looks at a GPU's losses


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


class Watch:
    """Losses and lengths of gradients: seen at every step, on a GPU read at every fiftieth.

    To read, the program has to wait until the GPU has done all it was told.
    """

    def __init__(self, history: History, device: str) -> None:
        self.history, self.every = history, 1 if device == "cpu" else EVERY
        self.seen: list[tuple[Tensor, Tensor | None, dict[str, Any], int]] = []

    def see(self, loss: Tensor, norm: Tensor | None, row: dict[str, Any], epoch: int) -> None:
        self.seen.append((loss.detach(), norm, row, epoch))
        if len(self.seen) >= self.every:
            self.read()

    def read(self) -> None:
        """The rows of what was seen since into the history. Raises FloatingPointError."""
        if not self.seen:
            return
        losses, norms, rows, epochs = zip(*self.seen, strict=True)
        self.seen = []
        lost = torch.stack(losses).tolist()
        lengths = torch.stack(norms).tolist() if norms[0] is not None else [0.0] * len(lost)
        for value, length, row, epoch in zip(lost, lengths, rows, epochs, strict=True):
            where = f"step {row['step']} (epoch {epoch + 1})"
            finite(value, f"the loss of {where}")
            finite(length, f"the gradient of {where}")
            self.history.steps.append({"step": row["step"], "loss": value, "lr": row["lr"]})


def finite(number: float, what: str) -> float:
    """The number, if it is one. Raises FloatingPointError."""
    if not math.isfinite(number):
        raise FloatingPointError(
            f"{what} is {number}: expected a finite number; a smaller lr, clip, or precision='no' "
            "may help, and so may a look at the data"
        )
    return number
