"""The item-item model that catches up: what a day changed is folded into P, not learnt anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl
import torch
from scipy import sparse

from xdrec.data.domain import CrossDomain
from xdrec.data.ids import index_of
from xdrec.interest.base import checked_pair

BLOCK = 64  # people whose rows go into P at once
MORE = 0.25  # where more people than this share of the items changed, P is made anew


class RunningEASE:
    """EASE whose P = (XᵀX + μI)⁻¹ follows the events; after any number of them B is that of a fit.

    Somebody whose row of X was x and is x' changes XᵀX by x'ᵀx' - xᵀx: rank two. With the rows of
    several people below one another as U, and C = diag(±1), Woodbury's identity gives

        P' = P - PUᵀ (C + UPUᵀ)⁻¹ UP

    in O(items² · people), against O(items³) for a fit; `learn` takes whichever is cheaper. Scores
    are h_u B as of `EASE`, h_u the person's items with γ^age (`recency`); who is unknown scores 0.

    `learn(events)` takes a table with `user_id`, `item_id` and `timestamp`, and what somebody did
    twice counts once, as of the last time; with `weights=False` the histories alone move, and B
    stays as it is.
    Raises ValueError for μ <= 0, γ outside (0, 1], a table without those columns; `DataError` for
    items that are not in the catalogue.
    Source: Steck, WWW 2019; Hager, SIAM Review 1989 (Woodbury's identity); document T 9.5.4.
    Book: real time.

    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz"),
    ...                        "timestamp": range(6)})
    >>> model = RunningEASE(list("xyz"), mu=1.0).learn(events[:3]).learn(events[3:])
    >>> model.score(["c"]).round(3).tolist()
    [[0.0, 0.5, 0.0]]
    """

    def __init__(self, items: Sequence[str] | pl.Series, mu: float = 100.0, recency: float = 1.0):
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        if not 0 < recency <= 1:
            raise ValueError(f"recency={recency}: expected a γ in (0, 1]; 1 forgets nothing")
        self.mu, self.recency = mu, recency
        self._column = {item: n for n, item in enumerate(items)}
        self._times: dict[str, dict[int, int]] = {}  # of each person: item, when last
        self._inside: dict[str, set[int]] = {}  # and which items P knows of
        self._p = torch.eye(len(self._column), dtype=torch.float64) / mu
        self.anew = 0  # how often P was made from the start

    def fit(self, known: CrossDomain) -> Self:
        """Learn the target of two domains, as every `Scorer` does; what was learnt before goes."""
        target = checked_pair(known).target
        self.__init__(target.item_ids, self.mu, self.recency)  # type: ignore[misc]
        return self.learn(target.interactions)

    def learn(self, events: pl.DataFrame, *, weights: bool = True) -> Self:
        """Take in what happened: histories always, P (and so B) only with `weights`."""
        missing = [c for c in ("user_id", "item_id", "timestamp") if c not in events.columns]
        if missing:
            raise ValueError(f"events without {', '.join(missing)}: expected user, item and time")
        items = index_of(events["item_id"], self._column, "item")
        for user, item, when in zip(events["user_id"], items, events["timestamp"], strict=True):
            times = self._times.setdefault(user, {})
            times[int(item)] = max(when, times.get(int(item), when))
        if weights:
            changed = [
                user for user in self._times if self._inside.get(user) != self._times[user].keys()
            ]
            if len(changed) > MORE * len(self._p):
                self._from_the_start()
                self._inside = {user: set(times) for user, times in self._times.items()}
            else:
                for start in range(0, len(changed), BLOCK):
                    self._update(changed[start : start + BLOCK])
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        """h_u B, float64 [users, items]."""
        h = torch.from_numpy(self._rows([self._faded(user) for user in users]).toarray())
        # hB = h - hP / diag P: B's diagonal is 0, and -P's divided by itself is -1.
        return (h - (h @ self._p) / self._p.diagonal()).numpy()

    def weights(self) -> np.ndarray:
        """B, float64 [items, items]."""
        b = -self._p / self._p.diagonal()
        b.fill_diagonal_(0)
        return b.numpy()

    def history(self, user: str) -> list[int]:
        """The columns of somebody's items, the oldest first."""
        times = self._times.get(user, {})
        return sorted(times, key=lambda item: (times[item], item))

    def _faded(self, user: str) -> dict[int, float]:
        times = self._times.get(user, {})
        newest = np.sort(np.fromiter(times.values(), np.int64, len(times)))
        later = len(times) - np.searchsorted(newest, list(times.values()), side="right")
        return dict(zip(times, self.recency**later, strict=True))

    def _rows(self, rows: Sequence[Any]) -> sparse.csr_matrix:
        """Rows of X, given as {item: weight}, or as items."""
        sizes = np.cumsum([0] + [len(row) for row in rows])
        at = np.fromiter((item for row in rows for item in row), np.int64, sizes[-1])
        value = np.ones(sizes[-1])
        if rows and isinstance(rows[0], dict):
            value = np.array([weight for row in rows for weight in row.values()], np.float64)
        return sparse.csr_matrix((value, at, sizes), (len(rows), len(self._p)))

    def _from_the_start(self) -> None:
        x = self._rows([set(times) for times in self._times.values()])
        gram = torch.from_numpy((x.T @ x).toarray())
        gram.diagonal().add_(self.mu)
        self._p = torch.cholesky_inverse(torch.linalg.cholesky(gram))
        self.anew += 1

    def _update(self, users: Sequence[str]) -> None:
        """Woodbury for some people: their rows as they are now in, as P knew them out."""
        before = [self._inside[user] for user in users if user in self._inside]
        u = self._rows([set(self._times[user]) for user in users] + before)
        sign = np.repeat([1.0, -1.0], [len(users), len(before)])
        up = torch.from_numpy(u @ self._p.numpy())
        small = torch.from_numpy(u @ up.numpy().T) + torch.diag(torch.from_numpy(sign))
        self._p.addmm_(up.T, torch.linalg.solve(small, up), alpha=-1)
        self._inside |= {user: set(self._times[user]) for user in users}
