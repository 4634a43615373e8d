"""Every fusion g under the one contract."""

from __future__ import annotations

from typing import Any

from tests.model.fusion_contract import (
    Concatenation,
    FusionContract,
    TrainedFusionContract,
    behaviour,
)
from xdrec.fusion import BilinearFusion, GatedFusion, SharedSpace, Whitening
from xdrec.train import Plan

SHORT = Plan(epochs=6, batch_size=64, lr=3e-3)


class TestConcatenation(FusionContract):
    def make(self, parts: Any) -> Any:
        return Concatenation()


class TestWhitenedConcatenation(FusionContract):
    def make(self, parts: Any) -> Any:
        return Concatenation(whitening={m: Whitening.of(f) for m, f in parts.items()})


class TestGatedFusion(TrainedFusionContract):
    def untrained(self) -> Any:
        return GatedFusion(width=8, device="cpu")

    def fit(self, fusion: Any, parts: Any, **options: Any) -> Any:
        return fusion.fit(parts, behaviour(), SHORT, **options)


class TestBilinearFusion(TestGatedFusion):
    def untrained(self) -> Any:
        return BilinearFusion(width=8, device="cpu")


class TestSharedSpace(TrainedFusionContract):
    def untrained(self) -> Any:
        return SharedSpace(width=8, device="cpu")

    def fit(self, fusion: Any, parts: Any, **options: Any) -> Any:
        return fusion.fit(parts, SHORT, **options)
