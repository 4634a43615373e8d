"""The record of strategies: what is drawn, what is counted, and what the record says of it."""

import numpy as np
import pytest

from benchmarks import strategies
from xdrec.records import read_record
from xdrec.transfer.advice import STRATEGIES


def game(pick, **ndcg):
    return {"pick": pick, "ndcg": ndcg}


def test_within_five_percent_by_hand():
    games = [game("a", a=1.0, b=0.96), game("a", a=0.5, b=1.0), game("b", a=0.2, b=0.19),
             game("b", a=0.2)]  # where b could not be played  # fmt: skip
    assert strategies.within(games) == {"a": 0.75, "b": 0.75, "helper": 0.5}


def test_worlds_are_drawn_by_their_seed_alone():
    assert strategies.drawn(3) == strategies.drawn(3)
    drawn = [strategies.drawn(seed) for seed in strategies.JUDGED]
    assert len({repr(each) for each in drawn}) == len(drawn)
    assert {knobs["gap"] for knobs, _ in drawn} == {0.0, 0.1, 0.2, 1.0}
    assert {knobs["overlap"] for knobs, _ in drawn} == {0.0, 0.6, 1.0}


def test_only_some_keep_what_they_did():
    known = strategies.make_world(100, 40, overlap=1.0, sparsity=0.9, images=False).cross(
        "books", "films"
    )
    few = strategies.some_of(known, 0.2, seed=0)
    assert len(strategies.active(few)) == pytest.approx(20, abs=1)
    assert few.source is known.source


def test_one_game_is_played_by_all(monkeypatch):
    knobs = {"users": 60, "items": 30, "sparsity": 0.8, "overlap": 1.0, "gap": 0.0, "seed": 3}
    monkeypatch.setattr(strategies, "drawn", lambda seed: (knobs, 0.3))
    monkeypatch.setattr(strategies, "PLAN", strategies.Plan(epochs=1))
    played = strategies.play(3)
    assert set(played["ndcg"]) == set(STRATEGIES) | {"zero-shot"}
    assert played["pick"] in STRATEGIES
    assert played["facts"]["known"] == 18
    assert all(0 < value <= 1 for value in played["ndcg"].values())


def test_the_record_counts_what_its_games_say():
    helper = read_record("strategies")["helper"]
    assert helper["within"] == pytest.approx(strategies.within(helper["games"]))
    assert [g["seed"] for g in helper["games"]] == list(strategies.JUDGED)
    assert np.isfinite([v for g in helper["games"] for v in g["ndcg"].values()]).all()
