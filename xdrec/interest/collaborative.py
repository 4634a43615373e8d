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
from threadpoolctl import threadpool_limits

from xdrec.data.domain import CrossDomain
from xdrec.interest.matrix import OnFactors, OnMatrix, at_least


class ItemKNN(OnMatrix):
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
        at_least(1, k=k)  # below that, implicit's compiled code ends the process
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


class ALS(OnFactors):
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
        at_least(1, factors=factors, iterations=iterations)
        at_least(0, alpha=alpha, regularization=regularization)
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


class BPR(OnFactors):
    """The same loss as `MatrixFactorization`, by `implicit`'s compiled code: for large matrices.

    One thread, as several write over each other and no two runs are alike then.
    Source: Rendle et al., UAI 2009, as in `implicit`. Book: interest.
    """

    def __init__(
        self,
        factors: int = 64,
        learning_rate: float = 0.05,
        regularization: float = 0.01,
        iterations: int = 100,
        domains: str = "target",
        seed: int = 42,
    ) -> None:
        super().__init__(domains)
        at_least(1, factors=factors, iterations=iterations)
        at_least(0, learning_rate=learning_rate, regularization=regularization)
        self.factors, self.learning_rate, self.regularization = (
            factors, learning_rate, regularization,
        )  # fmt: skip
        self.iterations, self.seed = iterations, seed

    def fit(self, known: CrossDomain) -> Self:
        from implicit.bpr import BayesianPersonalizedRanking

        x = self._read(known)
        with threadpool_limits(1, "blas"):
            model = BayesianPersonalizedRanking(
                factors=self.factors, learning_rate=self.learning_rate,
                regularization=self.regularization, iterations=self.iterations,
                num_threads=1, random_state=self.seed, use_gpu=False,
            )  # fmt: skip
            model.fit(x, show_progress=False)
        self.user_vectors = model.user_factors * (np.diff(x.indptr) > 0)[:, None]
        self.item_vectors = model.item_factors[: self._items]
        return self
