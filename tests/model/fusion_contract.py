"""What every fusion g promises, however it fuses."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xdrec.encoders import Features
from xdrec.fusion import Fused, TrainedFusion, concatenate

N = 60
WIDTHS = {"text": 12, "image": 5, "attributes": 3}
ALPHA = {"text": 0.5, "image": 0.3, "attributes": 0.2}
THEMES = np.random.default_rng(8).normal(size=(N, 4))


def catalogue(seed: int = 1, missing: float = 0.3) -> dict[str, Features]:
    """Items whose modalities tell of the same themes; the last has none of them."""
    rng = np.random.default_rng(seed)
    made = {}
    for name, d in WIDTHS.items():
        told = THEMES @ rng.normal(size=(4, d)) + 0.3 * rng.normal(size=(N, d))
        made[name] = Features.of(told, (rng.random(N) >= missing) & (np.arange(N) < N - 1))
    return made


def behaviour() -> np.ndarray:
    """Who has what, bool [50, items]: the items nearest to a person's own taste, and some luck."""
    rng = np.random.default_rng(9)
    liking = rng.normal(size=(50, 4)) @ THEMES.T + rng.gumbel(size=(50, N))
    return liking >= np.sort(liking, axis=1)[:, [-8]]


class FusionContract:
    """A subclass says how a fusion of these features is made (and fitted, where there is something
    to fit), and below what does not hold for its kind."""

    tolerance = 1e-5  # what rounding may do to a number of a vector

    def make(self, parts: dict[str, Features]) -> Any:
        """Something with fuse(features, alpha=None)."""
        raise AssertionError("a subclass makes the fusion")

    @pytest.fixture
    def parts(self) -> dict[str, Features]:
        return catalogue()

    @pytest.fixture
    def fusion(self) -> Any:
        return made(type(self))

    def test_one_finite_vector_of_length_1_an_item(self, fusion, parts):
        fused = fusion.fuse(parts)
        assert isinstance(fused, Fused)
        assert fused.vectors.dtype == np.float32
        assert len(fused.vectors) == N
        length = np.linalg.norm(fused.vectors, axis=1)
        assert length == pytest.approx(fused.present.astype(float), abs=1e-5)

    def test_an_item_of_no_modality_is_not_present(self, fusion, parts):
        has = np.column_stack([f.present for f in parts.values()])
        assert not has[-1].any()
        fused = fusion.fuse(parts)
        assert (fused.present == has.any(axis=1)).all()
        assert not fused.vectors[~fused.present].any()

    @pytest.mark.parametrize("alpha", [None, ALPHA])
    def test_shares_sum_to_1_over_what_is_there(self, fusion, parts, alpha):
        fused = fusion.fuse(parts, alpha)
        assert fused.modalities == tuple(WIDTHS)
        assert fused.shares.shape == (N, 3)
        has = np.column_stack([f.present for f in parts.values()])
        assert (fused.shares[has] > 0).all()
        assert (fused.shares[~has] == 0).all()
        assert fused.shares.sum(axis=1) == pytest.approx(has.any(axis=1).astype(float), abs=1e-12)

    def test_shares_follow_the_weights(self, fusion, parts):
        """Twice the weight, twice the share against another modality of the same item."""
        even, more = (fusion.fuse(parts, a).shares for a in
                      ({"text": 1, "image": 1, "attributes": 1},
                       {"text": 2, "image": 1, "attributes": 1}))  # fmt: skip
        both = (even[:, :2] > 0).all(axis=1)
        before, after = (s[both, 0] / s[both, 1] for s in (even, more))
        assert after == pytest.approx(2 * before, rel=1e-4)

    def test_even_weights_are_no_weights(self, fusion, parts):
        even = fusion.fuse(parts, dict.fromkeys(WIDTHS, 7.0))
        assert even.vectors == pytest.approx(fusion.fuse(parts).vectors, abs=self.tolerance)

    def test_all_the_weight_on_one_is_that_one_alone(self, fusion, parts):
        for name in WIDTHS:
            one = fusion.fuse(parts, {m: float(m == name) for m in WIDTHS})
            assert (one.present == parts[name].present).all()
            alone = fusion.fuse({m: f if m == name else _gone(f) for m, f in parts.items()})
            assert _cosines(one) == pytest.approx(_cosines(alone), abs=self.tolerance)

    def test_weight_zero_is_as_good_as_missing(self, fusion, parts):
        off = fusion.fuse(parts, ALPHA | {"image": 0})
        gone = fusion.fuse(parts | {"image": _gone(parts["image"])}, ALPHA)
        assert off.vectors == pytest.approx(gone.vectors, abs=self.tolerance)
        assert off.shares == pytest.approx(gone.shares)
        assert (off.present == gone.present).all()

    def test_what_is_missing_leaves_its_weight_to_the_others(self, fusion, parts):
        """The item of one modality does not depend on α at all."""
        has = np.column_stack([f.present for f in parts.values()])
        single = has.sum(axis=1) == 1
        assert single.any()
        one, other = (fusion.fuse(parts, a) for a in (ALPHA, {"text": 1, "image": 5,
                                                              "attributes": 9}))  # fmt: skip
        assert one.vectors[single] == pytest.approx(other.vectors[single], abs=self.tolerance)
        assert (one.shares[single].max(axis=1) == 1).all()

    def test_order_of_items_does_not_matter(self, fusion, parts):
        order = np.random.default_rng(3).permutation(N)
        moved = {m: Features(f.vectors[order], f.present[order]) for m, f in parts.items()}
        here, there = fusion.fuse(parts, ALPHA), fusion.fuse(moved, ALPHA)
        assert there.vectors == pytest.approx(here.vectors[order], abs=self.tolerance)
        assert there.shares == pytest.approx(here.shares[order], abs=1e-6)

    def test_company_does_not_matter(self, fusion, parts):
        """What is missing in other items changes nothing in this one."""
        together = fusion.fuse(parts)
        for row in (0, 7, N - 1):
            alone = {m: Features(f.vectors[[row]], f.present[[row]]) for m, f in parts.items()}
            assert fusion.fuse(alone).vectors[0] == pytest.approx(
                together.vectors[row], abs=self.tolerance
            )

    def test_order_of_modalities_does_not_matter(self, fusion, parts):
        turned = fusion.fuse(dict(reversed(parts.items())), ALPHA)
        here = fusion.fuse(parts, ALPHA)
        assert _cosines(turned) == pytest.approx(_cosines(here), abs=self.tolerance)
        columns = [turned.modalities.index(m) for m in here.modalities]
        assert turned.shares[:, columns] == pytest.approx(here.shares)

    def test_width_is_not_weight(self, parts):
        """A modality written down four times over, and a thousand times as long, counts no more."""
        wide = Features.of(1000 * np.tile(parts["image"].vectors, 4), parts["image"].present)
        here = self.make(parts).fuse(parts, ALPHA)
        there = self.make(parts | {"image": wide}).fuse(parts | {"image": wide}, ALPHA)
        assert there.shares == pytest.approx(here.shares, abs=1e-3)
        assert _cosines(there) == pytest.approx(_cosines(here), abs=1e-2)

    def test_items_that_differ_get_vectors_that_differ(self, fusion, parts):
        fused = fusion.fuse(parts)
        close = _cosines(fused)[np.ix_(fused.present, fused.present)]
        assert (close[~np.eye(len(close), dtype=bool)] < 1 - 1e-6).all()

    def test_same_numbers_twice(self, parts):
        first, second = (self.make(parts).fuse(parts, ALPHA) for _ in range(2))
        assert first.vectors.tobytes() == second.vectors.tobytes()
        assert first.shares.tobytes() == second.shares.tobytes()

    def test_nothing_in_nothing_out(self, fusion, parts):
        none = {m: Features(f.vectors[:0], f.present[:0]) for m, f in parts.items()}
        assert fusion.fuse(none).shares.shape == (0, 3)
        gone = fusion.fuse({m: _gone(f) for m, f in parts.items()})
        assert not gone.present.any()
        assert not gone.vectors.any()

    def test_nothing_given_is_changed(self, fusion, parts):
        before = {m: f.vectors.tobytes() for m, f in parts.items()}
        fusion.fuse(parts, ALPHA)
        assert {m: f.vectors.tobytes() for m, f in parts.items()} == before

    @pytest.mark.parametrize(
        ("alpha", "says"),
        [
            ({"text": 1}, r"weights for \['text'\]: expected one for each of"),
            (ALPHA | {"smell": 1}, "expected one for each of"),
            (ALPHA | {"text": -1}, "expected finite numbers >= 0"),
            (ALPHA | {"text": float("nan")}, "expected finite numbers >= 0"),
            (dict.fromkeys(WIDTHS, 0), "not all of them 0"),
        ],
    )
    def test_refuses_weights(self, fusion, parts, alpha, says):
        with pytest.raises(ValueError, match=says):
            fusion.fuse(parts, alpha)

    def test_refuses_what_does_not_fit(self, fusion, parts):
        short = {"image": Features.of(np.ones((2, WIDTHS["image"])))}
        with pytest.raises(ValueError, match="expected the same items in each"):
            fusion.fuse(parts | short)
        with pytest.raises(TypeError, match=r"\['image'\] are no Features"):
            fusion.fuse(parts | {"image": parts["image"].vectors})


