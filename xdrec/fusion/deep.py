"""Deep fusion: a net decides, item by item, what each modality has to say."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.encoders.contrast import info_nce
from xdrec.encoders.features import Features
from xdrec.fusion.base import presence
from xdrec.fusion.trained import TrainedFusion


class GatedFusion(TrainedFusion):
    """v_i = Σ_m a_im W_m x_im with gates that depend on the item, a_i = softmax(gate(x_i) + log α).

    The softmax runs over the modalities that the item has; `shares` are the gates. One space for
    all, so that an item of which there is only a text is near one of which there is only an image.
    Source: document X 3.2.2 (deep fusion); Arevalo et al., 2017 (gated multimodal units). Book:
    fusion.
    """

    def build(self, widths: Mapping[str, int]) -> nn.Module:
        return _Gated(list(widths.values()), self.width)


class _Gated(nn.Module):
    def __init__(self, widths: list[int], width: int) -> None:
        super().__init__()
        self.into = nn.ModuleList(nn.Linear(d, width) for d in widths)
        self.gate = nn.Sequential(
            nn.Linear(len(widths) * width + len(widths), width), nn.ReLU(),
            nn.Linear(width, len(widths)),
        )  # fmt: skip

    def forward(self, blocks: list[Tensor], there: Tensor, steer: Tensor) -> tuple[Tensor, Tensor]:
        parts = torch.stack(
            [normalize(f(x), dim=1) for f, x in zip(self.into, blocks, strict=True)], 1
        )
        parts = parts * there[..., None]  # [n, M, width]; what is missing is zero and known to be
        gate = self.gate(torch.cat([parts.flatten(1), there.float()], dim=1)) + steer
        shares = torch.softmax(gate.masked_fill(~there, -1e9), dim=1)
        return (shares[..., None] * parts).sum(dim=1), shares


class BilinearFusion(TrainedFusion):
    """v_i = W Π_m (1 + α_m M U_m x_im): modalities multiply, so each colours what the others say.

    The product is element by element, low-rank in place of all d_1 · d_2 products; a modality that
    is missing is a factor of 1. `shares` are the lengths of the factors' own parts, to sum 1.
    Source: document X 3.2.2; Kim et al., ICLR 2017 (low-rank bilinear pooling). Book: fusion.
    """

    def build(self, widths: Mapping[str, int]) -> nn.Module:
        return _Bilinear(list(widths.values()), self.width)


class _Bilinear(nn.Module):
    def __init__(self, widths: list[int], width: int) -> None:
        super().__init__()
        self.into = nn.ModuleList(nn.Linear(d, 2 * width) for d in widths)
        self.out = nn.Linear(2 * width, width)

    def forward(self, blocks: list[Tensor], there: Tensor, steer: Tensor) -> tuple[Tensor, Tensor]:
        parts = torch.stack([f(x) for f, x in zip(self.into, blocks, strict=True)], dim=1)
        parts = torch.tanh(parts) * (there * steer.exp())[..., None]  # [n, M, 2 width]
        length = parts.norm(dim=2)
        shares = length / length.sum(dim=1, keepdim=True).clamp(min=1e-12)
        return self.out((1 + parts).prod(dim=1) - 1), shares


class SharedSpace(TrainedFusion):
    """One space for all modalities: those of one item lie together, whichever of them one looks at.

    Each modality is projected by itself, z_m = W_m x_m / |W_m x_m|, and taught without any
    behaviour: of two modalities of an item, each must find the other among the batch's. Then
    v = Σ_m share_m z_m, the shares being α among what is there. A text finds images, and an item
    that has only one of them is where it would be with both.
    Source: document X 3.2.2 (embedding into one space); Radford et al., ICML 2021. Book: fusion.
    """

    def build(self, widths: Mapping[str, int]) -> nn.Module:
        return _Shared(list(widths.values()), self.width)

    def fit(self, features: Mapping[str, Features], pairs: np.ndarray | None = None) -> Self:
        """Teach it; no behaviour is needed (pairs are taken, and their items alone are used)."""
        rows = np.arange(len(presence(features))) if pairs is None else np.unique(pairs)
        return super().fit(features, np.column_stack([rows, rows]))

    def loss(self, net: nn.Module, first: tuple[Any, Tensor], second: tuple[Any, Tensor]) -> Tensor:
        blocks, there = first
        z = net.apart(blocks)  # type: ignore[operator]
        total = z[0].sum() * 0  # a batch in which nothing meets teaches nothing
        for a, b in combinations(range(len(z)), 2):
            both = there[:, a] & there[:, b]
            if both.sum() > 1:
                total = total + info_nce(z[a][both] @ z[b][both].mT / self.temperature)
        return total


class _Shared(nn.Module):
    def __init__(self, widths: list[int], width: int) -> None:
        super().__init__()
        self.into = nn.ModuleList(nn.Linear(d, width) for d in widths)

    def apart(self, blocks: list[Tensor]) -> list[Tensor]:
        return [normalize(f(x), dim=1) for f, x in zip(self.into, blocks, strict=True)]

    def forward(self, blocks: list[Tensor], there: Tensor, steer: Tensor) -> tuple[Tensor, Tensor]:
        weights = there * steer.exp()
        shares = weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-12)
        return (shares[..., None] * torch.stack(self.apart(blocks), dim=1)).sum(dim=1), shares
