"""MetricExplorer from Python: its metrics and its curves by hand, and what it refuses."""

from __future__ import annotations

import json
import math
import re
from itertools import combinations

import numpy as np
import polars as pl
import pytest
import traitlets

from xdrec import metrics
from xdrec.lab import MetricExplorer

IDS = list("abcdefgh")
ITEMS = pl.DataFrame(
    {"item_id": IDS,
     "title": ["Tea", None, "</script><img src=x onerror=alert(1)>", "\u202eleft", *("l" * 4)]}
)  # fmt: skip
MODELS = {"bold": [1, 8, 1, 7], "dull": [3, 4, 4, 3]}


def explorer(ranking="abcd", relevant="bdh", k=3, **more):
    return MetricExplorer(ITEMS, list(ranking), list(relevant), k=k, **more)


def test_the_metrics_worked_out_by_hand():
    shown = explorer()
    best = 1 + 1 / math.log2(3) + 1 / 2
    assert shown.metrics() == pytest.approx(
        {"recall": 1 / 3, "precision": 1 / 3, "ndcg": (1 / math.log2(3)) / best, "mrr": 1 / 2}
    )
    shown.order = ["d", "b", "a", "c"]
    assert shown.metrics() == pytest.approx(
        {"recall": 2 / 3, "precision": 2 / 3, "ndcg": (1 + 1 / math.log2(3)) / best, "mrr": 1}
    )
    shown.relevant, shown.k = ["a"], 1
    assert set(shown.metrics().values()) == {0.0}


def test_they_are_the_functions_of_the_library():
    rng = np.random.default_rng(0)
    shown = explorer(ranking="abcdef")
    for _ in range(50):
        shown.order = rng.permutation(list("abcdef")).tolist()
        shown.relevant = rng.permutation(IDS)[: rng.integers(1, 9)].tolist()
        shown.k = int(rng.integers(1, 7))
        hits = np.array([[item in shown.relevant for item in shown.order[: shown.k]]])
        relevant = np.array([len(shown.relevant)])
        for name, value in shown.metrics().items():
            assert value == metrics.ACCURACY[name](hits, relevant)[0]


def test_where_nothing_is_relevant():
    found = explorer(relevant="").metrics()
    assert np.isnan([found["recall"], found["ndcg"]]).all()
    assert (found["precision"], found["mrr"]) == (0.0, 0.0)


def test_the_curves_are_those_of_every_possible_sample():
    shown = explorer(models=MODELS)
    assert shown.data["negatives"] == list(range(1, 8))
    for k in (1, 2, 3, 4):
        shown.k = k
        table = shown.sampled_recall()
        for m, *found in table.iter_rows():
            for ranks, value in zip(MODELS.values(), found, strict=True):
                # The others by their place: those below r - 1 stand above the held-out item.
                inside = [
                    sum(other < r - 1 for other in drawn) < k
                    for r in ranks
                    for drawn in combinations(range(7), m)
                ]
                assert value == pytest.approx(np.mean(inside), abs=1e-6)


def test_all_negatives_are_the_full_ranking():
    rng = np.random.default_rng(1)
    items = pl.DataFrame({"item_id": [f"i{n}" for n in range(500)], "title": "t"})
    models = {name: rng.integers(1, 501, 300) for name in ("one", "other")}
    shown = MetricExplorer(items, ["i1", "i2"], [], k=2, models=models)
    assert shown.data["negatives"][0] == 10
    assert len(shown.data["negatives"]) <= 60
    assert (shown.sampled, shown.negatives) == (len(shown.data["negatives"]) - 1, 499)
    last = shown.sampled_recall().row(-1, named=True)
    for name, ranks in models.items():
        assert last[name] == pytest.approx((ranks <= 2).mean(), abs=1e-6)


def test_the_order_turns_where_another_leads():
    shown = explorer(models=MODELS, k=2)
    # One negative: all are sure of their place, and nobody leads. Of four, bold keeps its two
    # users at the top, 1/2; dull has (25 / 35 + 13 / 35) / 2 = 0.54, of five (11 + 3) / 42 = 1/3.
    table = shown.sampled_recall()
    ahead = (table["bold"] - table["dull"]).sign().to_list()
    assert ahead == [0, -1, -1, -1, 1, 1, 1]
    assert table.row(3) == (4, 0.5, pytest.approx(38 / 70, abs=1e-6))
    assert table.row(4) == (5, 0.5, pytest.approx(1 / 3, abs=1e-6))
    assert shown.flips() == [5]
    shown.k = 1
    assert shown.flips() == [2]
    assert explorer(models={"a": [1], "b": [1]}).flips() == []


