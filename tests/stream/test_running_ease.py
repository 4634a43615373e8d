"""RunningEASE: after any stream it is EASE fitted on all of it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data import CrossDomain, DataError, Domain
from xdrec.interest import EASE
from xdrec.stream import RunningEASE

SCHEMA = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}


def table(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def pair(ids, events):
    items = pl.DataFrame({"item_id": ids, "title": ids})
    return CrossDomain(Domain("s", items, events.clear()), Domain("t", items, events))


def some_events(n, users, items, seed=0):
    rng = np.random.default_rng(seed)
    popular = rng.dirichlet(np.ones(items))
    return table(
        {
            "user_id": [f"u{u}" for u in rng.integers(users, size=n)],
            "item_id": [f"i{i}" for i in rng.choice(items, n, p=popular)],
            "timestamp": np.sort(rng.integers(n // 3, size=n)),
        }
    )


def test_three_items_by_hand():
    rows = [
        ("a", "x", 0),
        ("a", "y", 1),
        ("b", "x", 2),
        ("b", "y", 3),
        ("c", "x", 4),
        ("d", "z", 5),
    ]
    model = RunningEASE(list("xyz"), mu=1.0)
    for row in rows:
        model.learn(table([row]))
    assert np.allclose(model.weights(), [[0, 1 / 2, 0], [2 / 3, 0, 0], [0, 0, 0]])
    assert np.allclose(model.score(["c", "nobody"]), [[0, 0.5, 0], [0, 0, 0]])
    assert model.history("a") == [0, 1]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz"), st.integers(0, 9)),
        max_size=40,
    ),
    st.lists(st.integers(0, 40), max_size=5),
    st.sampled_from([0.5, 20.0]),
)
@settings(deadline=None, max_examples=60)
def test_however_the_stream_is_cut(rows, cuts, mu):
    model, at = RunningEASE(list("uvwxyz"), mu, recency=0.7), 0
    for cut in [*sorted(cuts), len(rows)]:
        model.learn(table(rows[at:cut]))
        at = max(at, cut)
    events = table(rows)
    batch = EASE(mu, recency=0.7, form="items").fit(pair(list("uvwxyz"), events))
    assert np.allclose(model.weights(), batch.weights(), atol=1e-9)
    users = events["user_id"].unique().sort()
    assert np.allclose(model.score(users), batch.score(users), atol=1e-5)


def test_10000_events_one_step_at_a_time_then_in_blocks():
    ids, events = [f"i{n}" for n in range(80)], some_events(10_000, 600, 80)
    model = RunningEASE(ids, mu=30.0, recency=0.9)
    for n in range(400):
        model.learn(events[n : n + 1])
    for n in range(400, 10_000, 20):
        model.learn(events[n : n + 20])
    assert model.anew == 0  # all of it by Woodbury
    batch = EASE(30.0, recency=0.9, form="items").fit(pair(ids, events))
    users = events["user_id"].unique().sort()
    assert np.abs(model.weights() - batch.weights()).max() < 1e-5
    assert np.abs(model.score(users) - batch.score(users)).max() < 1e-5


def test_a_day_with_many_people_is_made_anew():
    ids, events = [f"i{n}" for n in range(10)], some_events(200, 40, 10)
    model = RunningEASE(ids, mu=5.0).learn(events)
    assert model.anew == 1
    batch = EASE(5.0, form="items").fit(pair(ids, events))
    assert np.allclose(model.weights(), batch.weights())


def test_histories_alone():
    model = RunningEASE(list("xyz"), mu=1.0).learn(table([("a", "x", 0), ("a", "y", 1)]))
    before = model.weights()
    model.learn(table([("b", "x", 2)]), weights=False)
    assert np.array_equal(model.weights(), before)
    assert model.score(["b"])[0].tolist() == pytest.approx([0, before[0, 1], 0])
    model.learn(table([]))  # and what the weights missed is made up for
    assert not np.allclose(model.weights(), before)


def test_fit_is_that_of_a_scorer_and_starts_anew():
    ids, events = [f"i{n}" for n in range(10)], some_events(60, 9, 10)
    known = pair(ids, events)
    once = RunningEASE(ids, mu=5.0).fit(known).weights()
    assert np.allclose(RunningEASE(ids, mu=5.0).learn(events[:7]).fit(known).weights(), once)


class TestRefusals:
    @pytest.mark.parametrize("mu", [0, -1, float("nan"), float("inf")])
    def test_mu(self, mu):
        with pytest.raises(ValueError, match="ridge"):
            RunningEASE(["x"], mu)

    def test_recency(self):
        with pytest.raises(ValueError, match="recency"):
            RunningEASE(["x"], recency=0)

    def test_no_time(self):
        with pytest.raises(ValueError, match="without timestamp"):
            RunningEASE(["x"]).learn(pl.DataFrame({"user_id": ["a"], "item_id": ["x"]}))

    def test_an_unknown_item_changes_nothing(self):
        model = RunningEASE(["x"])
        with pytest.raises(DataError, match="unknown item"):
            model.learn(table([("a", "x", 0), ("a", "q", 1)]))
        assert model.history("a") == []

    def test_what_is_no_pair(self):
        with pytest.raises(TypeError, match="CrossDomain"):
            RunningEASE(["x"]).fit(None)
