"""Fusions on worlds: figures on a small one, the bar in the record and, long, measured anew."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import fusion
from benchmarks.fusion import DEEP, PLAIN, ROWS, SINGLE, measure
from benchmarks.fusion_worlds import MISSING, REHEARSAL, SEEDS, WORLD
from xdrec.records import read_record

HOLES = "40 % missing"


def lead(figures: dict[str, Any], model: str, against: str, metric: str = "ndcg") -> dict[str, Any]:
    """How far a model is ahead of another, user by user."""
    wanted = {"model": model, "against": against, "metric": metric}
    (found,) = [line for line in figures["differences"] if line | wanted == line]
    return found


def holds_the_bar(figures: dict[str, dict[str, Any]]) -> None:
    """Deep fusion beats every single modality; with holes, the gate every plain concatenation."""
    for case in MISSING:
        for deep in DEEP:
            for single in SINGLE:
                assert lead(figures[case], deep, single)["low"] > 0, (case, deep, single)
    for plain in PLAIN:
        assert lead(figures[HOLES], "gated", plain)["low"] > 0, plain


def test_the_figures_on_a_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    small = WORLD | {"users": 60, "items": 60, "sparsity": 0.85}
    monkeypatch.setattr(fusion, "WORLD", small)
    monkeypatch.setattr(fusion, "STEPS", 2)
    figures = measure(MISSING[HOLES], seeds=(7, 8))
    assert [line["model"] for line in figures["lines"]] == list(ROWS)
    for line in figures["lines"]:
        assert all(0 <= line[metric] <= 1 for metric in fusion.METRICS)
        assert len(line["ndcg_by_world"]) == 2
    assert len(figures["differences"]) == 3 * (len(ROWS) - 1) * len(fusion.METRICS)
    ahead = lead(figures, "gated", "image", "truth")
    assert ahead["low"] <= ahead["mean"] <= ahead["high"]
    means = {line["model"]: line["truth"] for line in figures["lines"]}
    assert ahead["mean"] == pytest.approx(means["gated"] - means["image"])


def test_the_record_holds_the_bar() -> None:
    holds_the_bar(read_record("fusion"))


def test_the_record_is_of_the_frozen_worlds() -> None:
    made = read_record("fusion")["made"]
    assert made["world"] == WORLD | {"domains": list(WORLD["domains"])}
    assert (made["missing"], made["seeds"]) == (MISSING, list(SEEDS))
    assert REHEARSAL not in SEEDS
    assert made["commit"].isalnum(), "made in a tree with changes"


@pytest.mark.long
def test_the_bar_measured_anew() -> None:
    holds_the_bar({case: measure(missing) for case, missing in MISSING.items()})
