"""L_transfer = L + λ‖θ_target - θ_source‖ for anything that torch trains."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import cast

import torch
from torch import Tensor, nn

NORMS = ("plain", "block", "squared", "l1", "fisher")


class TransferLoss(nn.Module):
    """The penalty λ·‖θ - θ_source‖ on a model's weights, to be added to the target's own loss.

    - `norm="plain"`: the document's, one un-squared length over all anchored weights together;
      `"block"`: the sum of the lengths, a tensor each, so that some may return and others go;
    - `"squared"`: ‖·‖² (L2-SP); `"fisher"`: Σ F (θ - θ_source)² (EWC), `fisher` F >= 0 by name;
    - `"l1"`: Σ|θ - θ_source|, which leaves many weights just where they were.

    θ_source are the `source` weights by name (a `state_dict`), kept in buffers: they move with
    `.to()` and are saved. Every trainable weight that has a namesake of the same shape there is
    anchored; all others have to be listed in `new` (a head of other classes, say), and get a ridge
    μ of their own, `decay`·‖θ_new‖². What is neither, or both, is an error: nothing is left out
    silently. Calling it on a model gives the penalty, a scalar, 0 at θ_source with gradient 0.

    Un-squared norms have a kink at θ_source. A gradient step jumps over it for ever; `proximal`
    lands on it. Raises ValueError for names, shapes or numbers that do not fit.
    Source: document T 4.2.3; Li et al., ICML 2018 (L2-SP); Kirkpatrick et al., PNAS 2017 (EWC).
    Book: the strength of transfer.

    >>> model = nn.Linear(2, 1, bias=False)
    >>> penalty = TransferLoss(model, {"weight": torch.tensor([[3.0, 4.0]])}, strength=2.0)
    >>> _ = nn.init.zeros_(model.weight)
    >>> penalty(model).item()
    10.0
    """

    def __init__(
        self,
        model: nn.Module,
        source: Mapping[str, Tensor],
        strength: float,
        norm: str = "plain",
        *,
        new: Collection[str] = (),
        decay: float = 0.0,
        fisher: Mapping[str, Tensor] | None = None,
    ) -> None:
        super().__init__()
        for name, value in (("strength", strength), ("decay", decay)):
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(
                    f"{name}={value}: expected a finite number >= 0; λ = ∞ is the source itself"
                )
        if norm not in NORMS:
            raise ValueError(f"norm={norm!r}: expected one of {', '.join(NORMS)}")
        if (norm == "fisher") != (fisher is not None):
            raise ValueError(
                f"norm={norm!r}, fisher={'given' if fisher else None}: they go together"
            )
        weights = {name: w for name, w in model.named_parameters() if w.requires_grad}
        self.strength, self.norm, self.decay = float(strength), norm, float(decay)
        self.new = tuple(sorted(new))
        self.anchored = tuple(name for name in weights if name not in self.new)
        faults = [
            f"{name} is to be new and is no trainable weight" for name in self.new
            if name not in weights
        ]  # fmt: skip
        for name in self.anchored:
            shape, there = list(weights[name].shape), source.get(name)
            if there is None:
                faults.append(f"{name} has no namesake in the source: list it in new")
            elif list(there.shape) != shape:
                faults.append(f"{name} is {shape} here, {list(there.shape)} in the source: "
                              "list it in new")  # fmt: skip
            elif fisher is not None and (name not in fisher or (fisher[name] < 0).any()):
                faults.append(f"{name}: expected fisher information >= 0")
        if faults:
            raise ValueError("; ".join(faults))
        for at, name in enumerate(self.anchored):
            self.register_buffer(f"source_{at}", source[name].detach().clone())
            if fisher is not None:
                self.register_buffer(f"fisher_{at}", fisher[name].detach().clone())

    def away(self, model: nn.Module) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Name, weight and its θ_source of everything anchored."""
        weights = dict(model.named_parameters())
        for at, name in enumerate(self.anchored):
            yield name, weights[name], cast(Tensor, getattr(self, f"source_{at}"))

    def forward(self, model: nn.Module) -> Tensor:
        gone = [(w - s).flatten() for _, w, s in self.away(model)]
        zero = next(model.parameters()).new_zeros(())
        if self.norm == "plain":
            total = _length(torch.cat(gone)) if gone else zero
        elif self.norm == "block":
            total = sum(map(_length, gone), zero)
        elif self.norm == "l1":
            total = sum((g.abs().sum() for g in gone), zero)
        elif self.norm == "fisher":
            total = sum(
                ((getattr(self, f"fisher_{at}").flatten() * g.square()).sum()
                 for at, g in enumerate(gone)), zero)  # fmt: skip
        else:
            total = sum((g.square().sum() for g in gone), zero)
        own = dict(model.named_parameters())
        ridge = sum((own[name].square().sum() for name in self.new), zero)
        return self.strength * total + self.decay * ridge

    @torch.no_grad()
    def drift(self, model: nn.Module) -> float:
        """‖θ - θ_source‖ over everything anchored."""
        return math.sqrt(sum(float((w - s).square().sum()) for _, w, s in self.away(model)))

    def critical(self, model: nn.Module, loss: Tensor) -> float:
        """λ*, `model` being at θ_source and `loss` the target's own there, over all its data.

        From λ* on no small step away from θ_source pays: ‖∇L‖ for the plain norm, the largest
        block's for "block", the largest entry for "l1"; ∞ for the squared ones, which only shrink.
        Where L is convex, θ_source is then the solution. Book: the strength of transfer.
        """
        if self.norm in ("squared", "fisher"):
            return math.inf
        weights = [w for _, w, _ in self.away(model)]
        found = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
        slopes = [g.flatten() for g in found if g is not None]
        if not slopes:
            return 0.0
        if self.norm == "l1":
            return max(float(g.abs().max()) for g in slopes)
        lengths = torch.stack([g.norm() for g in slopes])
        return float(lengths.norm() if self.norm == "plain" else lengths.max())


def _length(x: Tensor) -> Tensor:
    """‖x‖ with gradient 0, not NaN, where x is 0."""
    return torch.linalg.vector_norm(x) if x.any() else x.sum() * 0
