"""Two programs that do the same work, timed in turn, and a table of such pairs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Times:
    """Seconds of each call, ours and a peer's; the rounds of both in the order they ran."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def medians(self) -> tuple[float, float]:
        return float(np.median(self.ours)), float(np.median(self.theirs))

    @property
    def ratio(self) -> float:
        """Our median over theirs: below 1 is a gain."""
        ours, theirs = self.medians
        return ours / theirs

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest ratio of one round."""
        each = np.divide(self.ours, self.theirs)
        return float(each.min()), float(each.max())


def in_turn(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    rounds: int = 15,
    warm: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """Both once to warm up (`warm=False`: they have run before), then in turn, `rounds` times.

    On a machine that others use, too, `clock=time.process_time` counts what is ours.
    """
    spent: tuple[list[float], list[float]] = ([], [])
    for call in (ours, theirs) if warm else ():
        call()
    for _ in range(rounds):
        for seconds, call in zip(spent, (ours, theirs), strict=True):
            start = clock()
            call()
            seconds.append(clock() - start)
    return Times(tuple(spent[0]), tuple(spent[1]))


HEAD = [
    "| what | against | ours, ms | theirs, ms | ratio (of a round) | budget | peak, GB |",
    "|---|---|---:|---:|---:|---:|---:|",
]


def line(row: dict[str, Any]) -> str:
    """A pair in the table that HEAD begins, from what `benchmarks.bench.measured` says of it."""
    low, high = row["range"]
    over = "" if row["ratio"] <= row["budget"] else " **over**"
    return (
        f"| {row['what']} | {row['peer']} | {1000 * row['ours_s']:,.1f} | "
        f"{1000 * row['theirs_s']:,.1f} | {row['ratio']:.2f} ({low:.2f}–{high:.2f}) | "
        f"{row['budget']:.2f}{over} | {row['peak_gb']:.1f} |"
    )
