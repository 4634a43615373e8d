"""B_0: what item-item weights of the target are to be tied to, before the target has spoken."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np

from xdrec.closed_form import Problem, item_item
from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features

POWERS = (1, 2, 4, 8)
BLOCK = 1024  # rows of a product of vectors at once


class Linear(Protocol):
    """An item-item model that can say what it solves: `EASE`, `NextItem`."""

    mu: float

    def problem(self, known: CrossDomain) -> Problem: ...


class TextAnchor:
    """B_0 read off the target's texts by a map that was learnt in the source.

    There, items have both texts and weights B, made by the same model from the source's events. The
    map says what a pair's likeness is worth: B_ij ≈ Σ_p m_p · max(0, cos_ij)^p, p = 1, 2, 4, 8, by
    least squares over all pairs i ≠ j. Applied to the target's texts it gives B_0, in the right
    unit and without one event of the target; items without a text get zeros. No item needs to be
    in both domains, and no person either.

    `target` and `source` are the item vectors of the two catalogues, of one encoder. After
    `matrix`: `map` m [4]. Raises ValueError for vectors that do not fit the catalogues, and where
    no two texts of the source are alike at all.
    Source: document T 4.2.3 (θ_source); Book: the strength of transfer.
    """

    def __init__(self, target: Features, source: Features) -> None:
        self.target, self.source = target, source

    def matrix(self, known: CrossDomain, model: Linear) -> np.ndarray:
        """B_0, float64 [target items, target items], with a zero diagonal."""
        for side, features in (("target", self.target), ("source", self.source)):
            items = len(getattr(known, side).items)
            if len(features.vectors) != items:
                raise ValueError(
                    f"{len(features.vectors)} vectors for the {items} items of the {side}"
                )
        turned = model.problem(CrossDomain(known.target, known.source))
        self.learn(item_item(turned.gram, turned.cross, model.mu))
        return self.apply()

    def learn(self, weights: np.ndarray) -> Self:
        """The map m from the source's texts to these weights B of its items."""
        unit = self.source.unit()
        normal, right = np.zeros((len(POWERS), len(POWERS))), np.zeros(len(POWERS))
        for start in range(0, len(unit), BLOCK):
            alike = np.stack(_powers(unit, start)).reshape(len(POWERS), -1).astype(float)
            normal += alike @ alike.T
            right += alike @ weights[start : start + BLOCK].ravel()
        if not normal.any():
            raise ValueError("no two texts of the source are alike: nothing to learn a map from")
        self.map = np.linalg.lstsq(normal, right, rcond=1e-10)[0]
        return self

    def apply(self) -> np.ndarray:
        """The map applied to the target's texts."""
        unit = self.target.unit()
        anchor = np.empty((len(unit), len(unit)))
        for start in range(0, len(unit), BLOCK):
            anchor[start : start + BLOCK] = np.tensordot(self.map, _powers(unit, start), 1)
        return anchor


def _powers(unit: np.ndarray, start: int) -> list[np.ndarray]:
    """max(0, cosine)^p of a block of rows with all, 0 for an item with itself."""
    alike = (unit[start : start + BLOCK] @ unit.T).clip(min=0)
    alike[np.arange(len(alike)), start + np.arange(len(alike))] = 0
    return [alike**power for power in POWERS]
