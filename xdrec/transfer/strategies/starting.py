"""Strategies by where training starts and what may move: scratch, zero-shot, freeze, fine-tune."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from xdrec.data.domain import CrossDomain
from xdrec.interest.sequence import SequenceTransformer
from xdrec.transfer.strategies.base import Strategy, Weights

# What turns an item's vector into v: the part of a recommender that is most alike in two domains.
ENCODER = ("project", "refine")


class FromScratch(Strategy):
    """No transfer: the target's events alone. The twin that every strategy has to beat.

    Source: document T 3.1.4. Book: transfer strategies.
    """

    needs_source = False


class ZeroShot(Strategy):
    """θ_target = θ_source: the source's weights read the target's histories, nothing is trained.

    The end of every λ path, λ = ∞. Source: document T 2.2.2. Book: transfer strategies.
    """

    def fit(self, known: CrossDomain) -> Self:
        self.model.begin(known, self.from_source(known))
        return self


class FineTune(Strategy):
    """Training starts at θ_source and may go anywhere: λ = 0, but for where it starts.

    How far it goes is left to the plan's epochs and its early stop on held-out people.
    Source: document T 2.2.2. Book: transfer strategies.
    """

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        return {"start": self.from_source(known)}


class Freeze(Strategy):
    """Training starts at θ_source, and some parts stay there for good.

    `frozen` names parts of `SequenceNet`; by default those that make item vectors, so that the
    target only learns how to read a history. Source: document T 2.2.2. Book: transfer strategies.
    """

    def __init__(
        self,
        model: SequenceTransformer,
        theta: Weights | None = None,
        frozen: Collection[str] = ENCODER,
    ) -> None:
        super().__init__(model, theta)
        self.frozen = tuple(frozen)

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        return {"start": self.from_source(known), "frozen": self.frozen}
