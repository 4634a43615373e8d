"""The speed of lists: the pairs give one result, and (long) ours is as fast as the bars want."""

import numpy as np
import pytest

from benchmarks import ranking


def test_drawn_factors_have_the_benchmark_s_sizes(monkeypatch):
    monkeypatch.delenv("XDREC_DATA", raising=False)
    u, v, have, origin = ranking.factors()
    assert (u.shape, v.shape, have.shape) == ((6093, 128), (3258, 128), (6093, 3258))
    assert origin == "drawn at random"


def test_lists_that_differ_are_found():
    u, v = np.ones((1, 2), np.float32), np.array([[1, 1], [2, 2], [2, 2]], np.float32)
    assert ranking.same(np.array([[1]]), np.array([[2]]), u, v) == 1  # equal scores
    with pytest.raises(AssertionError):
        ranking.same(np.array([[1]]), np.array([[0]]), u, v)


def test_one_user_on_a_small_catalogue():
    assert ranking.one_user(items=2000, rounds=1)[1] == 0


@pytest.mark.long
def test_the_bars_of_speed():
    times, differ = ranking.batch()
    assert differ <= 6  # of 60,930, equal as far as float32 goes
    assert times.ratio <= 1.0
    assert ranking.one_user()[0].ratio <= 1.2
