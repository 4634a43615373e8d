"""The truth is the ceiling: nothing ranks better than the true scores, and liking is not fame."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data.checks import DataError
from xdrec.data.worlds import World
from xdrec.data.worlds.factors import TEMPERATURE
from xdrec.data.worlds.truth import Truth


def by_hand() -> Truth:
    """Two people, three items, two themes."""
    return Truth(
        pl.Series("user_id", ["a", "b"]), pl.Series("item_id", ["x", "y", "z"]),
        np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]),
        np.array([0.0, 0.0, 0.1]), np.zeros(3), ("sea", "forest"),
    )  # fmt: skip


def test_scores_gains_and_order_by_hand() -> None:
    truth = by_hand()
    np.testing.assert_allclose(truth.scores, [[1, 0, 0.7], [0, 1, 0.9]])
    np.testing.assert_allclose(truth.gains[0], np.exp([0, -1 / TEMPERATURE, -0.3 / TEMPERATURE]))
    assert truth.ranking("a").to_list() == ["x", "z", "y"]
    assert truth.ranking("b").to_list() == ["y", "z", "x"]
    # a's second best first: exp(-2) of the gain at rank 1, the favourite at rank 2.
    g = np.exp(-0.3 / TEMPERATURE)
    got = truth.expected_ndcg(np.array([[1.0, 0.0, 2.0]]), k=2, users=["a"])
    np.testing.assert_allclose(got, [(g + 1 / np.log2(3)) / (1 + g / np.log2(3))])


def test_excluded_items_count_on_neither_side() -> None:
    truth = by_hand()
    without_best = np.where(
        truth.scores == truth.scores.max(axis=1)[:, None], -np.inf, truth.scores
    )
    np.testing.assert_allclose(truth.expected_ndcg(without_best), 1)


def test_wrong_questions_are_refused() -> None:
    truth = by_hand()
    with pytest.raises(ValueError, match=r"scores of shape \(1, 3\): expected \(2, 3\)"):
        truth.expected_ndcg(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="NaN"):
        truth.expected_ndcg(np.full((2, 3), np.nan))
    with pytest.raises(DataError, match="nobody"):
        truth.ranking("nobody")


def test_nothing_beats_the_bayes_optimal_order_and_content_beats_fame(world: World) -> None:
    for name, truth in world.truth.items():
        shape, rng = truth.scores.shape, np.random.default_rng(0)
        x = world.domains[name].matrix(truth.user_ids)
        fame = np.broadcast_to(np.asarray(x.sum(axis=0)), shape)
        history = (x @ truth.item_factors) @ truth.item_factors.T
        content = truth.user_factors @ truth.item_factors.T  # all but the quality
        noisy = [truth.scores + level * rng.standard_normal(shape) for level in (0.05, 0.2, 0.8)]
        best = truth.expected_ndcg(truth.scores)
        np.testing.assert_allclose(best, 1)
        means = []
        for scores in (content, *noisy, history, fame, rng.random(shape)):
            reached = truth.expected_ndcg(scores)
            assert (reached <= 1 + 1e-12).all()
            means.append(reached.mean())
        content_, light, medium, heavy, history_, fame_, chance = means
        assert 1 > light > medium > heavy > chance
        assert 1 > content_ > 0.5
        assert history_ > 3 * fame_
        assert fame_ > chance


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_no_scores_at_all_pass_the_ceiling(world: World, seed: int, k: int) -> None:
    truth = world.truth["films"]
    rng = np.random.default_rng(seed)
    users = truth.user_ids.sample(5, seed=seed)
    scores = rng.standard_normal((5, 200)) + rng.choice([0, 10]) * truth.scores[truth.rows(users)]
    assert (truth.expected_ndcg(scores, k, users) <= 1 + 1e-12).all()


def test_exposure_is_in_the_events_and_not_in_the_truth(world: World) -> None:
    truth = world.truth["films"]
    seen = np.asarray(world.domains["films"].matrix(truth.user_ids).sum(axis=0)).ravel()
    liked = truth.scores.mean(axis=0)
    assert np.corrcoef(np.log1p(seen), truth.exposure)[0, 1] > 0.6
    assert abs(np.corrcoef(liked, truth.exposure)[0, 1]) < 0.25
