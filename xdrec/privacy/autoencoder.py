"""A small deep net that rebuilds a person's row of the matrix from half of it, to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from xdrec.data.domain import CrossDomain
from xdrec.interest.matrix import OnMatrix, at_least
from xdrec.plan import Plan
from xdrec.privacy.dp_sgd import Privacy, train_private
from xdrec.train import train


class Autoencoder(OnMatrix):
    """score(u, ·) = W₂ tanh(W₁ x̂_u + b₁) + b₂, x̂_u the row of the matrix at length 1.

    The net sees a row of which each item is hidden with chance `hide` and is asked for all of it;
    the loss is -Σ_i x_i log softmax_i / Σ_i x_i. It holds no number that is a single person's, so
    that it can score a row it has never met (`score_rows`), and **one example of its training is
    one person**: with `privacy` it is trained by DP-SGD and what that promises is a person's.
    `plan` is how to train without. Users without history are not trained on and score 0 everywhere.
    Raises ValueError for width < 1 and `hide` outside [0, 1).
    Source: Sedhain et al., WWW 2015 (the net); Liang et al., WWW 2018 (loss and hiding).
    Book: what it gives away.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> from xdrec.data.domain import Domain
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> scores = Autoencoder(width=8).fit(known).score(["c"])
    >>> bool(scores[0, 1] > scores[0, 2])
    True
    """

    def __init__(
        self, width: int = 64, hide: float = 0.5, domains: str = "target",
        plan: Plan | None = None, privacy: Privacy | None = None,
    ) -> None:  # fmt: skip
        super().__init__(domains)
        at_least(1, width=width)
        if not 0 <= hide < 1:
            raise ValueError(f"hide={hide}: expected a chance in [0, 1)")
        self.width, self.hide, self.privacy = width, hide, privacy
        self.plan = plan or Plan(epochs=100, batch_size=100, lr=5e-3, weight_decay=0.0)

    def fit(self, known: CrossDomain) -> Self:
        x = self._read(known)
        heard = np.diff(x.indptr) > 0
        rows = torch.from_numpy(x[heard].toarray())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.plan.seed if self.privacy is None else self.privacy.seed)
            n = x.shape[1]
            self.net = nn.Sequential(nn.Linear(n, self.width), nn.Tanh(), nn.Linear(self.width, n))
        loss = partial(rebuilt, hide=self.hide)
        if self.privacy is None:
            train(self.net, lambda net, x: loss(net, x).mean(), list(rows), self.plan, device="cpu")
        else:
            train_private(self.net, lambda net, x: loss(net, x).mean(), rows, self.privacy)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        x = self._matrix[self._index(users)]
        return self.score_rows(x)[:, : self._items] * (np.diff(x.indptr) > 0)[:, None]

    def score_rows(self, rows: Any) -> np.ndarray:
        """Scores of any rows [n, columns], a matrix as the training's or a table of numbers."""
        with torch.no_grad():
            return self.net(at_length_1(_tensor(rows))).numpy()

    def losses(self, rows: Any) -> np.ndarray:
        """What the net loses on each row when it sees all of it, [n]: small for what it knows."""
        with torch.no_grad():
            return rebuilt(self.net, _tensor(rows), hide=0.0).numpy()

    def vectors(self, rows: Any) -> np.ndarray:
        """The interest vector of each row: the layer in the middle, [n, width]."""
        with torch.no_grad():
            return torch.tanh(self.net[0](at_length_1(_tensor(rows)))).numpy()


def rebuilt(net: Callable[[Tensor], Tensor], x: Tensor, hide: float) -> Tensor:
    """-Σ_i x_i log softmax_i(net(x, some of it hidden)) / Σ_i x_i, [rows]."""
    seen = x * (torch.rand_like(x) >= hide) if hide else x
    likely = net(at_length_1(seen)).log_softmax(dim=-1)
    return -(x * likely).sum(dim=-1) / x.sum(dim=-1).clamp(min=1)


def at_length_1(x: Tensor) -> Tensor:
    return x / x.square().sum(dim=-1, keepdim=True).clamp(min=1e-12).sqrt()


def _tensor(rows: Any) -> Tensor:
    dense = rows.toarray() if hasattr(rows, "toarray") else rows
    return torch.from_numpy(np.asarray(dense, np.float32))
