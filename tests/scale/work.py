"""A small encoder and a small catalogue, and encoders that kill their own process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor, nn

from xdrec.encoders.texts import TextEncoder
from xdrec.train import Plan


class Letters(TextEncoder):
    """How often each of 26 letters is met, through one fixed matrix and a tanh: real arithmetic."""

    budget = 64

    def __init__(self, seed: int = 0, **options: Any) -> None:
        super().__init__(device="cpu", **options)
        self.seed = seed
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net = Net()

    @property
    def width(self) -> int:
        return 16

    def settings(self) -> dict[str, Any]:
        return {"seed": self.seed}

    def prepare(self, items: Sequence[str]) -> list[Any]:
        return list(items)

    def size(self, thing: str) -> int:
        return len(thing)

    def collate(self, things: Sequence[str]) -> dict[str, Tensor]:
        counts = [[text.count(chr(97 + n)) for n in range(26)] for text in things]
        return {"counts": torch.tensor(counts, dtype=torch.float32)}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(26, 64), nn.Linear(64, 16)

    def forward(self, counts: Tensor) -> Tensor:
        return self.second(torch.tanh(self.first(counts)))


class Mortal(Letters):
    """Reads as `Letters` does, but a text with `word` kills the process, `times` times."""

    def __init__(self, marks: str, word: str = "doom", times: int = 1) -> None:
        super().__init__()
        self.marks, self.word, self.times = Path(marks), word, times

    def identity(self) -> list[Any]:
        return ["Letters", *super().identity()[1:]]

    def prepare(self, items: Sequence[str]) -> list[Any]:
        died = len(list(self.marks.glob("*")))
        if any(self.word in text for text in items) and died < self.times:
            (self.marks / f"{died}-{os.getpid()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().prepare(items)


def catalogue(path: Path, items: int = 100, doom: Sequence[int] = (53,)) -> pl.DataFrame:
    """Items with a title each, a few without one; the titles of `doom` are deadly."""
    words = ["green tea", "black tea", "a kettle", "brown rice", "a long story about rivers"]
    titles = [f"{words[n % 5]} {'abcdefgh'[n % 8] * (n % 11)}" for n in range(items)]
    for n in doom:
        titles[n] += " doom"
    table = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(items)],
            "title": [None if n % 17 == 5 else title for n, title in enumerate(titles)],
        }
    )
    table.write_parquet(path)
    return table


class Slow(Letters):
    """Takes its time over each shard, so that its caller can be killed meanwhile."""

    def identity(self) -> list[Any]:
        return ["Letters", *super().identity()[1:]]

    def prepare(self, items: Sequence[str]) -> list[Any]:
        time.sleep(1)
        return super().prepare(items)


def line(marks: str | None = None) -> dict[str, Any]:
    """The arguments of a training of 3 epochs of 4 steps; with `marks` killed once, at step 7."""
    torch.manual_seed(0)
    data = [(torch.tensor([n / 8 - 1]), torch.tensor([n / 4 - 1])) for n in range(16)]
    steps = iter(range(1, 100))

    def squared(model: nn.Module, batch: Any) -> Tensor:
        if marks is not None and next(steps) == 7 and not list(Path(marks).iterdir()):
            Path(marks, str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return (model(batch[0]) - batch[1]).square().mean()

    plan = Plan(epochs=3, batch_size=4, lr=0.1)
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    return {"model": model, "loss": squared, "data": data, "plan": plan, "device": "cpu"}
