"""Joint training: the target's loss and others at once, through one net."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy.special import expit
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from xdrec.data.domain import CrossDomain, Domain
from xdrec.interest.sequence import SequenceTransformer
from xdrec.interest.sequence_net import SequenceNet
from xdrec.transfer.strategies.base import Strategy, turned, turned_pair

DRAWN = 256  # items a step that side tasks are asked about
LARGEST = 10.0  # no row of the source counts more than this


class Joint(Strategy):
    """Multi-task training: L_target + w·L_source + s·(category + price of items), from the start.

    One net learns to name the next item in both domains, and besides to tell from v an item's
    category (classification) and its price (regression of the standardized logarithm); so far as
    the catalogues have these columns. No weight is θ_source: it is never learnt alone.
    `source_weight` w and `side_weight` s >= 0; 0 leaves a task out.
    Source: documents T 2.2.2, X 9.3. Book: transfer strategies.
    """

    def __init__(
        self, model: SequenceTransformer, source_weight: float = 1.0, side_weight: float = 0.1
    ) -> None:
        super().__init__(model)
        for name, value in (("source_weight", source_weight), ("side_weight", side_weight)):
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name}={value}: expected a finite weight >= 0")
        self.source_weight, self.side_weight = source_weight, side_weight

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        tasks: list[tuple[float, nn.Module]] = []
        if self.source_weight:
            tasks.append((self.source_weight, SourceLoss(self.model, known)))
        if self.side_weight:
            tasks.append((self.side_weight, SideTasks(self.model, known)))
        return {"added": Sum(tasks)} if tasks else {}


class Pooled(Strategy):
    """The source's rows in the target's training, each weighted by how much it is like the target.

    A row whose item v might as well be the target's counts more: w = p_target(x) / p_source(x),
    the density ratio of item vectors that a logistic regression of "which domain?" gives, at
    most 10. `share` >= 0 is what the source's rows together weigh against the target's.
    Source: document X 9.3.4; Sugiyama et al., JMLR 2007 (importance weights). Book: transfer
    strategies.
    """

    def __init__(self, model: SequenceTransformer, share: float = 1.0) -> None:
        super().__init__(model)
        if not (np.isfinite(share) and share >= 0):
            raise ValueError(f"share={share}: expected a finite weight >= 0")
        self.share = share

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        if not self.share:
            return {}
        assert self.model.source is not None
        weights = density_ratio(self.model.source.unit(), self.model.target.unit())
        return {"added": Sum([(self.share, SourceLoss(self.model, known, weights))])}


class Sum(nn.Module):
    """Σ weight · term(net)."""

    def __init__(self, terms: list[tuple[float, nn.Module]]) -> None:
        super().__init__()
        self.weights = [weight for weight, _ in terms]
        self.parts = nn.ModuleList(part for _, part in terms)

    def forward(self, net: SequenceNet) -> Tensor:
        values = [w * part(net) for w, part in zip(self.weights, self.parts, strict=True)]
        return torch.stack(values).sum()


class SourceLoss(nn.Module):
    """The source's own next-item loss through the net it is given, on some people a step."""

    weights: Tensor | None

    def __init__(
        self, model: SequenceTransformer, known: CrossDomain, weights: np.ndarray | None = None
    ) -> None:
        super().__init__()
        self.reader = turned(model).begin(turned_pair(known))
        self.asked = self.reader.questions(turned_pair(known))[0]
        if not self.asked:
            raise ValueError(f"nobody met a second item in {known.source.name!r} after the first")
        made = None if weights is None else torch.from_numpy(weights.astype(np.float32))
        self.register_buffer("weights", made, persistent=False)

    def forward(self, net: SequenceNet) -> Tensor:
        some = torch.randint(len(self.asked), (self.reader.plan.batch_size,)).tolist()
        batch = self.reader.batch([self.asked[person] for person in some])
        here = {name: each.to(self.reader.device) for name, each in batch.items()}
        return self.reader.loss(net, here, self.reader.settings["drawn"], self.weights)


