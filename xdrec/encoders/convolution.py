"""Convolutions over time, of things of different length: past its end a thing is silent."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Halving(nn.Module):
    """A convolution of width 3 that keeps every second place; norm, ReLU, and silence past the end.

    `forward(x [batch, channels, ..., time], mask [batch, time])` gives both at half the length,
    ceil(time / 2); with `rows` there is an axis of rows (the bands of a spectrum) before time,
    which is halved too. Past its end a thing is zero before and after, as if it stood alone, and
    the norm looks at one place at a time: so its numbers do not depend on how far it was padded.

    >>> halve = Halving(4, 8)
    >>> x, mask = halve(torch.randn(2, 4, 9), torch.arange(9) < torch.tensor([[9], [4]]))
    >>> x.shape, mask.sum(dim=1).tolist()
    (torch.Size([2, 8, 5]), [5, 2])
    """

    def __init__(self, channels: int, width: int, *, rows: bool = False) -> None:
        super().__init__()
        convolution = nn.Conv2d if rows else nn.Conv1d
        # The norm brings a bias of its own.
        self.convolution = convolution(channels, width, 3, stride=2, padding=1, bias=False)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        mask = mask[:, ::2]
        x = self.norm(self.convolution(x).movedim(1, -1)).movedim(-1, 1)
        return silenced(nn.functional.relu(x), mask), mask


def silenced(x: Tensor, mask: Tensor) -> Tensor:
    """Zero where the mask [batch, time] is False; x [batch, ..., time]."""
    return x.masked_fill(~mask.reshape(len(x), *[1] * (x.ndim - 2), -1), 0)


def mean_over_time(x: Tensor, mask: Tensor) -> Tensor:
    """The mean over the places that are there; [batch, channels, time] to [batch, channels].

    >>> mean_over_time(torch.tensor([[[1.0, 3.0, 9.0]]]), torch.tensor([[True, True, False]]))
    tensor([[2.]])
    """
    return silenced(x, mask).sum(dim=-1) / mask.sum(dim=-1, keepdim=True).clamp(min=1)


def padded(things: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Things [channels, time_i] in one tensor [things, channels, time], and where they are."""
    longest = max(thing.shape[-1] for thing in things)
    one = torch.zeros(len(things), things[0].shape[0], longest)
    mask = torch.zeros(len(things), longest, dtype=torch.bool)
    for row, thing in enumerate(things):
        one[row, :, : thing.shape[-1]] = thing
        mask[row, : thing.shape[-1]] = True
    return one, mask
