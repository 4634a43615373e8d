"""The probability on real data: the record says how it stands, and (long) it comes out again."""

from __future__ import annotations

import pytest

from benchmarks import probability, records
from xdrec.data import leave_last_out, make_world
from xdrec.interest import ItemKNN
from xdrec.records import read_record

CONTENT = "content, recent items first"


def test_a_model_is_judged_on_what_came_after_it():
    split = leave_last_out(make_world(users=300, items=60, images=False).cross("books", "films"))
    found = probability.judged(ItemKNN, split)
    assert len(found["bins"]) == len(found["kept"]) == 10
    assert sum(bin_["n"] for bin_ in found["bins"]) == found["places"]
    assert 0 < found["hits_test"] < 1
    gain = found["log_loss_gain"]
    assert gain["low"] <= gain["mean"] <= gain["high"]


def test_the_record_says_of_each_bin_whether_it_is_kept():
    models = read_record("probability")["models"]
    assert list(models) == list(probability.MODELS)
    for figures in models.values():
        for bin_, kept in zip(figures["bins"], figures["kept"], strict=True):
            inside = bin_["low"] <= bin_["predicted"] <= bin_["high"]
            assert kept == (inside or 0.9 <= bin_["ratio"] <= 1.1)


def test_the_record_is_of_these_data(real_data):
    folder = real_data / "amazon-food-kitchen"
    assert read_record("probability")["made"]["data"] == records.data_hash(folder)


@pytest.mark.long
def test_what_holds_on_real_data_holds_again(real_data):
    """Better than the base rates for every model; slope and all bins of the content model. The
    record says which bins of the others are out."""
    found = probability.measure(real_data / "amazon-food-kitchen")
    for name, figures in found.items():
        assert figures["log_loss_gain"]["low"] > 0, name
        before = read_record("probability")["models"][name]
        assert figures["slope"] == pytest.approx(before["slope"], abs=0.01)
    assert 0.9 <= found[CONTENT]["slope"] <= 1.1
    assert all(found[CONTENT]["kept"])
