"""The deep transfer row: who teaches, who is measured, and a run on a world from end to end."""

import numpy as np
import polars as pl
import pytest

from benchmarks import deep_transfer
from benchmarks.protocol import Texts
from xdrec.data import CrossDomain, leave_last_out, make_world
from xdrec.encoders import Features
from xdrec.plan import Plan
from xdrec.records import read_record


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(deep_transfer, "KEPT", tmp_path)
    monkeypatch.setattr("benchmarks.resume.KEPT", tmp_path)
    monkeypatch.setattr(deep_transfer, "LAMBDAS", (0.0, 1.0, float("inf")))
    monkeypatch.setattr(deep_transfer, "PLAN", Plan(epochs=1, batch_size=32, patience=2))
    return make_world(80, 40, overlap=1.0, sparsity=0.8, images=False, seed=1)


def with_positions(known):
    events = known.source.interactions.with_columns(position=pl.int_range(pl.len()))
    return CrossDomain(known.source.with_interactions(events), known.target)


def test_people_of_the_source_alone_teach_of_listed_items(world):
    known = with_positions(world.cross("books", "films"))
    items = known.source.items["item_id"]
    table = pl.DataFrame({"user_id": ["new", "new", "other"], "position": [0, 1, 0],
                          "item_id": [items[0], "nowhere", items[1]]})  # fmt: skip
    wide = deep_transfer.with_people_of_the_source(known, table)
    more = wide.source.interactions.tail(2)
    assert set(more.select("user_id", "item_id").rows()) == {("new", items[0]), ("other", items[1])}
    assert len(wide.source.interactions) == len(known.source.interactions) + 2
    assert wide.target is known.target


def test_only_some_have_histories_and_only_they_are_asked(world):
    split = leave_last_out(world.cross("books", "films"))
    few = deep_transfer.some_of(split, 0.25)
    people = set(few.test["user_id"])
    assert len(people) == int(0.25 * split.test["user_id"].n_unique())
    assert set(few.known.target.interactions["user_id"]) <= people
    assert set(few.valid["user_id"]) <= people
    assert few.known.source is split.known.source


def test_both_twins_are_measured_and_a_second_run_learns_nothing_anew(world, monkeypatch):
    split = leave_last_out(world.cross("books", "films"))
    x = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    texts = Texts(*x)
    theta = [deep_transfer.source_of(texts, split.known, seed) for seed in (0, 1)]
    found = deep_transfer.at_share(split, texts, theta, 0.5)
    assert found["lambdas"] == [0.0, 1.0, None]
    assert found["gain"]["mean"] == pytest.approx(found["tied"]["mean"] - found["scratch"]["mean"])
    assert found["gain"]["low"] <= found["gain"]["mean"] <= found["gain"]["high"]
    assert len(found["losses"]["from the source"]) == 1 + len(found["losses"]["from scratch"])
    assert found["drift"][-1] == 0 < found["drift"][0]

    def never(*_):
        raise AssertionError("it was kept")

    monkeypatch.setattr(deep_transfer, "learn_source", never)
    again = deep_transfer.source_of(texts, split.known, 0)
    assert all(np.array_equal(again[name], theta[0][name]) for name in again)


def test_the_record_says_where_the_sources_training_pays_and_where_not():
    found = read_record("deep_transfer")["shares"]
    assert [line["share"] for line in found] == [0.02, 0.1, 1.0]
    for line in found:
        assert line["seeds"] == 3
        gain = line["tied"]["mean"] - line["scratch"]["mean"]
        assert line["gain"]["mean"] == pytest.approx(gain, abs=1e-9)
        assert line["drift"][-1] == 0 < line["drift"][0]
