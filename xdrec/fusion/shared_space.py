"""g by embedding: one space for all modalities, in which those of one item meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.encoders.contrast import info_nce
from xdrec.encoders.features import Features
from xdrec.fusion.base import presence
from xdrec.fusion.trained import FusionNet, TrainedFusion
from xdrec.ranks import gathered
from xdrec.train import Plan, train


class SharedSpace(TrainedFusion):
    """One space by contrast: z_m = f_m(x_m) at length 1, alike for the modalities of one item.

    For each two modalities m, m' the loss is InfoNCE of cos(z_mi, z_m'j) over the temperature, both
    ways, over the items of a batch that have both: i must find i; f is as in `GatedFusion`. No
    behaviour is needed. Any modality alone then lies in the space (`embed`), so a text can be
    compared with a picture, and v_i = Σ α_m z_mi at length 1 over what the item has. `shares` are
    these α_m. Two items that are alike in a batch are held against each other though both are
    right.

    Source: documents X 3.2.2 (way 3), X 4.2.2; Radford et al., ICML 2021. Book: fusion.

    >>> rng = np.random.default_rng(0)
    >>> meaning = rng.normal(size=(200, 4))
    >>> parts = {m: Features.of(meaning @ rng.normal(size=(4, d))) for m, d in zip("ab", (9, 5))}
    >>> space = SharedSpace(width=4, device="cpu").fit(parts)
    >>> a, b = (space.embed(m, parts[m]).vectors for m in "ab")
    >>> cosines = a @ b.T
    >>> bool(cosines.diagonal().mean() > 0.8), bool(abs(cosines.mean()) < 0.1)
    (True, True)
    """

    def make_net(self, inputs: Sequence[int]) -> FusionNet:
        return _Mean(inputs, self.width)

    def fit(
        self,
        features: Mapping[str, Features],
        plan: Plan | None = None,
        *,
        valid: float = 0.1,
        **options: Any,
    ) -> Self:
        """Learn from the items that have two modalities or more.

        A share `valid` of them, drawn by the plan's seed, is not learnt from, and the epoch with
        their least loss stays. `options` go to `train`. Raises ValueError for one modality alone,
        and where fewer than two items have both of any two.
        """
        if not 0 <= valid < 1:
            raise ValueError(f"valid={valid}: expected a share of the items from 0 to below 1")
        present = presence(features)
        if present.shape[1] < 2:
            raise ValueError(f"modalities {list(features)}: expected two, to be aligned")
        plan = plan or Plan(epochs=100, batch_size=64, lr=3e-3, patience=10, seed=self.seed)
        rows = np.flatnonzero(present.sum(axis=1) >= 2)
        rows = np.random.default_rng(plan.seed).permutation(rows)
        held, taught = np.split(rows, [round(valid * len(rows))])
        if not _pairs(torch.from_numpy(present[taught])):
            raise ValueError("fewer than two items have both of any two modalities to learn from")
        self.begin(features)
        model = _Aligned(self.net, self.inputs(features), torch.from_numpy(present))
        parts = np.array_split(held, max(1, -(-len(held) // plan.batch_size)))
        watched = [
            torch.from_numpy(part) for part in parts if _pairs(torch.from_numpy(present[part]))
        ]

        def loss(aligned: nn.Module, ids: Tensor) -> tuple[Tensor, int]:
            return aligned(ids), 1  # of the whole batch, in each process

        def missed(aligned: nn.Module) -> float:
            return float(np.mean([float(aligned(ids.to(self.device))) for ids in watched]))

        self.history = train(
            model, loss, taught.tolist(), plan, valid=missed if watched else None,
            device=self.device, **options,
        )  # fmt: skip
        return self

    def embed(self, modality: str, features: Features) -> Features:
        """One modality alone in the shared space, float32 [n, width] of length 1.

        Raises RuntimeError before `fit`, ValueError for an unknown modality or width.
        """
        if self.modalities and modality not in self.modalities:
            raise ValueError(f"modality {modality!r}: expected one of {list(self.modalities)}")
        n = len(features.vectors)
        others = {
            m: Features.of(np.zeros((n, len(whiten.mean))), np.zeros(n, bool))
            for m, whiten in self._whitening.items()
        }
        fused = self.fuse(others | {modality: features})
        return Features(fused.vectors, fused.present)


class _Mean(FusionNet):
    def forward(self, inputs: Sequence[Tensor], prior: Tensor) -> tuple[Tensor, Tensor]:
        return normalize((prior[:, :, None] * self.project(inputs)).sum(dim=1), dim=-1), prior


class _Aligned(nn.Module):
    """The loss of some items: the mean over the pairs of modalities that two of them have."""

    def __init__(self, net: FusionNet, inputs: list[Tensor], present: Tensor) -> None:
        super().__init__()
        self.net, self.inputs, self.present = net, inputs, present
        self.sharpness = nn.Parameter(torch.tensor(np.log(10.0), dtype=torch.float32))

    def forward(self, ids: Tensor) -> Tensor:
        z = self.net.project([x[ids] for x in self.inputs])
        there = self.present.to(ids.device)[ids]
        if self.training:
            z, there = gathered(z), gathered(there)
        sharp = self.sharpness.clamp(max=np.log(100)).exp()
        losses = [info_nce(z[both, m] @ z[both, n].mT * sharp) for m, n, both in _pairs(there)]
        return torch.stack(losses).mean() if losses else 0 * z.sum()


def _pairs(there: Tensor) -> list[tuple[int, int, Tensor]]:
    """Each two modalities that at least two items have both of, and which items do."""
    two = torch.combinations(torch.arange(there.shape[1])).tolist()
    both = [(m, n, there[:, m] & there[:, n]) for m, n in two]
    return [(m, n, rows) for m, n, rows in both if int(rows.sum()) >= 2]
