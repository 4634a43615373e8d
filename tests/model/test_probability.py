"""Probabilities: recovered where the truth is known, kept on other users, saved and loaded."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from tests.model.small import domain
from xdrec.data import leave_last_out, make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.interest import BehaviourMean, Popularity
from xdrec.probability import FEATURES, Calibrator, _features, _logistic, earlier_events
from xdrec.reliability import log_loss_gain, reliability, slope


@pytest.fixture(scope="module")
def world():
    made = make_world(users=600, items=80, sparsity=0.85, images=False, seed=5)
    split = leave_last_out(made.cross("books", "films"))
    model = BehaviourMean(Features.of(made.truth["films"].item_factors))
    return split, model.fit(split.known)


@pytest.fixture(scope="module")
def calibrator(world):
    split, model = world
    return Calibrator().fit(model, split.known, split.valid)


def test_the_features_by_hand():
    """Of the items that may be listed (3, 2, 1) the mean is 2 and the deviation √(2/3)."""
    scores = np.array([[1.0, -np.inf, 3.0, 2.0]])
    x = _features(scores, np.array([[2, 0, 1, -1]]), np.array([4]))
    assert x[0, :2, 0] == pytest.approx(np.log([1, 3]))
    assert x[0, :2, 1] == pytest.approx(np.arcsinh([1.5**0.5, -(1.5**0.5)]))
    assert x[0, :2, 2] == pytest.approx(np.log([5, 5]))
    assert np.isnan(x[0, 2:, 1]).all()


def test_of_equals_the_earlier_has_the_better_rank():
    x = _features(np.array([[2.0, 5.0, 2.0]]), np.array([[0, 2]]), np.array([0]))
    assert np.exp(x[0, :, 0]) == pytest.approx([2, 3])
    assert x[0, 0, 1] == x[0, 1, 1]


def test_earlier_events_lend_their_slope_and_keep_their_level():
    """Two events with the same weights, one with far more hits: the first one's level counts."""
    rng = np.random.default_rng(3)
    x, event = rng.standard_normal((60_000, 3)), np.repeat([0, 1], 30_000)
    level = np.where(event == 0, -3.0, -1.0)
    hit = rng.random(len(x)) < expit(x @ [-0.5, 0.8, 0.2] + level)
    assert _logistic(x, hit, event) == pytest.approx([-0.5, 0.8, 0.2, -3.0], abs=0.06)


def test_earlier_events_are_those_before_each_other(world):
    split, _ = world
    from_three = earlier_events(Popularity, split.known, n=2)
    for _, known, held_out in from_three:
        both = held_out.join(known.target.interactions, on=["user_id", "item_id"])
        assert both.is_empty()  # what is foretold was not learnt
    first, second = (len(known.target.interactions) for _, known, _ in from_three)
    assert second < first < len(split.known.target.interactions)


def test_logistic_weights_are_recovered():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40_000, 3))
    truth = np.array([-0.8, 0.6, 0.3, -2.0])
    hit = rng.random(len(x)) < expit(x @ truth[:-1] + truth[-1])
    assert _logistic(x, hit, np.zeros(len(x), int)) == pytest.approx(truth, abs=0.06)


def test_weights_of_the_wrong_sign_are_not_taken_up():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 3))
    w = _logistic(x, rng.random(len(x)) < expit(x @ [1.0, -1.0, 0.0]), np.zeros(len(x), int))
    assert w[0] == pytest.approx(0, abs=1e-9)
    assert w[1] == pytest.approx(0, abs=1e-9)


def test_it_is_kept_on_the_events_that_come_next(world, calibrator):
    split, _ = world
    final = split.refit()
    model = BehaviourMean(world[1].target).fit(final.known)
    p, hits = calibrator.places(model, final.known, final.test)
    assert ((p > 0) & (p < 1)).all()
    assert p.mean() == pytest.approx(hits.mean(), rel=0.2)
    assert 0.7 < slope(p, hits) < 1.4
    assert log_loss_gain(p, hits, calibrator.base).low > 0
    table = reliability(p, hits, bins=5)
    assert (table["low"] <= table["predicted"]).all()
    assert (table["predicted"] <= table["high"]).all()


def test_on_what_it_was_fitted_on_it_sums_to_the_hits(world, calibrator):
    split, model = world
    p, hits = calibrator.places(model, split.known, split.valid)
    assert p.sum() == pytest.approx(hits.sum(), rel=1e-3)
    assert slope(p, hits) == pytest.approx(1, abs=0.03)
    assert calibrator.weights["rank"] <= 0 <= calibrator.weights["margin"]
    shown = hits.shape[0]
    assert calibrator.base == pytest.approx((hits.sum(axis=0) + 0.5) / (shown + 1))


