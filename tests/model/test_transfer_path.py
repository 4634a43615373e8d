"""The path of λ: the figures of `evaluate`, at every λ."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from xdrec.data import global_time, leave_last_out, make_world
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.interest import EASE, NextItem
from xdrec.ranking import top_k
from xdrec.transfer import Anchored, TextAnchor, transfer_path
from xdrec.tune import rehearsal

LAMBDAS = [0.0, 5.0, 80.0, float("inf")]


@pytest.fixture(scope="module")
def world():
    return make_world(users=100, items=50, sparsity=0.85, overlap=0.7, images=False)


@pytest.fixture(scope="module")
def anchor(world):
    return TextAnchor(*(Features.of(world.truth[d].item_factors) for d in ("films", "books")))


@pytest.mark.parametrize("norm", ["squared", "plain"])
@pytest.mark.parametrize("kind", ["last", "time"])
def test_every_row_is_what_evaluate_says(world, anchor, norm, kind):
    """With one held-out event each (last) and with several (time)."""
    known = world.cross("books", "films")
    if kind == "last":
        split = leave_last_out(known)
    else:
        when = known.target.interactions["timestamp"].sort()
        split = global_time(
            known, int(when[int(0.7 * len(when))]), int(when[int(0.85 * len(when))])
        )
    model = NextItem(mu=10.0)
    path = transfer_path(Anchored(model, anchor, 0, norm), split, LAMBDAS, single=False)
    assert path.table["lam"].to_list() == LAMBDAS
    for row in path.table.iter_rows(named=True):
        fitted = Anchored(model, anchor, row["lam"], norm).fit(split.known)
        for name, part in (("valid", rehearsal(split)), ("test", split)):
            means = evaluate(fitted, part).mean("warm")
            assert row[f"{name}_recall"] == pytest.approx(means["recall"])
            assert row[f"{name}_ndcg"] == pytest.approx(means["ndcg"])
        assert row["test_low"] <= row["test_recall"] <= row["test_high"]
        gone = np.linalg.norm(fitted.b - fitted.b_0)
        assert row["drift"] == pytest.approx(gone, abs=1e-9)
    best = path.chosen
    assert best["valid_recall"] == path.table["valid_recall"].max()


def test_equal_scores_go_in_catalogue_order(world):
    """At B = 0 everything ties: the lists are the catalogue's, and so are the figures."""
    split = leave_last_out(world.cross("books", "films"))
    nothing = Features.of(np.ones((50, 1)), np.zeros(50, bool))
    source = Features.of(world.truth["books"].item_factors)
    model = Anchored(EASE(mu=10.0), TextAnchor(nothing, source), np.inf)
    path = transfer_path(model, split, [np.inf])
    means = evaluate(model.fit(split.known), split).mean("warm")
    assert path.table["test_recall"].item() == pytest.approx(means["recall"])
    assert path.table["test_ndcg"].item() == pytest.approx(means["ndcg"])


def test_the_lists_of_chosen_users_along_the_path(world, anchor):
    split = leave_last_out(world.cross("books", "films"))
    users = split.test["user_id"].unique().sort()[:3].to_list()
    path = transfer_path(
        Anchored(NextItem(mu=10.0), anchor, 0), split, LAMBDAS, users=users, single=False, k=5
    )
    assert set(path.lists) == set(users)
    for at, lam in enumerate(LAMBDAS):
        scores = Anchored(NextItem(mu=10.0), anchor, lam).fit(split.known).score(users)
        scores[split.known.target.matrix(users).nonzero()] = -np.inf
        assert [path.lists[u][at].tolist() for u in users] == top_k(scores, 5).tolist()


def test_refuses(world, anchor):
    split, model = (
        leave_last_out(world.cross("books", "films")),
        Anchored(NextItem(10.0), anchor, 0),
    )
    with pytest.raises(ValueError, match="no λ"):
        transfer_path(model, split, [])
    with pytest.raises(ValueError, match="expected a strength"):
        transfer_path(model, split, [1.0, -1.0])
    nobody = replace(split, test=split.test.filter(pl.lit(False)))
    with pytest.raises(ValueError, match="no warm user"):
        transfer_path(model, nobody, [1.0])
