"""Mapping for cold users: from a person's vector in the source to one in the target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from xdrec.data.domain import CrossDomain
from xdrec.interest.base import checked_pair
from xdrec.interest.collaborative import ALS
from xdrec.interest.matrix import at_least
from xdrec.plan import Plan
from xdrec.train import train


class EMCDR:
    """u_target = u_source W: who is new in the target gets the vector of people like them.

    Both domains are factorized by themselves (`ALS`); W [factors, factors] is the ridge regression
    of the shared people's target vectors on their source vectors,
    W = (SᵀS + μI)⁻¹ SᵀT. People with target history keep their own vector; people with neither
    score 0 everywhere. Raises ValueError where nobody is in both domains, or for μ <= 0.
    Source: documents T 2.2.1, T 2.2.2; Man et al., IJCAI 2017 (EMCDR, there with a small net).
    Book: transfer strategies.

    >>> from xdrec.data import cold_start, make_world
    >>> world = make_world(users=80, items=40, sparsity=0.8, overlap=1.0, images=False)
    >>> cold = cold_start(world.cross("books", "films"))
    >>> EMCDR(factors=8).fit(cold.known).score(cold.cold_users).shape
    (16, 40)
    """

    def __init__(self, factors: int = 16, mu: float = 1.0, alpha: float = 10.0, seed: int = 42):
        at_least(1, factors=factors)
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        self.mu = mu
        self.in_source = ALS(factors, alpha, seed=seed)
        self.in_target = ALS(factors, alpha, seed=seed)

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        people = known.users
        turned = CrossDomain(source=known.target, target=known.source)
        s = self.in_source.fit(turned).user_vectors[turned.user_index(people)]
        t = self.in_target.fit(known).user_vectors[known.user_index(people)]
        there = s.any(axis=1), t.any(axis=1)
        both = there[0] & there[1]
        if not both.any():
            raise ValueError("nobody has events in both domains: there is no map to learn")
        moved = self._moved(known, s.astype(float), t.astype(float), both)
        self.user_vectors = np.where(there[1][:, None], t, moved * there[0][:, None])
        return self

    def _moved(
        self, known: CrossDomain, s: np.ndarray, t: np.ndarray, both: np.ndarray
    ) -> np.ndarray:
        """Everybody's vector in the target, as their source vector tells it; [users, factors]."""
        gram = s[both].T @ s[both] + self.mu * np.eye(s.shape[1])
        self.w = np.linalg.solve(gram, s[both].T @ t[both])
        return s @ self.w

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self.user_vectors[self._index(users)] @ self.in_target.item_vectors.T


class PTUPCDR(EMCDR):
    """u_target = u_source W_u: a map of one's own, which a small net reads off the source history.

    The history is the attention-weighted mean p of the source's item vectors; W_u = W + the matrix
    that a two-layer net makes of p, which begins at zero: untrained it is `EMCDR`. It is trained
    so that u_source W_u · v is a 1 where a shared person has v and a 0 at as many other items.
    Source: Zhu et al., WSDM 2022 (PTUPCDR). Book: transfer strategies.
    """

    def __init__(
        self, factors: int = 16, mu: float = 1.0, alpha: float = 10.0, seed: int = 42,
        plan: Plan | None = None,
    ) -> None:  # fmt: skip
        super().__init__(factors, mu, alpha, seed)
        self.plan = plan or Plan(epochs=20, batch_size=64, lr=3e-3, weight_decay=0.1, seed=seed)

    def _moved(
        self, known: CrossDomain, s: np.ndarray, t: np.ndarray, both: np.ndarray
    ) -> np.ndarray:
        super()._moved(known, s, t, both)
        q = torch.from_numpy(self.in_source.item_vectors.astype(np.float32))
        v = torch.from_numpy(self.in_target.item_vectors.astype(np.float32))
        u = torch.from_numpy(s.astype(np.float32))
        had = torch.from_numpy((known.source.matrix(known.users) > 0).toarray())
        has = known.target.matrix(known.users).tocsr()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.plan.seed)
            self.net = Bridge(torch.from_numpy(self.w.astype(np.float32)))

        def loss(net: nn.Module, rows: Tensor) -> tuple[Tensor, int]:
            person, item = zip(*[(r, i) for r in rows.tolist()
                                 for i in has.indices[has.indptr[r] : has.indptr[r + 1]]],
                               strict=True)  # fmt: skip
            other = torch.randint(len(v), (len(item),))
            moved = net(u[list(person)], had[list(person)], q)
            right, wrong = (moved * v[list(item)]).sum(dim=1), (moved * v[other]).sum(dim=1)
            return (1 - right).square().mean() + wrong.square().mean(), len(item)

        shared = [torch.tensor(row) for row in np.flatnonzero(both).tolist()]
        self.history = train(self.net, loss, shared, self.plan, device="cpu")
        with torch.no_grad():
            return np.asarray(self.net(u, had, q).numpy(), float)


class Bridge(nn.Module):
    """s [b, f] and who had which source item [b, items] to W_u applied to s, [b, f]."""

    w: Tensor

    def __init__(self, w: Tensor) -> None:
        super().__init__()
        factors = len(w)
        self.register_buffer("w", w)
        self.attend = nn.Linear(factors, 1, bias=False)
        last = nn.Linear(2 * factors, factors * factors)
        self.own = nn.Sequential(nn.Linear(factors, 2 * factors), nn.ReLU(), last)
        nn.init.zeros_(self.attend.weight)  # at first all of a history counts alike
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, s: Tensor, had: Tensor, q: Tensor) -> Tensor:
        weight = torch.where(had, self.attend(q).T, -torch.inf).softmax(dim=1).nan_to_num()
        own = self.own(weight @ q).view(-1, *self.w.shape)
        return s @ self.w + (s[:, None] @ own)[:, 0]
