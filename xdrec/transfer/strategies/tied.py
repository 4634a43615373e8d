"""Supervised transfer with L_transfer: trained on the target, tied to θ_source by λ."""

from __future__ import annotations

import math
from typing import Any, Self

from torch.optim import Optimizer

from xdrec.data.domain import CrossDomain
from xdrec.interest.sequence import SequenceTransformer
from xdrec.transfer.loss import TransferLoss
from xdrec.transfer.proximal import proximal, step_sizes
from xdrec.transfer.strategies.base import Strategy, Weights


class Tied(Strategy):
    """L_transfer = L + λ‖θ_target - θ_source‖, started at θ_source.

    After each step on L the penalty's own step is taken exactly (`proximal`), with the step sizes
    of the plan's optimizer: so no λ is too large, and the document's un-squared norm lands on
    θ_source where it should. λ = 0 is `FineTune`, λ = ∞ is `ZeroShot`. `norm` as in `TransferLoss`
    (without "fisher"). `start` are other weights to begin with, those of a neighbouring λ, say.
    Raises ValueError for λ < 0 or NaN, or another norm.
    Source: document T 4.2.3. Book: transfer strategies.
    """

    def __init__(
        self,
        model: SequenceTransformer,
        theta: Weights | None = None,
        lam: float = 1.0,
        norm: str = "squared",
        start: Weights | None = None,
    ) -> None:
        super().__init__(model, theta)
        if not lam >= 0:
            raise ValueError(f"lam={lam}: expected a strength λ >= 0; 0 is fine-tuning")
        if norm not in ("plain", "block", "squared", "l1"):
            raise ValueError(f"norm={norm!r}: expected 'plain', 'block', 'squared' or 'l1'")
        self.lam, self.norm, self.start = float(lam), norm, start

    def fit(self, known: CrossDomain) -> Self:
        if math.isinf(self.lam):
            self.model.begin(known, self.from_source(known))
            return self
        return super().fit(known)

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        theta, penalty = self.from_source(known), list[TransferLoss]()

        def tie(optimizer: Optimizer) -> None:
            net = self.model.net
            if not penalty:  # the net is made by the model's `fit`
                penalty.append(TransferLoss(net, theta, self.lam, self.norm).to(self.model.device))
            proximal(penalty[0], net, step_sizes(optimizer, net))

        start = theta if self.start is None else self.start
        return {"start": start} | ({"after_step": tie} if self.lam else {})
