"""What comes next after what: a ridge from the faded history to the next item, in closed form.

EASE asks what goes together; this asks what follows. As exact, and as quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.closed_form import Problem, item_item
from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain, Domain, ages
from xdrec.data.splits import DAY
from xdrec.interest.base import checked_pair
from xdrec.interest.ease import FAINT, newest


class NextItem:
    """score(u, ·) = h_u B, where B makes the best guess of each event from what was before it.

    An example is an event: y is its item, z the items before it, each weighing γ^(events between)
    (`recency` γ). B minimises Σ ‖y - zB‖² + μ‖B‖² with a zero diagonal, so with G = ZᵀZ and Q = ZᵀY
    it is `xdrec.closed_form.item_item(G, Q)`. `back` ρ adds ρQᵀ to Q: what came before is a weaker
    hint of what may come. Of equals in time each is before the other.

    h_u is u's history faded by γ^age and, with `half_days` τ, by 1 / (1 + d/τ), d the days between
    an item and the user's newest: who comes back after a year has other things in mind.
    After `fit`: `b` [items, items]. `read` takes over other histories with B as it is.
    Users without history score 0 everywhere. What somebody did twice counts once, as of the last
    time. Raises ValueError for μ <= 0, γ outside (0, 1], ρ outside [0, 1] and τ <= 0; `DataError`
    for τ without timestamps.
    Source: after Choi et al., WWW 2021 (linear models of sessions); document X 3.2.3.
    Book: the strength of transfer.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcc"), "item_id": list("xyxyzx"),
    ...                        "timestamp": [1, 2, 1, 2, 1, 2]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> NextItem(mu=1.0).fit(known).score(["c"]).round(3).tolist()  # x calls for y, z for x
    [[0.45, 0.667, 0.0]]
    """

    def __init__(
        self,
        mu: float = 400.0,
        recency: float = 0.9,
        *,
        half_days: float | None = None,
        back: float = 0.0,
    ) -> None:
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        if not 0 < recency <= 1:
            raise ValueError(f"recency={recency}: expected a γ in (0, 1]; 1 forgets nothing")
        if not 0 <= back <= 1:
            raise ValueError(f"back={back}: expected a ρ in [0, 1]")
        if half_days is not None and not half_days > 0:
            raise ValueError(f"half_days={half_days}: expected a number of days > 0, or None")
        self.mu, self.recency, self.half_days, self.back = mu, recency, half_days, back

    def problem(self, known: CrossDomain) -> Problem:
        """G, Q and the faded histories: all that B and the scores depend on, but μ."""
        target = newest(checked_pair(known).target)
        z, y = examples(target, self.recency)
        cross = z.T @ y
        cross = (cross + self.back * cross.T).toarray()
        return Problem((z.T @ z).toarray(), cross, self._history(target, known))

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        problem = self.problem(known)
        self._history_of = problem.history
        self.b = item_item(problem.gram, problem.cross, self.mu)
        return self

    def read(self, known: CrossDomain) -> Self:
        """Take over the histories of `known`, of the same catalogue; B stays as it is."""
        self._index = checked_pair(known).user_index
        self._history_of = self.histories(known)
        return self

    def histories(self, known: CrossDomain) -> sparse.csr_matrix:
        """The rows h_u of `known.users`, [users, items]."""
        return self._history(newest(checked_pair(known).target), known)

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return np.asarray(self._history_of[self._index(users)] @ self.b)

    def _history(self, target: Domain, known: CrossDomain) -> sparse.csr_matrix:
        events = target.interactions
        weights = self.recency ** ages(events).to_numpy().astype(float)
        if self.half_days is not None:
            if "timestamp" not in events.columns:
                raise DataError(
                    [f"domain {target.name!r} has no timestamps, which half_days={self.half_days} "
                     "counts by; leave it out: half_days=None"]
                )  # fmt: skip
            when = pl.col("timestamp")
            since = events.select((when.max().over("user_id") - when) / DAY)["timestamp"].to_numpy()
            weights = weights / (1 + since / self.half_days)
        return target.matrix(known.users, weights)


def examples(domain: Domain, recency: float) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Z and Y, [events, items] both: a row an event, what was before it and what it was.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": "a", "item_id": list("xyz"), "position": [0, 1, 2]})
    >>> z, y = examples(Domain("shop", items, events), recency=0.5)
    >>> z.toarray().tolist(), y.toarray().tolist()  # newest first
    ([[0.5, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [[0, 0, 1], [0, 1, 0], [1, 0, 0]])
    """
    events = domain.interactions
    events = events.with_columns(age=ages(events)).sort("user_id", "age", "item_id")
    user = events["user_id"].rank("dense").to_numpy()
    item, age = domain.item_index(events["item_id"]), events["age"].to_numpy()
    n, shape = len(events), (len(events), len(domain.items))
    rows, columns, weights = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
    for lag in range(1, n):
        between = age[lag:] - age[:-lag] - 1
        weight = recency ** np.maximum(between, 0).astype(float)
        near = (user[lag:] == user[:-lag]) & (weight >= FAINT)
        if not near.any():
            break  # the sort by age: what is farther down the table is farther away
        newer = np.flatnonzero(near)
        rows, columns = [*rows, newer], [*columns, item[newer + lag]]
        weights.append(weight[near])
        tied = newer[between[near] < 0]  # of one moment: the other way round, too
        rows, columns = [*rows, tied + lag], [*columns, item[tied]]
        weights.append(np.ones(len(tied)))
    where = (np.concatenate(rows), np.concatenate(columns))
    z = sparse.csr_matrix((np.concatenate(weights), where), shape=shape)
    return z, sparse.csr_matrix((np.ones(n, int), (np.arange(n), item)), shape=shape)
