"""The record of worlds: every point is played, and a line says what was played there."""

import numpy as np
import pytest

from benchmarks import worlds
from xdrec.lab.play import STRATEGIES, deal, play
from xdrec.records import read_record


def test_a_line_a_strategy_the_last_knob_fastest(monkeypatch):
    knobs = {"overlap": (0.0, 1.0), "gap": (0.2,), "share": (0.1, 1.0), "noise": (0.1,),
             "missing": (0.0,)}  # fmt: skip
    monkeypatch.setattr(worlds, "KNOBS", knobs)
    monkeypatch.setattr(worlds, "PEOPLE", 60)
    monkeypatch.setattr(worlds, "ITEMS", 40)
    lines = {name: line.split() for name, line in worlds.one(1).items()}
    assert lines["tied by people"][:2] == ["-", "-"]
    last = {name: steps[-1] for name, steps in knobs.items()}
    for name, reached in play(deal(last, 60, 40, 1)).items():
        assert int(lines[name][3]) == round(10_000 * reached)


def test_another_fault_than_nobody_is_told(monkeypatch):
    monkeypatch.setattr(worlds, "play", lambda _: {"the charts": "out of paper"})
    monkeypatch.setattr(worlds, "deal", lambda *_: None)
    with pytest.raises(ValueError, match=r"the charts at \(0.0, .*out of paper"):
        worlds.one(0)


def test_the_record_has_every_point():
    record = read_record("worlds")
    assert record["knobs"] == {name: list(steps) for name, steps in worlds.KNOBS.items()}
    assert (record["people"], record["items"]) == (worlds.PEOPLE, worlds.ITEMS)
    assert list(record["ndcg"]) == list(STRATEGIES)
    points = int(np.prod([len(steps) for steps in worlds.KNOBS.values()]))
    for runs in record["ndcg"].values():
        assert len(runs) == len(record["made"]["seeds"]) == len(worlds.SEEDS)
        for line in runs:
            figures = line.split()
            assert len(figures) == points
            assert all(n == "-" or 0 < int(n) <= 10_000 for n in figures)
