"""Who is new in the target: what people like them in the source have there, by kernel ridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
import torch
from scipy import sparse

from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features
from xdrec.interest.base import checked_pair


class UserRidge:
    """score(u, ·) = k(u, people) (K + μI)⁻¹ X, X the target's rows of the people who have some.

    Two people are alike by what they did in the source: k = ⟨s_u, s_v⟩ + τ ⟨t_u, t_v⟩, s the row of
    the user-item matrix over the root of its length, t the unit mean of the texts of these items
    (`source`, `text_weight` τ; left out without texts). This is ridge regression from the source's
    history to the target's items, written over people, of whom there are fewer than items. Nobody's
    target history is read but as X, so who has none gets a list as good as anybody's; somebody
    without a source history scores 0 everywhere.

    Raises ValueError for μ <= 0, τ < 0, vectors that do not fit the source, and where nobody is in
    both domains. Source: documents T 2.2.1, T 3.1.3; Saunders et al., ICML 1998.
    Book: the strength of transfer.

    >>> from xdrec.data import cold_start, make_world
    >>> world = make_world(users=80, items=40, sparsity=0.8, overlap=1.0, images=False)
    >>> cold = cold_start(world.cross("books", "films"))
    >>> UserRidge(mu=10).fit(cold.known).score(cold.cold_users).shape
    (16, 40)
    """

    def __init__(
        self, mu: float = 100.0, source: Features | None = None, text_weight: float = 0.1
    ) -> None:
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        if not (np.isfinite(text_weight) and text_weight >= 0):
            raise ValueError(f"text_weight={text_weight}: expected a finite τ >= 0")
        self.mu, self.source, self.text_weight = mu, source, text_weight

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        self._side = self._read(known)
        x = (known.target.matrix(known.users) > 0).astype(float)
        here = (np.diff(x.indptr) > 0) & (np.diff(self._side.indptr) > 0)
        if not here.any():
            raise ValueError("nobody has events in both domains: there is nothing to learn from")
        self._people = self._side[here]
        gram = torch.from_numpy((self._people @ self._people.T).toarray())
        gram.diagonal().add_(self.mu)
        wanted = torch.from_numpy(x[here].toarray())
        self._weights = torch.cholesky_solve(wanted, torch.linalg.cholesky(gram)).numpy()
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return (self._side[self._index(users)] @ self._people.T) @ self._weights

    def _read(self, known: CrossDomain) -> sparse.csr_matrix:
        """Rows whose inner products are the kernel: [s, √τ t] of all `known.users`."""
        s = (known.source.matrix(known.users) > 0).astype(float)
        length = np.maximum(np.diff(s.indptr), 1)
        rows = [s.multiply(1 / np.sqrt(length)[:, None])]
        if self.source is not None and self.text_weight:
            if len(self.source.vectors) != s.shape[1]:
                raise ValueError(f"{len(self.source.vectors)} vectors for the {s.shape[1]} items "
                                 "of the source: expected one each")  # fmt: skip
            t = Features.of(s @ self.source.unit()).unit()
            rows.append(sparse.csr_matrix(np.sqrt(self.text_weight) * t))
        return sparse.hstack(rows, "csr")