def test_the_unit_of_the_scores_makes_no_difference(calibrator):
    scores = np.random.default_rng(1).normal(size=(4, 30))
    lists, history = np.argsort(-scores, axis=1)[:, :5], np.arange(4)
    one, other = (calibrator.probability(s, lists, history) for s in (scores, 1000 * scores - 7))
    assert one == pytest.approx(other)


def test_with_equal_margins_it_never_rises_with_the_rank(calibrator):
    scores = np.array([[5.0] * 10 + [0.0] * 20])
    p = calibrator.probability(scores, np.arange(10)[None], np.array([6]))[0]
    assert (np.diff(p) <= 0).all()


def test_where_there_is_no_rank_there_is_no_probability(calibrator):
    scores = np.array([[1.0, 1.0, 1.0], [3.0, -np.inf, 1.0]])
    p = calibrator.probability(scores, np.array([[0, 1], [1, -1]]), np.array([0, 1]))
    assert np.isnan(p).all()


def test_saved_and_loaded_it_is_the_same(calibrator, tmp_path):
    calibrator.save(tmp_path / "c.json")
    again = Calibrator.load(tmp_path / "c.json")
    scores = np.random.default_rng(1).normal(size=(4, 30))
    given = scores, np.argsort(-scores, axis=1)[:, :5], np.arange(4)
    assert (again.probability(*given) == calibrator.probability(*given)).all()
    assert again.weights == calibrator.weights
    assert (again.base == calibrator.base).all()


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"format": "x"}, {"features": FEATURES[:2]}, None]
)
def test_another_file_is_refused(calibrator, tmp_path, change):
    path = tmp_path / "c.json"
    calibrator.save(path)
    read = json.loads(path.read_text())
    path.write_text(json.dumps([] if change is None else read | change))
    with pytest.raises(ValueError, match="fit and save it anew"):
        Calibrator.load(path)


def test_without_a_hit_there_is_nothing_to_learn():
    rows = [("a", "x"), ("b", "x"), ("b", "y"), ("c", "y"), ("c", "z")]
    known = CrossDomain(domain("s", [("a", "q")]), domain("t", rows))
    held = pl.DataFrame({"user_id": ["a"], "item_id": ["z"]})
    with pytest.raises(ValueError, match="0 hits at 1 places: expected some hits"):
        Calibrator().fit(Popularity().fit(known), known, held, k=1)


# The measures of it


def test_the_table_by_hand():
    p = np.array([[0.4, 0.1], [0.3, np.nan]])
    hits = np.array([[True, False], [True, True]])
    table = reliability(p, hits, bins=3)
    assert table["n"].to_list() == [1, 1, 1]
    assert table["predicted"].to_list() == [0.1, 0.3, 0.4]
    assert table["hits"].to_list() == [0, 1, 1]
    assert table["ratio"].to_list() == [np.inf, 0.3, 0.4]


def test_wilson_s_interval():
    """Of 10 hits at 100 places: (.05523, .17437), as published tables have it."""
    table = reliability(np.full(100, 0.1), np.arange(100) < 10, bins=1)
    assert table["low"][0] == pytest.approx(0.05523, abs=1e-4)
    assert table["high"][0] == pytest.approx(0.17437, abs=1e-4)


@pytest.mark.parametrize("true", [0.5, 1.0, 1.6])
def test_the_slope_is_recovered(true):
    rng = np.random.default_rng(0)
    z = rng.normal(-1, 1, size=30_000)
    assert slope(expit(z), rng.random(len(z)) < expit(true * z)) == pytest.approx(true, abs=0.05)


def test_the_gain_by_hand():
    p = np.array([[0.5, 0.25], [0.5, np.nan]])
    hits = np.array([[True, False], [False, False]])
    gain = log_loss_gain(p, hits, np.array([0.25, 0.25]))
    one = (np.log(0.5 / 0.25) + 0) / 2
    assert gain.mean == pytest.approx((one + np.log(0.5 / 0.75)) / 2)


def test_no_gain_over_itself():
    p = np.tile([0.2, 0.1], (50, 1))
    gain = log_loss_gain(p, np.zeros((50, 2), bool), np.array([0.2, 0.1]))
    assert (gain.mean, gain.low, gain.high) == (0, 0, 0)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="expected one shape"):
        slope(np.ones(2), np.ones(3, bool))
    with pytest.raises(ValueError, match="10 bins for 2 places"):
        reliability(np.full(2, 0.5), np.ones(2, bool))
