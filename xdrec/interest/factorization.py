"""Matrix factorization by gradient descent, to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from xdrec.data.domain import CrossDomain
from xdrec.interest.matrix import OnMatrix, at_least
from xdrec.train import History, Plan, train


class MatrixFactorization(OnMatrix):
    """score(u, i) = ⟨p_u, q_i⟩ + b_i, learnt so that what somebody has beats what they have not.

    Each step takes some (u, i) that happened and for each an item j drawn from all; the loss is
    the mean of -log σ(score(u, i) - score(u, j)), the Bayesian personalised ranking. Vectors have
    `factors` numbers and start small; the plan's `weight_decay` keeps them so. After `fit`:
    `history`, for the curve. Users without history score 0 everywhere.
    Source: documents X 3.2.3, T 9.5.3; Rendle et al., UAI 2009. Book: interest.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> from xdrec.data.domain import Domain
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> scores = MatrixFactorization(factors=4).fit(known).score(["c"])
    >>> bool(scores[0, 1] > scores[0, 2])
    True
    """

    def __init__(
        self, factors: int = 64, domains: str = "target", plan: Plan | None = None
    ) -> None:
        super().__init__(domains)
        at_least(1, factors=factors)
        self.factors = factors
        self.plan = plan or Plan(epochs=20, batch_size=1024, lr=0.02, weight_decay=0.01)

    def fit(self, known: CrossDomain) -> Self:
        x = self._read(known)
        happened = torch.from_numpy(np.column_stack(x.nonzero()))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.plan.seed)
            users, items = x.shape
            self._net = Factors(users, items, self.factors)
        self.history: History = train(
            self._net, self._loss, range(len(happened)), self.plan, collate=lambda n: happened[n]
        )
        self._heard = np.diff(x.indptr) > 0
        return self

    @staticmethod
    def _loss(net: nn.Module, pairs: Tensor) -> Tensor:
        user, item = pairs.T
        other = torch.randint(net.q.num_embeddings, item.shape, device=item.device)  # type: ignore
        return -nn.functional.logsigmoid(net(user, item) - net(user, other)).mean()

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        rows, n = self._index(users), self._items
        p, q, b = (part.weight.detach().cpu().numpy() for part in self._net.parts())
        return (p[rows] @ q[:n].T + b[:n, 0]) * self._heard[rows, None]


class Factors(nn.Module):
    """Two numbers in, a user and an item; their score out, [b]."""

    def __init__(self, users: int, items: int, factors: int) -> None:
        super().__init__()
        self.p, self.q = nn.Embedding(users, factors), nn.Embedding(items, factors)
        self.b = nn.Embedding(items, 1)
        nn.init.normal_(self.p.weight, std=0.1)
        nn.init.normal_(self.q.weight, std=0.1)
        nn.init.zeros_(self.b.weight)

    def parts(self) -> tuple[nn.Embedding, nn.Embedding, nn.Embedding]:
        return self.p, self.q, self.b

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        return (self.p(user) * self.q(item)).sum(dim=1) + self.b(item)[:, 0]
