"""Presets of fields of application: sound worlds, behaviours by their names, nothing else moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from xdrec.data.worlds import make_world
from xdrec.data.worlds.choice import liking
from xdrec.data.worlds.people import BEHAVIOURS
from xdrec.data.worlds.scenarios import SCENARIOS, SHARES, Scenario, scenario
from xdrec.interest import BehaviourMean

FEW = {"users": 60, "items": 24, "sparsity": 0.8}
ALL = sorted(SCENARIOS)


@pytest.mark.parametrize("name", ALL)
def test_every_preset_is_sound(name: str, tmp_path: Path) -> None:
    field = scenario(name)
    world = field.world(**FEW, folder=tmp_path)
    assert list(world.domains) == [field.source, field.target]
    assert len(field.behaviours) == len(BEHAVIOURS)
    assert list(field.behaviours.values()) == sorted(field.behaviours.values())
    assert field.kind in ("acts", "any", "stay")
    for domain in world.domains.values():
        said = set(domain.interactions["behaviour"].unique())
        assert said <= set(field.weights)
        for medium in field.modalities[1:]:
            assert all(Path(p).is_file() for p in domain.items[f"{medium}_path"])
    texts = [d.items["description"].str.len_chars().mean() for d in world.domains.values()]
    assert min(texts) > 20  # type: ignore[type-var, operator]


@pytest.mark.parametrize("name", ["goods", "tags"])
def test_only_the_names_of_the_behaviours_differ_from_the_bare_world(name: str) -> None:
    field = scenario(name)
    knobs = dict(field.knobs) | FEW | {"images": False}
    named = field.world(**FEW, images=False).domains[field.target]
    bare = make_world(domains=(field.source, field.target), **knobs).domains[field.target]
    assert_frame_equal(named.items, bare.items)
    others = [c for c in bare.interactions.columns if c != "behaviour"]
    assert_frame_equal(named.interactions.select(others), bare.interactions.select(others))


def test_the_share_watched_follows_the_liking() -> None:
    field = scenario("tags")
    assert field.weights == {
        "watch 25%": 0.25, "watch 50%": 0.5, "watch 75%": 0.75, "watch 100%": 1.0,
        "like": 2, "follow": 4,
    }  # fmt: skip
    world = field.world()
    events, truth = world.domains["videos"].interactions, world.truth["videos"]
    rows = truth.rows(events["user_id"])
    columns = world.domains["videos"].item_index(events["item_id"])
    seen = events.with_columns(liked=pl.Series(liking(truth)[rows, columns]))
    means = [seen.filter(behaviour=f"watch {s:.0%}")["liked"].mean() for s in SHARES]
    assert np.all(np.diff(means) > 0.05)  # type: ignore[arg-type]


def test_the_weights_fit_the_behaviour_mean() -> None:
    from xdrec.encoders import Features

    field = scenario("tags")
    known = field.world(**FEW).cross("videos", "channels")
    vectors = Features.of(np.eye(24))
    fitted = BehaviourMean(vectors, behaviour_weights=field.weights).fit(known)
    assert fitted.score(known.target.user_ids[:2]).shape == (2, 24)


def test_knobs_go_on_top_and_another_name_is_refused() -> None:
    assert scenario("finance").world(**FEW, gap=0.0).knobs["gap"] == 0.0
    with pytest.raises(ValueError, match="expected one of goods, guides"):
        scenario("weather")


def test_a_preset_of_ones_own() -> None:
    own = Scenario("records", "mine", "books", "music", {"a": 1, "b": 2, "c": 3}, "joy", "acts")
    assert set(own.world(**FEW).domains["music"].interactions["behaviour"]) == {"a", "b", "c"}