class SideTasks(nn.Module):
    """Category and price of items, read off v by linear heads of their own: cross-entropy + MSE."""

    x: Tensor
    kind: Tensor
    price: Tensor

    def __init__(self, model: SequenceTransformer, known: CrossDomain) -> None:
        super().__init__()
        sides = [(known.target, model.target)]
        if model.source is not None:
            sides.append((known.source, model.source))
        x = np.concatenate([features.unit() for _, features in sides])
        kinds = _column(sides, "category", lambda c: c.cast(pl.String))
        names = kinds.drop_nulls().unique().sort()
        dearness = _column(sides, "price", lambda c: c.cast(pl.Float64).clip(0).log1p())
        spread = float(dearness.std() or 0)  # type: ignore[arg-type]
        self.register_buffer("x", torch.from_numpy(x), persistent=False)
        places = kinds.replace_strict(names, range(len(names)), default=-1, return_dtype=pl.Int64)
        self.register_buffer("kind", torch.from_numpy(places.to_numpy().copy()), persistent=False)
        price = (dearness - dearness.mean()) / spread if spread else dearness * float("nan")
        told = price.fill_null(float("nan")).to_numpy().astype(np.float32)
        self.register_buffer("price", torch.from_numpy(told), persistent=False)
        width = model.settings["width"]
        self.kinds = nn.Linear(width, max(1, len(names)))
        self.dear = nn.Linear(width, 1)

    def forward(self, net: SequenceNet) -> Tensor:
        some = torch.randint(len(self.x), (min(DRAWN, len(self.x)),), device=self.x.device)
        v, kind, price = net.items(self.x[some]), self.kind[some], self.price[some]
        loss = v.new_zeros(())
        if self.kinds.out_features > 1 and (kind >= 0).any():
            loss = loss + cross_entropy(self.kinds(v), kind, ignore_index=-1)
        known = ~price.isnan()
        if known.any():
            loss = loss + mse_loss(self.dear(v)[known, 0], price[known])
        return loss


def density_ratio(source: np.ndarray, target: np.ndarray, ridge: float = 1.0) -> np.ndarray:
    """p_target(x) / p_source(x) at the rows of `source` [n, d]; float64 [n], in [0, 10], mean 1.

    A logistic regression tells the two sets apart, its slopes held by a ridge; the odds, corrected
    for the sets' sizes, are the ratio. Source: Sugiyama et al., JMLR 2007. Book: transfer
    strategies.

    >>> density_ratio(np.array([[0.0], [1.0]]), np.array([[1.0], [1.0]])).round(2).tolist()
    [0.79, 1.21]
    """
    x = np.concatenate([source, target]).astype(float)
    x = np.hstack([x, np.ones((len(x), 1))])
    y = np.repeat([0.0, 1.0], [len(source), len(target)])
    # Each set counts as much as the other, whatever its size.
    weight = np.repeat([0.5 / len(source), 0.5 / len(target)], [len(source), len(target)])
    weight *= len(x)
    held = np.append(np.full(x.shape[1] - 1, ridge), 1e-9)
    slopes = np.zeros(x.shape[1])
    for _ in range(20):  # Newton's steps: convex, and the ridge keeps them short
        p = expit(x @ slopes)
        slope = x.T @ (weight * (p - y)) + held * slopes
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(held)
        step = np.linalg.solve(curve, slope)
        slopes -= step
        if abs(step).max() < 1e-10:
            break
    odds = np.exp(np.clip(x[: len(source)] @ slopes, -20, 20))
    return np.minimum(odds / odds.mean(), LARGEST)


def _column(
    sides: list[tuple[Domain, Any]], name: str, made: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """A column of all the items, the target's first; null where a catalogue lacks it."""
    parts = [
        made(domain.items[name])
        if name in domain.items.columns
        else made(pl.Series([None] * len(domain.items), dtype=pl.String))
        for domain, _ in sides
    ]
    return pl.concat(parts)
