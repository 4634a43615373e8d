"""LambdaDial from Python: where it starts, what it refuses, what it says it shows."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest
import traitlets

from xdrec.lab import LambdaDial
from xdrec.transfer import Path

ITEMS = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Cup", None, "Pan"]})
INF = float("inf")
LISTS = {"ann": np.array([[0, 1], [0, 2], [2, 3], [3, 2]]),
         "ben": np.array([[3, -1], [3, -1], [1, -1], [1, -1]])}  # fmt: skip


def path(lambdas=(0.0, 1.0, 10.0, INF), lists=LISTS, **columns):
    given = {"lam": list(lambdas), "loss": [1.0, 2.0, 3.0, 9.0], "drift": [3.0, 2.0, 1.0, 0.0],
             "valid_recall": [0.1, 0.2, 0.2, 0.1], "test_recall": [0.1, 0.2, 0.3, 0.1],
             "test_low": [0.0, 0.1, 0.2, 0.0], "test_high": [0.2, 0.3, 0.4, 0.2]}  # fmt: skip
    return Path(pl.DataFrame(given | columns), lists)


def dial(**more):
    return LambdaDial(path(), ITEMS, **more)


def test_it_starts_where_valid_chose_the_weaker_of_equals():
    shown = dial()
    assert (shown.step, shown.value, shown.user) == (1, 1.0, "ann")
    assert shown.ranking().rows() == [(1, "a", "Tea", 1, None), (2, "c", "c", None, 2)]
    assert shown.ranking("ben").rows() == [(1, "d", "Pan", 1, None)]


@pytest.mark.parametrize(
    ("lam", "step"),
    [(0, 0), (1e-9, 1), (3, 1), (4, 2), (10, 2), (1e9, 2), (INF, 3)],
)
def test_the_nearest_strength_of_the_path_is_taken(lam, step):
    shown = dial()
    shown.value = lam
    assert (shown.step, shown.value) == (step, shown.lambdas[step])


def test_a_path_without_its_ends():
    shown = LambdaDial(path((1.0, 2.0, 4.0, 8.0)), ITEMS)
    for lam, step in ((0, 0), (2.9, 2), (INF, 3)):
        shown.value = lam
        assert shown.step == step


def test_it_is_observed_and_linked():
    one, other, seen = dial(), dial(), []
    one.observe(lambda change: seen.append(change["new"]), "value")
    one.step = 3
    one.value = 0
    assert seen == [INF, 0.0]
    traitlets.link((one, "value"), (other, "value"))
    one.step = 2
    assert other.step == 2


def test_a_switch_of_norms_keeps_the_place():
    both = LambdaDial(
        {"squared": path(), "plain": path((0.0, 5.0, 6.0, INF))},
        ITEMS, critical={"plain": 6.0}, norm="squared",
    )  # fmt: skip
    assert both.value == 1.0
    both.norm = "plain"
    assert (both.step, both.value) == (1, 5.0)
    norms = both.data["norms"]
    assert norms["plain"]["critical"] == 6.0
    assert norms["squared"]["critical"] is None


def test_what_the_page_gets_is_json_with_a_band_where_there_is_one():
    data = json.loads(json.dumps(dial(history={"ann": ["b"]}).data, allow_nan=False))
    (norm,) = data["norms"].values()
    assert norm["lambdas"] == [0, 1, 10, None]
    assert norm["chosen"] == 1
    assert [curve["title"].split(",")[0] for curve in norm["curves"]] == [
        "the target's own loss", "drift ‖θ_target − θ_source‖", "Recall@10"]  # fmt: skip
    warm = norm["curves"][2]
    assert list(warm["lines"]) == ["valid", "test"]
    assert warm["band"] == [[0.0, 0.1, 0.2, 0.0], [0.2, 0.3, 0.4, 0.2]]
    assert norm["curves"][0]["band"] is None
    # Places in the shipped items, not in the catalogue; what is missing in a list is left out.
    titles = [[data["items"][i]["title"] for i in each] for each in norm["lists"]["ben"]]
    assert titles == [["Pan"], ["Pan"], ["Cup"], ["Cup"]]
    assert [data["items"][i]["title"] for i in data["history"]["ann"]] == ["Cup"]


def test_cold_people_have_a_curve_of_their_own():
    cold = {f"cold_{name}": [0.1] * 4 for name in ("recall", "low", "high")}
    (norm,) = LambdaDial(path(**cold), ITEMS).data["norms"].values()
    assert norm["curves"][-1] == {"title": "Recall@10, cold", "lines": {"cold": [0.1] * 4},
                                  "band": [[0.1] * 4] * 2}  # fmt: skip


def test_without_lists_there_are_the_curves():
    shown = LambdaDial(path(lists={}), ITEMS)
    assert (shown.user, shown.ranking().height, shown.data["items"]) == ("", 0, [])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LambdaDial(path((0.0, 2.0, 1.0, INF)), ITEMS), "rising"),
        (lambda: LambdaDial(path((float("nan"), 1.0, 2.0, INF)), ITEMS), "rising"),
        (lambda: LambdaDial(path(loss=[1.0, float("nan"), 2.0, 3.0]), ITEMS), "'loss' is not fin"),
        (lambda: LambdaDial(path(), ITEMS[:2]), "do not fit 4 λ and 2 items"),
        (lambda: LambdaDial(path(lists={"ann": LISTS["ann"][:2]}), ITEMS), "do not fit 4 λ"),
        (lambda: LambdaDial(path(), ITEMS.drop("title")), "no column"),
        (lambda: LambdaDial({"a": path(), "b": path(lists={})}, ITEMS), "the same users"),
        (lambda: LambdaDial({}, ITEMS), "one path at least"),
        (lambda: dial(norm="l1"), "norm='l1': expected one of"),
        (lambda: dial(user="eve"), "'eve' is not followed by the path; expected one of ann, ben"),
        (lambda: dial(critical={"l1": 1.0}), "norms ['l1'] are in no path"),
        (lambda: dial(history={"eve": ["a"]}), "users ['eve'] are in no path"),
        (lambda: dial(history={"ann": ["zz"]}), "zz"),
    ],
)
def test_it_refuses(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


@pytest.mark.parametrize(("name", "wrong"), [("value", -1.0), ("value", float("nan")), ("step", 4),
                                             ("user", "eve"), ("norm", "l1")])  # fmt: skip
def test_a_wrong_setting_changes_nothing(name, wrong):
    shown = dial()
    before = (shown.value, shown.step, shown.user, shown.norm)
    with pytest.raises(ValueError, match="expected"):
        setattr(shown, name, wrong)
    assert (shown.value, shown.step, shown.user, shown.norm) == before


def test_in_the_book_it_is_html_alone(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    bundle = dial()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'data-widget="lambda_dial"' in bundle["text/html"]
