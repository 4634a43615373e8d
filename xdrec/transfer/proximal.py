"""The proximal step: what a gradient step cannot do at a kink, land on it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from xdrec.transfer.loss import TransferLoss

ROUNDS = 60  # halvings of the interval: beyond float64's precision


@torch.no_grad()
def proximal(penalty: TransferLoss, model: nn.Module, step: float | Mapping[str, Tensor]) -> None:
    """Move the weights θ to argmin ½‖θ' - θ‖²/η + penalty(θ'), after a step on the loss alone.

    `step` is η, the step that was just taken: a number for plain SGD, or a tensor a weight, the
    preconditioner of Adam and its like (`step_sizes`); ½‖·‖²/η is then Σ(·)²/2η entry by entry.
    With d = θ - θ_source: the plain norm shortens d by ηλ, to nothing if it is shorter (block soft
    thresholding; scaled, d_i ← d_i t/(t + η_i λ) with t the length of the result, a scalar root);
    "l1" does so entry by entry; the squared norms divide. New weights are divided by 1 + 2ημ.
    Source: Parikh and Boyd, Proximal Algorithms, 2014. Book: the strength of transfer.

    >>> model = nn.Linear(2, 1, bias=False)
    >>> _ = model.weight.data.copy_(torch.tensor([[3.0, 4.0]]))
    >>> penalty = TransferLoss(model, {"weight": torch.zeros(1, 2)}, strength=2.0)
    >>> proximal(penalty, model, 0.5)  # of length 5, shortened by 1
    >>> model.weight.tolist()
    [[2.4000000953674316, 3.200000047683716]]
    """
    there = list(penalty.away(model))
    sizes = [_of(step, name, w) for name, w, _ in there]
    gone = [w - s for _, w, s in there]
    if penalty.norm == "plain":
        gone = _shortened(gone, sizes, penalty.strength)
    elif penalty.norm == "block":
        gone = [_shortened([g], [e], penalty.strength)[0] for g, e in zip(gone, sizes, strict=True)]
    elif penalty.norm == "l1":
        gone = [g.sign() * (g.abs() - e * penalty.strength).clip(min=0)
                for g, e in zip(gone, sizes, strict=True)]  # fmt: skip
    else:
        for at, (g, e) in enumerate(zip(gone, sizes, strict=True)):
            much = getattr(penalty, f"fisher_{at}") if penalty.norm == "fisher" else 1.0
            gone[at] = g / (1 + 2 * e * penalty.strength * much)
    for (_, w, s), g in zip(there, gone, strict=True):
        w.copy_(s + g)
    own = dict(model.named_parameters())
    for name in penalty.new:
        own[name].div_(1 + 2 * _of(step, name, own[name]) * penalty.decay)


def step_sizes(optimizer: Optimizer, model: nn.Module) -> dict[str, Tensor]:
    """η of each weight's entries in the step just taken: lr / (√v̂ + ε), lr for SGD.

    v̂ is what the optimizer divides by: Adam(W)'s corrected mean of squared gradients, RMSprop's
    mean, Adagrad's sum. Book: project practice.
    """
    names = {w: name for name, w in model.named_parameters()}
    found = {}
    for group in optimizer.param_groups:
        for w in group["params"]:
            state, eta = optimizer.state.get(w, {}), torch.full_like(w, group["lr"])
            if "exp_avg_sq" in state:
                seen = 1 - group["betas"][1] ** float(state["step"])
                eta = group["lr"] / ((state["exp_avg_sq"] / seen).sqrt() + group["eps"])
            elif "square_avg" in state:
                eta = group["lr"] / (state["square_avg"].sqrt() + group["eps"])
            elif "sum" in state:
                eta = group["lr"] / (state["sum"].sqrt() + group["eps"])
            found[names[w]] = eta
    return found


def _of(step: float | Mapping[str, Tensor], name: str, weight: Tensor) -> Tensor:
    return step[name] if isinstance(step, Mapping) else torch.full_like(weight, step)


def _shortened(gone: list[Tensor], sizes: list[Tensor], strength: float) -> list[Tensor]:
    """argmin Σ (d' - d)²/2η + λ‖d'‖ over all tensors together."""
    d = torch.cat([g.flatten() for g in gone]).double()
    pull = torch.cat([e.flatten() for e in sizes]).double() * strength
    if not pull.any():
        return gone
    if (pull == pull[0]).all():
        length = float(d.norm())
        factor = max(0.0, 1 - float(pull[0]) / length) if length > 0 else 0.0
        return [g * factor for g in gone]
    # ‖d'‖ = t where Σ (d / (t + ηλ))² = 1: falling in t, so one root, or none if d is too short.
    if float((d / pull).norm()) <= 1:
        return [torch.zeros_like(g) for g in gone]
    low, high = 0.0, float(d.norm())
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        if float((d / (middle + pull)).norm()) > 1:
            low = middle
        else:
            high = middle
    factors = (high / (high + pull)).split([g.numel() for g in gone])
    return [g * f.view_as(g).to(g.dtype) for g, f in zip(gone, factors, strict=True)]
