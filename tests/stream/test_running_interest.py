"""The running mean: by hand, and against BehaviourMean on the same events."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data import CrossDomain, Domain
from xdrec.encoders import Features
from xdrec.interest import BehaviourMean
from xdrec.stream import LIVE_WEIGHTS, Event, RunningInterest

ITEMS = ["tea", "rice", "salt", "corn"]


def running(events, vectors=None, **knobs):
    live = RunningInterest(ITEMS, Features.of(np.eye(4) if vectors is None else vectors), **knobs)
    for n, (user, item, kind, when) in enumerate(events):
        live.fold(Event(f"e{n}", user, item, kind, when))
    return live


class TestByHand:
    def test_weights_and_fading(self):
        live = running(
            [("ann", "tea", "view", 1), ("ann", "rice", "purchase", 2), ("ann", "tea", "view", 3)],
            recency=0.5,
        )
        # tea: 1/4 + 1, rice: 4/2, each over the three events.
        assert live.vector("ann").tolist() == pytest.approx([1.25 / 3, 2 / 3, 0, 0])
        assert live.count("ann") == 3

    def test_one_moment_has_one_age(self):
        live = running(
            [("ann", "tea", "view", 1), ("ann", "rice", "view", 2), ("ann", "salt", "view", 2)],
            recency=0.5,
        )
        # Two events are later than tea, none than rice and salt.
        assert live.vector("ann").tolist() == pytest.approx([1 / 12, 1 / 3, 1 / 3, 0])

    def test_not_interested_subtracts_and_hides(self):
        live = running([("ann", "tea", "purchase", 1), ("ann", "rice", "not interested", 2)])
        assert live.vector("ann").tolist() == [2, -1, 0, 0]
        assert live.top("ann") == ["salt", "corn"]

    def test_it_moves_alike_items_down(self):
        vectors = np.array([[1, 0], [0, 1], [1, 0.1], [0.1, 1]])
        live = running([("ann", "tea", "view", 1)], vectors)
        assert live.top("ann")[0] == "salt"
        live.fold(Event("no", "ann", "tea", "not interested", 2))
        assert live.top("ann")[0] != "salt"

    def test_cosines(self):
        live = running([("ann", "tea", "view", 1), ("ann", "rice", "view", 1)])
        assert live.scores("ann").tolist() == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0])

    def test_who_did_nothing(self):
        live = running([])
        assert live.vector("bob").tolist() == [0, 0, 0, 0]
        assert live.top("bob", k=2) == ["tea", "rice"]
        assert (live.count("bob"), live.had("bob"), live.users) == (0, [], [])

    def test_a_short_list_is_short(self):
        assert running([("ann", "tea", "view", 1)]).top("ann", 10) == ["rice", "salt", "corn"]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cem"]),
        st.sampled_from(ITEMS),
        st.sampled_from(["view", "favourite", "purchase"]),
        st.integers(0, 6),
    ),
    min_size=1,
    max_size=30,
)


@given(EVENTS, st.sampled_from([1.0, 0.9, 0.3]))
@settings(deadline=None, max_examples=60)
def test_it_is_the_behaviour_mean(events, recency):
    events = sorted(events, key=lambda event: event[3])
    vectors = Features.of(np.random.default_rng(0).standard_normal((4, 3)))
    live = running(events, vectors.vectors, recency=recency)
    table = pl.DataFrame(
        events, schema=["user_id", "item_id", "behaviour", "timestamp"], orient="row"
    )
    items = pl.DataFrame({"item_id": ITEMS, "title": ITEMS})
    known = CrossDomain(Domain("s", items, table.clear()), Domain("t", items, table))
    batch = BehaviourMean(vectors, recency=recency).fit(known)
    users = sorted(live.users)
    assert np.allclose([live.vector(u) for u in users], batch.interest(users).vectors, atol=1e-6)
    assert np.allclose([live.scores(u) for u in users], batch.score(users), atol=1e-5)


def test_10000_events_of_many_people():
    rng = np.random.default_rng(0)
    vectors = Features.of(rng.standard_normal((50, 16)))
    ids = [f"i{n}" for n in range(50)]
    live = RunningInterest(ids, vectors, recency=0.9)
    users, items = rng.integers(300, size=10_000), rng.integers(50, size=10_000)
    kinds = rng.choice(list(LIVE_WEIGHTS), 10_000)
    own = {u: np.flatnonzero(users == u) for u in range(300)}
    for n in range(10_000):
        live.fold(Event(f"e{n}", f"u{users[n]}", ids[items[n]], str(kinds[n]), n))
    for u, rows in own.items():
        w = np.array([LIVE_WEIGHTS[kinds[n]] for n in rows]) * 0.9 ** np.arange(len(rows))[::-1]
        assert np.allclose(live.vector(f"u{u}"), w @ vectors.unit()[items[rows]] / len(rows))


def test_state_and_restore():
    live = running(
        [("ann", "tea", "view", 1), ("bob", "rice", "view", 1), ("ann", "salt", "view", 2)]
    )
    other = running([])
    other.restore(*live.state())
    for user in ("ann", "bob"):
        assert np.array_equal(live.vector(user), other.vector(user))
        assert live.top(user) == other.top(user)
    assert live.fingerprint() == other.fingerprint() != running([], recency=0.5).fingerprint()


class TestRefusals:
    def test_vectors_that_do_not_fit(self):
        with pytest.raises(ValueError, match="3 vectors for 4 items"):
            running([], np.eye(3))

    @pytest.mark.parametrize("recency", [0, 1.1, -1, float("nan")])
    def test_recency(self, recency):
        with pytest.raises(ValueError, match="recency"):
            running([], recency=recency)

    def test_weights(self):
        with pytest.raises(ValueError, match="finite"):
            running([], behaviour_weights={"view": float("inf")})

    def test_two_items_of_one_id(self):
        with pytest.raises(ValueError, match="one id"):
            RunningInterest(["tea", "tea"], Features.of(np.eye(2)))

    @pytest.mark.parametrize(("item", "kind"), [("cup", "view"), ("tea", "sniff")])
    def test_events(self, item, kind):
        live = running([])
        with pytest.raises(ValueError, match=r"item|behaviour"):
            live.fold(Event("e", "ann", item, kind, 1))
        assert live.users == []
