"""What people would do with lists: by hand, against the chances, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from xdrec.data.checks import DataError
from xdrec.data.worlds import Truth
from xdrec.data.worlds.choice import APPETITE, act_chances, liking, outcome, visits
from xdrec.data.worlds.factors import TEMPERATURE

USERS = pl.Series(["a", "b"])


@pytest.fixture
def truth() -> Truth:
    """Person a likes x, person b likes y; nobody likes z."""
    a, v = np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    return Truth(USERS, pl.Series(["x", "y", "z"]), a, v, np.zeros(3), np.zeros(3))


def test_chances_by_hand(truth: Truth) -> None:
    bad = np.exp(-1 / TEMPERATURE)
    lists = np.array([[0, 1], [0, 1]])
    expected = [[APPETITE, APPETITE / 2 * bad], [APPETITE * bad, APPETITE / 2]]
    np.testing.assert_allclose(act_chances(truth, USERS, lists), expected)
    read_to_the_end = act_chances(truth, USERS[1:], lists[1:], bias=0)
    np.testing.assert_allclose(read_to_the_end, [[APPETITE * bad, APPETITE]])
    np.testing.assert_allclose(act_chances(truth, USERS, np.full((2, 1), -1)), 0)


def test_many_visits_come_near_the_chances_and_luck_is_shared(truth: Truth) -> None:
    lists = np.array([[0, 2, 1], [0, 2, 1]])
    acts = visits(truth, USERS, lists, n=4000)
    assert acts.shape == (4000, 2, 3)
    # A share of 4,000 draws has a standard error of at most 0.008.
    np.testing.assert_allclose(acts.mean(axis=0), act_chances(truth, USERS, lists), atol=0.03)
    np.testing.assert_array_equal(acts, visits(truth, USERS, lists, n=4000))
    better = visits(truth, USERS, np.array([[0, 2, 1], [1, 2, 0]]), n=4000)
    np.testing.assert_array_equal(better[:, 0], acts[:, 0])
    assert (better[:, 1, 0] >= acts[:, 1, 0]).all()


def test_the_true_order_is_the_best_of_all_orders(world: object) -> None:
    truth = world.truth["films"]  # type: ignore[attr-defined]
    best = np.argsort(-truth.scores, axis=1)[:, :10]
    expected = act_chances(truth, truth.user_ids, best).sum(axis=1)
    turned = act_chances(truth, truth.user_ids, best[:, ::-1]).sum(axis=1)
    assert (expected > turned).all()


def test_outcomes_by_hand() -> None:
    acts = np.zeros((8, 2, 2), bool)
    acts[0, 0] = acts[6, 0, 0] = True  # five barren visits after the first: gone before the seventh
    acts[[0, 3, 6], 1, 1] = True
    np.testing.assert_allclose(outcome("acts", acts), [3 / 8, 3 / 8])
    np.testing.assert_allclose(outcome("any", acts), [2 / 8, 3 / 8])
    np.testing.assert_allclose(outcome("stay", acts), [6 / 8, 1])
    worth = np.array([[1.0, -1.0], [0.0, 4.0]])
    np.testing.assert_allclose(outcome("acts", acts, worth), [1 / 8, 12 / 8])


def test_liking_by_hand(truth: Truth) -> None:
    np.testing.assert_allclose(liking(truth), [[1, 0, 0], [0, 1, 0]])


def test_what_is_refused(truth: Truth) -> None:
    lists = np.array([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="bias=-1"):
        act_chances(truth, USERS, lists, bias=-1)
    with pytest.raises(ValueError, match="expected \\[2 users"):
        act_chances(truth, USERS, lists[:1])
    with pytest.raises(ValueError, match="columns from 0 to 2"):
        act_chances(truth, USERS, lists + 2)
    with pytest.raises(DataError):
        act_chances(truth, pl.Series(["a", "nobody"]), lists)
    acts = visits(truth, USERS, lists, n=3)
    with pytest.raises(ValueError, match="kind='sales'"):
        outcome("sales", acts)
    for kind, shape in (("any", (2, 2)), ("acts", (2, 3))):
        with pytest.raises(ValueError, match="worth"):
            outcome(kind, acts, np.ones(shape))
