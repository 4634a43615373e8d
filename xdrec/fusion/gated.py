"""g by a gate: how much of each modality goes into an item depends on the item."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.fusion.behaviour import BehaviourFusion
from xdrec.fusion.trained import FusionNet


class GatedFusion(BehaviourFusion):
    """Deep fusion, v_i = Σ_m a_mi z_mi at length 1, with a gate that looks at the whole item:

        z_mi = f_m(x_mi) / |f_m(x_mi)|,   a_mi ∝ α_m exp(gate_m(z_1i, z_2i, ..., what is there)),

    a softmax over the modalities that the item has; f_m is a linear map plus a hidden layer. The
    α_m are a prior: even ones leave the gate alone, α_m = 0 is as good as missing, and doubling α_m
    doubles a_mi against the others. `shares` are the a_mi. f and the gate are learnt from behaviour
    (`fit`).

    Source: documents X 3.2.2 (way 2), X 4.2.2; Arevalo et al., 2017 (gated multimodal units).
    Book: fusion.

    >>> import numpy as np
    >>> from xdrec.encoders.features import Features
    >>> rng = np.random.default_rng(0)
    >>> theme = np.arange(40) % 2
    >>> text = Features.of(rng.normal(size=(40, 5)) + 3 * theme[:, None])
    >>> image = Features.of(rng.normal(size=(40, 3)), present=np.arange(40) > 0)
    >>> x = (theme[None] == np.arange(30)[:, None] % 2) & (rng.random((30, 40)) < 0.4)
    >>> fused = GatedFusion(width=4, device="cpu").fit({"text": text, "image": image}, x).fuse(
    ...     {"text": text, "image": image}, {"text": 0.7, "image": 0.3})
    >>> fused.vectors.shape, fused.shares[0].tolist(), bool(fused.shares[1:, 0].mean() > 0.7)
    ((40, 4), [1.0, 0.0], True)
    """

    def make_net(self, inputs: Sequence[int]) -> FusionNet:
        return _Gated(inputs, self.width)


class _Gated(FusionNet):
    def __init__(self, inputs: Sequence[int], width: int) -> None:
        super().__init__(inputs, width)
        self.gate = nn.Linear(len(inputs) * (width + 1), len(inputs))
        nn.init.zeros_(self.gate.weight)  # untrained, it asks for what α asks for
        nn.init.zeros_(self.gate.bias)

    def forward(self, inputs: Sequence[Tensor], prior: Tensor) -> tuple[Tensor, Tensor]:
        z, there = self.project(inputs), (prior > 0).to(prior.dtype)
        seen = torch.cat([(z * there[:, :, None]).flatten(1), there], dim=1)
        gate = self.gate(seen).masked_fill(prior == 0, -torch.inf)
        # Nothing there: the maximum is -inf, and -inf - -inf is no number.
        top = gate.amax(dim=1, keepdim=True).nan_to_num(neginf=0.0)
        odds = prior * (gate - top).exp()
        shares = odds / odds.sum(dim=1, keepdim=True).clamp(min=torch.finfo(odds.dtype).tiny)
        return normalize((shares[:, :, None] * z).sum(dim=1), dim=-1), shares
