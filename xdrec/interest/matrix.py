"""What the models of the user-item matrix share: the matrix, its rows, vectors of both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.data.domain import CrossDomain
from xdrec.interest.base import checked_pair


class OnMatrix:
    """Which matrix is learnt from, and whose row a user is."""

    def __init__(self, domains: str) -> None:
        if domains not in ("target", "both"):
            raise ValueError(f"domains={domains!r}: expected 'target' or 'both'")
        self.domains = domains

    def _read(self, known: CrossDomain) -> sparse.csr_matrix:
        self._index = checked_pair(known).user_index
        self._items = len(known.target.items)
        self._matrix = known.matrix(self.domains)
        return self._matrix


def at_least(smallest: int, **knobs: float) -> None:
    for name, value in knobs.items():
        if not np.isfinite(value) or value < smallest:
            raise ValueError(f"{name}={value}: expected a finite number, {smallest} or more")


class OnFactors(OnMatrix):
    """Those that make `user_vectors` [users, d] and `item_vectors` [target items, d] of it."""

    user_vectors: np.ndarray
    item_vectors: np.ndarray

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self.user_vectors[self._index(users)] @ self.item_vectors.T
