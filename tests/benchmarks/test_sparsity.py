"""The record of sparse data: who stands in for whom, how a strength is chosen, what it says."""

import numpy as np
import pytest

from benchmarks import sparsity
from xdrec.data import make_world
from xdrec.interest import EASE, Popularity
from xdrec.plan import Plan
from xdrec.records import read_record


@pytest.fixture(scope="module")
def known():
    return make_world(60, 30, overlap=1.0, sparsity=0.8, images=False, seed=1).cross(
        "books", "films"
    )


class Silent:
    """Knows everybody but the first person of the target."""

    def fit(self, known):
        self.known = known
        return self

    def score(self, users):
        scores = np.ones((len(users), len(self.known.target.items)))
        scores[0] = 0
        return scores


def test_the_charts_stand_in_for_who_is_unknown_alone(known):
    users = known.target.user_ids[:3]
    found = sparsity.Backed(Silent()).fit(known).score(users)
    assert np.array_equal(found[0], Popularity().fit(known).score(users)[0])
    assert (found[1:] == 1).all()


def test_what_foretells_best_is_chosen_and_built_anew(known):
    made = []

    def build(kind):
        made.append(kind())
        return made[-1]

    alone = sparsity.chosen([lambda: build(Silent)], known)
    assert made == [alone], "nothing to choose, nothing tried"
    builds = [lambda: build(Silent), lambda: build(lambda: EASE(10))]
    best = sparsity.chosen(builds, known)
    assert isinstance(best, EASE)
    assert len(made) == 4
    assert best is made[-1]


def test_without_three_rows_the_first_setting_is_taken(known):
    few = known.target.with_interactions(known.target.interactions[:1])
    sparse = sparsity.CrossDomain(known.source, few)
    assert isinstance(sparsity.chosen([Silent, lambda: EASE(10)], sparse), Silent)


def test_every_way_is_measured_at_every_share(monkeypatch):
    monkeypatch.setattr(sparsity, "WORLD", {"users": 60, "items": 30, "sparsity": 0.8,
                                            "overlap": 1.0, "images": False})  # fmt: skip
    monkeypatch.setattr(sparsity, "PLAN", Plan(epochs=1))
    monkeypatch.setattr(sparsity, "SHARES", (0.5, 1.0))
    # One setting each: choosing has its own test.
    whole = sparsity.ways
    monkeypatch.setattr(
        sparsity, "ways", lambda *a: {name: some[:1] for name, some in whole(*a).items()}
    )
    found = sparsity.one(1)
    assert set(found) == set(read_record("sparsity")["ways"]) | {"steps, anew", "steps, going on"}
    assert all(len(line) == 2 for line in found.values())
    assert all(0 < x <= 1 for name, line in found.items() for x in line if name[:5] != "steps")


def test_the_record_has_every_figure():
    record = read_record("sparsity")
    assert record["shares"] == list(sparsity.SHARES)
    assert record["world"] == sparsity.WORLD
    lines = [line[of] for line in record["ways"].values() for of in ("mean", "error")]
    assert np.isfinite(lines).all()
    assert np.shape(lines)[1] == len(sparsity.SHARES)
