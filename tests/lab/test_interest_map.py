"""InterestMap from Python: h by hand, as the library has it, and what is refused."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
import traitlets

from xdrec.data import CrossDomain, Domain
from xdrec.encoders.features import Features
from xdrec.interest import BehaviourMean
from xdrec.lab import InterestMap
from xdrec.lab.places import AXES, ITEMS, NEWEST, flat, shown, span

ITEMS4 = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Oak", None, "Elm"],
                       "kind": ["drink", "tree", None, "tree"]})  # fmt: skip
VECTORS = np.array([[1.0, 0.0], [0.0, 2.0], [0.8, 0.6], [0.28, 0.96]])  # lengths 1, 2, 1, 1


def shown_map(**more):
    return InterestMap(VECTORS, ITEMS4, {"ann": ["a", "b"], "ben": ["d"]}, **more)


def table(n, d=6, seed=0):
    rng = np.random.default_rng(seed)
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": ["t"] * n})
    return rng.normal(size=(n, d)), items


def test_the_mean_by_hand():
    one = shown_map()
    # h = (a + b) / 2 at length 1: (1, 1) / √2.
    assert one.nearest().rows() == [
        (1, "c", "c", pytest.approx(1.4 / np.sqrt(2), abs=1e-5)),
        (2, "d", "Elm", pytest.approx(1.24 / np.sqrt(2), abs=1e-5)),
    ]
    one.active = ["b"]
    assert one.nearest()["item_id"].to_list() == ["d", "c"]
    assert one.nearest(1)["similarity"].to_list() == pytest.approx([0.96], abs=1e-5)
    assert one.nearest(active=["a"])["item_id"].to_list() == ["c", "d"]
    assert one.active == ["b"]


def test_the_newer_counts_more_and_ages_count_what_is_on():
    one = InterestMap(VECTORS, ITEMS4, {"ann": ["a", "b", "a"]}, recency=0.5, weighting="recency")
    # Ages 2, 1, 0: a has 1/4 + 1 of 7/4, b 1/2.
    h = np.array([1.25, 0.5]) / np.hypot(1.25, 0.5)
    assert one.nearest(1)["similarity"].to_list() == pytest.approx([h @ VECTORS[2]], abs=1e-5)
    x, y = (np.array(one.data[axis]) for axis in "xy")
    assert one.star() == pytest.approx((x[:2] @ [5 / 7, 2 / 7], y[:2] @ [5 / 7, 2 / 7]))
    one.active = ["b"]
    assert one.star() == pytest.approx((x[1], y[1]))


def test_it_is_the_mean_of_the_library():
    vectors, items = table(40, d=9)
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 12, 20)  # with repeats
    kinds = rng.choice(["view", "favourite", "purchase"], 20)
    events = pl.DataFrame({"user_id": ["u"] * 20, "item_id": [f"i{i}" for i in rows],
                           "timestamp": range(20), "behaviour": kinds})  # fmt: skip
    weigh = {"view": 1.0, "favourite": 2.0, "purchase": 4.0}
    one = InterestMap(vectors, items, {"u": events["item_id"].to_list()}, k=40,
                      weights={"u": [weigh[kind] for kind in kinds]})  # fmt: skip
    for on in (one.active, one.active[:4], one.active[3:5]):
        for weighting, recency in (("mean", 1.0), ("recency", 0.7)):
            some = Domain("films", items, events.filter(pl.col("item_id").is_in(on)))
            pair = CrossDomain(Domain("books", items, events[:0]), some)
            mean = BehaviourMean(Features.of(vectors), recency=recency).fit(pair)
            one.active, one.weighting = on, weighting
            near = one.nearest()
            assert near.height == 40 - len(set(rows.tolist()))
            wanted = mean.score(["u"])[0, [int(i[1:]) for i in near["item_id"]]]
            np.testing.assert_allclose(near["similarity"], wanted, atol=1e-4)


def test_nothing_on_is_no_interest():
    one = shown_map()
    one.active = []
    assert (one.nearest().height, one.star()) == (0, None)
    opposite = InterestMap(np.array([[1.0, 0], [-1, 0], [0, 1]]), ITEMS4[:3], {"u": ["a", "b"]})
    assert (opposite.nearest().height, opposite.star()) == (0, None)
    weightless = InterestMap(VECTORS, ITEMS4, {"u": ["a"]}, weights={"u": [0.0]})
    assert weightless.nearest().height == 0
    assert InterestMap(VECTORS, ITEMS4, {"u": []}).nearest().height == 0


def test_another_user_has_all_on():
    one, seen = shown_map(), []
    assert (one.user, one.active) == ("ann", ["a", "b"])
    one.active = ["b", "a", "b"]
    assert one.active == ["a", "b"]  # in the order of the history, once
    one.observe(lambda change: seen.append(change["new"]), "active")
    one.user = "ben"
    assert (one.active, seen) == (["d"], [["d"]])
    other = shown_map(user="ben")
    traitlets.link((one, "active"), (other, "active"))
    one.active = []
    assert other.active == []


def test_the_page_may_send_both_at_once():
    one = shown_map()
    one.set_state({"user": "ben", "active": ["d"]})
    assert (one.user, one.active) == ("ben", ["d"])
    one.set_state({"active": []})
    assert (one.active, one.nearest().height) == ([], 0)


def test_groups_colour_and_sieve():
    one = shown_map(groups="kind", among="tree")
    assert one.data["groups"] == ["drink", "tree", "unknown"]
    assert one.data["group"] == [0, 1, 2, 1]
    assert one.nearest()["item_id"].to_list() == ["d"]
    one.among = "drink"
    assert one.nearest().height == 0  # had already
    assert one.star() is not None
    one.among = ""
    assert one.nearest().height == 2


def test_items_without_a_vector_are_left_out():
    present = Features.of(VECTORS, present=[False, True, True, True])
    one = InterestMap(present, ITEMS4, {"ann": ["a", "b"]})
    assert (one.active, one.data["all"], one.data["without"]) == (["b"], 3, 1)
    assert [item["id"] for item in one.data["items"]] == ["b", "c", "d"]
    zero = InterestMap(VECTORS * [[1], [1], [1], [0]], ITEMS4, {"ann": ["a"]})
    assert zero.nearest()["item_id"].to_list() == ["c", "b"]
    gone = InterestMap(np.zeros((4, 2)), ITEMS4, {"ann": ["a"]})
    assert (gone.active, gone.nearest().height, gone.data["items"]) == ([], 0, [])


def test_what_the_page_gets_is_json_with_titles_as_they_are():
    hostile = ["</script><img src=x onerror=alert(1)>", "\u202eleft", "l" * 10_000, None]
    items = ITEMS4.with_columns(title=pl.Series(hostile))
    one = InterestMap(VECTORS, items, {"u": ["a"]})
    data = json.loads(json.dumps(one.data, allow_nan=False))
    assert [item["title"] for item in data["items"]] == [*hostile[:3], "d"]
    assert data["users"]["u"] == {"events": [[0, 1.0]], "had": [0], "older": 0}
    assert data["vectors"][2] == [80_000] or data["vectors"][2] == [-80_000]  # one axis is enough
    assert data["kept"] == 1


def test_a_large_catalogue_is_sampled_and_says_so():
    vectors, items = table(2000)
    ids = [f"i{i}" for i in range(0, 1000, 10)]  # a history of 100
    one = InterestMap(vectors, items, {"u": ids})
    again = InterestMap(vectors, items, {"u": ids})
    assert one.data == again.data
    assert (len(one.data["items"]), one.data["all"]) == (ITEMS, 2000)
    assert one.active == ids[-NEWEST:]
    assert one.data["users"]["u"]["older"] == 60
    assert not set(one.nearest(ITEMS)["item_id"]) & set(ids)  # older ones are had, too
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    newest = [int(i[1:]) for i in one.active]
    for rows in (newest, newest[:1], newest[-1:]):
        scores = unit @ unit[rows].mean(axis=0)
        scores[[int(i[1:]) for i in ids]] = -np.inf
        best = [f"i{i}" for i in np.argsort(-scores)[:3]]
        assert one.nearest(3, [f"i{i}" for i in rows])["item_id"].to_list() == best


def test_only_so_many_dimensions_travel():
    vectors, items = table(200, d=120)
    one = InterestMap(vectors, items, {f"u{n}": [f"i{40 * n + i}" for i in range(40)]
                                       for n in range(3)})  # fmt: skip
    assert np.shape(one.data["vectors"]) == (200, AXES)
    assert 0.4 < one.data["kept"] < 1
    _, kept = span(vectors, range(30))
    assert kept == 1


def test_the_map_keeps_its_scale():
    unit = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 0.5, 0], [0, -0.5, 0]])
    x, y, high, share = flat(unit, np.ones(4, bool), None)
    assert (x.tolist(), high, share) == ([1, 0, 0.5, 0.5], 0.5, 1)
    assert sorted(y.tolist()) == [0, 0.25, 0.25, 0.5]
    given = shown_map(positions=[[0, 0], [4, 1], [2, 1], [1, 4]])
    assert (given.data["axes"], given.data["high"]) == (None, 1)
    assert given.star() == pytest.approx((0.5, 1 - 1 / 8))
    same = shown_map(positions=np.ones((4, 2)))
    assert set(same.data["x"]) == {0.5}


def test_the_rest_is_sampled_evenly():
    unit = np.eye(2000, 3) + 0.01
    lead = shown(unit, np.ones(2000, bool), {"u": [5]})
    assert (lead[0], len(lead), len(set(lead))) == (5, ITEMS, ITEMS)
    assert max(np.diff(sorted(lead))) <= 4


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: InterestMap(VECTORS[:3], ITEMS4, {"u": []}), "3 vectors, 4 items, 4 different"),
        (lambda: InterestMap(VECTORS, ITEMS4.with_columns(item_id=pl.lit("a")), {"u": []}),
         "1 different ids"),
        (lambda: InterestMap(VECTORS * np.nan, ITEMS4, {"u": []}), "NaN"),
        (lambda: InterestMap(VECTORS[0], ITEMS4, {"u": []}), "expected [n, d]"),
        (lambda: InterestMap(VECTORS, ITEMS4.drop("title"), {"u": []}), "no column"),
        (lambda: InterestMap(VECTORS, ITEMS4, {}), "history of 0 users: expected 1 to 12"),
        (lambda: InterestMap(VECTORS, ITEMS4, {str(n): [] for n in range(13)}), "of 13 users"),
        (lambda: InterestMap(VECTORS, ITEMS4, {"u": ["zz"]}), "items ['zz'] of history"),
        (lambda: shown_map(weights={"eve": []}), "users ['eve'] have no history"),
        (lambda: shown_map(weights={"ann": [1.0]}), "weights of 'ann': expected 2 finite"),
        (lambda: shown_map(weights={"ann": [1.0, -1.0]}), "weights of 'ann'"),
        (lambda: shown_map(positions=np.ones((3, 2))), "positions of shape (3, 2)"),
        (lambda: shown_map(positions=np.full((4, 2), np.inf)), "expected [4, 2], finite"),
        (lambda: shown_map(groups="colour"), "groups='colour' is no column"),
        (lambda: shown_map(user="eve"), "user: 'eve' is not there; expected one of 'ann', 'ben'"),
        (lambda: shown_map(active=["d"]), "active: 'd' is not there"),
        (lambda: shown_map(weighting="sum"), "weighting: 'sum' is not there"),
        (lambda: shown_map(among="tree"), "among: 'tree' is not there"),
        (lambda: shown_map(recency=0), "recency=0: expected"),
        (lambda: shown_map().nearest(active=["d"]), "active: 'd'"),
    ],
)  # fmt: skip
def test_it_refuses(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


def test_it_refuses_more_groups_than_colours():
    vectors, items = table(7)
    with pytest.raises(ValueError, match="7 values of 'item_id': expected at most 6"):
        InterestMap(vectors, items, {"u": []}, groups="item_id")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("user", "eve"), ("active", ["d"]), ("weighting", "sum"), ("among", "tree")],
)
def test_a_wrong_setting_changes_nothing(name, wrong):
    one = shown_map()
    before = one.nearest()
    with pytest.raises(ValueError, match="is not there"):
        setattr(one, name, wrong)
    assert one.nearest().equals(before)


def test_in_the_book_it_is_html_alone(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    bundle = shown_map()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'data-widget="interest_map"' in bundle["text/html"]
