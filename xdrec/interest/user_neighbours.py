"""h by neighbours among people: what those like you have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.data.domain import CrossDomain
from xdrec.interest.matrix import OnMatrix, at_least
from xdrec.ranking import top_k


class UserKNN(OnMatrix):
    """score(u, i) = Σ cos(x_u, x_n) over those of u's `k` nearest people n who have item i.

    x_u is the row of the user-item matrix, of the target or of both domains, so that with "both"
    somebody unknown to the target has neighbours through the source. Neighbours with cosine 0 say
    nothing; u itself is no neighbour. Users without history score 0 everywhere.
    Source: documents X 3.2.3, T 2.3.2; Resnick et al., CSCW 1994 (GroupLens). Book: interest.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> from xdrec.data.domain import Domain
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> UserKNN(k=1).fit(known).score(["c"]).round(3).tolist()
    [[0.707, 0.707, 0.0]]
    """

    def __init__(self, k: int = 50, domains: str = "target") -> None:
        super().__init__(domains)
        at_least(1, k=k)
        self.k = k

    def fit(self, known: CrossDomain) -> Self:
        x = self._read(known)
        length = np.sqrt(np.diff(x.indptr))  # entries are 1
        self._unit = sparse.diags(np.divide(1, length, where=length > 0, out=length * 0)) @ x
        self._target = x[:, : self._items].tocsr()
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        rows = self._index(users)
        cosine = (self._unit[rows] @ self._unit.T).toarray()
        cosine[np.arange(len(rows)), rows] = 0
        near = top_k(cosine, min(self.k, cosine.shape[1]))
        taken = np.take_along_axis(cosine, near, axis=1)
        at = (np.repeat(np.arange(len(rows)), near.shape[1]), near.ravel())
        weights = sparse.csr_matrix((taken.ravel(), at), shape=cosine.shape)
        return (weights @ self._target).toarray()
