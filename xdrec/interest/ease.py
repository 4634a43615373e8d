"""The linear item-item model in closed form: an item is wanted by those who have what goes with it.

Small, exact, and hard to beat; the transfer loss will be given to it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
import torch
from scipy import sparse

from xdrec.closed_form import Problem
from xdrec.data.domain import CrossDomain, Domain, ages
from xdrec.encoders.features import Features
from xdrec.interest.base import checked_pair

BLOCK = 2048  # rows of a dense product at once
FAINT = 1e-4  # what a pair of items weighs less than this is left out of the co-occurrences


class EASE:
    """score(u, ·) = h_u (B + η C): what goes with what (B), and what reads alike (C).

    B minimises ‖X - XB‖² + μ‖B‖² with a zero diagonal, X the user-item matrix. With
    P = (XᵀX + μI)⁻¹ that is B_ij = -P_ij / P_jj. h_u is the user's row of X, its newest item
    weighing 1 and each older one γ^age (`recency` γ; 1 forgets nothing); X itself knows no age.

    `decay` δ < 1 counts a pair of items in XᵀX the less the farther apart they stand in a user's
    order: Σ_u δ^distance. `content` (the target items' vectors) adds C_ij = max(0, cosine)^`power`,
    weighed by η = `content_weight`. `domains="both"` puts the source's columns beside the target's.

    Where there are more items than users, P is never formed: with K = (XXᵀ + μI)⁻¹ of users,
    μP = I - XᵀKX, and of that only scores and diagonal are computed. Same numbers (not with δ).
    After `fit`: `form` says "items" or "users", and `weights()` gives B. `read` takes over other
    histories with B as it is.

    Users without history score 0 everywhere. What somebody did twice counts once, as of the last
    time. Raises ValueError for μ <= 0, γ or δ outside (0, 1], and content that does not fit.
    Source: Steck, WWW 2019 (EASE); documents X 3.2.3, T 9.5.3. Book: interest.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> EASE(mu=1.0).fit(known).score(["c"]).round(3).tolist()
    [[0.0, 0.5, 0.0]]
    """

    def __init__(
        self,
        mu: float = 100.0,
        recency: float = 1.0,
        *,
        decay: float = 1.0,
        content: Features | None = None,
        content_weight: float = 0.03,
        power: float = 4.0,
        domains: str = "target",
        form: str = "auto",
    ) -> None:
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        for name, value in (("recency", recency), ("decay", decay)):
            if not 0 < value <= 1:
                raise ValueError(f"{name}={value}: expected a number in (0, 1]; 1 forgets nothing")
        if domains not in ("target", "both"):
            raise ValueError(f"domains={domains!r}: expected 'target' or 'both'")
        if form not in ("auto", "items", "users"):
            raise ValueError(f"form={form!r}: expected 'auto', 'items' or 'users'")
        if decay < 1 and (form == "users" or domains == "both"):
            raise ValueError(
                f"decay={decay} with form={form!r}, domains={domains!r}: the distance of two items "
                "is counted in the target and between items; leave those two as they are"
            )
        self.mu, self.recency, self.decay, self.domains, self._form = (
            mu, recency, decay, domains, form,
        )  # fmt: skip
        self.content, self.content_weight, self.power = content, content_weight, power

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        self._items = len(known.target.items)
        if self.content is not None and len(self.content.vectors) != self._items:
            raise ValueError(
                f"content has {len(self.content.vectors)} vectors for {self._items} items: "
                "expected those of the target, one each"
            )
        once = self._once(known)
        self._x = sparse.hstack([s.matrix(known.users) for s in once], "csr", np.float64)
        self._history, self._learnt_rows = self.histories(known), True
        self.form = self._form
        if self._form == "auto":
            users, items = self._x.shape
            self.form = "users" if items > users and self.decay == 1 else "items"
        if self.form == "users":
            self._k = self._inverse(self._x @ self._x.T)
            self._rest = 1 - self._told()
        else:
            gram = self._x.T @ self._x
            p = self._inverse(gram if self.decay == 1 else together(once[0], self.decay))
            self._b = -p / np.diag(p)
            np.fill_diagonal(self._b, 0)
        return self

    def read(self, known: CrossDomain) -> Self:
        """Take over the histories of `known`, of the same catalogues; B stays as it is."""
        self._index = checked_pair(known).user_index
        self._history, self._learnt_rows = self.histories(known), False
        return self

    def _once(self, known: CrossDomain) -> list[Domain]:
        sides = [known.target, known.source][: 1 + (self.domains == "both")]
        return [newest(side) for side in sides]

    def histories(self, known: CrossDomain) -> sparse.csr_matrix:
        """The rows h of `known.users`, [users, items]."""
        rows = [s.matrix(known.users, self.recency ** ages(s.interactions).to_numpy())
                for s in self._once(known)]  # fmt: skip
        return sparse.hstack(rows, "csr", np.float64)

    def problem(self, known: CrossDomain) -> Problem:
        """G = Q = XᵀX and the faded histories of the target: what B depends on, but μ."""
        if self.domains != "target" or self.content is not None:
            raise ValueError("the problem of B alone: expected domains='target' and no content")
        target = newest(checked_pair(known).target)
        x = target.matrix(known.users)
        gram = (
            (x.T @ x if self.decay == 1 else together(target, self.decay)).toarray().astype(float)
        )
        faded = self.recency ** ages(target.interactions).to_numpy()
        return Problem(gram, gram, target.matrix(known.users, faded))

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        rows, n = self._index(users), self._items
        h = self._history[rows]
        if self.form == "items":
            scores = np.asarray(h @ self._b[:, :n])
        else:
            # hB = h - hP / diag P, numerator and denominator both times μ.
            if self.recency == 1 and self._learnt_rows:  # h is a row of X, and XXᵀK = I - μK
                z = -self.mu * self._k[rows]
                z[np.arange(len(rows)), rows] += 1
            else:
                z = (h @ self._x.T).toarray() @ self._k
            own = h[:, :n].toarray()
            scores = own - (own - z @ self._x[:, :n]) / self._rest[:n]
        if self.content is not None:
            unit = self.content.unit().astype(np.float64)
            for start in range(0, n, BLOCK):
                alike = np.maximum(unit @ unit[start : start + BLOCK].T, 0) ** self.power
                scores[:, start : start + BLOCK] += self.content_weight * (h[:, :n] @ alike)
        return scores

    def weights(self) -> np.ndarray:
        """B, float64 [items, items] of the target and, with both domains, the source behind it."""
        if self.form == "items":
            return self._b
        p = np.eye(self._x.shape[1]) - self._x.T @ (self._k @ self._x)
        b = -p / np.diag(p)
        np.fill_diagonal(b, 0)
        return b

    def _inverse(self, gram: sparse.csr_matrix) -> np.ndarray:
        """(gram + μI)⁻¹, by Cholesky."""
        a = torch.from_numpy(gram.toarray())
        a.diagonal().add_(self.mu)
        return torch.cholesky_inverse(torch.linalg.cholesky(a)).numpy()

    def _told(self) -> np.ndarray:
        """The diagonal of XᵀKX, [items]: how much of each item the others' rows already tell."""
        columns = self._x.T.tocsr()
        told = np.empty(columns.shape[0])
        for start in range(0, len(told), BLOCK):
            part = columns[start : start + BLOCK]
            told[start : start + BLOCK] = part.multiply(part @ self._k).sum(axis=1).A1
        return told


def together(domain: Domain, decay: float) -> sparse.csr_matrix:
    """How often two items stand together, the less the farther apart: Σ_u δ^distance, [items]².

    The distance of two items of a user is the difference of their ages, so items of one moment
    are at distance 0. On the diagonal is how many people have the item. Pairs below 1e-4 are left
    out.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": "a", "item_id": list("xyz"), "position": [0, 1, 2]})
    >>> together(Domain("shop", items, events), decay=0.5).toarray().tolist()
    [[1.0, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 1.0]]
    """
    events = newest(domain).interactions
    events = events.with_columns(age=ages(events)).sort("user_id", "age", "item_id")
    user = events["user_id"].rank("dense").to_numpy()
    item, age = domain.item_index(events["item_id"]), events["age"].to_numpy()
    n = len(domain.items)
    total = sparse.identity(n, format="csr").multiply(np.bincount(item, minlength=n)).tocsr()
    for lag in range(1, len(events)):
        near = (user[lag:] == user[:-lag]) & (decay ** (age[lag:] - age[:-lag]) >= FAINT)
        if not near.any():
            break  # the sort by age: what is farther down the table is farther away
        rows, columns = item[:-lag][near], item[lag:][near]
        weight = decay ** (age[lag:] - age[:-lag])[near].astype(float)
        pairs = sparse.coo_matrix((weight, (rows, columns)), shape=(n, n))
        total = total + pairs + pairs.T
    return total.tocsr()


def newest(domain: Domain) -> Domain:
    """Each user's items once, as of the last time."""
    events = domain.interactions
    kept = (
        events.with_columns(age=ages(events), row=pl.int_range(pl.len()))
        .sort("age", "row")
        .unique(["user_id", "item_id"], keep="first", maintain_order=True)
        .sort("row")
    )
    return domain.with_interactions(kept.drop("age", "row"))
