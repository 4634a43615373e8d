"""Collaborative filtering by neighbours and by factorization, as `implicit` does it.

Both learn from the user-item matrix alone: of the target, or of both domains side by side, where
the source's columns help to place a user and only the target's are recommended.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse
from threadpoolctl import threadpool_limits

from xdrec.data.domain import CrossDomain
from xdrec.interest.base import checked_pair


class _OnMatrix:
    """Shared by the two: which matrix is learnt from, and whose row a user is."""

    def __init__(self, domains: str) -> None:
        if domains not in ("target", "both"):
            raise ValueError(f"domains={domains!r}: expected 'target' or 'both'")
        self.domains = domains

    def _read(self, known: CrossDomain) -> sparse.csr_matrix:
        self._index = checked_pair(known).user_index
        self._items = len(known.target.items)
        self._matrix = known.matrix(self.domains)
        return self._matrix


def _at_least(smallest: int, **knobs: float) -> None:
    for name, value in knobs.items():
        if not np.isfinite(value) or value < smallest:
            raise ValueError(f"{name}={value}: expected a finite number, {smallest} or more")


class ItemKNN(_OnMatrix):
    """Item-based neighbours: an item is wanted by those who have items that the same people have.

    With C the user-item matrix under BM25 weights, each item keeps its `k` most similar items (by
    the product of their columns) and score(u, i) = sum of similarity(i, j) over u's items j.
    Source: documents X 3.2.3 and X 9.1; Sarwar et al., WWW 2001; BM25 weights as in `implicit`.
    Book: real data.

    >>> items = pl.DataFrame({"item_id": list("wxyz"), "title": list("WXYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> from xdrec.data.domain import Domain
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> scores = ItemKNN(k=3).fit(known).score(["c"])
    >>> bool(scores[0, 2] > scores[0, 3])
    True
    """

    def __init__(self, k: int = 500, domains: str = "target") -> None:
        super().__init__(domains)
        _at_least(1, k=k)  # below that, implicit's compiled code ends the process
        self.k = k

    def fit(self, known: CrossDomain) -> Self:
        from implicit.nearest_neighbours import BM25Recommender
        from implicit.utils import ParameterWarning

        x = self._read(known)
        model = BM25Recommender(K=self.k, num_threads=0)
        with warnings.catch_warnings():
            # Its own BM25 step hands its own fit a COO matrix and then warns of it.
            warnings.simplefilter("ignore", ParameterWarning)
            model.fit(x, show_progress=False)
        self._similar = model.similarity[:, : self._items].tocsr()
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return (self._matrix[self._index(users)] @ self._similar).toarray()


class ALS(_OnMatrix):
    """Matrix factorization of implicit feedback by alternating least squares.

    X is approximated by P Qᵀ, where the entries that are there weigh 1 + α times the others, and
    score(u, i) = p_u · q_i. After `fit`: `user_vectors` [users of both domains, factors] and
    `item_vectors` [target items, factors]; a user without history is the zero vector.
    Source: documents X 3.2.3, T 9.5.3; Hu, Koren and Volinsky, ICDM 2008, as in `implicit`.
    Book: start here.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> from xdrec.data.domain import Domain
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> scores = ALS(factors=2).fit(known).score(["c"])
    >>> bool(scores[0, 1] > scores[0, 2])
    True
    """

    def __init__(
        self,
        factors: int = 128,
        alpha: float = 10.0,
        regularization: float = 0.1,
        iterations: int = 15,
        domains: str = "target",
        seed: int = 42,
    ) -> None:
        super().__init__(domains)
        _at_least(1, factors=factors, iterations=iterations)
        _at_least(0, alpha=alpha, regularization=regularization)
        self.factors, self.alpha, self.regularization = factors, alpha, regularization
        self.iterations, self.seed = iterations, seed

    def fit(self, known: CrossDomain) -> Self:
        from implicit.als import AlternatingLeastSquares

        x = self._read(known)
        # implicit runs threads of its own; BLAS threads below them only get in their way.
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=self.factors,
                alpha=self.alpha,
                regularization=self.regularization,
                iterations=self.iterations,
                random_state=self.seed,
                use_gpu=False,
            )
            model.fit(x, show_progress=False)
        heard = np.diff(x.indptr) > 0
        self.user_vectors = model.user_factors * heard[:, None]
        self.item_vectors = model.item_factors[: self._items]
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self.user_vectors[self._index(users)] @ self.item_vectors.T
