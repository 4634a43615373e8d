"""WorldBuilder from Python: what it plays, what a grid says, what it refuses."""

from __future__ import annotations

import json
import re
from itertools import product

import numpy as np
import pytest
import traitlets

from xdrec.data import make_world, thin
from xdrec.evaluate import true_ndcg
from xdrec.interest import EASE, Popularity
from xdrec.lab import WorldBuilder
from xdrec.lab.play import ALONE, CHARTS, KNOBS, NOBODY, ROWS, START, STRATEGIES, deal, play
from xdrec.records import read_record

STEPS = {"overlap": [0.0, 1.0], "share": [0.1], "gap": [0.0, 0.5, 1.0], "noise": [0.1],
         "missing": [0.0]}  # fmt: skip
SMALL = {"people": 60, "items": 30}


def grid(**more):
    """Six points, two seeds: overlap slowest, then gap."""
    lines = {
        CHARTS: ["1000 1000 1000 1000 1000 1000"] * 2,
        ALONE: ["3000 3000 3000 3000 3000 3000", "3001 3000 3000 3000 3000 3000"],
        "mine": ["- - - 5000 2951 2950", "- - - 6001 2951 2950"],
    }
    return {"made": {"seeds": [0, 1]}, "knobs": STEPS, "people": 60, "items": 30,
            "ndcg": lines} | more  # fmt: skip


def test_a_grid_by_hand():
    shown = WorldBuilder(grid=grid())
    assert shown.settings == {"overlap": 0.0, "share": 0.1, "gap": 0.0, "noise": 0.1, "missing": 0}
    assert shown.table().rows() == [
        (CHARTS, 0.1, 0.1, 0.1, -0.2, False, False, None),
        (ALONE, 0.3, 0.3, 0.3001, 0.0, True, False, None),
        ("mine", None, None, None, None, False, False, NOBODY),
    ]
    shown.settings = {"overlap": 1}
    assert shown.settings["gap"] == 0.0
    assert shown.table().row(2) == ("mine", 0.55, 0.5, 0.6001, 0.25, True, False, None)
    shown.settings = {"gap": 0.5}
    assert not shown.table()["negative"].any(), "49 ten-thousandths behind is no negative transfer"
    shown.settings = {"gap": 1.0}
    assert shown.table()["negative"].to_list() == [False, False, True], "the charts are no transfer"
    assert shown.line("gap").rows() == [
        (0.0, 0.1, 0.3, 0.55), (0.5, 0.1, 0.3, 0.2951), (1.0, 0.1, 0.3, 0.295)]  # fmt: skip
    assert shown.line("overlap")["mine"].to_list() == [None, 0.295]


def test_the_grid_in_the_page_is_in_the_order_of_its_knobs():
    data = json.loads(json.dumps(WorldBuilder(grid=grid()).data, allow_nan=False))
    assert [name for name, _ in data["knobs"]] == list(KNOBS)
    assert data["grid"]["mine"] == [0, 0, 0, [5500, 5000, 6001], [2951] * 3, [2950] * 3]
    # A record may have its knobs in another order.
    turned = dict(sorted(STEPS.items()))  # gap before overlap
    lines = {name: [" ".join(line.split()[i] for i in (0, 3, 1, 4, 2, 5)) for line in runs]
             for name, runs in grid()["ndcg"].items()}  # fmt: skip
    assert WorldBuilder(grid=grid(knobs=turned, ndcg=lines)).data["grid"] == data["grid"]


def test_a_move_plays_a_world_and_going_back_plays_none(monkeypatch):
    played, world = [], WorldBuilder(**SMALL, knobs=STEPS, seeds=(0, 1))
    monkeypatch.setattr("xdrec.lab.world_builder.play",
                        lambda game, ways: played.append(game) or play(game, ways))  # fmt: skip
    first, busy = world.result, []
    world.observe(lambda change: busy.append(change["new"]), "busy")
    world.settings = {"gap": 1.0}
    assert len(played) == 2, "a world a seed"
    assert busy == [True, False]
    assert world.result["settings"] == world.settings
    assert world.result != first
    assert [value for value, _ in world.result["lines"]["gap"]] == [0.0, 1.0]
    world.settings = {"gap": 0.0}
    assert len(played) == 2
    assert world.result["ways"] == first["ways"]
    runs = [play(deal(world.settings, 60, 30, seed))[ALONE] for seed in (0, 1)]
    row = world.table().row(1)
    assert row[1:4] == pytest.approx((np.mean(runs), min(runs), max(runs)), abs=1e-4)


