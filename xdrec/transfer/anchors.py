"""B_0: what item-item weights of the target are to be tied to, before the target has spoken."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from scipy import sparse

from xdrec.closed_form import Problem, item_item
from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features

POWERS = (1, 2, 4, 8)  # each the square of the one before
BLOCK = 1024  # rows of a product of vectors at once


class Linear(Protocol):
    """An item-item model that can say what it solves: `EASE`, `NextItem`."""

    mu: float

    def problem(self, known: CrossDomain) -> Problem: ...

    def histories(self, known: CrossDomain) -> sparse.csr_matrix: ...


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
        # In float32: rounding is lost among millions of pairs.
        self.learn(item_item(turned.gram, turned.cross, model.mu, single=True))
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


class UserAnchor:
    """B_0 from the people who are in both domains: things are alike if their people are.

    Two people are alike as far as their source histories are, by the cosine of these weighted by
    rarity, less the mean over all pairs. W_ij sums that over everybody who has i and everybody else
    who has j, over √(n_i n_j), the numbers of both; B_0 = c W, c the least squares fit to the
    model's own B (λ = 0), so that B_0 is in its unit. What the source says and the target does not
    bear out (a wide gap) is in W all the same: this anchor can mislead.

    Only what `known` holds is read; nobody is compared with themselves. Raises ValueError where
    nobody has events in both domains.
    Source: document T 2.2.1 (overlapping users); Book: the strength of transfer.
    """

    def matrix(self, known: CrossDomain, model: Linear) -> np.ndarray:
        """B_0, float64 [target items, target items], with a zero diagonal."""
        w = self.likeness(known)
        if not w.any():  # all people are alike: the source tells nothing apart
            return w
        problem = model.problem(known)
        own = item_item(problem.gram, problem.cross, model.mu)
        return w * float((w * own).sum() / (w * w).sum())

    def likeness(self, known: CrossDomain) -> np.ndarray:
        """W, float64 [target items, target items]."""
        x, s = (
            (side.matrix(known.users) > 0).astype(float) for side in (known.target, known.source)
        )
        rarity = np.log((1 + s.shape[0]) / (1 + np.asarray(s.sum(axis=0)).ravel()))
        s = s.multiply(rarity).tocsr()
        lengths = np.sqrt(np.asarray(s.multiply(s).sum(axis=1)).ravel())
        there = (lengths > 0) & (np.diff(x.indptr) > 0)
        if there.sum() < 2:
            raise ValueError("fewer than two people have events in both domains: no likeness")
        x, s = x[there], s[there].multiply(1 / lengths[there, None]).tocsr()
        # The mean over pairs of different people, whose own cosine is 1.
        n, whole = len(lengths[there]), np.asarray(s.sum(axis=0)).ravel()
        mean = (whole @ whole - n) / (n * (n - 1))
        w = np.zeros((x.shape[1], x.shape[1]))
        for start in range(0, n, BLOCK):
            alike = (s[start : start + BLOCK] @ s.T).toarray() - mean
            alike[np.arange(len(alike)), start + np.arange(len(alike))] = 0
            w += x[start : start + BLOCK].T @ (alike @ x)
        owners = np.asarray(x.sum(axis=0)).ravel()
        w /= np.sqrt(np.maximum(np.outer(owners, owners), 1))
        np.fill_diagonal(w, 0)
        return w


def _powers(unit: np.ndarray, start: int) -> list[np.ndarray]:
    """max(0, cosine)^p of a block of rows with all, 0 for an item with itself."""
    alike = (unit[start : start + BLOCK] @ unit.T).clip(min=0)
    alike[np.arange(len(alike)), start + np.arange(len(alike))] = 0
    powers = [alike]
    for _ in POWERS[1:]:
        powers.append(powers[-1] ** 2)
    return powers
