"""The sequence model against the mean: what the record claims, a small world, and the bar."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import sequence
from benchmarks.interest_worlds import DRIFTING, STEADY
from benchmarks.records import data_hash
from benchmarks.sequence import PARTS, SEEDS, world_figures
from xdrec.records import read_record


def against(figures: dict[str, Any], rival: str, metric: str) -> dict[str, float]:
    (found,) = (d for d in figures["differences"] if (d["against"], d["metric"]) == (rival, metric))
    return found


def test_the_worlds_differ_in_nothing_but_drift() -> None:
    assert STEADY | {"drift": DRIFTING["drift"]} == DRIFTING


def test_the_figures_on_a_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "PLAN", sequence.PLAN.__class__(epochs=1))
    monkeypatch.setattr(sequence, "SETTINGS", [{"layers": 0}])
    world = STEADY | {"users": 40, "items": 60, "sparsity": 0.9, "seed": 1}
    figures = world_figures(world, seeds=(3, 4))
    assert set(figures["means"]) == {"mean", "mean, γ chosen", "sequence"}
    assert len(figures["by_seed"]) == 2
    ours, rival = (figures["means"][name]["truth"] for name in ("sequence", "mean"))
    assert against(figures, "mean", "truth")["mean"] == pytest.approx(ours - rival)
    assert figures["chosen"]["γ"] in sequence.TRIED


def test_the_record_says_that_it_beats_the_mean_where_interest_drifts() -> None:
    record = read_record("sequence")
    for rival in ("mean", "mean, γ chosen"):
        for metric in ("ndcg", "truth"):
            assert against(record["worlds"]["drifting"], rival, metric)["low"] > 0
    assert record["made"]["seeds"] == list(SEEDS)


def test_the_record_is_of_these_data(real_data: Any) -> None:
    record = read_record("sequence")
    assert set(PARTS) <= set(record)
    assert record["real"]["data"] == data_hash(real_data / "amazon-food-kitchen")


@pytest.mark.long
def test_the_bar_measured_anew() -> None:
    figures = world_figures(DRIFTING)
    for rival in ("mean", "mean, γ chosen"):
        for metric in ("ndcg", "truth"):
            assert against(figures, rival, metric)["low"] > 0
