"""EASE: three items worked out by hand, two forms with the same numbers, and what it refuses."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders import Features
from xdrec.interest import EASE
from xdrec.interest.ease import together


def shop(name, events, items):
    table = pl.DataFrame({"item_id": items, "title": items})
    schema = {"user_id": pl.String, "item_id": pl.String, "position": pl.Int64}
    return Domain(name, table, pl.DataFrame(events, schema=schema, orient="row"))


def pair(events, items="xyz", source=()):
    return CrossDomain(
        shop("source", list(source), list("pq")), shop("target", events, list(items))
    )


BY_HAND = [("a", "x", 0), ("a", "y", 1), ("b", "x", 0), ("b", "y", 1), ("c", "x", 0), ("d", "z", 0)]


@pytest.mark.parametrize("form", ["items", "users"])
def test_by_hand(form):
    # XᵀX + I = [[4, 2, 0], [2, 3, 0], [0, 0, 2]], its inverse P = [[3, -2, 0], [-2, 4, 0],
    # [0, 0, 4]] / 8, so B_xy = 2/4, B_yx = 2/3, and z goes with nothing.
    known = pair(BY_HAND)
    model = EASE(mu=1.0, form=form).fit(known)
    b = [[0, 1 / 2, 0], [2 / 3, 0, 0], [0, 0, 0]]
    assert model.weights() == pytest.approx(np.array(b))
    assert model.score(["c", "a", "d"]) == pytest.approx(np.array([b[0], [2 / 3, 1 / 2, 0], b[2]]))


def test_recency_weighs_the_history_and_not_what_is_learnt():
    model = EASE(mu=1.0, recency=0.5).fit(pair(BY_HAND))
    # a's newest item is y (age 0), x has age 1.
    assert model.score(["a"])[0] == pytest.approx([2 / 3, 0.5 * 1 / 2, 0])


def test_content_is_added_by_hand():
    content = Features.of(np.array([[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0]]))
    model = EASE(mu=1.0, content=content, content_weight=0.1, power=2).fit(pair(BY_HAND))
    # Cosines of x with x, y, z: 1, 0.6 and -1, which counts as 0.
    assert model.score(["c"])[0] == pytest.approx([0.1, 1 / 2 + 0.1 * 0.36, 0])


def test_together_by_hand():
    events = [("a", "x", 0), ("a", "y", 1), ("a", "z", 1), ("b", "z", 0), ("b", "x", 5)]
    # In a's order x is two items before y and z, which have one moment; in b's z one before x.
    found = together(shop("s", events, list("xyz")), 0.5).toarray()
    assert found.tolist() == [[2, 0.25, 0.75], [0.25, 1, 1], [0.75, 1, 2]]


def random_pair(seed, users=12, items=9):
    rng = np.random.default_rng(seed)
    rows, columns = np.nonzero(rng.random((users, items)) < 0.3)
    names = [f"i{n}" for n in range(items)]
    places = rng.permutation(len(rows)).tolist()
    events = [(f"u{r}", names[c], p) for r, c, p in zip(rows, columns, places, strict=True)]
    side = [(f"u{r}", "pq"[r % 2], 0) for r in range(users)]
    return CrossDomain(shop("source", side, list("pq")), shop("target", events, names))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["target", "both"]), st.floats(0.3, 1.0))
def test_both_forms_say_the_same(seed, domains, recency):
    known = random_pair(seed)
    one, other = (
        EASE(mu=2.0, recency=recency, domains=domains, form=form).fit(known)
        for form in ("items", "users")
    )
    users = known.users.to_list()
    assert one.score(users) == pytest.approx(other.score(users), rel=1e-6, abs=1e-9)
    assert one.weights() == pytest.approx(other.weights(), rel=1e-6, abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_it_is_the_minimum(seed):
    """No other B with a zero diagonal has a smaller loss; here, no step from it."""
    known = random_pair(seed)
    b, x = EASE(mu=2.0).fit(known).weights(), known.matrix("target").toarray()

    def loss(b):
        return np.square(x - x @ b).sum() + 2.0 * np.square(b).sum()

    step = np.random.default_rng(seed).normal(size=b.shape) * 1e-3
    np.fill_diagonal(step, 0)
    assert loss(b) < min(loss(b + step), loss(b - step))


def test_more_items_than_users_are_read_by_users():
    events = [("a", "x", 0), ("b", "y", 0)]
    assert EASE(mu=1.0).fit(pair(events)).form == "users"
    assert EASE(mu=1.0).fit(pair(BY_HAND)).form == "items"
    assert EASE(mu=1.0, decay=0.9).fit(pair(events)).form == "items"


def test_twice_is_once_as_of_the_last_time():
    again = [*BY_HAND, ("a", "x", 7)]
    once = [("a", "y", 1), ("a", "x", 7), *BY_HAND[2:]]
    for options in ({}, {"recency": 0.5}, {"decay": 0.5}):
        found, expected = (
            EASE(mu=1.0, **options).fit(pair(e)).score(["a", "b"]) for e in (again, once)
        )
        assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mu": 0}, "mu=0: expected a finite ridge > 0"),
        ({"mu": float("nan")}, "mu=nan"),
        ({"recency": 0}, r"recency=0: expected a number in \(0, 1\]"),
        ({"decay": 1.5}, "decay=1.5"),
        ({"domains": "source"}, "expected 'target' or 'both'"),
        ({"form": "fast"}, "expected 'auto', 'items' or 'users'"),
        ({"form": "users", "decay": 0.5}, "leave those two as they are"),
        ({"domains": "both", "decay": 0.5}, "leave those two as they are"),
    ],
)
def test_what_cannot_be_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        EASE(**options)


def test_content_of_other_items_is_refused():
    with pytest.raises(ValueError, match="2 vectors for 3 items"):
        EASE(content=Features.of(np.eye(2))).fit(pair(BY_HAND))
