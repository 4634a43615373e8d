"""How to train: what is chosen before a training starts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop,
}  # fmt: skip
# What is left of the learning rate when a share `done` of the steps after the warm-up is behind us.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
}


@dataclass(frozen=True)
class Plan:
    """How to train: the choices of document T 3.2.5 (optimizer, learning rate) and their kin.

    `warmup` is the share of all steps in which the rate rises to `lr`; `clip` the longest gradient
    (its norm; None: any); `patience` how many epochs in a row may fail to improve on `valid` (None:
    all); `precision` "no" (float32), "bf16" (mixed) or "auto" (mixed where the machine is faster
    with it). Raises ValueError with all that is wrong. Book: encoders.

    >>> Plan(epochs=2, lr=0.1, schedule="linear", warmup=0.0).rate(step=3, steps=4)
    0.025
    """

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

    def __post_init__(self) -> None:
        expected = {
            "epochs": (_whole(self.epochs, 1), "a whole number >= 1"),
            "batch_size": (_whole(self.batch_size, 1), "a whole number >= 1"),
            "optimizer": (self.optimizer in (*OPTIMIZERS,), "one of " + ", ".join(OPTIMIZERS)),
            "lr": (_number(self.lr) and self.lr > 0, "a number > 0"),
            "weight_decay": (_number(self.weight_decay) and self.weight_decay >= 0,
                             "a number >= 0"),
            "schedule": (self.schedule in (*SCHEDULES,), "one of " + ", ".join(SCHEDULES)),
            "warmup": (_number(self.warmup) and 0 <= self.warmup < 1, "a share of the steps, < 1"),
            "clip": (self.clip is None or (_number(self.clip) and self.clip > 0),
                     "a number > 0 or None"),
            "patience": (self.patience is None or _whole(self.patience, 1),
                         "a whole number >= 1 or None"),
            "precision": (self.precision in ("no", "bf16", "auto"), "'no', 'bf16' or 'auto'"),
            "seed": (_whole(self.seed, 0), "a whole number >= 0"),
        }  # fmt: skip
        faults = [f"{name}={getattr(self, name)!r}: expected {what}"
                  for name, (right, what) in expected.items() if not right]  # fmt: skip
        if faults:
            raise ValueError("; ".join(faults))

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0, of so many in all."""
        warm = round(self.warmup * steps)
        if step < warm:
            return self.lr * (step + 1) / warm
        return self.lr * SCHEDULES[self.schedule]((step - warm) / max(1, steps - warm))


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