def test_what_is_played_is_what_the_library_says():
    settings = START | {"noise": 0.5, "missing": 0.5, "share": 0.5}
    game = deal(settings, 80, 40, 3)
    world = make_world(80, 40, overlap=0.5, gap=0.2, sparsity=1 - ROWS / 40, noise={"text": 0.5},
                       missing={"text": 0.5}, images=False, seed=3)  # fmt: skip
    for side, name in (("source", "books"), ("target", "films")):
        views = world.domains[name].interactions.filter(behaviour="view")
        domain = world.domains[name].with_interactions(views)
        known = domain if side == "source" else thin(domain, 0.5, 3)
        assert getattr(game.known, side).interactions.equals(known.interactions)
    missing = world.domains["films"].items["title"].is_null().to_numpy()
    assert missing.sum() == 20
    np.testing.assert_array_equal(game.texts[0].present, ~missing)
    found, truth = play(game), world.truth["films"]
    assert list(found) == list(STRATEGIES)
    charts = true_ndcg(Popularity().fit(game.known), game.known, truth)
    assert found[CHARTS] == pytest.approx(charts.mean(), abs=1e-4)
    alone = EASE(30).fit(game.known)
    silent = ~alone.score(truth.user_ids).any(axis=1)
    own = np.where(silent, charts, true_ndcg(alone, game.known, truth))
    assert found[ALONE] == pytest.approx(own.mean(), abs=1e-4)


def test_nobody_shared_leaves_out_who_needs_people():
    found = play(deal(START | {"overlap": 0.0}, **SMALL, seed=0))
    out = {name for name, reached in found.items() if isinstance(reached, str)}
    assert out == {"tied by people", "people's own books"}
    assert {found[name] for name in out} == {NOBODY}


def test_a_strategy_of_ones_own_and_one_that_cannot():
    def cannot(game):
        raise ValueError("no teeth")

    ways = {ALONE: STRATEGIES[ALONE], "<b>mine</b>": lambda game: EASE(5), "other": cannot}
    world = WorldBuilder(**SMALL, strategies=ways)
    assert world.table()["left_out"].to_list() == [None, None, "no teeth"]
    assert world.data["ways"] == ["the target alone", "<b>mine</b>", "other"]


def test_it_is_observed_and_linked():
    one, other, seen = WorldBuilder(grid=grid()), WorldBuilder(grid=grid()), []
    one.observe(lambda change: seen.append(change["new"]["ways"]["mine"]), "result")
    traitlets.link((one, "settings"), (other, "settings"))
    other.settings = {"overlap": 1.0}
    assert seen == [[5500, 5000, 6001]]


def test_a_failed_move_is_busy_no_more(monkeypatch):
    world = WorldBuilder(**SMALL, knobs=STEPS)
    monkeypatch.setattr("xdrec.lab.world_builder.play", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        world.settings = {"gap": 1.0}
    assert not world.busy


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: WorldBuilder(knobs={"drift": [0.0]}), "knobs ['drift']: expected some of overlap"),
        (lambda: WorldBuilder(knobs={"gap": [0.5, 0.2]}), "steps of gap: [0.5, 0.2]"),
        (lambda: WorldBuilder(knobs={"gap": []}), "steps of gap: []"),
        (lambda: WorldBuilder(knobs={"gap": [0.5, 1.5]}), "[0, 1]"),
        (lambda: WorldBuilder(knobs={"gap": [float("nan")]}), "steps of gap: [nan]"),
        (lambda: WorldBuilder(items=20), "items=20, seeds=[0]: expected 30 items"),
        (lambda: WorldBuilder(seeds=()), "seeds=[]"),
        (lambda: WorldBuilder(people=1, items=40), "users=1"),
        (lambda: WorldBuilder(strategies={}), "expected 'the target alone' among them"),
        (lambda: WorldBuilder(grid=grid(), knobs={"gap": [0.0]}), "not with a grid"),
        (lambda: WorldBuilder(grid=grid(), strategies=STRATEGIES), "not with a grid"),
        (lambda: WorldBuilder(grid=grid(ndcg={ALONE: ["1 2"] * 2})), "expected 6 figures"),
        (lambda: WorldBuilder(grid=grid(made={"seeds": [0]})), "for each strategy and seed"),
        (lambda: WorldBuilder(grid=grid(ndcg={})), "'the target alone'"),
    ],
)
def test_it_refuses(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


@pytest.mark.parametrize(("name", "wrong"), [("settings", {"gap": 0.3}), ("settings", {"lam": 1}),
                                             ("along", "lam")])  # fmt: skip
def test_a_wrong_setting_changes_nothing(name, wrong):
    shown = WorldBuilder(grid=grid())
    before = (shown.settings, shown.along, shown.result)
    with pytest.raises(ValueError, match="expected one of"):
        setattr(shown, name, wrong)
    assert (shown.settings, shown.along, shown.result) == before


def test_in_the_book_it_moves_over_the_record(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    monkeypatch.setattr("xdrec.lab.world_builder.play", None)
    shown, record = WorldBuilder(), read_record("worlds")
    assert {name: list(steps) for name, steps in shown.data["knobs"]} == record["knobs"]
    at = list(product(*record["knobs"].values()))
    point = at[len(at) // 2]
    shown.settings = dict(zip(record["knobs"], point, strict=True))
    lines = [line.split()[len(at) // 2] for line in record["ndcg"][ALONE]]
    assert shown.table()["ndcg"][1] == pytest.approx(
        np.mean([int(n) for n in lines]) / 1e4, abs=1e-4
    )
    bundle = shown._repr_mimebundle_()
    assert 'data-widget="world_builder"' in bundle["text/html"]
    assert len(bundle["text/html"]) < 120_000
    with pytest.raises(ValueError, match="nor in the built book"):
        WorldBuilder(knobs={"gap": [0.0]})
