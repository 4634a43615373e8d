"""A pipeline's parts as nets of plain arrays: what a service that knows no torch can run.

Every net takes and gives tensors alone, in float32, and knows nothing of tables, people or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.fusion.trained import TrainedFusion
from xdrec.interest import BehaviourMean, Scorer, SequenceTransformer


class FusionOfArrays(nn.Module):
    """g, and behind it the way into the space of h: what an item has to the vector v that h reads.

    `x` float [n, Σ d_m], the vectors of the modalities (`widths` d_m) one behind the other, and
    `present` bool [n, modalities] to v, float [n, width], of length 1, or zero where nothing of any
    weight is there. `alpha` are the weights α of the pipeline, on the simplex; a modality that an
    item lacks leaves its weight to the others. Book: handing over a model.
    """

    alpha: Tensor

    def __init__(
        self,
        widths: Sequence[int],
        alpha: np.ndarray,
        g: TrainedFusion | None,
        scorer: Scorer | None = None,
    ) -> None:
        super().__init__()
        self.widths = list(widths)
        self.register_buffer("alpha", torch.tensor(alpha, dtype=torch.float32))
        self.net = None if g is None else g.net
        for at, whiten in enumerate([] if g is None else g._whitening.values()):
            self.register_buffer(f"mean{at}", torch.from_numpy(whiten.mean))
            self.register_buffer(f"map{at}", torch.from_numpy(whiten.map))
        self.items = scorer.net if isinstance(scorer, SequenceTransformer) else None

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        vectors = x.split(self.widths, dim=1)
        there = self.alpha * present
        shares = there / there.sum(dim=1, keepdim=True).clamp(min=1e-12)
        parts = [normalize(x, dim=-1) * present[:, m, None] for m, x in enumerate(vectors)]
        if self.net is None:
            v = torch.cat([shares[:, m, None].sqrt() * x for m, x in enumerate(parts)], dim=1)
        else:
            read = [
                normalize((x - getattr(self, f"mean{m}")) @ getattr(self, f"map{m}").mT, dim=-1)
                * present[:, m, None]
                for m, x in enumerate(parts)
            ]
            v = self.net(read, shares)[0]
        v = normalize(v, dim=-1)
        return v if self.items is None else self.items.items(v)


class MeanOfArrays(nn.Module):
    """h by the weighted behaviour mean, from arrays: the direction of Σ w_i v_i.

    Takes what `SequenceOfArrays` takes. A row without a behaviour weighs 1. With `either` the
    source's rows are read only where the target has none. Book: handing over a model.
    """

    weights: Tensor

    def __init__(self, model: BehaviourMean, behaviours: Sequence[str]) -> None:
        super().__init__()
        weights = [model.behaviour_weights[kind] for kind in behaviours]
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.float32))
        self.recency, self.either = model.recency, model.history == "either"

    def forward(self, v: Tensor, did: Tensor, upto: Tensor, there: Tensor) -> Tensor:
        read = upto > 0
        if self.either:
            target = read & (did[:, :, -1] == 0)
            read = target | (read & ~target.any(dim=1, keepdim=True))
        later = ((upto[:, None] > upto[:, :, None]) & read[:, None]).sum(dim=2)
        plain = (did[:, :, :-1] == 0).all(dim=2)  # nobody said what was done
        w = (did[:, :, :-1] * self.weights).sum(dim=2) + plain
        w = w * torch.pow(torch.full_like(w, self.recency), later.to(w.dtype)) * (read & there)
        return normalize((w[:, :, None] * v).sum(dim=1), dim=-1)


class SequenceOfArrays(nn.Module):
    """h by the sequence transformer, from arrays: what comes after the newest event.

    `v` float [b, n, width], the vectors of a history's items, as `FusionOfArrays` makes them;
    `did` float [b, n, behaviours + 1], what was done, and last whether the item is the source's;
    `upto` int64 [b, n], how many of the history's rows are not later than this one (0: padding);
    `there` bool [b, n], whether the item has a vector. n >= 1: an empty history is one row of
    padding. Gives u, float [b, width], so that the score is ⟨u, v⟩; zero without a history.
    Book: handing over a model.
    """

    def __init__(self, model: SequenceTransformer) -> None:
        super().__init__()
        self.net = model.net

    def forward(self, v: Tensor, did: Tensor, upto: Tensor, there: Tensor) -> Tensor:
        ask = upto.amax(dim=1, keepdim=True) + 1
        u = self.net(v, did, upto, there, ask, torch.full_like(ask, -1))[:, 0]
        return u / self.net.log_temperature.clamp(min=float(np.log(0.01))).exp()


def interest_net(scorer: Scorer, behaviours: Sequence[str]) -> nn.Module | None:
    """h as a net of arrays; None where h is a closed form and has none. Book: handing over a model.

    >>> interest_net(__import__("xdrec.interest").interest.Popularity(), []) is None
    True
    """
    if isinstance(scorer, BehaviourMean):
        return MeanOfArrays(scorer, behaviours).eval()
    return SequenceOfArrays(scorer).eval() if isinstance(scorer, SequenceTransformer) else None


def random_events(width: int, behaviours: int, shape: tuple[int, int]) -> dict[str, Any]:
    """Histories drawn for a check, the arguments of the nets above: some of them empty.

    `shape` is (people, rows); the rows behind a history's end are padding, and in one row of ten
    the item has no vector. Book: handing over a model.
    """
    rng = np.random.default_rng(shape)
    length = rng.integers(0, shape[1] + 1, shape[0])
    length[0], length[1:2] = 0, shape[1]
    at = np.arange(shape[1])
    inside = at < length[:, None]
    there = inside & (rng.random(shape) < 0.9)
    v = rng.normal(size=(*shape, width)) * there[:, :, None]
    v /= np.maximum(np.linalg.norm(v, axis=2, keepdims=True), 1e-12)
    did = (rng.random((*shape, behaviours + 1)) < 0.4) * inside[:, :, None]
    upto = np.where(inside, at + 1, 0).astype(np.int64)
    return {"v": v.astype(np.float32), "did": did.astype(np.float32), "upto": upto, "there": there}


def random_items(widths: Sequence[int], n: int) -> dict[str, Any]:
    """Items drawn for a check, the arguments of `FusionOfArrays`; the first has no modality.

    Book: handing over a model.
    """
    rng = np.random.default_rng(n)
    present = rng.random((n, len(widths))) < 0.7
    present[0] = n == 1
    x = rng.normal(size=(n, sum(widths))) * np.repeat(present, widths, axis=1)
    return {"x": x.astype(np.float32), "present": present}
