"""g: what the weights promise, by hand and by property."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.encoders import Features
from xdrec.fusion import concatenate, simplex


def features(seed, n=6, widths=(3, 50), missing=0.3):
    rng = np.random.default_rng(seed)
    return {
        f"m{j}": Features.of(rng.normal(size=(n, d)) * 10.0**j, rng.random(n) > missing)
        for j, d in enumerate(widths)
    }


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_cosine_is_the_weighted_sum_of_cosines(seed, a):
    """However wide or long a modality is: only its weight counts."""
    parts = features(seed, missing=0.0)
    fused = concatenate(parts, {"m0": a, "m1": 1 - a})
    cosines = [f.unit() @ f.unit().T for f in parts.values()]
    assert fused.vectors @ fused.vectors.T == pytest.approx(
        a * cosines[0] + (1 - a) * cosines[1], abs=1e-5
    )


@given(st.integers(0, 2**32 - 1))
def test_missing_modalities_leave_their_share_to_the_others(seed):
    parts = features(seed)
    fused = concatenate(parts, {"m0": 0.2, "m1": 0.8})
    both = np.column_stack([f.present for f in parts.values()])
    assert (fused.shares[both.sum(axis=1) == 1].max(axis=1) == 1).all()
    assert (fused.shares[~both] == 0).all()
    length = np.linalg.norm(fused.vectors, axis=1)
    assert length == pytest.approx(both.any(axis=1).astype(float), abs=1e-5)
    assert (fused.present == both.any(axis=1)).all()


def test_a_modality_of_weight_zero_is_as_good_as_missing():
    parts = {
        "text": Features.of(np.ones((2, 2)), [True, False]),
        "image": Features.of(np.ones((2, 2))),
    }
    fused = concatenate(parts, {"text": 1, "image": 0})
    assert fused.present.tolist() == [True, False]


@pytest.mark.parametrize(
    ("alpha", "says"),
    [
        ({"m0": 1}, r"expected one for each of \['m0', 'm1'\]"),
        ({"m0": 1, "m1": 1, "m2": 1}, "expected one for each"),
        ({"m0": -1, "m1": 2}, "expected finite numbers >= 0"),
        ({"m0": 0, "m1": 0}, "not all of them 0"),
        ({"m0": float("nan"), "m1": 1}, "expected finite"),
        ({"m0": float("inf"), "m1": 1}, "expected finite"),
    ],
)
def test_refuses_weights(alpha, says):
    with pytest.raises(ValueError, match=says):
        concatenate(features(0), alpha)


def test_no_weights_are_equal_weights():
    assert simplex(None, ("a", "b", "c", "d")).tolist() == [0.25] * 4


def test_refuses_modalities_of_different_items():
    parts = {"a": Features.of(np.eye(2)), "b": Features.of(np.eye(3))}
    with pytest.raises(ValueError, match="the same items in each"):
        concatenate(parts)


def test_refuses_bare_arrays():
    with pytest.raises(TypeError, match=r"\['a'\] are no Features"):
        concatenate({"a": np.eye(2)})


@pytest.mark.parametrize(
    ("vectors", "present", "says"),
    [
        (np.array([[np.nan]]), [True], "1 vectors hold NaN or infinity"),
        (np.zeros((2, 2)), [True], "expected \\[n, d\\] and \\[n\\]"),
        (np.zeros(3), [True] * 3, "expected \\[n, d\\] and \\[n\\]"),
    ],
)
def test_features_refuse(vectors, present, says):
    with pytest.raises(ValueError, match=says):
        Features.of(vectors, present)


def test_features_invent_nothing():
    with pytest.raises(ValueError, match="not present have vectors other than zero"):
        Features(np.ones((1, 2), np.float32), np.array([False]))
