"""Forgetting somebody exactly: the closed form without a person, without fitting it again."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import sparse


class Unlearner:
    """B of an item-item model, from which rows can be taken back as if they had never been there.

    `xdrec.closed_form.item_item` makes B of G = ZᵀZ, Q = ZᵀY (+ ρQᵀ: `back`) and μ. With
    P = (G + μI)⁻¹ and A = PQ, forgetting the rows R, [r, items] in Z and S in Y, changes them by

        T = PRᵀ,  K = (I - RT)⁻¹,  P' = P + T K Tᵀ   (Woodbury's identity)
        A' = A - T S - ρ P Sᵀ R + T K (R A - R T S - ρ Tᵀ Sᵀ R).

    None of that is carried out on items × items numbers: only T, K and their kin are kept, which is
    the **lazy low-rank form**. `forget` costs O(r · items · what they had), a list of scores
    little more than before. `settle()` carries it out, once in a while; `weights()` gives B'.

    EASE is Z = Y = X, and a person is one row; `NextItem` has a row an event
    (`xdrec.interest.next_item.examples`). It forgets what the *model* holds: histories, backups,
    earlier copies of B are for others to delete, and who has B from before and after can tell.
    Raises ValueError for shapes that do not fit and for rows that cannot have been in G.
    Source: Hager, 1989 (Woodbury's identity). Book: what it gives away.

    >>> x = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    >>> model = Unlearner(x.T @ x, x.T @ x, mu=1.0).forget(x[:1])
    >>> from xdrec.closed_form import item_item
    >>> again = item_item(x[1:].T @ x[1:], x[1:].T @ x[1:], mu=1.0)
    >>> bool(abs(model.weights() - again).max() < 1e-12)
    True
    """

    _r: sparse.csr_matrix  # R, S: what was forgotten
    _s: sparse.csr_matrix
    _t: np.ndarray  # T = PRᵀ and W = PSᵀ, [items, r]
    _w: np.ndarray
    _ra: np.ndarray  # RA, [r, items]

    def __init__(
        self, gram: np.ndarray, cross: np.ndarray, mu: float, *, back: float = 0.0
    ) -> None:
        if gram.ndim != 2 or gram.shape != cross.shape or len(gram) != len(gram.T):
            raise ValueError(
                f"gram {gram.shape} and cross {cross.shape}: expected one shape, [items, items]"
            )
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        self.mu, self.back = mu, back
        g = torch.from_numpy(np.array(gram, np.float64))
        g.diagonal().add_(mu)
        p = torch.cholesky_inverse(torch.linalg.cholesky(g))
        self._p = p.contiguous().numpy()  # row by row, as they are asked for
        self._a = (p @ torch.from_numpy(np.array(cross, np.float64))).numpy()
        self._clear()

    def forget(self, rows: Any, aims: Any = None) -> Unlearner:
        """Take back `rows` of Z, [r, items], and their `aims`, the rows of Y (None: the same)."""
        r = sparse.csr_matrix(rows, dtype=np.float64)
        s = r if aims is None else sparse.csr_matrix(aims, dtype=np.float64)
        if r.shape != s.shape or r.shape[1] != len(self._p):
            raise ValueError(
                f"rows {r.shape} and aims {s.shape}: expected both [rows, {len(self._p)}]"
            )
        t = _times(r, self._p).T  # P is symmetric: a few of its rows, added up
        joint = sparse.vstack([self._r, r], format="csr")
        wide = np.hstack([self._t, t])
        told = joint @ wide  # RT: how much of themselves the rows explain, below 1
        rest = np.eye(len(told)) - told
        if np.linalg.eigvalsh((rest + rest.T) / 2).min() <= 0:
            raise ValueError("these rows cannot be taken back: they are not all in the Gram matrix")
        self._r, self._t, self._k = joint, wide, np.linalg.inv(rest)
        self._s = sparse.vstack([self._s, s], format="csr")
        self._w = np.hstack([self._w, t if aims is None else _times(s, self._p).T])
        self._ra = np.vstack([self._ra, _times(r, self._a)])
        self._refresh(told)
        return self

    def scores(self, history: Any) -> np.ndarray:
        """hB' for some histories, [n, items], from P, A and the low-rank rest."""
        h = sparse.csr_matrix(history, dtype=np.float64)
        ht = h @ self._t
        of_p = _times(h, self._p) + ht @ self._kt
        of_a = _times(h, self._a) - (self._s.T @ ht.T).T + ht @ self._right
        if self.back:
            of_a -= self.back * (self._r.T @ (h @ self._w).T).T
        return of_a - of_p * self._c

    def weights(self) -> np.ndarray:
        """B', float64 [items, items]; its diagonal is 0."""
        b = self._whole_a() - (self._p + self._t @ self._kt) * self._c
        np.fill_diagonal(b, 0)
        return b

    def settle(self) -> Unlearner:
        """Carry out what is pending, O(items² · rows): nothing of it is kept apart afterwards."""
        self._a = np.ascontiguousarray(self._whole_a())
        self._p = np.ascontiguousarray(self._p + self._t @ self._kt)
        self._clear()
        return self

    def _whole_a(self) -> np.ndarray:
        # A row of S or R has few entries: T S costs few columns.
        a = self._a - (self._s.T @ self._t.T).T + self._t @ self._right
        return a - self.back * (self._r.T @ self._w.T).T if self.back else a

    def _clear(self) -> None:
        n = len(self._p)
        self._r = self._s = sparse.csr_matrix((0, n))
        self._t = self._w = np.empty((n, 0))
        self._k, self._ra = np.empty((0, 0)), np.empty((0, n))
        self._refresh(np.empty((0, 0)))

    def _refresh(self, told: np.ndarray) -> None:
        """K Tᵀ, what stands right of T in A', and c = diag A' / diag P', the multipliers."""
        self._kt = self._k @ self._t.T
        inner = self._ra - (self._s.T @ told.T).T
        if self.back:
            inner = inner - self.back * (self._r.T @ (self._t.T @ self._s.T).T).T
        self._right = self._k @ inner
        p = np.diag(self._p) + (self._t * self._kt.T).sum(axis=1)
        a = np.diag(self._a) - _diagonal(self._t, self._s) + (self._t * self._right.T).sum(axis=1)
        if self.back:
            a = a - self.back * _diagonal(self._w, self._r)
        self._c = a / p


def _times(rows: sparse.csr_matrix, matrix: np.ndarray) -> np.ndarray:
    """rows @ matrix, dense [r, n]: scipy adds up the few rows of `matrix` that are asked for."""
    return np.asarray(rows @ matrix)  # a copy of all, were it not stored by rows


def _diagonal(left: np.ndarray, right: sparse.csr_matrix) -> np.ndarray:
    """diag(left @ right) for left [n, r] and right [r, n]."""
    return np.asarray(right.multiply(left.T).sum(axis=0)).ravel()
