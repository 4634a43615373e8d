"""g by products: what two modalities say together, beyond what each says alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.fusion.behaviour import BehaviourFusion
from xdrec.fusion.trained import FusionNet


class BilinearFusion(BehaviourFusion):
    """Deep fusion by low-rank bilinear forms, one for every pair of modalities:

        v_i = Σ_m α_m² z_mi + Σ_{m < m'} 2 α_m α_m' B_mm'(x_mi, x_m'i), at length 1,
        B_mm'(x, x') = O ((U_m x + b_m) ∘ (U_m' x' + b_m')), scaled to length 1,

    ∘ number by number, in `width` numbers. z is as in `GatedFusion`, and α_m are the steered
    weights over what the item has. The weights of this sum are those of (Σ α_m)² = 1; with half of
    a pair's weight each, the share of modality m is α_m² + Σ_{m' ≠ m} α_m α_m' = α_m itself.
    An item of one modality is z alone. All matrices are learnt from behaviour (`fit`).

    Source: documents X 3.2.2 (way 2), X 4.2.2; Kim et al., ICLR 2017 (low-rank bilinear pooling).
    Book: fusion.

    >>> import numpy as np
    >>> from xdrec.encoders.features import Features
    >>> rng = np.random.default_rng(0)
    >>> parts = {m: Features.of(rng.normal(size=(9, 4))) for m in ("text", "image")}
    >>> fusion = BilinearFusion(width=4, device="cpu").fit(parts, rng.random((8, 9)) < 0.5)
    >>> fusion.fuse(parts, {"text": 0.75, "image": 0.25}).shares[0].tolist()
    [0.75, 0.25]
    """

    def make_net(self, inputs: Sequence[int]) -> FusionNet:
        return _Bilinear(inputs, self.width)


class _Bilinear(FusionNet):
    def __init__(self, inputs: Sequence[int], width: int) -> None:
        super().__init__(inputs, width)
        self.factors = nn.ModuleList(nn.Linear(c, width) for c in inputs)  # U_m, b_m
        self.out = nn.Linear(width, width, bias=False)  # O

    def forward(self, inputs: Sequence[Tensor], prior: Tensor) -> tuple[Tensor, Tensor]:
        v = (prior.square()[:, :, None] * self.project(inputs)).sum(dim=1)
        t = [factor(x) for factor, x in zip(self.factors, inputs, strict=True)]
        for m, n in combinations(range(len(t)), 2):
            together = normalize(self.out(t[m] * t[n]), dim=-1)
            v = v + 2 * (prior[:, m] * prior[:, n])[:, None] * together
        return normalize(v, dim=-1), prior
