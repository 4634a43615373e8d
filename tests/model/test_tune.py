"""Tuning: valid alone decides, the same search twice is the same, and a broken one goes on."""

from dataclasses import replace

import numpy as np
import pytest

from xdrec.data import leave_last_out, make_world
from xdrec.data.splits import cold_start
from xdrec.interest import Popularity
from xdrec.tune import rehearsal, tune


class Shifted:
    """Popularity, the better the nearer `at` is to 0.3: it spoils the scores of the others."""

    def __init__(self, at=0.3, other="a"):
        self.at, self.other = at, other

    def fit(self, known):
        self.popularity = Popularity().fit(known)
        self.seen = known
        return self

    def score(self, users):
        scores = self.popularity.score(users)
        noise = np.random.default_rng(0).random(scores.shape[1])
        return scores / scores.max() + 20 * (self.at - 0.3) ** 2 * noise


@pytest.fixture(scope="module")
def split():
    world = make_world(users=100, items=60, sparsity=0.8, popularity=2.0, images=False)
    return leave_last_out(world.cross("books", "films"))


SPACE = {"at": (0.0, 3.0), "other": ["a", "b"]}


def test_the_best_on_valid_is_found(split):
    found = tune(Shifted, SPACE, split, budget=15)
    assert len(found.trials) == 15
    assert found.value == found.trials["value"].max()
    assert abs(found.settings["at"] - 0.3) < 0.6
    best = found.trials.row(found.trials["value"].arg_max(), named=True)
    assert {name: best[name] for name in SPACE} == found.settings
    assert found.importances["at"] > found.importances["other"]


def test_the_test_part_is_never_seen(split):
    hidden = replace(split, test=split.test.sample(fraction=1.0, shuffle=True, seed=1).head(3))
    one, other = (tune(Shifted, SPACE, each, budget=4) for each in (split, hidden))
    assert one.trials.drop("seconds").equals(other.trials.drop("seconds"))
    practice = rehearsal(split)
    assert practice.test.equals(split.valid)
    assert not len(practice.valid)


def test_cold_users_are_rehearsed_on_warm_ones(split):
    cold = cold_start(make_world(users=100, items=60, images=False).cross("books", "films"))
    practice = rehearsal(cold)
    known = practice.known.target.interactions["user_id"].unique()
    assert not practice.test["user_id"].is_in(known.implode()).any()
    assert not practice.test["user_id"].is_in(cold.test["user_id"].implode()).any()


def test_a_small_space_is_tried_whole_and_in_order(split):
    found = tune(Shifted, {"at": [0.5, 0.3], "other": ["a", "b"]}, split, budget=9)
    tried = found.trials.select("at", "other").rows()
    assert tried == [(0.5, "a"), (0.5, "b"), (0.3, "a"), (0.3, "b")]
    assert found.settings == {"at": 0.3, "other": "a"}  # of equals the first


def test_start_is_tried_first(split):
    found = tune(Shifted, SPACE, split, start={"at": 2.5, "other": "b"}, budget=2)
    assert found.trials.row(0, named=True)["at"] == 2.5


def test_a_broken_search_goes_on_and_ends_the_same(split, tmp_path):
    whole = tune(Shifted, SPACE, split, budget=14)
    calls = []

    class Breaks(Shifted):
        def fit(self, known):
            calls.append(self.at)
            if len(calls) == 8:
                raise KeyboardInterrupt
            return super().fit(known)

    journal = tmp_path / "deep" / "search.journal"
    with pytest.raises(KeyboardInterrupt) as broken:
        tune(Breaks, SPACE, split, budget=14, journal=journal)
    assert "with the settings {'at':" in broken.value.__notes__[0]
    resumed = tune(Breaks, SPACE, split, budget=14, journal=journal)
    assert len(calls) == 15
    assert resumed.trials.drop("seconds").equals(whole.trials.drop("seconds"))
    again = tune(Breaks, SPACE, split, budget=14, journal=journal)
    assert len(calls) == 15
    assert again.settings == whole.settings
    with pytest.raises(ValueError, match="journal of another search"):
        tune(Breaks, SPACE, split, budget=14, journal=journal, seed=1)


@pytest.mark.parametrize(
    ("space", "says"),
    [
        ({"at": []}, "at=.*: expected a list to choose from"),
        ({"at": "wide"}, "expected a list to choose from"),
        ({"at": (1.0, 0.5)}, "expected low < high"),
        ({"at": (0.0, 1.0, "log")}, "expected low < high, low > 0"),
        ({"at": (0.0, 1.0, "ln")}, "expected a list to choose from"),
    ],
)
def test_a_knob_that_is_none_is_refused(split, space, says):
    with pytest.raises(ValueError, match=says):
        tune(Shifted, space, split)


def test_no_budget_no_search(split):
    with pytest.raises(ValueError, match="budget=0"):
        tune(Shifted, SPACE, split, budget=0)
