"""evaluate: what is left out, who is counted, and intervals that hold what they promise."""

import numpy as np
import polars as pl
import pytest

from tests.model.small import domain
from xdrec.data import leave_last_out, make_world
from xdrec.data.domain import CrossDomain, Domain
from xdrec.data.splits import Split
from xdrec.data.worlds import Truth
from xdrec.evaluate import bootstrap, compare, evaluate, true_ndcg
from xdrec.interest import Popularity


class Fixed:
    """The same scores for everybody."""

    def __init__(self, scores):
        self.scores = np.array(scores, float)

    def score(self, users):
        return np.tile(self.scores, (len(users), 1))


def split(train, test, items=("w", "x", "y", "z")):
    known = CrossDomain(domain("s", [("a", "q")]), domain("t", train, items=list(items)))
    table = domain("t", test, items=list(items)).interactions
    return Split("hand", known, table[:0], table, table[:0])


def test_by_hand():
    """a has w: the list is x, y, z; its test item y stands second. c is cold."""
    cut = split(train=[("a", "w"), ("b", "x")], test=[("a", "y"), ("c", "w"), ("c", "z")])
    report = evaluate(Fixed([4, 3, 2, 1]), cut, k=2, vectors=np.eye(4), name="fixed")
    a, c = report.per_user.iter_rows(named=True)
    assert (a["user_id"], a["group"], a["relevant"]) == ("a", "warm", 1)
    assert (a["recall"], a["precision"], a["mrr"]) == (1, 0.5, 0.5)
    assert a["ndcg"] == pytest.approx(1 / np.log2(3))
    assert (c["user_id"], c["group"], c["relevant"], c["recall"]) == ("c", "cold", 2, 0.5)
    # w and x have one of two people each, y and z none, which counts as half a person
    assert a["novelty"] == pytest.approx((-np.log2(1 / 2) - np.log2(1 / 4)) / 2)
    assert a["diversity"] == pytest.approx(1)
    assert report.coverage() == pytest.approx(3 / 4)
    assert (report.coverage("warm"), report.coverage("cold")) == (2 / 4, 2 / 4)
    assert report.mean("cold")["recall"] == 0.5
    assert report.mean()["recall"] == 0.75
    assert report.model == "fixed"


def test_what_is_known_is_neither_listed_nor_asked_for():
    cut = split(train=[("a", "w")], test=[("a", "w"), ("a", "x")])
    report = evaluate(Fixed([9, 1, 0, 0]), cut, k=1)
    assert report.per_user["relevant"].to_list() == [1]
    assert report.per_user["recall"].to_list() == [1]


def test_who_has_nothing_left_to_find_is_not_counted():
    cut = split(train=[("a", "w")], test=[("a", "w"), ("b", "x")])
    report = evaluate(Fixed([9, 1, 0, 0]), cut)
    assert report.per_user["user_id"].to_list() == ["b"]
    assert report.uncounted == 1
    with pytest.raises(ValueError, match="no user with a test item"):
        evaluate(Fixed([9, 1, 0, 0]), split(train=[("a", "w")], test=[("a", "w")]))


def test_an_item_asked_for_twice_counts_once():
    report = evaluate(Fixed([1, 2, 3, 4]), split([("a", "w")], [("a", "z"), ("a", "z")]), k=1)
    assert report.per_user["relevant"].to_list() == [1]
    assert report.per_user["recall"].to_list() == [1]


def test_the_models_own_scores_are_not_written_to():
    class Kept:
        scores = np.arange(4.0)[None, :]

        def score(self, users):
            return self.scores

    evaluate(Kept(), split([("a", "z")], [("a", "x")]))
    assert np.isfinite(Kept.scores).all()


@pytest.mark.parametrize(
    ("scores", "says"), [([1, np.nan, 0, 0], "NaN"), ([1, 2], r"expected \(1, 4\)")]
)
def test_refuses_scores(scores, says):
    with pytest.raises(ValueError, match=says):
        evaluate(Fixed(scores), split([("a", "w")], [("a", "x")]))


def test_many_users_are_ranked_in_blocks(monkeypatch):
    users = [f"u{i}" for i in range(50)]
    rng = np.random.default_rng(0)
    rows = [(u, f"i{j}") for u in users for j in rng.permutation(30)[:5]]
    cut = split(rows[::2], rows[1::2], items=[f"i{j}" for j in range(30)])
    whole = evaluate(Popularity().fit(cut.known), cut)
    monkeypatch.setattr("xdrec.evaluate.BLOCK", 7)
    assert evaluate(Popularity().fit(cut.known), cut).per_user.equals(whole.per_user)


def test_refit_knows_more_and_tests_the_same():
    cut = split([("a", "w"), ("b", "x")], [("a", "y")])
    valid = cut.test.with_columns(item_id=pl.lit("x"))
    cut = Split("hand", cut.known, valid, cut.test, cut.valid_source)
    before, after = (Popularity().fit(c.known) for c in (cut, cut.refit()))
    assert (before.counts.tolist(), after.counts.tolist()) == ([1, 1, 0, 0], [1, 2, 0, 0])
    # Class T may not learn from the valid item x, but a has it, so it is not offered either.
    lists = [evaluate(Fixed([4, 3, 2, 1]), c, k=1).per_user for c in (cut, cut.refit())]
    assert lists[0].equals(lists[1])
    assert lists[0]["recall"].to_list() == [1]


