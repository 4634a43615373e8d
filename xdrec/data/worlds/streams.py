"""Chance, kept in separate drawers.

Every part of a world (the people, the words of one domain, the cover of one item) draws from its
own generator, named by the seed and the part. So turning one knob leaves what it does not touch
exactly as it was: the only honest way to ask "what if?".
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def stream(seed: int, *part: str | int) -> np.random.Generator:
    """The generator of one part of the world; the same name gives the same draws, always.

    >>> a, b, c = (stream(0, "books", "text", n).random() for n in (3, 3, 4))
    >>> a == b, a == c
    (True, False)
    """
    return np.random.default_rng([seed, *(zlib.crc32(str(p).encode()) for p in part)])


def bell(draws: np.ndarray) -> np.ndarray:
    """Standard normal numbers, one a row of two uniform ones (Box and Muller); [n].

    A generator's own normal draws take an unknown number of bits each; these take two numbers a
    row, so a longer table keeps its first rows.

    >>> bell(np.array([[0.5, 0.0], [0.5, 0.5]])).round(3).tolist()
    [1.177, -1.177]
    """
    return np.sqrt(-2 * np.log1p(-draws[:, 0])) * np.cos(2 * np.pi * draws[:, 1])


class Marks:
    """The marks that an item leaves in one modality: its words, its colours and shapes, its labels.

    A mark shows theme k with chance v_ik² (item factors have length 1, so these sum to 1). With
    chance `noise` it shows a theme of a decoy instead: an unrelated item's factors. At noise 0
    every mark is the item's own, at noise 1 the marks say nothing about it. Who writes or draws by
    them may leave `notes` of what came of it.

    >>> own, decoy = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    >>> Marks(own, decoy, 0.0, stream(0)).theme(), Marks(own, decoy, 1.0, stream(0)).theme()
    (0, 1)
    """

    def __init__(
        self, own: np.ndarray, decoy: np.ndarray, noise: float, rng: np.random.Generator
    ) -> None:
        self._own, self._decoy = ((v**2).cumsum().tolist() for v in (own, decoy))
        self.noise, self.random = noise, rng.random
        self.notes: list[str] = []

    def theme(self) -> int:
        """The theme of the next mark."""
        # Both numbers are drawn whatever the noise is, so that the knob moves no later draw.
        shown = self._decoy if self.random() < self.noise else self._own
        return min(bisect_right(shown, self.random() * shown[-1]), len(shown) - 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each as likely as the others."""
        return options[int(self.random() * len(options))]

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.random()

    def chance(self, share: float) -> bool:
        return self.random() < share
