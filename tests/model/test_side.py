"""The side tower: how little attributes give, how much own words do, and what is left alone."""

import numpy as np
import polars as pl
import pytest

from tests.model.interest_contract import ScorerContract, colours
from tests.model.small import checkerboard
from xdrec.data import DataError, cold_start, make_world
from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders import Features, LanguageModel
from xdrec.evaluate import bootstrap
from xdrec.interest import ALS, BehaviourMean
from xdrec.interest.side import SideTower, described, foretold, side_features


class TestSideTower(ScorerContract):
    """Without a users table it is h itself."""

    def make(self):
        return SideTower(BehaviourMean(colours(self.order)), colours(self.order), attributes=())


def described_checkerboard():
    """Everybody says their colour, the newcomer too."""
    known = checkerboard(30)
    people = known.users.to_list()
    colour = ["even" if p == "new" or int(p[1:]) % 2 == 0 else "odd" for p in people]
    users = pl.DataFrame({"user_id": people, "colour": colour})
    target = Domain("target", known.target.items, known.target.interactions, users)
    return CrossDomain(known.source, target)


def test_a_newcomer_is_known_by_their_side():
    vectors = Features.of(np.eye(2)[np.arange(30) % 2])
    tower = SideTower(ALS(factors=4), vectors, attributes=["colour"], weight=2.0)
    scores = tower.fit(described_checkerboard()).score(["new", "u1"])
    assert scores[0, :2] == pytest.approx([2, 0], abs=0.05)
    assert scores[1, 1] > scores[1, 0]


def test_at_weight_0_it_is_h():
    vectors, known = Features.of(np.eye(2)[np.arange(30) % 2]), described_checkerboard()
    tower = SideTower(BehaviourMean(vectors), vectors, attributes=["colour"], weight=0.0)
    plain = BehaviourMean(vectors).fit(known).score(known.users)
    assert (tower.fit(known).score(known.users) == plain).all()


def test_the_side_is_added_to_the_interest():
    """score = ⟨u + weight · ŝ, v⟩, by hand."""
    vectors, known = Features.of(np.eye(2)[np.arange(30) % 2]), described_checkerboard()
    h = BehaviourMean(vectors)
    tower = SideTower(h, vectors, attributes=["colour"], weight=0.3).fit(known)
    u = h.interest(known.users).unit() + 0.3 * tower.side.vectors
    assert tower.score(known.users) == pytest.approx(u @ vectors.vectors.T, abs=1e-6)


def test_numbers_and_words_as_columns():
    people = pl.DataFrame({"age": [20, 40, None], "gender": ["m", None, None],
                           "nothing": pl.Series([None] * 3, dtype=pl.String)})  # fmt: skip
    x, there = side_features(people, people.columns)
    assert x.tolist() == [[20, 1], [40, 0], [30, 0]]
    assert there.tolist() == [True, True, False]
    x, there = side_features(people, [])
    assert x.shape == (3, 0)
    assert not there.any()


def test_the_target_is_believed_before_the_source():
    items = pl.DataFrame({"item_id": ["x"], "title": ["X"]})
    events = pl.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "x"]})
    source = Domain("s", items, events, pl.DataFrame({"user_id": ["a", "b"], "age": [1, 2]}))
    target = Domain("t", items, events, pl.DataFrame({"user_id": ["b", "c"], "age": [3, None]}))
    people = described(CrossDomain(source, target))
    assert people.rows() == [("a", 1), ("b", 3), ("c", None)]
    assert described(checkerboard()).columns == ["user_id"]


def test_nobody_is_foretold_by_themselves():
    """Noise with as many columns as people: who saw his own row would be told exactly."""
    rng = np.random.default_rng(0)
    x, u = rng.standard_normal((60, 40)), rng.standard_normal((60, 2))
    told = np.arange(60) < 50
    found = foretold(x, u, told)
    assert ((found - u)[told] ** 2).mean() > 0.8 * u[told].var()
    few = foretold(x, u, np.arange(60) < 5)
    assert few == pytest.approx(np.tile(u[:5].mean(axis=0), (60, 1)))


def test_it_refuses():
    vectors = Features.of(np.eye(2)[np.arange(30) % 2])
    with pytest.raises(DataError, match=r"have no \['age', 'gender', 'income'\]; they"):
        SideTower(BehaviourMean(vectors), vectors).fit(described_checkerboard())
    with pytest.raises(ValueError, match="weight=-1: expected"):
        SideTower(BehaviourMean(vectors), vectors, weight=-1)
    with pytest.raises(ValueError, match="attributes='age': expected a list"):
        SideTower(BehaviourMean(vectors), vectors, attributes="age")


def test_what_attributes_and_own_words_give_a_newcomer():
    """The ablation: expected NDCG of cold users by their side, against that of somebody else.

    A side shuffled over people tells what the average person likes, and no more. Attributes are a
    faint echo, and it shows; what people say of themselves is worth far more.
    """
    knobs = {"users": 800, "items": 100, "overlap": 1.0, "sparsity": 0.85, "images": False}
    world = make_world(**knobs, profiles=True, seed=5)
    split, truth = cold_start(world.cross("books", "films"), share=0.5), world.truth["films"]
    newcomers, known = split.cold_users, split.known
    vectors, encoder = Features.of(truth.item_factors), LanguageModel()

    def found(shuffled, **options):
        users = known.target.users
        if shuffled:
            users = users.select("user_id", pl.exclude("user_id").shuffle(seed=1))
        bare = Domain("books", known.source.items, known.source.interactions)
        films = Domain("films", known.target.items, known.target.interactions, users)
        tower = SideTower(BehaviourMean(vectors), vectors, **options)
        return truth.expected_ndcg(tower.fit(CrossDomain(bare, films)).score(newcomers),
                                   users=newcomers)  # fmt: skip

    gain = {}
    for name, options in {
        "attributes": {}, "texts": {"attributes": [], "texts": encoder}, "both": {"texts": encoder},
    }.items():  # fmt: skip
        gain[name] = bootstrap(found(False, **options) - found(True, **options))
    print(gain)
    assert gain["texts"].low > 0.1
    assert abs(gain["attributes"].mean) < 0.25 * gain["texts"].mean
    assert gain["both"].low > 0.1
