"""Factors tied to the source's: the transfer loss for tables that no item-item matrix can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
import torch
from scipy import sparse

from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features
from xdrec.interest.base import checked_pair
from xdrec.interest.collaborative import ALS
from xdrec.interest.matrix import OnFactors, at_least

CELLS = 1 << 22  # numbers of gathered vectors at once: 16 MB of float32
ROWS = 8192  # systems of equations at once


class TiedFactors(OnFactors):
    """L_transfer = Σ c_ui (x_ui - p_u·q_i)² + μ‖P, Q‖² + λ(‖P - P_0‖² + ‖Q - Q_0‖²).

    θ_source is what the source has learnt: P_0, its people's vectors (`ALS` on the source alone),
    and W, the ridge regression of its items' vectors on their features; Q_0 is W applied to the
    target's features. c_ui = 1 + α where something happened, else 1, over the people and items that
    the target has events of; of the others nothing is known, and they stay with the source: a
    newcomer gets P_0, a new item Q_0. λ = 0 begins at the source and is not held there, λ = ∞ is
    the source alone. P and Q are solved in turn, exactly, `sweeps` times.

    Time grows with interactions · factors² + (users + items) · factors³, memory with users and
    items: nothing is quadratic in either. `target` and `source` are the items' features in one
    space. After `fit`: `user_vectors` [users, factors], `item_vectors` [items, factors].
    Raises ValueError for λ < 0 or NaN, μ <= 0, and features that do not fit.
    Source: document T 4.2.3 (the loss); Hu, Koren and Volinsky, ICDM 2008 (the weights c).
    Book: benchmarks.

    >>> from xdrec.data import cold_start, make_world
    >>> world = make_world(users=80, items=40, sparsity=0.8, overlap=1.0, images=False)
    >>> films, books = (Features.of(world.truth[d].item_factors) for d in ("films", "books"))
    >>> cold = cold_start(world.cross("books", "films"))
    >>> model = TiedFactors(films, books, lam=10.0, factors=8).fit(cold.known)
    >>> model.score(cold.cold_users).shape
    (16, 40)
    """

    def __init__(
        self, target: Features, source: Features, lam: float = 10.0, *, factors: int = 32,
        mu: float = 0.1, alpha: float = 10.0, sweeps: int = 5, seed: int = 42,
    ) -> None:  # fmt: skip
        super().__init__("target")
        if not lam >= 0:
            raise ValueError(f"lam={lam}: expected a strength λ >= 0; ∞ is the source alone")
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        at_least(1, factors=factors, sweeps=sweeps)
        at_least(0, alpha=alpha)
        if target.vectors.shape[1] != source.vectors.shape[1]:
            raise ValueError(
                f"features of {target.vectors.shape[1]} and {source.vectors.shape[1]} dimensions: "
                "expected one space, so one encoder and one fusion for both"
            )
        self.target, self.source, self.lam, self.mu = target, source, float(lam), mu
        self.factors, self.alpha, self.sweeps, self.seed = factors, alpha, sweeps, seed

    def fit(self, known: CrossDomain) -> Self:
        return self.adapt(known, *self.source_of(checked_pair(known)))

    def source_of(self, known: CrossDomain) -> tuple[np.ndarray, np.ndarray]:
        """P_0 [users, factors] and Q_0 [target items, factors]: the source's part, for every λ."""
        for side, features in ((known.target, self.target), (known.source, self.source)):
            if len(features.vectors) != len(side.items):
                raise ValueError(f"{len(features.vectors)} vectors for the {len(side.items)} items "
                                 f"of domain {side.name!r}: expected one each")  # fmt: skip
        turned = CrossDomain(source=known.target, target=known.source)
        there = ALS(self.factors, self.alpha, self.mu, seed=self.seed).fit(turned)
        f, g = (_with_one(features) for features in (self.source, self.target))
        gram = (f.T @ f).astype(float) + self.mu * np.eye(f.shape[1])
        w = np.linalg.solve(gram, (f.T @ there.item_vectors).astype(float))
        return there.user_vectors.astype(np.float32), (g @ w).astype(np.float32)

    def adapt(self, known: CrossDomain, p_0: np.ndarray, q_0: np.ndarray) -> Self:
        """The target's part, from the source's: what another λ has to repeat."""
        x = self._read(checked_pair(known))
        y = x.T.tocsr()
        self.user_vectors, self.item_vectors = p_0.copy(), q_0.copy()
        for _ in range(self.sweeps if np.isfinite(self.lam) else 0):
            self._solve(y, self.user_vectors, q_0, self.item_vectors)
            self._solve(x, self.item_vectors, p_0, self.user_vectors)
        return self

    def _solve(
        self, x: sparse.csr_matrix, q: np.ndarray, anchor: np.ndarray, out: np.ndarray
    ) -> None:
        """(QᵀQ + α Σ q_i q_iᵀ + μ + λ) p = (1 + α) Σ q_i + λ p_0, for each row with an event."""
        there = np.flatnonzero(np.diff(x.tocsc().indptr))  # those whom the target has events of
        all_q, pull = torch.from_numpy(q), torch.from_numpy(anchor)
        common = all_q[there].T @ all_q[there]
        common.diagonal().add_(self.mu + self.lam)
        for rows, longest in _alike(np.diff(x.indptr), self.factors):
            some = x[rows]
            length = np.diff(some.indptr)
            place = np.arange(len(some.indices)) - np.repeat(some.indptr[:-1], length)
            padded = torch.zeros(len(rows), longest, self.factors)
            padded[np.repeat(np.arange(len(rows)), length), place] = all_q[some.indices]
            a = common + self.alpha * (padded.mT @ padded)
            b = (1 + self.alpha) * padded.sum(dim=1) + self.lam * pull[rows]
            solved = torch.cholesky_solve(b[:, :, None], torch.linalg.cholesky(a))
            out[rows] = solved[:, :, 0].numpy()


def _alike(lengths: np.ndarray, width: int) -> Iterator[tuple[np.ndarray, int]]:
    """Rows that are not empty, those of like length together, and the longest of each group."""
    order = np.argsort(-lengths, kind="stable")
    order, start = order[: int((lengths > 0).sum())], 0
    while start < len(order):
        longest = int(lengths[order[start]])
        stop = start + max(1, min(ROWS, CELLS // (longest * width)))
        yield order[start:stop], longest
        start = stop


def _with_one(features: Features) -> np.ndarray:
    """Unit vectors and a constant, float32 [n, d + 1]."""
    return np.hstack([features.unit(), np.ones((len(features.vectors), 1), np.float32)])
