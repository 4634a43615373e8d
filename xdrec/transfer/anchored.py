"""The document's transfer loss on a linear item-item model, solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.closed_form import ItemItemPath, item_item
from xdrec.data.domain import CrossDomain
from xdrec.interest.base import checked_pair
from xdrec.transfer.anchors import Linear


class Anchor(Protocol):
    """What makes B_0 for a model on two domains: `TextAnchor`."""

    def matrix(self, known: CrossDomain, model: Linear) -> np.ndarray: ...


class Anchored:
    """L_transfer = L + λ‖B - B_0‖² (or the document's un-squared norm) on `model`'s own L.

    `model` is an `EASE` or a `NextItem` of the target: its loss and its ridge μ stay as they are.
    `anchor` makes B_0. λ = 0 is the model itself, λ = ∞ is B_0, which knows nothing of the target's
    events. `norm="plain"` is ‖B - B_0‖ as the document writes it.

    After `fit`: `b` and `b_0`, [items, items]. `path(known)` gives every λ at once, `own(known)`
    the part of B that is not the anchor's. `read` takes over other histories with B as it is.
    Users without a history score 0 everywhere. Raises ValueError for λ < 0 or NaN, or another norm.
    Source: document T 4.2.3. Book: the strength of transfer.

    >>> from xdrec.data import make_world
    >>> from xdrec.encoders import Features
    >>> from xdrec.interest import NextItem
    >>> from xdrec.transfer import TextAnchor
    >>> world = make_world(users=80, items=40, sparsity=0.8, images=False)
    >>> texts = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    >>> model = Anchored(NextItem(mu=10), TextAnchor(*texts), lam=100.0)
    >>> model.fit(world.cross("books", "films")).score(["u0000"]).shape
    (1, 40)
    """

    def __init__(self, model: Linear, anchor: Anchor, lam: float, norm: str = "squared") -> None:
        if not lam >= 0:
            raise ValueError(f"lam={lam}: expected a strength λ >= 0; 0 is the target alone")
        if norm not in ("squared", "plain"):
            raise ValueError(f"norm={norm!r}: expected 'squared' or 'plain'")
        self.model, self.anchor, self.lam, self.norm = model, anchor, float(lam), norm

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        problem = self.model.problem(known)
        self.b_0 = self.anchor.matrix(known, self.model)
        self._history = problem.history
        if self.norm == "plain":
            path = ItemItemPath(problem.gram, problem.cross, self.model.mu, self.b_0)
            self.b = path.weights(self.lam, "plain")
        elif np.isinf(self.lam):
            self.b = self.b_0
        else:
            self.b = item_item(problem.gram, problem.cross, self.model.mu, self.lam, self.b_0)
        return self

    def read(self, known: CrossDomain) -> Self:
        """Take over the histories of `known`, of the same catalogue; B stays as it is."""
        self._index = checked_pair(known).user_index
        self._history = self.histories(known)
        return self

    def histories(self, known: CrossDomain) -> sparse.csr_matrix:
        """The rows h of `known.users`, [users, items]: the model's."""
        return self.model.histories(known)

    def own(self, known: CrossDomain) -> np.ndarray:
        """The part of B that the target's own events give, [items, items]; after `fit`.

        B is linear in Q + λB_0, so it is this, B of an anchor of 0 at the same λ, plus what B_0
        gives: `b - own`. At λ = 0 all is the target's own, at λ = ∞ nothing.
        """
        lam = self.lam
        if self.norm == "plain" and np.isfinite(lam):
            lam = self.path(known).squared_strength(lam, "plain")
        if np.isinf(lam):
            return np.zeros_like(self.b)
        problem = self.model.problem(known)
        return item_item(problem.gram, problem.cross, self.model.mu, lam)

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return np.asarray(self._history[self._index(users)] @ self.b)

    def path(self, known: CrossDomain, *, single: bool = False) -> ItemItemPath:
        """B for every λ, by one eigendecomposition."""
        problem = self.model.problem(known)
        anchor = self.anchor.matrix(known, self.model)
        return ItemItemPath(problem.gram, problem.cross, self.model.mu, anchor, single=single)
