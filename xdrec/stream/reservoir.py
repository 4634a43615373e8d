"""A fair sample of everything so far, in room for so many: what is replayed is drawn from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np


class Reservoir:
    """At most `room` whole numbers of a stream, each of those offered with the same chance.

    The t-th number offered is taken in with probability room / t, in the place of one of those that
    are there, whichever it may be (algorithm R). So after n numbers each is there with probability
    room / n: early ones are neither favoured nor forgotten. Same seed and the same offers, same
    numbers; `kept` int64 [<= room] and `seen`, how many were offered, are the whole state.
    Raises ValueError for room < 1 and a `kept` that does not fit.
    Source: Vitter, ACM TOMS 1985. Book: real time.

    >>> some = Reservoir(3, seed=0).offer(range(100))
    >>> len(some.kept), some.seen, Reservoir(3).offer([7, 8]).kept.tolist()
    (3, 100, [7, 8])
    """

    def __init__(
        self, room: int, seed: int = 0, *, kept: Iterable[int] = (), seen: int = 0
    ) -> None:
        self.room, self.seed, self.seen = room, seed, seen
        self.kept = np.fromiter(kept, np.int64)
        if room < 1:
            raise ValueError(f"room={room}: expected a whole number, at least 1")
        if len(self.kept) != min(room, seen):
            raise ValueError(f"{len(self.kept)} kept of {seen} seen, with room for {room}: "
                             f"expected {min(room, seen)}")  # fmt: skip

    def offer(self, numbers: Iterable[int]) -> Self:
        """Show it the next numbers of the stream; some stay."""
        new = np.fromiter(numbers, np.int64)
        free = new[: max(0, self.room - self.seen)]
        self.kept = np.concatenate([self.kept, free])
        rest = new[len(free) :]
        before = self.seen + len(free)
        # A place among all so far: beyond the room it is out at once.
        rng = np.random.default_rng([self.seed, before])
        places = rng.integers(before + np.arange(1, len(rest) + 1))
        for place, number in zip(places.tolist(), rest.tolist(), strict=True):
            if place < self.room:
                self.kept[place] = number
        self.seen += len(new)
        return self