def test_groups_and_metrics_are_named_in_errors():
    report = evaluate(Fixed([1, 2, 3, 4]), split([("a", "w")], [("a", "x")]))
    with pytest.raises(ValueError, match="metric='accuracy': expected one of recall"):
        report.of("accuracy")
    with pytest.raises(ValueError, match="group='wram': expected 'warm', 'cold'"):
        report.mean("wram")
    with pytest.raises(ValueError, match="is the group empty"):
        report.interval("recall", "cold")
    assert np.isnan(report.mean("cold")["recall"])


def test_compare_is_paired():
    """Noise that both models share drops out of the difference."""
    cut = split([("a", "w")], [("a", "x"), ("b", "y")])
    good, bad = evaluate(Fixed([0, 2, 1, 0]), cut, k=2), evaluate(Fixed([2, -2, -1, 1]), cut, k=2)
    assert compare(good, bad).mean == pytest.approx(1)
    assert compare(good, good).low == compare(good, good).high == 0
    with pytest.raises(ValueError, match="different users or lists"):
        compare(good, evaluate(Fixed([0, 2, 1, 0]), cut, k=1))


def test_a_95_percent_interval_covers_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(7)
    inside = 0
    for draw in range(400):
        interval = bootstrap(rng.binomial(1, 0.3, 200).astype(float), draws=500, seed=draw)
        inside += interval.low <= 0.3 <= interval.high
    assert 0.91 <= inside / 400 <= 0.98


def test_bootstrap_is_deterministic_and_wider_at_a_higher_level():
    values = np.random.default_rng(1).random(100)
    assert str(bootstrap(values)) == str(bootstrap(values))
    narrow, wide = bootstrap(values, level=0.5), bootstrap(values, level=0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_against_the_truth_what_somebody_has_is_no_candidate():
    target = domain("films", [("a", "x"), ("b", "y"), ("b", "z")])
    known = CrossDomain(domain("books", [("a", "p")]), target)
    truth = Truth(
        pl.Series(["a", "b"]), pl.Series(["x", "y", "z"]),
        user_factors=np.eye(2), item_factors=np.array([[2.0, 0], [1, 0], [0, 0]]),
        quality=np.zeros(3), exposure=np.zeros(3),
    )  # fmt: skip
    model = Popularity().fit(known)
    # a has x, so z before y is the model's order of what is new; the truth wants y first.
    wanted = truth.gains[0, [1, 2]]
    z_first = type("Model", (), {"score": lambda self, users: np.array([[9.0, 0, 1]])})()
    reached = true_ndcg(z_first, known, truth, ["a"])
    discount = 1 / np.log2([2, 3])
    assert reached[0] == pytest.approx(wanted[::-1] @ discount / (wanted @ discount))
    # b has only x left: whatever the model says, that is the best possible list.
    assert true_ndcg(model, known, truth)[1] == 1


@pytest.mark.parametrize("size", [{"CROWD": 7}, {"CELLS": 120}, {"CROWD": 7, "CELLS": 1}])
def test_blocks_change_nothing(size, monkeypatch):
    world = make_world(users=60, items=40, sparsity=0.8, images=False)
    split = leave_last_out(world.cross("books", "films"))
    model = Popularity().fit(split.known)
    whole = evaluate(model, split)
    for name, value in size.items():
        monkeypatch.setattr("xdrec.evaluate." + name, value)
    found = evaluate(model, split)
    assert found.per_user.equals(whole.per_user)
    assert (found.lists == whole.lists).all()
    assert found.uncounted == whole.uncounted


def test_rows_of_strangers_belong_to_no_block(monkeypatch):
    """Valid may hold people whom neither `known` nor the test has; nobody gets their rows."""
    cut = split([("a", "w"), ("b", "x"), ("c", "w")], [("a", "y"), ("b", "z"), ("c", "x")])
    known = cut.test.with_columns(user_id=pl.lit("stranger"))
    cut = Split("hand", cut.known, known, cut.test, cut.valid_source)
    whole = evaluate(Fixed([4, 3, 2, 1]), cut)
    monkeypatch.setattr("xdrec.evaluate.CROWD", 1)
    assert evaluate(Fixed([4, 3, 2, 1]), cut).per_user.equals(whole.per_user)
    assert cut.known.user_places(["b", "stranger"]).tolist() == [1, -1]


def test_memory_does_not_grow_with_users(monkeypatch):
    """Beyond the report, which has a row a user: 16 times the users, the same working memory."""
    import tracemalloc

    class Same:
        def score(self, users):
            return np.ones((len(users), 1_000), np.float32)

    monkeypatch.setattr("xdrec.evaluate.CROWD", 256)
    monkeypatch.setattr("xdrec.evaluate.CELLS", 100_000)
    items = pl.DataFrame({"item_id": [f"i{n}" for n in range(1_000)], "title": "T"})
    peaks = []
    for people in (500, 8_000):
        events = pl.DataFrame({
            "user_id": [f"u{n // 4}" for n in range(4 * people)],
            "item_id": [f"i{n % 1_000}" for n in range(4 * people)],
            "position": [n % 4 for n in range(4 * people)],
        })  # fmt: skip
        split = leave_last_out(CrossDomain(Domain("s", items, events[:0]),
                                           Domain("t", items, events)))  # fmt: skip
        tracemalloc.start()
        report = evaluate(Same(), split)
        peaks.append(tracemalloc.get_traced_memory()[1] - 250 * len(report.per_user))
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
