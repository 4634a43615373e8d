"""g, piece by piece: whitening, attributes, late fusion; by hand and by property."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.encoders import Features
from xdrec.fusion import ItemAttributes, Whitening, concatenate, late_fusion, shared_out

seeds = st.integers(0, 2**32 - 1)


class TestWhitening:
    def test_what_comes_out_is_white(self):
        rng = np.random.default_rng(0)
        raw = Features.of(rng.normal(size=(500, 6)) * [9, 5, 3, 1, 1, 1] + 4, rng.random(500) < 0.8)
        white = Whitening.of(raw, floor=0.0)(raw)
        there = white.vectors[white.present].astype(float)
        assert there.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-5)
        assert np.cov(there.T, bias=True) == pytest.approx(np.eye(6), abs=1e-4)

    def test_the_floor_and_the_widest_directions_by_hand(self):
        """Four points on the circle: variances .64 and .36; with the floor, + 1 · mean of both."""
        raw = Features.of(np.array([[0.8, 0.6], [0.8, -0.6], [-0.8, 0.6], [-0.8, -0.6]]))
        white = Whitening.of(raw, floor=1.0)
        assert white.map == pytest.approx(np.diag([1 / np.sqrt(1.14), 1 / np.sqrt(0.86)]))
        assert Whitening.of(raw, width=1, floor=0.0).map == pytest.approx(np.array([[1.25, 0]]))

    @given(seeds, st.integers(1, 5), st.floats(0.001, 1000))
    def test_neither_width_nor_scale_nor_turning_matters(self, seed, copies, scale):
        rng = np.random.default_rng(seed)
        raw = rng.normal(size=(30, 4))
        turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
        other = Features.of(scale * np.tile(raw @ turn, copies))
        here, there = (Whitening.of(f)(f).unit() for f in (Features.of(raw), other))
        assert here @ here.T == pytest.approx(there @ there.T, abs=1e-3)

    def test_missing_items_teach_nothing_and_stay_missing(self):
        rng = np.random.default_rng(1)
        raw, present = rng.normal(size=(20, 3)), np.arange(20) < 15
        white = Whitening.of(Features.of(raw, present))
        assert white.map == pytest.approx(Whitening.of(Features.of(raw[:15])).map)
        assert not white(Features.of(raw, present)).vectors[15:].any()

    def test_what_all_share_weighs_nothing_any_more(self):
        """Vectors in a narrow cone: raw cosines are all near 1, whitened ones are not."""
        raw = Features.of(np.random.default_rng(2).normal(size=(40, 5)) + 30)
        whitening = {"text": Whitening.of(raw)}
        plain, white = (concatenate({"text": raw}, whitening=w).vectors for w in (None, whitening))
        assert (plain @ plain.T).min() > 0.9
        assert abs((white @ white.T).mean()) < 0.1

    @pytest.mark.parametrize(
        ("raw", "options", "says"),
        [
            (np.ones((1, 2)), {}, "1 items have this modality: expected two"),
            (np.ones((5, 2)), {}, "all items are alike"),
            (np.eye(3), {"width": 0}, "width=0: expected at least 1"),
            (np.eye(3), {"floor": -1}, "floor=-1: expected"),
            (np.eye(3), {"floor": float("nan")}, "floor=nan: expected"),
        ],
    )
    def test_refuses(self, raw, options, says):
        with pytest.raises(ValueError, match=says):
            Whitening.of(Features.of(raw), **options)

    def test_refuses_other_widths_and_modalities(self):
        white = Whitening.of(Features.of(np.eye(3)))
        with pytest.raises(ValueError, match="vectors of 2 numbers: expected 3"):
            white(Features.of(np.eye(2)))
        with pytest.raises(ValueError, match=r"whitening of \['image'\]: expected some of"):
            concatenate({"text": Features.of(np.eye(3))}, whitening={"image": white})


ITEMS = pl.DataFrame(
    {
        "category": ["tea", "cup", "tea", None],
        "brand": ["A", None, "B", None],
        "price": [1.0, 100.0, 10.0, None],
    }
)


class TestItemAttributes:
    def test_by_hand(self):
        """v = (1/k) Σ w_c c: three prices, and 10 lies half-way between 1 and 100."""
        made = ItemAttributes(ITEMS, weights={"price": 3.0}, bins=3)
        assert made.names == ["category: cup", "category: tea", "brand: A", "brand: B",
                              "price: 1.0", "price: 10.0", "price: 100.0"]  # fmt: skip
        features = made.encode(ITEMS)
        expected = [[0, 1 / 3, 1 / 3, 0, 1, 0, 0], [1 / 2, 0, 0, 0, 0, 0, 3 / 2],
                    [0, 1 / 3, 0, 1 / 3, 0, 1, 0], [0] * 7]  # fmt: skip
        assert features.vectors == pytest.approx(np.array(expected))
        assert features.present.tolist() == [True, True, True, False]

    def test_one_vector_an_item_and_not_one_for_the_catalogue(self):
        """Repair 6: what other items have is not in it."""
        made = ItemAttributes(ITEMS)
        alone = made.encode(ITEMS[:1])
        assert alone.vectors[0] == pytest.approx(made.encode(ITEMS).vectors[0])

    @given(st.floats(0.5, 200))
    def test_a_price_is_shared_between_its_neighbours(self, price):
        block = ItemAttributes(ITEMS, ("price",), bins=3).encode(pl.DataFrame({"price": [price]}))
        assert block.vectors.sum() == pytest.approx(1)
        assert (block.vectors >= 0).all()
        logs = np.log([1, 10, 100])
        assert block.vectors[0] @ logs == pytest.approx(np.clip(np.log(price), *logs[[0, -1]]),
                                                        abs=1e-5)  # fmt: skip

    def test_close_prices_are_more_alike_than_far_ones(self):
        items = pl.DataFrame({"price": [1.0, 1.5, 2.0, 4.0, 30.0, 100.0]})
        v = ItemAttributes(items, bins=2).encode(items).unit()
        near, far = v[0] @ v[1], v[0] @ v[5]
        assert near > 0.5 > far

    def test_unknown_words_say_nothing(self):
        other = pl.DataFrame({"category": ["kettle", "tea"], "brand": ["A", "Z"], "price": [0, -1]})
        features = ItemAttributes(ITEMS, bins=3).encode(other)
        assert features.vectors.tolist() == [[0, 0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0]]

    def test_a_weight_of_zero_is_as_good_as_missing(self):
        made = ItemAttributes(ITEMS, weights={"category": 0.0, "price": 0.0}, bins=3)
        assert made.encode(ITEMS).present.tolist() == [True, False, True, False]
        assert made.encode(ITEMS).vectors[0, 2] == 1  # k = 1

    def test_a_catalogue_without_prices_or_brands(self):
        empty = pl.DataFrame({"category": ["tea"], "brand": [None], "price": [None]},
                             schema_overrides={"price": pl.Float64})  # fmt: skip
        assert ItemAttributes(empty).encode(ITEMS).present.tolist() == [True, False, True, False]

    @pytest.mark.parametrize(
        ("items", "options", "says"),
        [
            (pl.DataFrame({"title": ["x"]}), {}, "expected some of"),
            (ITEMS, {"columns": ("colour",)}, r"\['colour'\] are not there"),
            (ITEMS, {"weights": {"colour": 1}}, r"weights of \['colour'\]"),
            (ITEMS, {"weights": {"price": -1}}, "expected finite numbers >= 0"),
            (ITEMS, {"weights": dict.fromkeys(ITEMS.columns, 0)}, "not all 0"),
            (ITEMS, {"bins": 1}, "bins=1: expected at least 2"),
            (pl.DataFrame({"price": [1.0, float("nan")]}), {}, "NaN or infinite, the first in row"),
            (pl.DataFrame({"price": [[1.0]]}), {}, "expected words or numbers"),
        ],
    )
    def test_refuses(self, items, options, says):
        with pytest.raises(ValueError, match=says):
            ItemAttributes(items, **options)

    def test_refuses_items_with_other_columns(self):
        made = ItemAttributes(ITEMS)
        with pytest.raises(ValueError, match=r"\['brand', 'price'\] are not there"):
            made.encode(ITEMS.select("category"))
        with pytest.raises(ValueError, match="'price' is of String: expected numbers"):
            made.encode(ITEMS.with_columns(pl.col("price").cast(pl.String)))


def scored(seed, users=4, items=7, missing=0.3):
    rng = np.random.default_rng(seed)
    scores = {m: rng.normal(size=(users, items)) for m in "abc"}
    return scores, {m: rng.random(items) >= missing for m in "abc"}


class TestLateFusion:
    @given(seeds)
    def test_parts_add_up_and_shares_sum_to_1(self, seed):
        scores, present = scored(seed)
        mixed = late_fusion(scores, {"a": 1, "b": 2, "c": 5}, present)
        there = mixed.present
        assert (there == np.any(list(present.values()), axis=0)).all()
        assert mixed.parts.sum(axis=0)[:, there] == pytest.approx(mixed.scores[:, there])
        assert mixed.shares.sum(axis=1) == pytest.approx(there.astype(float))
        assert np.isneginf(mixed.scores[:, ~there]).all()
        assert not mixed.parts[:, :, ~there].any()

    @given(seeds, st.floats(0, 1))
    def test_linear_in_alpha_where_nothing_is_missing(self, seed, t):
        scores, _ = scored(seed)
        ends = ({"a": 1, "b": 0, "c": 0}, {"a": 0, "b": 0.5, "c": 0.5})
        between = {m: (1 - t) * ends[0][m] + t * ends[1][m] for m in "abc"}
        low, high = (late_fusion(scores, e).scores for e in ends)
        assert late_fusion(scores, between).scores == pytest.approx((1 - t) * low + t * high)

    @given(seeds)
    def test_it_is_the_cosine_of_the_concatenation(self, seed):
        """s = Σ α_m cos_m: early and late fusion are one where everything is there."""
        rng = np.random.default_rng(seed)
        parts = {m: Features.of(rng.normal(size=(6, d))) for m, d in zip("ab", (3, 9), strict=True)}
        alpha = {"a": 0.3, "b": 0.7}
        v = concatenate(parts, alpha).vectors
        cosines = {m: f.unit() @ f.unit().T for m, f in parts.items()}
        assert v @ v.T == pytest.approx(late_fusion(cosines, alpha).scores, abs=1e-5)

    @given(seeds)
    def test_weight_zero_is_as_good_as_missing(self, seed):
        scores, present = scored(seed)
        alpha = {"a": 1, "b": 0, "c": 3}
        off = late_fusion(scores, alpha, present)
        gone = late_fusion(scores, {"a": 1, "b": 1, "c": 3}, present | {"b": np.zeros(7, bool)})
        assert off.scores == pytest.approx(gone.scores)

    def test_what_a_missing_score_says_is_not_looked_at(self):
        mixed = late_fusion({"a": [[1.0, 2.0]], "b": [[np.nan, 3.0]]}, None, {"b": [False, True]})
        assert mixed.scores.tolist() == [[1.0, 2.5]]

    def test_never_list_this_item(self):
        """Whatever the weights: -inf · 0 is no number, and no way around it."""
        scores = {"a": [[1.0, 2.0]], "b": [[-np.inf, 3.0]]}
        for b in (0, 1):
            mixed = late_fusion(scores, {"a": 1, "b": b})
            assert np.isneginf(mixed.scores[0, 0])
            assert np.isfinite(mixed.parts).all()

    @pytest.mark.parametrize(
        ("scores", "options", "says"),
        [
            ({"a": [[1.0]], "b": [[1.0, 2.0]]}, {}, "expected the same"),
            ({}, {}, "expected the same"),
            ({"a": [[1.0, np.nan]]}, {}, "1 scores of 'a' are NaN or .inf, the first in row 0, co"),
            ({"a": [[1.0]]}, {"alpha": {"b": 1}}, "expected one for each"),
            ({"a": [[1.0]]}, {"present": {"b": [True]}}, r"present of \['b'\]"),
            ({"a": [[1.0]]}, {"present": {"a": [True, False]}}, "expected bool"),
            ({"a": [[1.0]]}, {"present": {"a": [1]}}, "expected bool"),
        ],
    )
    def test_refuses(self, scores, options, says):
        with pytest.raises(ValueError, match=says):
            late_fusion(scores, **options)


def test_shares_by_item():
    weights = np.array([[1.0, 3.0], [1.0, 3.0], [0.0, 3.0]])
    there = np.array([[True, True], [True, False], [True, False]])
    assert shared_out(weights, there).tolist() == [[0.25, 0.75], [1.0, 0.0], [0.0, 0.0]]
