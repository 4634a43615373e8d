"""Who is new in the target: what people like them in the source have there, by kernel ridge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
import torch
from scipy import sparse
from scipy.ndimage import gaussian_filter1d

from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.data.splits import DAY
from xdrec.encoders.features import Features
from xdrec.interest.base import checked_pair

MONTH = 30  # days
BLUR = 4  # months, the Gaussian's standard deviation


class UserRidge:
    """score(u, ·) = k(u, people) (K + μI)⁻¹ X, X the target's rows of the people who have some.

    People are alike by what they did in the source: k = ⟨s_u, s_v⟩ + τ ⟨t_u, t_v⟩ + κ ⟨c_u, c_v⟩,
    s the row of the user-item matrix, t the mean of the texts of these items (`source`,
    `text_weight` τ; left out without texts), c when they were done (`calendar` κ): the events of
    each month, blurred by a Gaussian of 120 days. All of these and the rows of X have unit length:
    who did much is no louder. This is ridge regression from the source's history to the target's
    items, written over people, of whom there are fewer than items. Nobody's target history is read
    but as X, so who has none gets a list as good as anybody's; somebody without a source history
    scores 0 everywhere.

    The calendar tells what people want who are active at the same time. Where the others' later
    events are known, as in a split by people, it looks ahead: say so beside the figure.

    Raises ValueError for μ <= 0, τ < 0, κ < 0, vectors that do not fit the source, and where nobody
    is in both domains; `DataError` for a calendar without timestamps. Source: documents T 2.2.1,
    T 3.1.3; Saunders et al., ICML 1998. Book: the strength of transfer.

    >>> from xdrec.data import cold_start, make_world
    >>> world = make_world(users=80, items=40, sparsity=0.8, overlap=1.0, images=False)
    >>> cold = cold_start(world.cross("books", "films"))
    >>> UserRidge(mu=10).fit(cold.known).score(cold.cold_users).shape
    (16, 40)
    """

    def __init__(
        self, mu: float = 30.0, source: Features | None = None, text_weight: float = 1.0,
        calendar: float = 0.0,
    ) -> None:  # fmt: skip
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        for name, sign, value in (("text_weight", "τ", text_weight), ("calendar", "κ", calendar)):
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name}={value}: expected a finite {sign} >= 0")
        self.mu, self.source, self.text_weight, self.calendar = mu, source, text_weight, calendar

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        self._did, self._said = self._read(known)
        x = _unit((known.target.matrix(known.users) > 0).astype(float))
        self._people = (np.diff(x.indptr) > 0) & (np.diff(self._did.indptr) > 0)
        if not self._people.any():
            raise ValueError("nobody has events in both domains: there is nothing to learn from")
        here = self._people
        gram = torch.from_numpy(self._kernel(here))
        gram.diagonal().add_(self.mu)
        wanted = torch.from_numpy(x[here].toarray())
        self._weights = torch.cholesky_solve(wanted, torch.linalg.cholesky(gram)).numpy()
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self._kernel(self._index(users)) @ self._weights

    def _kernel(self, rows: np.ndarray) -> np.ndarray:
        """k between some of all people and those who are learnt from, [rows, people]."""
        did, said = self._did[rows], self._said[rows]
        return (did @ self._did[self._people].T).toarray() + said @ self._said[self._people].T

    def _read(self, known: CrossDomain) -> tuple[sparse.csr_matrix, np.ndarray]:
        """Rows of all `known.users` whose inner products add up to the kernel: s, and [√τ t, √κ c].

        The first is sparse, the second is not: a sparse product of both took thirty times as long.
        """
        s = (known.source.matrix(known.users) > 0).astype(float)
        rows = [np.zeros((len(known.users), 0))]
        if self.source is not None and self.text_weight:
            if len(self.source.vectors) != s.shape[1]:
                raise ValueError(f"{len(self.source.vectors)} vectors for the {s.shape[1]} items "
                                 "of the source: expected one each")  # fmt: skip
            t = Features.of(s @ self.source.unit()).unit()
            rows.append(np.sqrt(self.text_weight) * t)
        if self.calendar:
            rows.append(np.sqrt(self.calendar) * months(known).toarray())
        return _unit(s), np.hstack(rows)


def months(known: CrossDomain) -> sparse.csr_matrix:
    """When people were active in the source: unit rows [users, months], blurred by `BLUR`."""
    events = known.source.interactions
    if "timestamp" not in events.columns:
        raise DataError([f"domain {known.source.name!r} has no timestamps, which a calendar is "
                         "made of; leave it out: calendar=0"])  # fmt: skip
    days = events["timestamp"].to_numpy() / DAY
    month = ((days - days.min(initial=np.inf)) / MONTH).astype(int)
    count = np.zeros((len(known.users), month.max(initial=0) + 1))
    np.add.at(count, (known.user_index(events["user_id"]), month), 1)
    return _unit(sparse.csr_matrix(gaussian_filter1d(count, BLUR, axis=1, mode="constant")))


def _unit(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)))
    return rows.multiply(1 / np.where(length > 0, length, 1)).tocsr()
