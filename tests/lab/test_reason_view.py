"""ReasonView from Python: lists by hand and as the model says, and what is refused."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
import traitlets

from xdrec.data import leave_last_out, make_world
from xdrec.explain import Additive, rescored
from xdrec.interest import EASE, Hybrid, NextItem, Popularity
from xdrec.lab import ReasonView
from xdrec.lab.reason_view import HISTORY
from xdrec.recommend import recommend

ITEMS = pl.DataFrame(
    {"item_id": list("abcdef"), "title": ["Tea", "Oak", "Cup", None, "Pan", "Elm"]}
)
# Of a and b, for a to f; ann has both, so that they are never listed.
PARTS = np.array([[9, 9, 0.5, 0.1, -0.2, 0], [9, 9, 0.1, 0.3, 0.4, 0]])


def view(**more):
    history = {"ann": ["a", "b"], "ben": ["c"]}
    return ReasonView({"ann": PARTS, "ben": np.ones((1, 6))}, ITEMS, history, **more)


@pytest.fixture(scope="module")
def known():
    world = make_world(users=120, items=80, sparsity=0.9, seed=3, overlap=1.0, images=False)
    return leave_last_out(world.cross("books", "films")).refit().known


def test_the_list_by_hand():
    one = view(k=3)
    assert one.ranking().rows() == [
        (1, "c", "Cup", 0.6, 1, "because of Tea (+0.50), Oak (+0.10)"),
        (2, "d", "d", 0.4, 2, "because of Oak (+0.30), Tea (+0.10)"),
        (3, "e", "Pan", 0.2, 3, "because of Oak (+0.40); 1 against it (−0.20)"),
    ]
    one.off = ["a"]
    assert one.ranking().select("item_id", "score", "before", "because").rows() == [
        ("e", 0.4, 3, "because of Oak (+0.40)"), ("d", 0.3, 2, "because of Oak (+0.30)"),
        ("c", 0.1, 1, "because of Oak (+0.10)"),
    ]  # fmt: skip
    assert one.ranking(off=["b"])["item_id"].to_list() == ["c", "d", "f"]
    assert one.ranking(off=["b"])["because"][2] == "nothing that is on speaks for it"
    assert one.ranking(off=["a", "b"]).height == 0  # nothing to go by
    assert one.off == ["a"]
    # Of another person nothing is off; of equals the earlier is first.
    assert one.ranking(user="ben")["item_id"].to_list() == ["a", "b", "d"]


def test_what_none_of_them_gives_stays():
    rest = {"ann": [0, 0, 0, 0.25, -np.inf, 0.7]}
    one = view(rest=rest, k=4)
    assert one.ranking()["item_id"].to_list() == ["f", "d", "c"]  # e is not to be listed
    assert one.ranking(off=["a", "b"]).select("item_id", "score").rows() == [
        ("f", 0.7), ("d", 0.25), ("c", 0.0)]  # fmt: skip
    assert one.ranking(off=["a"])["because"].to_list() == [
        "nothing that is on speaks for it; the rest +0.70",
        "because of Oak (+0.30); the rest +0.25",
        "because of Oak (+0.10)",
    ]


def test_many_things_are_counted_and_the_least_stay_on():
    m = HISTORY + 3
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(m + 2)], "title": ["t"] * (m + 2)})
    parts = np.zeros((m, m + 2))
    parts[:, m] = np.arange(m) + 1
    one = ReasonView({"u": parts}, items, {"u": [f"i{i}" for i in range(m)]}, k=2)
    shown = one.data["users"]["u"]
    assert (len(shown["history"]), shown["always"]) == (HISTORY, 3)
    assert (
        one.ranking()["because"][0] == "because of t (+43.0), t (+42.0), and 38 more; the rest +6.0"
    )
    everything = [f"i{i}" for i in range(3, m)]
    assert one.ranking(off=everything)["score"].to_list() == [6, 0]
    with pytest.raises(ValueError, match="'i0': expected some of"):
        one.off = ["i0"]


@pytest.mark.parametrize("gamma", [1.0, 0.8])
def test_it_is_the_model_asked_again_where_nothing_ages(known, gamma):
    model = NextItem(20.0, gamma).fit(known)
    users = known.target.interactions["user_id"].unique().sort().to_list()[:20]
    one = ReasonView.of(Additive(model, known), known, users, k=6)
    apart = []
    for user in users:
        listed = recommend(model, known, user, k=6)
        assert one.ranking(user=user)["item_id"].to_list() == listed["item_id"].to_list()
        np.testing.assert_allclose(one.ranking(user=user)["score"], listed["score"], atol=1e-4)
        out = one._history[user][:1]
        again = rescored(model, known, [(user, known.target.item_index(pl.Series(out)))])[0]
        told = one.ranking(off=out, user=user)
        column = known.target.item_index(told["item_id"])
        apart.append(np.abs(again[column] - told["score"].to_numpy()).max())
        if gamma == 1:  # and nothing else would be listed
            free = np.setdiff1d(np.arange(len(again)), known.target.item_index(
                known.target.interactions.filter(user_id=user)["item_id"]))  # fmt: skip
            assert again[column].min() >= np.sort(again[free])[-6] - 1e-4
    assert max(apart) < 1e-4 if gamma == 1 else max(apart) > 0.01


def test_of_a_model_with_a_rest_and_of_one_that_is_no_sum(known):
    user = known.target.interactions["user_id"].unique().sort()[0]
    mix = Hybrid({"crowd": EASE(mu=10), "charts": Popularity()}, {"crowd": 0.7, "charts": 0.3})
    listed = recommend(mix.fit(known), known, user, k=5)
    one = ReasonView.of(mix, known, [user], k=5)
    np.testing.assert_allclose(one.ranking()["score"], listed["score"], atol=1e-4)
    assert "; the rest −" in one.ranking()["because"][0]
    with pytest.raises(TypeError, match="Popularity"):
        ReasonView.of(Popularity().fit(known), known, [user])


def test_where_it_is_cut_the_single_moves_are_right():
    rng = np.random.default_rng(1)
    n, m = 600, 8
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": ["t"] * n})
    parts = rng.normal(size=(m, n)).round(3)
    one = ReasonView({"u": parts}, items, {"u": [f"i{i}" for i in range(m)]}, k=5)
    shown = one.data["users"]["u"]
    assert (len(shown["items"]), shown["exact"], shown["all"]) == (200, False, n - m)
    for gone in ([], *([j] for j in range(m)), *(np.delete(range(m), j) for j in range(m))):
        scores = np.delete(parts, gone, axis=0).sum(axis=0)
        best = m + np.argsort(-scores[m:], kind="stable")[:5]
        told = one.ranking(off=[f"i{j}" for j in gone])
        assert told["item_id"].to_list() == [f"i{i}" for i in best]
    places = one.ranking(off=["i0", "i1"])
    by = np.argsort(-parts.sum(axis=0)[m:], kind="stable")
    for item, before in places.select("item_id", "before").rows():
        assert by[before - 1] + m == int(item[1:])


def test_the_page_is_small_json_and_follows_k():
    one = view(k=1)
    assert {i["id"] for i in json.loads(json.dumps(one.data, allow_nan=False))["items"]} >= {"c"}
    assert len(one.data["users"]["ann"]["items"]) < 4
    one.k = 4
    assert one.ranking()["item_id"].to_list() == ["c", "d", "e", "f"]


def test_it_is_observed_and_another_user_starts_with_all_on():
    one, seen = view(), []
    one.observe(lambda change: seen.append(change["new"]), "off")
    one.off = ["b", "a"]
    assert one.off == ["a", "b"]  # in the order of the buttons
    one.user = "ben"
    one.value = ["c"]
    assert seen == [["a", "b"], [], ["c"]]
    assert view(user="ann", off=["a"]).off == ["a"]


@pytest.mark.parametrize(("name", "wrong"), [("off", ["c"]), ("user", "eve"), ("k", 0)])
def test_a_wrong_setting_changes_nothing(name, wrong):
    one = view(off=["a"])
    before = (one.user, one.off, one.k)
    with pytest.raises((ValueError, traitlets.TraitError)):
        setattr(one, name, wrong)
    assert (one.user, one.off, one.k) == before


@pytest.mark.parametrize(
    ("parts", "history", "more", "said"),
    [
        (PARTS[:1], ["a", "b"], {}, "expected [2 things, 6 items]"),
        (PARTS, ["a", "a"], {}, "twice"),
        (PARTS, ["a", "z"], {}, "of no item"),
        (PARTS * np.nan, ["a", "b"], {}, "not finite"),
        (PARTS, ["a", "b"], {"rest": {"u": np.full(6, np.inf)}}, "not finite"),
        (PARTS, ["a", "b"], {"rest": {"u": np.zeros(5)}}, "rest (5,)"),
        (PARTS, ["a", "b"], {"user": "eve"}, "'eve' is not there; expected one of ['u']"),
        (PARTS, ["a", "b"], {"off": ["d"]}, "'d': expected some of"),
        (PARTS, ["a", "b"], {"others": ITEMS[:1]}, "7 items, 6 ids"),
        (PARTS, ["a", "b"], {"others": ITEMS[:1].drop("title")}, "no column ['title']"),
    ],
)
def test_it_refuses(parts, history, more, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        ReasonView({"u": parts}, ITEMS, {"u": history}, **more)
    with pytest.raises(ValueError, match="expected those of"):
        ReasonView({"u": PARTS}, ITEMS, {"v": ["a", "b"]})


def test_in_the_book_it_is_html_alone(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    bundle = view()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'data-widget="reason_view"' in bundle["text/html"]
