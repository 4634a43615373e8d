"""top_k: exact, with a written rule for ties, against the plainest sort there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.ranking import top_k


@given(st.integers(1, 30), st.integers(1, 35), st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_equals_a_stable_sort(n, k, seed, levels):
    """Few levels make many ties, some at -inf: equal scores go in column order."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, size=(4, n)).astype(float)
    scores[rng.random((4, n)) < 0.2] = -np.inf
    best = top_k(scores, k)
    assert best.shape == (4, k)
    for row, listed in zip(scores, best, strict=True):
        order = [j for j in sorted(range(n), key=lambda j: (-row[j], j)) if row[j] > -np.inf]
        assert listed.tolist() == (order + [-1] * k)[:k]


def test_differences_that_only_float64_sees_count():
    assert top_k(np.array([[1.0, 1.0 + 1e-12, 0.0]]), 2).tolist() == [[1, 0]]


def test_whole_numbers_are_ranked_too():
    assert top_k(np.array([[0, 5, 3]], np.uint8), 2).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("scores", "k", "says"),
    [
        (np.array([[0.0, np.nan]]), 1, "NaN scores in 1 rows"),
        (np.zeros((2, 3)), 0, "k=0"),
        (np.zeros((2, 3)), 2.5, "k=2.5: expected a whole number"),
        (np.zeros(3), 1, r"shape \(3,\)"),
    ],
)
def test_refuses_what_cannot_be_ranked(scores, k, says):
    with pytest.raises(ValueError, match=says):
        top_k(scores, k)
