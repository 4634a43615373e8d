"""Forgetting somebody is the same as never having met them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from xdrec.closed_form import item_item
from xdrec.data import make_world
from xdrec.interest import EASE, NextItem
from xdrec.interest.ease import newest
from xdrec.interest.next_item import examples
from xdrec.privacy import Unlearner


def ones(users=60, items=25, seed=0):
    return (np.random.default_rng(seed).random((users, items)) < 0.2).astype(float)


def fitted(x, mu=10.0):
    g = x.T @ x
    return item_item(g, g, mu)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 500), st.integers(1, 20))
def test_ease_without_some_people(seed, mu, gone):
    x = ones(seed=seed)
    model = Unlearner(x.T @ x, x.T @ x, mu)
    for row in x[:gone]:
        model.forget(row[None])
    again = fitted(x[gone:], mu)
    assert abs(model.weights() - again).max() < 1e-8
    assert abs(model.scores(x) - x @ again).max() < 1e-8


@pytest.mark.parametrize("back", [0.0, 0.4])
def test_any_rows_and_aims(back):
    rng = np.random.default_rng(3)
    z, y = rng.random((40, 12)), rng.random((40, 12))

    def solved(rows):
        q = z[rows].T @ y[rows]
        return item_item(z[rows].T @ z[rows], q + back * q.T, 2.0)

    q = z.T @ y
    model = Unlearner(z.T @ z, q + back * q.T, 2.0, back=back)
    model.forget(z[:3], y[:3]).forget(z[3:4], y[3:4])
    assert abs(model.weights() - solved(slice(4, None))).max() < 1e-9
    model.settle().forget(z[4:9], y[4:9])
    again = solved(slice(9, None))
    assert abs(model.weights() - again).max() < 1e-9
    assert abs(model.scores(z) - z @ again).max() < 1e-9


def without(known, user):
    from dataclasses import replace

    events = known.target.interactions.filter(pl.col("user_id") != user)
    return replace(known, target=known.target.with_interactions(events))


@pytest.fixture(scope="module")
def known():
    world = make_world(users=120, items=50, sparsity=0.85, images=False, overlap=1.0)
    return world.cross("books", "films")


def test_the_library_s_ease(known):
    user = known.users[7]
    problem = EASE(mu=20.0).problem(known)
    model = Unlearner(problem.gram, problem.cross, 20.0)
    model.forget(newest(known.target).matrix([user]))
    again = EASE(mu=20.0).fit(without(known, user)).weights()
    assert abs(model.weights() - again).max() < 1e-9


@pytest.mark.parametrize("back", [0.0, 0.3])
def test_the_library_s_next_item(known, back):
    user = known.users[7]
    model = NextItem(mu=20.0, recency=0.8, back=back)
    problem = model.problem(known)
    own = newest(known.target)
    own = own.with_interactions(own.interactions.filter(pl.col("user_id") == user))
    z, y = examples(own, 0.8)
    forgotten = Unlearner(problem.gram, problem.cross, 20.0, back=back).forget(z, y)
    again = NextItem(mu=20.0, recency=0.8, back=back).fit(without(known, user)).b
    assert abs(forgotten.weights() - again).max() < 1e-9


def test_a_thousand_people_later_it_is_still_the_same():
    """Rounding does not add up: settled every 50, all but 200 of 1,200 gone."""
    x = ones(users=1200, seed=5)
    model = Unlearner(x.T @ x, x.T @ x, 10.0)
    for n, row in enumerate(x[:1000], 1):
        model.forget(row[None])
        if n % 50 == 0:
            model.settle()
    assert abs(model.weights() - fitted(x[1000:])).max() < 1e-6


def test_what_is_kept_is_low_rank():
    x = ones()
    model = Unlearner(x.T @ x, x.T @ x, 10.0)
    before = model._p
    model.forget(x[:2])
    assert model._p is before  # nothing of items x items was written
    assert model._t.shape == (25, 2)


def test_nothing_to_forget():
    x = ones()
    model = Unlearner(x.T @ x, x.T @ x, 10.0)
    assert abs(model.weights() - fitted(x)).max() < 1e-12
    model.forget(sparse.csr_matrix((1, 25)))  # somebody without any item
    assert abs(model.weights() - fitted(x)).max() < 1e-12


def test_bad_input():
    x = ones()
    g = x.T @ x
    model = Unlearner(g, g, 10.0)
    with pytest.raises(ValueError, match="taken back"):
        model.forget(100 * np.ones((1, 25)))
    with pytest.raises(ValueError, match="expected both"):
        model.forget(np.ones((1, 24)))
    with pytest.raises(ValueError, match="expected both"):
        model.forget(x[:2], x[:1])
    assert abs(model.weights() - fitted(x)).max() < 1e-12  # a refusal changes nothing
    with pytest.raises(ValueError, match="one shape"):
        Unlearner(g, g[:3], 1.0)
    with pytest.raises(ValueError, match="mu"):
        Unlearner(g, g, 0.0)
