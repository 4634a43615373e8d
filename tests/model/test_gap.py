"""What can be said of two domains before anything is trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.model.small import domain
from xdrec.data import make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.transfer.advice import (
    STRATEGIES,
    Facts,
    advise,
    facts,
    foretold,
    own_taste,
    text_signal,
)
from xdrec.transfer.gap import measured_gap

WORLD = {"users": 300, "items": 100, "sparsity": 0.9, "overlap": 1.0, "images": False}


def pair(gap, seed=1, **knobs):
    return make_world(**WORLD | knobs, gap=gap, seed=seed)


@pytest.mark.parametrize("gap", [0.0, 0.2, 0.4, 0.8])
def test_the_measured_gap_is_about_the_world_s(gap):
    found = np.mean([measured_gap(pair(gap, s).cross("books", "films")) for s in range(3)])
    assert found == pytest.approx(gap, abs=0.15)


def test_fewer_events_blur_it_but_do_not_move_it():
    """That is what dividing by the halves' correlation is for."""
    known = pair(0.3, sparsity=0.85).cross("books", "films")
    events = known.target.interactions
    some = replace(known, target=known.target.with_interactions(
        events.sample(fraction=0.6, seed=0)))  # fmt: skip
    assert measured_gap(some) == pytest.approx(measured_gap(known), abs=0.12)


def test_shuffled_people_are_as_far_apart_as_can_be():
    known = pair(0.0).cross("books", "films")
    people = known.target.user_ids
    other = dict(zip(people, people.sample(fraction=1.0, shuffle=True, seed=0), strict=True))
    events = known.target.interactions
    mixed = known.target.with_interactions(
        events.with_columns(pl.col("user_id").replace_strict(other)))  # fmt: skip
    assert measured_gap(replace(known, target=mixed)) > 0.8


def test_a_handful_of_people_say_nothing():
    known = pair(0.0).cross("books", "films")
    events = known.target.interactions
    few = events.filter(pl.col("user_id").is_in(known.overlapping[:4].implode()))
    assert np.isnan(measured_gap(replace(known, target=known.target.with_interactions(few))))


def test_one_item_each_leaves_no_halves():
    rows = [(f"u{n}", f"i{n % 3}") for n in range(30)]
    known = CrossDomain(domain("s", rows), domain("t", rows))
    assert np.isnan(measured_gap(known))


def test_same_seed_same_gap_and_people_are_drawn_from_many(monkeypatch):
    known = pair(0.2).cross("books", "films")
    assert measured_gap(known) == measured_gap(known)
    monkeypatch.setattr("xdrec.transfer.gap.MOST", 100)
    assert measured_gap(known) == pytest.approx(0.2, abs=0.3)


def test_what_texts_tell_by_hand():
    """Two colours; everybody keeps to one: the own item is always the nearest, ties count half."""
    rows = [("a", "r0"), ("a", "r1"), ("b", "b0"), ("b", "b1")]
    x = Features.of(np.eye(2)[[0, 0, 1, 1]])  # b0, b1, r0, r1
    # Own: cosine 1. Against all that people have: half are 1 too (a tie), half 0.
    assert text_signal(domain("t", rows), x) == 0.75
    assert text_signal(domain("t", rows), Features.of(np.ones((4, 2)))) == 0.5
    assert np.isnan(text_signal(domain("t", rows[::2]), Features.of(np.eye(2))))


def test_what_tastes_keep_by_hand():
    """Reds read red in both domains; then the reds of one are the blues of the other."""
    people = [("a", "r"), ("b", "b"), ("c", "r"), ("d", "b")]
    x = Features.of(np.eye(2))  # b, r
    known = CrossDomain(domain("s", people), domain("t", people))
    # Of three others one is just as near (a tie), two are further off.
    assert own_taste(known, x, x) == pytest.approx(2.5 / 3)
    assert own_taste(known, x, Features.of(np.eye(2)[::-1])) == pytest.approx(0.5 / 3)
    apart = CrossDomain(domain("s", [("z", "r")]), domain("t", people))
    assert np.isnan(own_taste(apart, x, Features.of(np.eye(2)[:1])))


