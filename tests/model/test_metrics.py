"""Metrics: values worked out by hand, properties, and the field's own tool as oracle."""

import ir_measures
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, P, R, Success, nDCG

from xdrec import metrics
from xdrec.data.domain import CrossDomain, Domain
from xdrec.data.splits import Split
from xdrec.evaluate import evaluate

ONE_OF_TWO = np.array([[False, True, False, False, False]])


def test_by_hand():
    two = np.array([2])
    assert metrics.precision(ONE_OF_TWO, two)[0] == pytest.approx(1 / 5)
    assert metrics.recall(ONE_OF_TWO, two)[0] == pytest.approx(1 / 2)
    assert metrics.f1(ONE_OF_TWO, two)[0] == pytest.approx(2 * 0.2 * 0.5 / 0.7)
    assert metrics.mrr(ONE_OF_TWO, two)[0] == pytest.approx(1 / 2)
    assert metrics.hit_rate(ONE_OF_TWO, two)[0] == 1
    # gain at rank 2 is 1/log2(3); the best list has both at ranks 1 and 2
    assert metrics.ndcg(ONE_OF_TWO, two)[0] == pytest.approx(0.6309297536 / 1.6309297536)


def test_ideal_list_is_cut_at_k():
    """Ten relevant items and five places: five hits are a perfect list."""
    assert metrics.ndcg(np.ones((1, 5), bool), np.array([10]))[0] == pytest.approx(1)


def test_diversity_equals_the_mean_over_pairs():
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(20, 4))
    lists = np.array([rng.permutation(20)[:6], [3, 4, -1, -1, -1, -1], [5, -1, -1, -1, -1, -1]])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [1 - unit[a] @ unit[b] for i, a in enumerate(lists[0]) for b in lists[0][i + 1 :]]
    expected = [np.mean(pairs), 1 - unit[3] @ unit[4], 0.0]
    assert metrics.diversity(lists, vectors) == pytest.approx(np.array(expected))


@given(st.data())
def test_everything_lies_between_zero_and_one(data):
    k = data.draw(st.integers(1, 8))
    hits = np.array(
        data.draw(st.lists(st.lists(st.booleans(), min_size=k, max_size=k), min_size=1))
    )
    extra = data.draw(st.integers(0, 5))
    relevant = np.maximum(hits.sum(axis=1) + extra, 1)
    for name, metric in metrics.ACCURACY.items():
        values = metric(hits, relevant)
        assert values.shape == (len(hits),), name
        assert ((values >= 0) & (values <= 1 + 1e-12)).all(), name
        assert (values[~hits.any(axis=1)] == 0).all(), name


@given(st.lists(st.booleans(), min_size=2, max_size=10), st.integers(0, 3))
def test_a_hit_moved_up_never_costs(hits, extra):
    here = np.array([hits])
    up = here.copy()
    place = int(np.argmax(here[0]))
    if place:  # swap the first hit with the miss before it
        up[0, [place - 1, place]] = up[0, [place, place - 1]]
    relevant = np.array([max(here.sum() + extra, 1)])
    for metric in metrics.ACCURACY.values():
        assert metric(up, relevant)[0] >= metric(here, relevant)[0] - 1e-12


class Given:
    """A model whose scores are told to it."""

    def __init__(self, users, scores):
        self.scores = dict(zip(users, scores, strict=True))

    def score(self, users):
        return np.array([self.scores[user] for user in users])


@settings(max_examples=1000)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(2, 40))
def test_agrees_with_ir_measures(seed, k, n_items):
    """The whole path (known items left out, ranked, counted) against the TREC tools, no ties."""
    rng = np.random.default_rng(seed)
    users, item_ids = ["a", "b", "c"], [f"i{j}" for j in range(n_items)]
    items = pl.DataFrame({"item_id": item_ids, "title": item_ids})
    scores = np.array([rng.permutation(n_items) for _ in users]) + rng.random()
    role = np.array([rng.choice(3, n_items, p=[0.5, 0.2, 0.3]) for _ in users])
    role[:, 0] = 2  # everybody has a test item
    schema = {"user_id": pl.String, "item_id": pl.String}

    def events(wanted):
        rows = [(users[u], item_ids[j]) for u, j in np.argwhere(role == wanted)]
        return pl.DataFrame(rows, schema=schema, orient="row")

    known = CrossDomain(Domain("source", items, events(1)[:0]), Domain("target", items, events(1)))
    split = Split("given", known, events(1)[:0], events(2), events(1)[:0])
    report = evaluate(Given(users, scores), split, k=k)

    qrels = {u: {item_ids[j]: 1 for j in np.flatnonzero(role[r] == 2)} for r, u in enumerate(users)}
    run = {
        u: {item_ids[j]: float(scores[r, j]) for j in np.flatnonzero(role[r] != 1)}
        for r, u in enumerate(users)
    }
    ours = {"precision": P, "recall": R, "mrr": RR, "ndcg": nDCG, "hit_rate": Success}
    theirs = {
        (str(m.measure), m.query_id): m.value
        for m in ir_measures.iter_calc([m @ k for m in ours.values()], qrels, run)
    }
    for name, measure in ours.items():
        for row in report.per_user.iter_rows(named=True):
            assert row[name] == pytest.approx(theirs[str(measure @ k), row["user_id"]], abs=1e-9)
