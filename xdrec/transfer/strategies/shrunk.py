"""L1 and L2: the same tie as L_transfer's, to nothing instead of to a source."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import Optimizer

from xdrec.data.domain import CrossDomain
from xdrec.interest.sequence import SequenceTransformer
from xdrec.transfer.loss import TransferLoss
from xdrec.transfer.proximal import proximal, step_sizes
from xdrec.transfer.strategies.base import Strategy


class Shrunk(Strategy):
    """L + μ‖θ‖, trained on the target alone: "l1" (many weights exactly 0) or "squared" (L2).

    What L_transfer is with θ_source = 0, and taken by the same exact step (`proximal`). Only
    matrices are held; offsets, scales and the temperature go free. μ = 0 is `FromScratch`.
    Raises ValueError for μ that is no finite number >= 0, or another norm.
    Source: documents X 9.3.1, T 9.5. Book: sparse data.
    """

    needs_source = False

    def __init__(self, model: SequenceTransformer, mu: float, norm: str = "l1") -> None:
        super().__init__(model)
        if norm not in ("l1", "squared"):
            raise ValueError(f"norm={norm!r}: expected 'l1' or 'squared'")
        if not 0 <= mu < float("inf"):
            raise ValueError(f"mu={mu}: expected a finite ridge μ >= 0")
        self.mu, self.norm = float(mu), norm

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        penalty = list[TransferLoss]()

        def shrink(optimizer: Optimizer) -> None:
            net = self.model.net
            if not penalty:  # the net is made by the model's `fit`
                weights = dict(net.named_parameters())
                nothing = {name: torch.zeros_like(w) for name, w in weights.items()}
                free = [name for name, w in weights.items() if w.ndim < 2]
                penalty.append(TransferLoss(net, nothing, self.mu, self.norm, new=free))
            proximal(penalty[0], net, step_sizes(optimizer, net))

        return {"after_step": shrink} if self.mu else {}