def test_facts_count_people():
    source = domain("s", [("a", "x"), ("b", "x"), ("b", "y")])
    target = domain("t", [("b", "x"), ("c", "y"), ("c", "x")])
    found = facts(CrossDomain(source, target), Features.of(np.eye(2)),
                  Features.of(np.array([[1.0, 0], [0, 0]]), np.array([True, False])))  # fmt: skip
    assert (found.known, found.new, found.shared, found.events) == (2, 1, 1, 3)
    assert found.coverage == 1
    assert np.isnan(found.gap)
    assert np.isnan(found.kept)


def test_the_source_foretells_where_domains_are_near_and_not_where_they_are_far():
    near, far = (foretold(pair(gap).cross("books", "films")) for gap in (0.0, 1.0))
    assert near > 0.7
    assert far == pytest.approx(0.5, abs=0.05)


def test_foretold_by_hand():
    """Two kinds of people, the same in both domains: everybody is expected to have their own."""
    people = [(f"u{n}", f"{kind}{i}") for n in range(8) for i in range(2) for kind in "ab"[n % 2]]
    known = CrossDomain(domain("s", people), domain("t", people))
    assert foretold(known, rank=2) == 1
    # Kinds in the target that have nothing to do with those of the source: two of each four.
    other = [(f"u{n}", "cd"[n // 2 % 2]) for n in range(8)]
    assert foretold(CrossDomain(domain("s", people), domain("t", other)), rank=2) < 0.5


def test_foretold_needs_people_and_something_to_tell():
    rows = [("a", "x"), ("b", "y")]
    assert np.isnan(foretold(CrossDomain(domain("s", rows), domain("t", rows))))
    alike = [(f"u{n}", "x") for n in range(6)]
    many = [(f"u{n}", i) for n in range(6) for i in "xyz"[: 1 + n % 3]]
    assert np.isnan(foretold(CrossDomain(domain("s", many), domain("t", alike))))


NEAR = Facts(known=40, new=300, shared=40, events=350, coverage=1.0, told=0.76, gap=float("nan"),
             kept=0.8, foretold=0.7)  # fmt: skip


@pytest.mark.parametrize(
    ("strategy", "changed"),
    [
        ("tied", {}),
        ("tied", {"foretold": 0.5}),  # where texts tell, they say whether the domains are near
        ("popularity", {"kept": 0.5}),
        ("mapping", {"told": 0.6, "kept": 0.5}),  # and where they do not, they are not asked
        ("mapping", {"told": 0.6}),
        ("mapping", {"coverage": 0.2}),
        ("mapping", {"known": 100}),
        ("tied by people", {"known": 700}),
        ("popularity", {"foretold": 0.5, "kept": 0.5}),
        ("popularity", {"foretold": float("nan"), "kept": float("nan")}),
        ("popularity", {"gap": 0.9}),  # many shared people say more than kept and foretold
        ("scratch", {"gap": 0.9, "events": 4000, "known": 1300}),
        ("mapping", {"gap": 0.9, "events": 4000}),
        ("tied", {"gap": 0.1, "foretold": 0.4, "kept": 0.4}),
        ("popularity", {"shared": 3}),
        ("scratch, texts", {"shared": 0, "events": 500}),
        ("scratch", {"shared": 0, "events": 500, "told": 0.6}),
        ("scratch", {"shared": 0, "events": 900}),
    ],
)
def test_advice(strategy, changed):
    found = advise(replace(NEAR, **changed))
    assert found.strategy == strategy
    assert found.strategy in STRATEGIES
    apart = f"{changed.get('shared')} people are shared"
    assert found.because.startswith(apart if "shared" in changed else ("near: ", "far: "))


def test_advice_without_any_fact_is_the_charts():
    nothing = Facts(known=0, new=0, shared=0, events=0, coverage=0.0, told=float("nan"),
                    gap=float("nan"), kept=float("nan"), foretold=float("nan"))  # fmt: skip
    assert advise(nothing).strategy == "popularity"
