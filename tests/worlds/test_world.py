"""Same seed, same world; and every knob moves what it names and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from xdrec.data.checks import check_tables
from xdrec.data.worlds import World, factors, make_world, people
from xdrec.data.worlds.words import vocabulary

SMALL: dict[str, Any] = {"users": 120, "items": 60, "sparsity": 0.85, "images": False}


def tables(world: World) -> dict[str, pl.DataFrame]:
    found = {}
    for name, d in world.domains.items():
        found |= {f"{name} items": d.items, f"{name} events": d.interactions}
        assert d.users is not None
        found[f"{name} users"] = d.users
    return found


def changed(a: World, b: World) -> set[str]:
    """Which tables (and, of items, which columns) differ."""
    differ = set()
    for (name, one), other in zip(tables(a).items(), tables(b).values(), strict=True):
        if name.endswith("items"):
            assert one.columns == other.columns
            differ |= {f"{name}: {c}" for c in one.columns if not one[c].equals(other[c])}
        elif not one.equals(other):
            differ.add(name)
    return differ


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    a, b, other = make_world(**SMALL), make_world(**SMALL), make_world(**SMALL, seed=1)
    for one, two in zip(tables(a).values(), tables(b).values(), strict=True):
        assert_frame_equal(one, two)
    for name in a.truth:
        np.testing.assert_array_equal(a.truth[name].scores, b.truth[name].scores)
    assert {"books events", "films events", "books users", "books items: title"} <= changed(
        a, other
    )


def test_tables_are_sound_and_sized_as_asked(world: World) -> None:
    for name, domain in world.domains.items():
        check_tables(name, domain.items, domain.interactions, domain.users)
        assert domain.items.null_count().sum_horizontal().item() == 0
        assert len(domain.items) == 200
        assert domain.items["price"].min() > 0  # type: ignore[operator]
        truth = world.truth[name]
        assert truth.user_ids.equals(domain.user_ids)
        assert truth.item_ids.equals(domain.item_ids)
        assert truth.scores.shape == (len(domain.user_ids), 200)
    assert "films: 300 people, 200 items" in repr(world)


@pytest.mark.parametrize("share", [0, 0.25, 1])
def test_overlap_is_the_share_of_people_in_both(share: float) -> None:
    world = make_world(**SMALL, overlap=share)
    cross = world.cross("books", "films")
    assert len(cross.users) == 120
    assert len(cross.overlapping) == round(120 * share)


def test_a_larger_overlap_only_moves_people_in() -> None:
    few, many = (make_world(**SMALL, overlap=share) for share in (0.3, 0.6))
    for name in ("books", "films"):
        here = few.domains[name].interactions
        there = many.domains[name].interactions
        stayed = there.filter(pl.col("user_id").is_in(here["user_id"].implode()))
        assert_frame_equal(here, stayed)


@pytest.mark.parametrize("sparsity", [0.7, 0.9, 0.97])
def test_sparsity_is_the_share_of_empty_cells(sparsity: float) -> None:
    world = make_world(400, 200, sparsity=sparsity, images=False)
    for domain in world.domains.values():
        filled = 1 - domain.summary()["sparsity"]
        assert filled == pytest.approx(1 - sparsity, rel=0.12)


def test_a_wider_gap_parts_a_persons_interests() -> None:
    agreement = []
    gaps = np.array([0, 0.2, 0.4, 0.6, 0.8, 1])
    for gap in gaps:
        world = make_world(400, 60, overlap=1, gap=float(gap), sparsity=0.85, images=False)
        a, b = (world.truth[name].user_factors for name in ("books", "films"))
        agreement.append(np.corrcoef((a - a.mean(0)).ravel(), (b - b.mean(0)).ravel())[0, 1])
    assert agreement[0] == pytest.approx(1)
    assert all(np.diff(agreement) < -0.1)
    np.testing.assert_allclose(agreement, 1 - gaps, atol=0.1)


@pytest.mark.parametrize(
    ("knob", "moves"),
    [
        ({"gap": 0.9}, {"films events"}),
        ({"drift": 0.5}, {"books events", "films events"}),
        ({"noise": {"text": 0.9}}, {"description", "title"}),
        ({"noise": {"brand": 0.9}}, {"brand"}),
        ({"noise": {"category": 0.9}}, {"category"}),
        ({"noise": {"price": 1.0}}, {"price"}),
        ({"missing": {"price": 0.5}}, {"price"}),
        ({"missing": {"text": 0.5}}, {"title", "description"}),
        ({"popularity": 0}, {"books events", "films events"}),
        ({"sparsity": 0.7}, {"books events", "films events"}),
    ],
)
def test_one_knob_leaves_the_rest_of_the_world_as_it_was(
    knob: dict[str, Any], moves: set[str]
) -> None:
    expected = set()
    for what in moves:
        is_table = " " in what
        expected |= {what} if is_table else {f"{d} items: {what}" for d in ("books", "films")}
    assert changed(make_world(**SMALL), make_world(**SMALL | knob)) == expected


def test_without_drift_events_follow_from_the_truth_itself() -> None:
    """Byte for byte: nothing of the past gets into a world in which nothing has changed."""
    world = make_world(**SMALL, overlap=1)
    for name, truth in world.truth.items():
        scores, shape = truth.scores, truth.scores.shape
        rows, columns = people.choose(0, name, scores, truth.exposure, 0.15 * 60)
        low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
        liking = (scores - low) / (high - low)
        happened = people.act(*people.chances(0, name, *shape), liking, rows, columns)
        table = people.events(truth.user_ids, truth.item_ids, rows, columns, *happened)
        assert world.domains[name].interactions.write_csv() == table.write_csv()


def agreement(world: World, domain: str, late: bool) -> float:
    """Mean true score of the items that people met in the last half-year, or in the first one."""
    truth, events = world.truth[domain], world.domains[domain].interactions
    day = (pl.col("timestamp") - people.START) / people.DAY
    half = events.filter(pl.col("behaviour") == "view", day > 547 if late else day < 183)
    columns = world.domains[domain].item_index(half["item_id"])
    scores = truth.scores - truth.scores.mean(axis=0)  # of what everybody likes nothing is learnt
    return float(scores[truth.rows(half["user_id"]), columns].mean())


def test_drift_parts_a_persons_past_from_what_they_want_now() -> None:
    lost = []
    for drift in (0, 0.4, 0.8):
        world = make_world(400, 100, sparsity=0.85, drift=drift, images=False, seed=3)
        for domain in ("books", "films"):
            lost.append(agreement(world, domain, late=True) - agreement(world, domain, late=False))
    lost_by_drift = np.array(lost).reshape(3, 2)
    assert (abs(lost_by_drift[0]) < 0.03).all()
    assert (lost_by_drift[1] > 0.03).all()
    assert (lost_by_drift[2] > lost_by_drift[1] + 0.05).all()


@settings(max_examples=25)
@given(st.floats(0, 1), st.integers(0, 1000))
def test_scores_then_are_those_of_the_mixed_interests(moved: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, before = (factors.interests(rng, 5) for _ in range(2))
    v, quality = factors.item_factors(rng, 4), rng.standard_normal(4)
    then = people.scores_then(a, before, v, quality, np.full((5, 4), moved))
    mixed = factors.true_scores(factors.mix(a, before, moved), v, quality)
    np.testing.assert_allclose(then, mixed, atol=1e-12)


def test_profiles_are_a_column_more_and_speak_of_present_interests() -> None:
    base, more = make_world(**SMALL), make_world(**SMALL, profiles=True, drift=0.8)
    for name, one in tables(base).items():
        if name.endswith("users"):
            assert_frame_equal(one, tables(more)[name].drop("description"))
    users, a = more.domains["books"].users, more.truth["books"].user_factors
    assert users is not None
    themes = [theme["about"] for theme in vocabulary("books")]
    shown = np.array([[sum(phrase in text for phrase in theme) for theme in themes]
                      for text in users["description"]])  # fmt: skip
    assert (shown.sum(axis=1) == 3).all()
    assert shown[np.arange(len(a)), a.argmax(axis=1)].mean() > 2 * shown.mean()


def test_more_items_and_a_further_domain_leave_the_first_ones_alone() -> None:
    base = make_world(**SMALL)
    more = make_world(**SMALL | {"items": 90})
    assert_frame_equal(base.domains["films"].items, more.domains["films"].items.head(60))
    third = make_world(**SMALL, domains=("books", "films", "garden"), overlap=1)
    both = make_world(**SMALL, overlap=1)
    for name in ("books", "films"):
        assert_frame_equal(both.domains[name].interactions, third.domains[name].interactions)
    assert len(third.cross("films", "garden").overlapping) == 120


def test_missing_items_are_as_many_as_asked_and_more_only_adds_to_them(tmp_path: Path) -> None:
    shares = {"text": 0.2, "image": 0.5, "category": 1.0, "price": 0.1}
    some = make_world(60, 20, sparsity=0.7, missing=shares, folder=tmp_path)
    for domain in some.domains.values():
        nulls = domain.items.null_count().row(0, named=True)
        assert nulls == {"item_id": 0, "title": 4, "description": 4, "category": 20, "brand": 0,
                         "price": 2, "image_path": 10}  # fmt: skip
    less, more = (
        make_world(**SMALL, missing={"text": s}).domains["books"].items["title"] for s in (0.2, 0.6)
    )
    assert not (less.is_null() & more.is_not_null()).any()


def test_events_come_in_the_order_of_time_and_of_the_funnel(world: World) -> None:
    for domain in world.domains.values():
        events = domain.interactions
        assert events["timestamp"].is_sorted()
        days = (events["timestamp"].max() - events["timestamp"].min()) / 86_400  # type: ignore[operator]
        assert 600 < days < 730
        counts = dict(events["behaviour"].value_counts().iter_rows())
        assert counts["view"] > 2 * counts["favourite"] > 2 * counts["purchase"] > 200
        wide = events.pivot("behaviour", index=["user_id", "item_id"], values="timestamp",
                            aggregate_function="min")  # fmt: skip
        assert len(wide) == len(events.filter(pl.col("behaviour") == "view"))
        assert wide["view"].null_count() == 0
        assert wide.filter(pl.col("favourite") <= pl.col("view")).is_empty()
        assert wide.filter(pl.col("purchase") <= pl.col("favourite")).is_empty()
        assert wide.filter(
            pl.col("favourite").is_null(), pl.col("purchase").is_not_null()
        ).is_empty()
        assert events["user_id"].value_counts()["count"].min() >= 2  # type: ignore[operator]


def test_popularity_bias_makes_the_most_seen_items_more_seen() -> None:
    def share_of_the_top(popularity: float) -> float:
        world = make_world(400, 100, sparsity=0.85, popularity=popularity, images=False)
        counts = world.domains["films"].interactions["item_id"].value_counts()["count"].sort()
        return float(counts.tail(10).sum() / counts.sum())

    shares = [share_of_the_top(p) for p in (0, 1, 2)]
    assert shares[0] < shares[1] < shares[2]


def test_people_are_described_plausibly_and_say_little_about_interests() -> None:
    world = make_world(2000, 20, sparsity=0.6, overlap=1, images=False)
    users = world.domains["films"].users
    assert users is not None
    assert users["age"].is_between(16, 90).all()
    assert set(users["gender"]) == {"female", "male", "other"}
    assert (users["income"] > 0).all()
    interests = world.truth["books"].user_factors
    known = np.array([abs(np.corrcoef(users[c], f)[0, 1])
                      for c in ("age", "income") for f in interests.T])  # fmt: skip
    assert 0.08 < known.max() < 0.5


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"users": 1}, "users=1: expected a whole number >= 2"),
        ({"items": 2.5}, "items=2.5: expected a whole number >= 4"),
        ({"domains": "books"}, "domains='books': expected two or more names"),
        ({"domains": ("books",)}, "two or more different ones of books, films"),
        ({"domains": ("books", "shoes")}, "no domain 'shoes'; there are books, films"),
        ({"overlap": 1.2}, "overlap=1.2: expected a share from 0 to 1"),
        ({"gap": float("nan")}, "gap=nan: expected a share from 0 to 1"),
        ({"sparsity": 12}, "sparsity=12: expected a share from 0 to 1"),
        ({"sparsity": 0.999}, "expected a sparsity from 0.5 to 0.990"),
        ({"popularity": -1}, "popularity=-1: expected a number >= 0"),
        ({"noise": {"smell": 0.1}}, "noise: no modality 'smell'; there are text, image"),
        ({"noise": 0.5}, "noise=0.5: expected a share by modality"),
        ({"missing": {"text": 2}}, r"missing\['text'\]=2: expected a share from 0 to 1"),
        ({"seed": -1}, "seed=-1: expected a whole number >= 0"),
        ({"drift": 1.1}, "drift=1.1: expected a share from 0 to 1"),
        ({"profiles": "yes"}, "profiles='yes': expected True or False"),
        ({"gap": -1, "overlap": True}, "overlap=True.*gap=-1"),
    ],
)
def test_a_knob_out_of_range_is_named_with_what_is_expected(
    knobs: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        make_world(**knobs)


def test_an_unknown_domain_of_a_world_is_named() -> None:
    with pytest.raises(ValueError, match="this world has no domain 'music'; it has books"):
        make_world(**SMALL).cross("books", "music")