@cache
def made(contract: type[FusionContract]) -> Any:
    """The fusion of these tests, fitted once."""
    return contract().make(catalogue())


class TrainedFusionContract(FusionContract):
    """What a fusion that is fitted promises besides."""

    def untrained(self) -> TrainedFusion:
        raise AssertionError("a subclass makes the fusion, small and on the CPU")

    def fit(self, fusion: Any, parts: dict[str, Features], **options: Any) -> Any:
        raise AssertionError("a subclass fits it")

    def make(self, parts: dict[str, Features]) -> Any:
        return self.fit(self.untrained(), parts)

    def test_saved_and_loaded_it_is_the_same(self, fusion, parts, tmp_path: Path):
        fusion.save(tmp_path)
        assert {p.suffix for p in tmp_path.iterdir()} == {".json", ".safetensors"}
        loaded = type(fusion).load(tmp_path, device="cpu")
        assert loaded.settings() == fusion.settings()
        assert loaded.modalities == fusion.modalities
        before, after = (f.fuse(parts, ALPHA) for f in (fusion, loaded))
        assert before.vectors.tobytes() == after.vectors.tobytes()
        assert before.shares.tobytes() == after.shares.tobytes()

    def test_refuses_to_load_another(self, fusion, tmp_path: Path):
        with pytest.raises(FileNotFoundError):
            type(fusion).load(tmp_path)
        fusion.save(tmp_path)
        said = (tmp_path / "fusion.json").read_text()
        for old, new in ((type(fusion).__name__, "OtherFusion"), ('"version": 1', '"version": 2')):
            (tmp_path / "fusion.json").write_text(said.replace(old, new))
            with pytest.raises(ValueError, match=r"expected a \w+ of version 1"):
                type(fusion).load(tmp_path)

    def test_before_it_is_fitted_it_says_so(self, parts, tmp_path: Path):
        fusion = self.untrained()
        assert fusion.modalities == ()
        with pytest.raises(RuntimeError, match="is not fitted: call fit"):
            fusion.fuse(parts)
        with pytest.raises(RuntimeError, match="is not fitted"):
            fusion.save(tmp_path)

    def test_refuses_other_modalities_than_fitted(self, fusion, parts):
        with pytest.raises(ValueError, match=r"modalities \['image', 'text'\]: expected"):
            fusion.fuse({m: parts[m] for m in ("text", "image")})
        wide = Features.of(np.ones((N, 6)))
        with pytest.raises(ValueError, match="'image' has vectors of 6 numbers: expected 5"):
            fusion.fuse(parts | {"image": wide})

    def test_refuses_to_fit_a_modality_that_nobody_has(self, parts):
        with pytest.raises(ValueError, match="modality 'image': 0 items have this modality"):
            self.fit(self.untrained(), parts | {"image": _gone(parts["image"])})

    def test_training_lowers_its_loss_on_what_it_is_not_taught(self, fusion):
        valid = [row["valid"] for row in fusion.history.epochs]
        assert min(valid) < valid[0]

    def test_without_a_held_out_part_it_trains_too(self, parts):
        fusion = self.fit(self.untrained(), parts, valid=0.0)
        assert fusion.history.best is None
        with pytest.raises(ValueError, match="valid=1: expected a share"):
            self.fit(self.untrained(), parts, valid=1)

    @pytest.mark.parametrize("width", [0, -1, 2.5])
    def test_refuses_widths(self, width):
        with pytest.raises(ValueError, match="expected a whole number, at least 1"):
            type(self.untrained())(width=width)

    def test_leaves_the_random_state_alone(self, parts):
        import torch

        torch.manual_seed(4)
        before = torch.get_rng_state()
        self.make(parts)
        assert torch.equal(before, torch.get_rng_state())


class Concatenation:
    """`concatenate` as something with `fuse`."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def fuse(self, parts: dict[str, Features], alpha: Any = None) -> Fused:
        return concatenate(parts, alpha, **self.options)


def _gone(features: Features) -> Features:
    return Features.of(features.vectors, np.zeros(len(features.vectors), bool))


def _cosines(fused: Fused) -> np.ndarray:
    return fused.vectors @ fused.vectors.T
