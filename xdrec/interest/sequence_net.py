"""The net of the sequence transformer: a weighted mean whose weights and vectors are learnt."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, normalize, scaled_dot_product_attention


class SequenceNet(nn.Module):
    """Histories to interest vectors: u = Σ_k w_k h_k + correction, item vectors to v.

    An item's vector is v = P x + correction, P first the principal axes `axes` [width, d] of the
    items (`principal_axes`), so that cosines are kept as well as so few numbers can. Pre-norm
    blocks of attention turn each event's v into h, which knows what came before; a last look with a
    learnt query gives the weights w = softmax(⟨q, K h_k⟩ + b[age_k]), a set for every head, and u.
    Every correction begins at zero: an untrained net *is* the weighted behaviour mean, with
    w_k ∝ γ^age, a γ a head. Training finds what to change. Ages count from the newest event, at
    every place of a history anew: `Recent`. Source: document T 4.2.1; Kang and McAuley, ICDM 2018
    (SASRec); Press et al., ICLR 2022 (a bias by distance). Book: interest.
    """

    def __init__(
        self, axes: Tensor, behaviours: int, *, layers: int, heads: int,
        max_length: int, dropout: float, temperature: float,
    ) -> None:  # fmt: skip
        super().__init__()
        width = len(axes)
        self.project = nn.Linear(axes.shape[1], width, bias=False)
        self.project.weight = nn.Parameter(axes.clone())
        self.refine = FeedForward(width, dropout)
        self.did = nn.Linear(behaviours, width, bias=False)
        nn.init.zeros_(self.did.weight)
        self.drop = nn.Dropout(dropout)
        options: dict[str, Any] = {"heads": heads, "max_length": max_length, "dropout": dropout}
        self.blocks = nn.ModuleList(Block(width, **options) for _ in range(layers))
        self.norm, self.recent = nn.LayerNorm(width), Recent(heads, max_length)
        self.query, self.key = nn.Parameter(torch.zeros(width)), nn.Linear(width, width, bias=False)
        self.answer = FeedForward(width, dropout)
        self.log_temperature = nn.Parameter(torch.tensor(math.log(temperature)))

    def items(self, x: Tensor) -> Tensor:
        """v, float [..., width] of length 1, of unit item vectors x [..., d]; zero of a zero x."""
        there = x.any(dim=-1, keepdim=True)
        v = self.project(x)
        return normalize(v + self.refine(v), dim=-1) * there

    def forward(
        self, v: Tensor, did: Tensor, upto: Tensor, there: Tensor, ask: Tensor, own: Tensor
    ) -> Tensor:
        """u of length 1 for every question, float [b, m, width]; zeros without a history.

        Events: `v` [b, n, width], `did` [b, n, behaviours], `upto` int [b, n], `there` bool [b, n].
        Questions: `ask` int [b, m], the `upto` of what is asked for: events up to it are looked at
        except `own` [b, m], the event asked for itself (-1: none is).
        """
        h = self.drop(v + self.did(did))
        at = torch.arange(h.shape[1], device=h.device)
        # Events at one moment do not see each other: one of them may be what is asked for.
        seen = (upto[:, None] < upto[:, :, None]) | (at == at[:, None])
        between = upto[:, :, None] - upto[:, None]
        for block in self.blocks:
            h = block(h, between, seen & there[:, None])
        read = (upto[:, None] <= ask[:, :, None]) & (at != own[:, :, None]) & there[:, None]
        query = self.query.expand(*ask.shape, -1)
        age = ask[:, :, None] - 1 - upto[:, None]
        u = self.recent(query, self.key(self.norm(h)), h, age, read)
        return normalize(u + self.answer(u), dim=-1) * read.any(dim=-1, keepdim=True)

    def scores(self, u: Tensor, v: Tensor) -> Tensor:
        """⟨u, v⟩ / τ, [..., items]: cosines over a learnt temperature."""
        return u @ v.mT / self.log_temperature.clamp(min=math.log(0.01)).exp()


class Recent(nn.Module):
    """Attention in which the newer is preferred, by a learnt number an age and head.

    Scores are ⟨q, k⟩ / √d + b[age]; b begins as age · log γ, so that with equal ⟨q, k⟩ the weights
    are γ^age, γ from 1 in the first head to 0.3 in the last. Ages beyond the table count as its
    last, negative ones (the same moment) as 0. A query that may look nowhere gets zeros.
    """

    def __init__(self, heads: int, max_length: int) -> None:
        super().__init__()
        gamma = torch.logspace(0, math.log10(0.3), heads)
        ages = torch.arange(max_length)
        self.bias = nn.Parameter(gamma.log()[:, None] * ages)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, age: Tensor, seen: Tensor) -> Tensor:
        heads, longest = self.bias.shape
        q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
        bias = embedding(age.clamp(0, longest - 1), self.bias.mT).movedim(-1, 1)  # [b, heads, m, n]
        nowhere = ~seen.any(dim=-1, keepdim=True)
        bias = bias.masked_fill(~(seen | nowhere)[:, None], -torch.inf)
        mixed = scaled_dot_product_attention(q, k, v, bias.to(q.dtype))
        return mixed.transpose(1, 2).flatten(-2).masked_fill(nowhere, 0)


class Block(nn.Module):
    """One pre-norm layer: x + attention(norm x), then x + feed-forward(norm x)."""

    def __init__(self, width: int, *, heads: int, max_length: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.recent = nn.LayerNorm(width), Recent(heads, max_length)
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)
        self.drop, self.then = nn.Dropout(dropout), FeedForward(width, dropout)

    def forward(self, x: Tensor, age: Tensor, seen: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        x = x + self.drop(self.output(self.recent(q, k, v, age, seen)))
        return x + self.then(x)


class FeedForward(nn.Sequential):
    """What is added to a state, from the state alone; zero until trained."""

    def __init__(self, width: int, dropout: float) -> None:
        last = nn.Linear(2 * width, width)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        super().__init__(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), last, nn.Dropout(dropout)
        )


def principal_axes(x: np.ndarray, width: int) -> np.ndarray:
    """The `width` directions along which the rows of x [n, d] are largest; float32 [width, d].

    The first right singular vectors, their signs fixed (the largest entry is > 0). Of fewer there
    are, the rest is zero. The mean is not taken off: ⟨x, y⟩ is what is to be kept.

    >>> principal_axes(np.array([[2.0, 0.0], [0.0, -9.0]]), 1).tolist()
    [[0.0, 1.0]]
    """
    _, vectors = np.linalg.eigh(x.T.astype(float) @ x)
    kept = vectors.T[::-1][:width]
    largest = np.take_along_axis(kept, abs(kept).argmax(axis=1)[:, None], axis=1)
    axes = np.zeros((width, x.shape[1]), np.float32)
    axes[: len(kept)] = kept * np.sign(largest)
    return axes
