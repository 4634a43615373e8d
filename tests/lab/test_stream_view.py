"""StreamView from Python: u and list by hand and as RunningInterest says, and what is refused."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
import traitlets

from xdrec.encoders import Features
from xdrec.lab import StreamView
from xdrec.stream import LIVE_WEIGHTS, Event, RunningInterest

ITEMS = pl.DataFrame(
    {
        "item_id": list("abcd"),
        "title": ["Tea", None, "Oak", "Elm"],
        "kind": ["kitchen", "kitchen", "wood", None],
    }
)
# Lengths other than 1: only directions count.
VECTORS = np.array([[2.0, 0.0], [0.8, 0.6], [0.0, 3.0], [0.6, 0.8]])


def view(**more):
    return StreamView(VECTORS, ITEMS, **{"groups": "kind", "recency": 0.5} | more)


def test_u_and_the_list_by_hand():
    one = view(start=[("a", "view")])
    assert one.vector().tolist() == [1, 0]
    assert one.ranking().rows() == [
        (1, "b", "b", 0.8, 2), (2, "d", "Elm", 0.6, 4), (3, "c", "Oak", 0.0, 3),
    ]  # fmt: skip
    one.click("c", "purchase")
    np.testing.assert_allclose(one.vector(), [0.25, 2])  # (0.5 · 1 · tea + 4 · oak) / 2
    assert one.log().rows() == [("a", "view", 0.5), ("c", "purchase", 4.0)]
    length = np.hypot(0.25, 2)
    assert one.ranking()["item_id"].to_list() == ["d", "b"]
    assert one.ranking()["before"].to_list() == [2, 1]
    np.testing.assert_allclose(one.ranking()["score"],
                               [1.75 / length, 1.4 / length], atol=1e-6)  # fmt: skip
    assert one.interest()["group"].to_list() == ["kitchen", "wood", "unknown"]
    np.testing.assert_allclose(one.interest()["before"], [0.9, 0, 0.6], atol=1e-6)
    np.testing.assert_allclose(
        one.interest()["cosine"], np.array([(0.25 + 1.4) / 2, 2, 1.75]) / length, atol=1e-6
    )


def test_not_interested_subtracts_hides_and_takes_nothing_back():
    one = view(start=[("a", "purchase")], recency=1.0)
    one.click("b", "not interested")
    # Tea is not unsaid: 4 · tea - 2 · cup, over two events.
    np.testing.assert_allclose(one.vector(), [(4 - 1.6) / 2, -0.6], atol=1e-7)
    assert one.ranking()["item_id"].to_list() == ["d", "c"]
    one.click("a", "not interested")
    one.click("a", "not interested")
    np.testing.assert_allclose(one.vector(), [-0.4, -0.3], atol=1e-7)


def test_without_an_event_the_list_is_the_catalogue_s_order():
    one = view(k=3)
    assert one.vector().tolist() == [0, 0]
    assert one.ranking().rows() == [
        (1, "a", "Tea", 0.0, None), (2, "b", "b", 0.0, None), (3, "c", "Oak", 0.0, None),
    ]  # fmt: skip
    assert one.interest()["cosine"].to_list() == [0, 0, 0]
    for item in "abcd":
        one.click(item)
    assert one.ranking().height == 0  # everything was clicked
    assert one.log()["behaviour"].to_list() == ["view"] * 4
    one.events = []  # undone to the beginning
    assert one.ranking()["item_id"].to_list() == ["a", "b", "c"]


def test_where_events_cancel_out_it_is_the_same():
    one = view(recency=1.0, start=[("a", "favourite"), ("a", "not interested")])
    assert one.vector().tolist() == [0, 0]
    assert one.ranking()["item_id"].to_list() == ["b", "c", "d"]


def test_it_is_running_interest():
    rng = np.random.default_rng(0)
    n, d = 60, 8
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": ["t"] * n})
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    one = StreamView(vectors, items, recency=0.8, k=10)
    live = RunningInterest(one._ids, Features.of(vectors), recency=0.8)
    for step in range(40):
        item, kind = f"i{rng.integers(n)}", rng.choice(list(LIVE_WEIGHTS))
        live.fold(Event(f"{step}", "ann", item, kind, 100 + 7 * step))
        one.click(item, kind)
        assert one.vector().tolist() == live.vector("ann").tolist()
        assert one.ranking()["item_id"].to_list() == live.top("ann", 10)
    # Another course of the same: undone to the half, it is as if the rest had never been.
    one.events = one.events[:20]
    again = StreamView(vectors, items, recency=0.8, start=one.events, k=10)
    assert again.ranking().equals(one.ranking())


def test_what_travels_are_the_same_float32():
    rng = np.random.default_rng(1)
    one = StreamView(rng.normal(size=(4, 9)), ITEMS)
    sent = np.array(json.loads(json.dumps(one.data, allow_nan=False))["vectors"], np.float32)
    assert (sent == one._features.unit()).all()
    assert one.data["groups"] == ["all items"]


def test_it_is_observed_and_set():
    one, seen = view(), []
    one.observe(lambda change: seen.append(change["new"]), "events")
    one.behaviour = "favourite"
    one.click("a")
    one.value = [("b", "view")]
    assert seen == [[["a", "favourite"]], [["b", "view"]]]
    one.shelf = ""
    assert (one.shelf, view().shelf) == ("", "kitchen")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("events", [["z", "view"]]), ("events", [["a", "sniff"]]), ("events", [["a"]]),
     ("events", ["ab"]), ("behaviour", "sniff"), ("shelf", "sea"), ("k", 0)],
)  # fmt: skip
def test_a_wrong_setting_changes_nothing(name, wrong):
    one = view(start=[["a", "view"]])
    before = [getattr(one, each) for each in one.state[:4]]
    with pytest.raises((ValueError, traitlets.TraitError)):
        setattr(one, name, wrong)
    assert [getattr(one, each) for each in one.state[:4]] == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"start": [("z", "view")]}, "no item 'z'"),
        ({"start": [("a", "sniff")]}, "expected one of view, favourite, purchase, not interested"),
        ({"start": ["ab"]}, "expected pairs of an item and a behaviour"),
        ({"recency": 0}, "expected a γ in (0, 1]"),
        ({"behaviour_weights": {}}, "0 behaviours: expected 1 to 6"),
        ({"behaviour_weights": {"view": np.inf}}, "expected finite numbers"),
        ({"groups": "colour"}, "'colour' is no column"),
    ],
)
def test_it_refuses(more, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        view(**more)


@pytest.mark.parametrize(
    ("vectors", "items", "said"),
    [
        (VECTORS[:3], ITEMS, "3 vectors for 4 items"),
        (VECTORS, ITEMS.drop("title"), "no column ['title']"),
        (VECTORS, ITEMS.with_columns(item_id=pl.lit("a")), "two items have one id"),
        (np.full((4, 2), np.nan), ITEMS, "NaN"),
        (np.ones((4, 5001)), ITEMS, "4 items, 20004 numbers: expected 1 to 200"),
        (VECTORS[:0], ITEMS[:0], "0 items"),
    ],
)
def test_it_refuses_what_does_not_fit(vectors, items, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        StreamView(vectors, items)


def test_in_the_book_it_is_html_alone(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    bundle = view()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'data-widget="stream_view"' in bundle["text/html"]
