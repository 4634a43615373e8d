"""Reasons of the sequence transformer: gradients along a path, and where its attention went."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from xdrec.explain.why import Why
from xdrec.interest.sequence import SequenceTransformer
from xdrec.interest.sequence_net import Recent

READ = ("did", "upto", "there", "ask", "own")  # what the net takes after the vectors


def integrated_gradients(model: SequenceTransformer, user: str, item: int, steps: int = 64) -> Why:
    """What each event's vector adds to the score, compared with a history of average items.

    With F the score as a function of the event vectors v_1 ... v_m, and v̄ the mean vector of the
    target's items, the path x_j(t) = v̄ + t(v_j - v̄) leads from a history that says nothing to the
    real one, and event j is given ⟨v_j - v̄, ∫ ∂F/∂v_j(x(t)) dt⟩, by Gauss-Legendre with `steps`
    points. The parts sum to F(v) - F(v̄), which is complete; `rest` is F(v̄). Order and behaviours
    stay as they are, so what those give is in `rest`. Why no zeros to begin with: u has length 1,
    and a history of zeros has no direction. Raises ValueError for a user without a history.
    Source: Sundararajan et al., ICML 2017. Book: why this item.
    """
    batch = _read(model, user)
    net = deepcopy(model.net).double().requires_grad_(False)
    given = {n: each.double() if each.is_floating_point() else each for n, each in batch.items()}
    catalogue = torch.from_numpy(model.item_vectors().vectors).to(model.device).double()
    v = given["v"][0]  # [m, width]
    start = catalogue[catalogue.any(dim=1)].mean(dim=0)

    def score(events: Tensor) -> Tensor:
        """F of some histories' vectors, [b, m, width] to [b]."""
        rest = [given[name].expand(len(events), *given[name].shape[1:]) for name in READ]
        return net.scores(net(events, *rest)[:, 0], catalogue[[item]])[:, 0]

    at, weight = (torch.from_numpy(each / 2) for each in np.polynomial.legendre.leggauss(steps))
    at, weight = (at + 0.5).to(v.device), weight.to(v.device)
    path = (start + at[:, None, None] * (v - start)).requires_grad_(True)
    (slope,) = torch.autograd.grad(score(path).sum(), path)
    parts = ((v - start) * torch.einsum("s,smw->mw", weight, slope)).sum(dim=1)
    with torch.no_grad():
        rest = float(score(start.expand_as(v)[None])[0])
    return _why(user, item, batch, "gradients", parts, rest)


@torch.no_grad()
def attention(model: SequenceTransformer, user: str, item: int) -> Why:
    """How much the last look of the net takes from each event: softmax weights, mean of the heads.

    They sum to 1 and are no parts of a score: the net looks before it knows which item is asked
    about, so they are the same for every item. What the layers below have mixed into an event
    counts as that event's. Raises ValueError for a user without a history.
    Source: Jain and Wallace, NAACL 2019 (against taking it for a reason). Book: why this item.
    """
    batch, seen = _read(model, user), []
    look = model.net.recent.register_forward_pre_hook(lambda _, given: seen.append(given))
    try:
        model.net(batch["v"], *(batch[name] for name in READ))
    finally:
        look.remove()
    weights = looked(model.net.recent, *seen[0][:2], *seen[0][3:])[0, :, 0].mean(dim=0)
    return _why(user, item, batch, "attention", weights, 0.0)


def looked(recent: Recent, q: Tensor, k: Tensor, age: Tensor, seen: Tensor) -> Tensor:
    """The weights with which `Recent` sums its values, [b, heads, m, n]."""
    heads, longest = recent.bias.shape
    q, k = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k))
    bias = recent.bias.mT[age.clamp(0, longest - 1)].movedim(-1, 1)
    told = q @ k.mT / q.shape[-1] ** 0.5 + bias
    return told.masked_fill(~seen[:, None], -torch.inf).softmax(dim=-1)


def _read(model: SequenceTransformer, user: str) -> dict[str, Any]:
    """The batch with which the model asks what this person wants next."""
    with torch.no_grad():
        batch = model.now(user)
    if not batch["there"].any():
        raise ValueError(
            f"user {user!r} has no history that the model reads: nothing to explain by"
        )
    return batch


def _why(
    user: str, item: int, batch: dict[str, Any], origin: str, parts: Tensor, rest: float
) -> Why:
    there = batch["there"][0].cpu().numpy()
    columns = batch["item"][0].cpu().numpy()[there]
    return Why(user, item, columns, (origin,), parts.double().cpu().numpy()[there][:, None], rest)
