"""The λ path on real data: its ends, its twin, and what the record says."""

import numpy as np
import pytest

from benchmarks import lambda_path
from benchmarks.lambda_path import LAMBDAS, along, direction, model
from benchmarks.path_speed import speed
from benchmarks.protocol import Texts
from benchmarks.records import data_hash
from xdrec.data import leave_last_out, make_world
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.records import read_record


def test_the_path_begins_with_the_target_alone_and_ends_with_the_anchor(monkeypatch):
    monkeypatch.setattr(lambda_path, "LAMBDAS", (0.0, 50.0, float("inf")))
    world = make_world(users=120, items=60, sparsity=0.88, overlap=1.0, images=False)
    split = leave_last_out(world.cross("books", "films"))
    texts = Texts(*(Features.of(world.truth[d].item_factors) for d in ("films", "books")))
    tied, twin = along(split, 20.0, texts), along(split, 20.0, None)
    alone = evaluate(model(20.0).fit(split.known), split).of("recall")
    assert (tied[0].of("recall") == alone).all()
    assert (twin[0].of("recall") == alone).all()
    assert twin[-1].per_user["silent"].all()  # B_0 = 0 says nothing
    assert not tied[-1].per_user["silent"].any()


def test_the_record_holds_what_was_reached():
    """0.135 was asked of kitchen → food, and 0.064 of food → kitchen, which is just missed."""
    record = read_record("lambda_path")
    there, back = record["directions"]
    assert (there["direction"], back["direction"]) == ("kitchen → food", "food → kitchen")
    assert there["chosen"]["recall"] >= 0.135
    assert 0.0635 < back["chosen"]["recall"] < 0.064
    for each in record["directions"]:
        assert each["chosen"]["gain"]["low"] > 0
        tied, twin = (each["paths"][name]["test"] for name in ("texts", "nothing"))
        assert len(tied) == len(twin) == len(each["lambdas"]) == len(LAMBDAS)
        assert tied[0] == twin[0]
        best = np.argmax([p["recall"] for p in each["paths"]["texts"]["valid"]])
        assert each["lambdas"][best] == each["chosen"]["lam"]


def test_the_record_is_of_these_data(real_data):
    folder = real_data / "amazon-food-kitchen"
    assert read_record("lambda_path")["made"]["data"] == data_hash(folder)


@pytest.mark.long
@pytest.mark.parametrize(("source", "target"), [("kitchen", "food"), ("food", "kitchen")])
def test_the_path_measured_anew(real_data, source, target):
    found = direction(real_data / "amazon-food-kitchen", source, target)
    said = [d for d in read_record("lambda_path")["directions"] if d["mu"] and
            d["direction"] == found["direction"]]  # fmt: skip
    assert found["chosen"]["recall"] == pytest.approx(said[0]["chosen"]["recall"], abs=0.002)


@pytest.mark.long
def test_the_fast_path_is_exact_and_chooses_the_same(real_data):
    """Against five direct solves in float64: 1e-4 is asked. Nothing is timed here."""
    found = speed("kitchen", "food")
    assert found["errors"] >= 5
    assert found["largest_error"] < 1e-4
    there = read_record("lambda_path")["directions"][0]["chosen"]
    assert found["chosen"]["lam"] == pytest.approx(there["lam"], rel=0.5)
