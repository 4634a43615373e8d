"""Training that no single example can sway much: clip each one's gradient, add noise, step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from xdrec.isolation import isolated
from xdrec.plan import OPTIMIZERS
from xdrec.privacy.accountant import epsilon


@dataclass(frozen=True)
class Privacy:
    """How to train privately: how much one example may say, and how much noise goes over it.

    `noise` σ is in units of `clip` C, the longest gradient of one example; `rate` q the chance of
    each example to be in a step. `epsilon(delta)` is what the training then promises.
    Raises ValueError with all that is wrong. Book: what it gives away.

    >>> round(Privacy(noise=2.0, rate=0.1, steps=100).epsilon(delta=1e-4), 2)
    2.21
    """

    noise: float
    clip: float = 1.0
    rate: float = 0.1
    steps: int = 200
    lr: float = 0.01
    optimizer: str = "adam"
    seed: int = 0

    def __post_init__(self) -> None:
        expected = {
            "noise": (0 <= self.noise < math.inf, "a number >= 0; 0 only clips"),
            "clip": (0 < self.clip < math.inf, "a length > 0"),
            "rate": (0 < self.rate <= 1, "a chance in (0, 1]"),
            "steps": (isinstance(self.steps, int) and self.steps >= 1, "a whole number >= 1"),
            "lr": (0 < self.lr < math.inf, "a number > 0"),
            "optimizer": (self.optimizer in OPTIMIZERS, "one of " + ", ".join(OPTIMIZERS)),
        }
        faults = [f"{name}={getattr(self, name)!r}: expected {what}"
                  for name, (right, what) in expected.items() if not right]  # fmt: skip
        if faults:
            raise ValueError("; ".join(faults))

    def epsilon(self, delta: float) -> float:
        """ε at this δ; infinite without noise."""
        return epsilon(self.rate, self.noise, self.steps, delta) if self.noise else math.inf


def train_private(
    net: nn.Module, loss: Callable[[Callable[..., Tensor], Tensor], Tensor], data: Tensor,
    how: Privacy,
) -> list[int]:  # fmt: skip
    """DP-SGD: minimise the mean loss over the rows of `data` [examples, ...], privately, in place.

    A step draws each row with chance q. With g_i the gradient of `loss(net, row as a batch of
    one)`, the optimiser is given

        (Σ_i g_i · min(1, C / ‖g_i‖) + N(0, σ²C²)) / (q · examples),

    and what it makes of that costs no privacy. **What is protected is a row**: give one row a
    person, with all that they did, and the promise is a person's. Returns the size of each batch,
    which is itself a secret: do not publish it. How many examples there are is taken as known.

    What the promise leaves out: a net whose layers mix the rows of a batch (batch normalisation)
    breaks it; settings chosen by looking at the same people cost extra and are not counted; and all
    noise follows from the seed, fit for study only: who knows the seed takes the noise off.
    Raises ValueError for no data and FloatingPointError for a gradient that is not finite.
    Source: Abadi et al., CCS 2016. Book: what it gives away.

    >>> line = nn.Linear(1, 1, bias=False)
    >>> data = torch.ones(200, 1)
    >>> def squared(net, row): return (net(row) - 3).square().mean()
    >>> sizes = train_private(line, squared, data, Privacy(noise=0.5, lr=0.1))
    >>> round(line.weight.item()), len(sizes)
    (3, 200)
    """
    if not len(data):
        raise ValueError("data is empty: expected at least one row to train on")
    weights = {name: w for name, w in net.named_parameters() if w.requires_grad}

    def of_one(given: dict[str, Tensor], row: Tensor) -> Tensor:
        return loss(lambda *x: functional_call(net, given, x), row[None])

    gradients = vmap(grad(of_one), in_dims=(None, 0), randomness="different")
    sizes = []
    with isolated("cpu"):
        torch.manual_seed(how.seed)
        optimizer = OPTIMIZERS[how.optimizer](weights.values(), lr=how.lr, weight_decay=0.0)
        net.train()
        for _ in range(how.steps):
            rows = data[torch.rand(len(data)) < how.rate]
            sizes.append(len(rows))
            summed = {name: torch.zeros_like(w) for name, w in weights.items()}
            if len(rows):
                each = gradients({name: w.detach() for name, w in weights.items()}, rows)
                summed = clipped_sum(each, how.clip)
            for name, w in weights.items():
                noise = how.noise * how.clip * torch.randn_like(w)
                w.grad = (summed[name] + noise) / (how.rate * len(data))
            optimizer.step()
        optimizer.zero_grad()
        net.eval()
    return sizes


def clipped_sum(each: dict[str, Tensor], clip: float) -> dict[str, Tensor]:
    """Σ_i g_i · min(1, C / ‖g_i‖), the norm over all weights together; of [examples, ...] each.

    >>> clipped_sum({"w": torch.tensor([[3.0, 4.0], [0.3, 0.4]])}, clip=1.0)["w"].tolist()
    [0.9000000357627869, 1.2000000476837158]
    """
    squares = torch.stack([g.flatten(1).square().sum(dim=1) for g in each.values()]).sum(dim=0)
    if not torch.isfinite(squares).all():
        raise FloatingPointError("a gradient is not finite: a smaller lr may help")
    scale = (clip / squares.sqrt().clamp(min=1e-12)).clamp(max=1.0)
    return {name: torch.tensordot(scale, g, dims=1) for name, g in each.items()}
