"""Unsupervised transfer: the source's loss, and item vectors that do not tell the domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from xdrec.data.domain import CrossDomain
from xdrec.interest.sequence import SequenceTransformer
from xdrec.interest.sequence_net import SequenceNet
from xdrec.transfer.strategies.base import Weights, learn_source
from xdrec.transfer.strategies.starting import ZeroShot

DRAWN = 256  # items of each domain a step
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the median distance: widths of the kernels


class Aligned(ZeroShot):
    """θ from the source's events and the target's *catalogue*; no event of the target trains it.

    The net is trained on the source's own loss plus `weight` times a distance between the two
    domains' item vectors: "mmd" (`mmd`), "coral" (`coral`), or "adversarial", where a small net
    guesses the domain and the encoder learns to leave it guessing (gradient reversal). Then it
    reads the target's histories as it is. weight = 0 is `ZeroShot`.
    Source: document T 2.2.2; Gretton et al., JMLR 2012; Sun and Saenko, 2016; Ganin and Lempitsky,
    ICML 2015. Book: transfer strategies.
    """

    def __init__(
        self, model: SequenceTransformer, kind: str = "coral", weight: float = 1.0
    ) -> None:
        super().__init__(model)
        if kind not in (*DISTANCES, "adversarial"):
            raise ValueError(f"kind={kind!r}: expected 'mmd', 'coral' or 'adversarial'")
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(f"weight={weight}: expected a finite weight >= 0")
        self.kind, self.weight = kind, weight

    def from_source(self, known: CrossDomain) -> Weights:
        with self.seeded():
            added = Alignment(self.model, self.kind, self.weight) if self.weight else None
        return learn_source(self.model, known, added)


class Alignment(nn.Module):
    """weight · distance(v of some source items, v of some target items)."""

    def __init__(self, model: SequenceTransformer, kind: str, weight: float) -> None:
        super().__init__()
        for name, features in (("source", model.source), ("target", model.target)):
            assert features is not None
            x = torch.from_numpy(features.unit()[features.present])
            self.register_buffer(name, x, persistent=False)
        self.kind, self.weight = kind, weight
        if kind == "adversarial":
            width = model.settings["width"]
            self.guess = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, net: SequenceNet) -> Tensor:
        s, t = (net.items(some(getattr(self, name), DRAWN)) for name in ("source", "target"))
        if self.kind != "adversarial":
            return self.weight * DISTANCES[self.kind](s, t)
        v = Reversed.apply(torch.cat([s, t]), self.weight)
        domain = torch.cat([s.new_zeros(len(s)), t.new_ones(len(t))])
        return binary_cross_entropy_with_logits(self.guess(v)[:, 0], domain)


class Reversed(torch.autograd.Function):
    """The identity whose gradient is turned round, times `weight`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: float) -> Tensor:
        ctx.weight = weight
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        return -ctx.weight * slopes[0], None


def coral(s: Tensor, t: Tensor) -> Tensor:
    """‖cov(s) - cov(t)‖² + ‖mean(s) - mean(t)‖², of the rows of s [n, d] and t [m, d].

    The means are added to what the paper has: unit vectors of two catalogues differ there most.
    Source: Sun and Saenko, ECCV workshops 2016. Book: transfer strategies.

    >>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> coral(x, x).item(), coral(x, x + 1).item()
    (0.0, 2.0)
    """
    apart = torch.cov(s.mT).sub(torch.cov(t.mT)).square().sum()
    return apart + (s.mean(dim=0) - t.mean(dim=0)).square().sum()


def mmd(s: Tensor, t: Tensor) -> Tensor:
    """Maximum mean discrepancy, squared, of the rows of s [n, d] and t [m, d]; 0 of equal ones.

    Mean of Gaussian kernels of five widths round the median distance, each point with itself
    included (the biased estimate, never below 0). Source: Gretton et al., JMLR 2012.
    Book: transfer strategies.

    >>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> mmd(x, x).item(), mmd(x, x + 1).item() > 0.1
    (0.0, True)
    """
    both = torch.cat([s, t])
    square = torch.cdist(both, both).square()
    middle = square.detach()[square.detach() > 0]
    wide = middle.median() if len(middle) else square.new_ones(())
    k = torch.stack([torch.exp(-square / (scale * wide)) for scale in SCALES]).mean(dim=0)
    n = len(s)
    return k[:n, :n].mean() + k[n:, n:].mean() - 2 * k[:n, n:].mean()


DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mmd": mmd, "coral": coral}


def some(x: Tensor, most: int) -> Tensor:
    """All rows of x, or `most` drawn ones."""
    return x if len(x) <= most else x[torch.randperm(len(x), device=x.device)[:most]]
