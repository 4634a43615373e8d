"""The path of λ of a trained net: what each row says, and that it goes on where it was broken."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from xdrec.data import cold_start, leave_last_out, make_world
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan
from xdrec.transfer.strategies import Tied, learn_source, trained_path
from xdrec.tune import rehearsal

LAMBDAS = [0.0, 1.0, 100.0, float("inf")]


@pytest.fixture(scope="module")
def world():
    return make_world(100, 40, sparsity=0.85, overlap=1.0, images=False, seed=3)


@pytest.fixture(scope="module")
def split(world):
    return leave_last_out(world.cross("books", "films"))


def net(world, **options):
    x = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    plan = Plan(epochs=2, batch_size=32, lr=5e-3)
    return SequenceTransformer(*x, **{"layers": 1, "width": 8, "plan": plan} | options)


@pytest.fixture(scope="module")
def theta(world, split):
    return learn_source(net(world), split.known)


@pytest.fixture(scope="module")
def whole(world, split, theta):
    return trained_path(Tied(net(world), theta), split, LAMBDAS, users=["u0003", "u0001"])


def test_each_lambda_begins_where_the_stronger_one_ended(world, split, theta, whole):
    start = theta
    for at in (3, 2, 1, 0):
        way = Tied(net(world), theta, LAMBDAS[at], start=start).fit(split.known)
        start = {name: w.clone() for name, w in way.model.net.state_dict().items()}
        row = whole.table.row(at, named=True)
        for part, of in (("test", split), ("valid", rehearsal(split))):
            mean = evaluate(way, of).mean("warm")
            assert row[f"{part}_recall"] == pytest.approx(mean["recall"], abs=1e-12)
            assert row[f"{part}_ndcg"] == pytest.approx(mean["ndcg"], abs=1e-12)
        drift = sum(float((start[n] - theta[n]).square().sum()) for n in theta) ** 0.5
        assert row["drift"] == pytest.approx(drift, rel=1e-6)
        assert row["test_low"] <= row["test_recall"] <= row["test_high"]
        assert np.isnan([row["cold_recall"], row["cold_low"], row["cold_high"]]).all()


def test_the_weaker_the_tie_the_farther_away_and_the_better_learnt(whole):
    table = whole.table
    assert table["lam"].to_list() == LAMBDAS
    assert table["drift"].is_sorted(descending=True)
    assert table["drift"][-1] == 0
    assert table["loss"].is_sorted()


def test_lists_hold_no_known_item_and_follow_the_model(world, split, theta, whole):
    known = split.known
    for user, lists in whole.lists.items():
        assert lists.shape == (4, 10)
        assert not known.target.matrix([user]).toarray()[0][lists].any()
    source = Tied(net(world), theta, float("inf")).fit(known)
    scores = source.score(["u0003"])[0]
    scores[known.target.matrix(["u0003"]).toarray()[0] > 0] = -np.inf
    assert whole.lists["u0003"][3].tolist() == np.argsort(-scores, kind="stable")[:10].tolist()


def test_a_path_that_was_broken_off_goes_on(world, split, theta, whole, tmp_path, monkeypatch):
    fit, fitted = Tied.fit, []

    def counted(self, known):
        if len(fitted) == breaks:
            raise KeyboardInterrupt
        fitted.append(self.lam)
        return fit(self, known)

    monkeypatch.setattr(Tied, "fit", counted)
    breaks = 2
    with pytest.raises(KeyboardInterrupt):
        trained_path(Tied(net(world), theta), split, LAMBDAS, folder=tmp_path)
    assert fitted == [float("inf"), 100.0]
    breaks = 99
    again = trained_path(Tied(net(world), theta), split, LAMBDAS, folder=tmp_path)
    assert fitted == [float("inf"), 100.0, 1.0, 0.0]
    assert np.array_equal(again.table.to_numpy(), whole.table.to_numpy(), equal_nan=True)
    # Nothing is left to train, in whatever order; other settings, data or damage are trained anew.
    trained_path(Tied(net(world), theta), split, LAMBDAS[::-1], folder=tmp_path)
    assert len(fitted) == 4
    trained_path(Tied(net(world), theta, norm="plain"), split, LAMBDAS[2:], folder=tmp_path)
    assert len(fitted) == 6
    (tmp_path / "lambda-inf.safetensors").write_bytes(b"damaged")
    trained_path(Tied(net(world), theta, norm="plain"), split, LAMBDAS[2:], folder=tmp_path)
    assert len(fitted) == 7
    other = cold_start(world.cross("books", "films"), seed=1)
    trained_path(Tied(net(world), theta, norm="plain"), other, LAMBDAS[2:], folder=tmp_path)
    assert len(fitted) == 9


def test_who_is_new_in_the_target_is_measured_apart(world, theta):
    split = cold_start(world.cross("books", "films"), seed=1)
    model = Tied(net(world, history="both"), theta)
    row = trained_path(model, split, [float("inf")]).table.row(0, named=True)
    cold = evaluate(model, split).mean("cold")["recall"]
    assert row["cold_recall"] == pytest.approx(cold)
    assert row["cold_low"] <= cold <= row["cold_high"]


def test_refuses(world, split):
    with pytest.raises(ValueError, match="no λ"):
        trained_path(Tied(net(world)), split, [])
    with pytest.raises(ValueError, match=r"lam=-1.0: expected"):
        trained_path(Tied(net(world)), split, [-1.0])


def test_no_random_number_outside_is_spent(world, split, theta):
    torch.manual_seed(3)
    first = torch.rand(1)
    torch.manual_seed(3)
    trained_path(Tied(net(world), theta), split, [1.0])
    assert torch.rand(1) == first