def test_without_models_there_is_the_list_alone():
    shown = explorer()
    assert (shown.negatives, shown.sampled, shown.flips()) == (None, 0, [])
    assert shown.sampled_recall().shape == (0, 1)
    assert (shown.data["models"], shown.data["negatives"]) == ([], [])


def test_what_the_page_gets_is_json_with_titles_as_they_are():
    shown = explorer(ranking="abcd", models=MODELS)
    data = json.loads(json.dumps(shown.data, allow_nan=False))
    titles = [item["title"] for item in data["items"]]
    assert titles == ["Tea", "b", *ITEMS["title"].to_list()[2:4]]  # a missing title: the id
    assert data["start"] == {"order": list("abcd"), "relevant": list("bdh"), "k": 3, "sampled": 6}
    assert [len(model["recall"]) for model in data["models"]] == [4, 4]


def test_it_is_observed_and_linked():
    one, other, seen = explorer(), explorer(), []
    one.observe(lambda change: seen.append(change["new"]), "order")
    one.order = list("dcba")
    assert seen == [list("dcba")]
    for name in ("order", "relevant", "k"):
        traitlets.link((one, name), (other, name))
    one.relevant, one.k = ["d"], 1
    assert other.metrics() == {"recall": 1.0, "precision": 1.0, "ndcg": 1.0, "mrr": 1.0}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: explorer(ranking="abz"), "ranking: items ['z'] are not in the items table"),
        (lambda: explorer(ranking="aab"), "ranking: an item stands there twice"),
        (lambda: explorer(ranking=""), "ranking of 0 items: expected 1 to 50"),
        (lambda: explorer(relevant="az"), "relevant: items ['z'] are not"),
        (lambda: explorer(relevant="aa"), "relevant: an item stands there twice"),
        (lambda: explorer(k=5), "k=5: expected 1 to 4"),
        (lambda: explorer(k=0), "k=0: expected 1 to 4"),
        (lambda: explorer(models={}), "0 models: expected 2 to 6"),
        (lambda: explorer(models={"a": [1]}), "1 models: expected 2 to 6"),
        (lambda: explorer(models={"a": [1], "b": [1, 2]}), "as many ranks"),
        (lambda: explorer(models={"a": [0], "b": [1]}), "ranks of 'a': expected whole numbers"),
        (lambda: explorer(models={"a": [1], "b": [9]}), "ranks of 'b': expected whole numbers"),
        (lambda: explorer(models={"a": [1.5], "b": [1.5]}), "expected whole numbers [users], 1 to"),
        (lambda: explorer(models={"a": [], "b": []}), "ranks of 'a'"),
        (lambda: explorer(models={"a": [[1]], "b": [[1]]}), "ranks of 'a'"),
        (lambda: explorer(models={"a": [1], "negatives": [1]}), "rename it"),
        (lambda: MetricExplorer(ITEMS.drop("title"), ["a"], [], k=1), "no column"),
        (
            lambda: MetricExplorer(ITEMS[:1], ["a"], [], k=1, models={"a": [1], "b": [1]}),
            "a catalogue of 1 items has no negatives",
        ),
    ],
)
def test_it_refuses(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("order", list("abc")), ("order", list("abce")), ("order", list("aabc")), ("relevant", ["z"]),
     ("k", 0), ("k", 5), ("sampled", 7), ("sampled", -1)],
)  # fmt: skip
def test_a_wrong_setting_changes_nothing(name, wrong):
    shown = explorer(models=MODELS)
    before = getattr(shown, name)
    with pytest.raises(ValueError, match=r"expected|not in the items table"):
        setattr(shown, name, wrong)
    assert getattr(shown, name) == before


def test_in_the_book_it_is_html_alone(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    bundle = explorer(models=MODELS)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'data-widget="metric_explorer"' in bundle["text/html"]
    assert "</script><img" not in bundle["text/html"]
