"""The attacks, on cases whose answer is known."""

import numpy as np
import pytest

from xdrec.privacy import attribute_inference, membership_attack


def test_every_pair_by_hand():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, 30), rng.integers(0, 4, 20)  # with ties
    pairs = (a[:, None] > b) + 0.5 * (a[:, None] == b)
    found = membership_attack(a, b)
    assert found.mean == pytest.approx(pairs.mean())
    # DeLong: variances of the two sides' placements
    error = 1.96 * np.sqrt(
        pairs.mean(axis=1).var(ddof=1) / 30 + pairs.mean(axis=0).var(ddof=1) / 20
    )
    assert found.high - found.mean == pytest.approx(error)


def test_certain_and_turned_round():
    a, b = np.arange(5.0) + 10, np.arange(7.0)
    assert membership_attack(a, b).mean == 1
    assert membership_attack(b, a).mean == 0
    assert membership_attack(a, a).mean == 0.5


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, inside = np.random.default_rng(1), 0
    for _ in range(300):
        found = membership_attack(rng.standard_normal(60), rng.standard_normal(80))
        inside += found.low <= 0.5 <= found.high
    assert 0.91 < inside / 300 < 0.98


@pytest.mark.parametrize("bad", [np.array([1.0]), np.array([1.0, np.nan])])
def test_bad_scores(bad):
    with pytest.raises(ValueError, match="expected two or more"):
        membership_attack(bad, np.arange(4))
    with pytest.raises(ValueError, match="expected two or more"):
        membership_attack(np.arange(4), bad)


def test_a_label_in_the_vectors_is_found_and_one_that_is_not_is_not():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 4))
    told = np.array(["a", "b", "c"])[x[:, :3].argmax(axis=1)]
    found = attribute_inference(x, told)
    assert found.right.mean() > 0.9
    assert found.gain.low > 0.4
    nothing = attribute_inference(x, rng.integers(0, 2, 600))
    assert nothing.gain.high < 0.06
    assert 0.5 <= nothing.majority < 0.6


def test_majority_and_constant_columns():
    x = np.ones((40, 2))
    labels = np.array([True] * 30 + [False] * 10)
    found = attribute_inference(x, labels)
    assert found.majority == 0.75
    assert found.right.mean() == 0.75  # it can only say what most are


@pytest.mark.parametrize(
    ("vectors", "labels", "folds", "said"),
    [
        (np.ones((4, 2)), [1, 1, 1, 1], 2, "the same"),
        (np.ones((4, 2)), [1, 0, 1], 2, "shape"),
        (np.ones(4), [1, 0, 1, 0], 2, "shape"),
        (np.ones((4, 2)), [1, 0, 1, 0], 1, "folds"),
    ],
)
def test_bad_input(vectors, labels, folds, said):
    with pytest.raises(ValueError, match=said):
        attribute_inference(vectors, np.array(labels), folds)
