"""Which items a page must carry: held against every list that the weights can make."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xdrec.lab.candidates import reachable, reachable_without

# Few different values, so that ties and crossings in one point come up often.
COARSE = st.integers(0, 6).map(lambda whole: whole / 6)


def tables(modalities: int) -> st.SearchStrategy[np.ndarray]:
    return st.integers(1, 12).flatmap(lambda n: arrays(float, (modalities, n), elements=COARSE))


def listed(scores: np.ndarray, alpha: np.ndarray, k: int) -> set[int]:
    return set(np.argsort(-(alpha[:, None] * scores).sum(axis=0), kind="stable")[:k].tolist())


def test_the_middling_item_that_beats_both_ends_is_kept() -> None:
    kept, exact = reachable(np.array([[1.0, 0.0, 0.55, 0.45], [0.0, 1.0, 0.55, 0.45]]), k=1)
    assert kept.tolist() == [0, 1, 2]
    assert exact


def test_an_item_below_the_line_between_two_others_is_left_out() -> None:
    # Nobody beats item 2 in both modalities, yet for every weight one of the two stands above it.
    kept, _ = reachable(np.array([[1.0, 0.0, 0.45], [0.0, 1.0, 0.45]]), k=1)
    assert kept.tolist() == [0, 1]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_no_more_items_than_places(n: int) -> None:
    assert reachable(np.zeros((2, n)), k=3)[0].tolist() == list(range(n))


@settings(max_examples=200, deadline=None)
@given(scores=tables(2), k=st.integers(1, 4))
def test_two_modalities_nothing_is_missing_and_nothing_is_too_much(
    scores: np.ndarray, k: int
) -> None:
    kept, exact = reachable(scores, k)
    assert exact
    grid = np.linspace(0, 1, 361)  # holds every crossing of the coarse scores' lines, and between
    seen = set().union(*(listed(scores, np.array([a, 1 - a]), k) for a in grid))
    assert seen <= set(kept.tolist())
    for i in set(kept.tolist()) - seen:
        # Kept though never listed: then it ties with a listed one somewhere.
        leads = [np.sort(row)[::-1][:k].min() - row[i] for row in _mixtures(scores)]
        assert min(leads) < 1e-2


def _mixtures(scores: np.ndarray) -> np.ndarray:
    a = np.linspace(0, 1, 1001)[:, None]
    return a * scores[0] + (1 - a) * scores[1]


@settings(max_examples=60, deadline=None)
@given(scores=tables(3), k=st.integers(1, 3), seed=st.integers(0, 99))
def test_three_modalities_nothing_is_missing(scores: np.ndarray, k: int, seed: int) -> None:
    kept, exact = reachable(scores, k)
    assert exact
    for alpha in np.random.default_rng(seed).dirichlet(np.ones(3), 40):
        assert listed(scores, alpha, k) <= set(kept.tolist())


def test_few_of_many_items_travel() -> None:
    scores = np.random.default_rng(0).random((2, 2000))
    kept, exact = reachable(scores, k=10)
    assert exact
    assert 10 <= len(kept) < 60


def test_too_many_candidates_are_cut_and_said_to_be() -> None:
    # On the simplex nobody beats anybody in all three modalities: every item is a candidate.
    scores = np.random.default_rng(0).dirichlet(np.ones(3), 500).T
    kept, exact = reachable(scores, k=5, limit=20)
    assert not exact
    assert len(kept) <= 20
    for best in scores.argmax(axis=1):
        assert best in kept


def test_with_parts_gone_nothing_that_could_be_listed_is_missing() -> None:
    rng = np.random.default_rng(0)
    for case in range(20):
        parts = rng.integers(-3, 6, (4, 30))
        rest = rng.integers(-2, 3, 30) * (case % 2)
        at, exact = reachable_without(parts, rest, k=2)
        listed = set()
        for on in itertools.product([0, 1], repeat=4):
            listed |= set(np.argsort(-(rest + np.array(on) @ parts), kind="stable")[:2].tolist())
        assert exact
        assert listed <= set(at.tolist())
    assert len(at) < 30
    at, exact = reachable_without(rng.normal(size=(12, 500)), np.zeros(500), k=5, limit=50)
    assert (len(at), exact) == (50, False)
