"""The four kinds of recommendation keep one contract; and what the hybrid claims for itself."""

import numpy as np
import polars as pl
import pytest

from tests.model.interest_contract import ScorerContract, colours, source_colours
from tests.model.recommender_contract import RecommenderContract
from tests.model.small import checkerboard, domain
from xdrec.data import cold_start, make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.interest import ALS, EASE, BehaviourMean, Hybrid, ItemKNN, Popularity, UserKNN
from xdrec.recommend import recommend

N = 10


class TestContentBased(RecommenderContract):
    def make(self):
        return BehaviourMean(colours(self.order))


class TestItemBased(RecommenderContract):
    def make(self):
        return ItemKNN(k=5)


class TestUserBased(RecommenderContract):
    def make(self):
        return UserKNN(k=9)


class TestModelBased(RecommenderContract):
    def make(self):
        return EASE(mu=1.0)


class TestFactors(RecommenderContract):
    draws = True

    def make(self):
        return ALS(factors=2, iterations=30)


class TestHybrid(RecommenderContract):
    def make(self):
        parts = {"content": BehaviourMean(colours(self.order)), "near": ItemKNN(k=5)}
        return Hybrid(parts, {"content": 1, "near": 3})


class TestHybridScores(ScorerContract):
    def make(self):
        return Hybrid({"content": BehaviourMean(colours(self.order)), "near": ItemKNN(k=5)})


class Fixed:
    """A model whose scores are given: [users, items]."""

    def __init__(self, scores):
        self.scores = np.array(scores, float)

    def fit(self, known):
        self.index = known.user_index
        return self

    def score(self, users):
        return self.scores[self.index(users)]


@pytest.fixture
def three():
    """Users a, b, c; items x, y, z."""
    rows = [("a", "x"), ("b", "y"), ("c", "z")]
    return CrossDomain(domain("s", [("a", "q")]), domain("t", rows))


def test_the_score_by_hand(three):
    """In standard deviations (1, 2, 3) is -√1.5, 0, √1.5 and (0, 30, 0) is -1/√2, √2, -1/√2."""
    one = Fixed([[1, 2, 3], [3, 2, 1], [1, 3, 2]])
    other = Fixed([[0, 30, 0], [30, 0, 0], [0, 0, 30]])
    mixed = Hybrid({"one": one, "other": other}, {"one": 3, "other": 1}).fit(three)
    r = np.sqrt([1.5, 0.5, 2])
    expected = 0.75 * np.array([-r[0], 0, r[0]]) + 0.25 * np.array([-r[1], r[2], -r[1]])
    assert mixed.score(["a"])[0] == pytest.approx(expected)
    parts = mixed.parts(["a", "b"])
    assert sum(parts.values()) == pytest.approx(mixed.score(["a", "b"]))


def test_the_unit_of_a_model_s_scores_is_no_weight(three):
    scores = np.array([[1, 2, 3], [3, 2, 1], [1, 3, 2]])
    other = Fixed([[0, 30, 0], [30, 0, 0], [0, 0, 30]])
    small, large = (
        Hybrid({"one": Fixed(scores * by + by), "other": other}).fit(three) for by in (1, 1000)
    )
    assert small.score(["a", "b"]) == pytest.approx(large.score(["a", "b"]))


def test_weights_are_steered_without_a_new_fit(three):
    one, other = Fixed(np.eye(3)), Fixed(np.eye(3)[::-1])
    mixed = Hybrid({"one": one, "other": other}).fit(three)
    assert mixed.alpha == {"one": 0.5, "other": 0.5}
    mixed.alpha = {"one": 0, "other": 5}
    assert mixed.alpha == {"one": 0.0, "other": 1.0}
    assert mixed.score(["a"])[0].argmax() == 2
    with pytest.raises(ValueError, match="expected one for each of"):
        mixed.alpha = {"one": 1}


def test_who_scores_a_user_all_alike_passes_the_weight_on(three):
    one = Fixed([[1, 2, 3], [2, 3, 1], [5, 5, 5]])
    other = Fixed([[0, 1, 2], [1, 2, 0], [0, 1, 2]])
    mixed = Hybrid({"one": one, "other": other}, {"one": 9, "other": 1}).fit(three)
    r = 1.5**0.5
    assert mixed.score(["c"])[0] == pytest.approx([-r, 0, r])  # whole, not a tenth of it
    assert not mixed.parts(["c"])["one"].any()


def test_of_nobody_who_knows_the_user_comes_no_order(three):
    silent = Fixed(np.ones((3, 3)))
    mixed = Hybrid({"one": silent, "other": silent}).fit(three)
    assert not mixed.score(["a", "b", "c"]).any()


def test_items_that_a_model_does_not_know_are_left_to_the_others(three):
    """z is 0 to the first for everybody: it is not blamed for that, the second decides."""
    one = Fixed([[1, 3, 0], [3, 1, 0], [2, 3, 0]])
    other = Fixed([[0, 1, 5], [1, 0, 5], [1, 2, 4]])
    mixed = Hybrid({"one": one, "other": other}).fit(three)
    assert mixed.knows.tolist() == [[True, True, False], [True, True, True]]
    parts = mixed.parts(["a"])
    assert parts["one"][0].tolist() == [-0.5, 0.5, 0]  # deviations over x and y alone
    assert recommend(mixed, three, "a", k=1)["item_id"].to_list() == ["z"]


def test_one_list_for_all_is_known_whole(three):
    mixed = Hybrid({"crowd": Popularity(), "one": Fixed(np.eye(3))}).fit(three)
    assert mixed.knows.all()


@pytest.mark.parametrize("order", [1, -1])
def test_newcomers_and_new_items_on_the_checkerboard(order):
    """A user without target history and an item nobody has: the texts know both, neighbours none.

    Whichever part is named first: the answer must not hang on that.
    """
    known = checkerboard(N)
    target = known.target
    left = target.interactions.filter(pl.col("item_id") != "i4")
    known = CrossDomain(known.source, target.with_interactions(left))
    content = BehaviourMean(colours(), source_colours(), history="either")
    parts = [("content", content), ("near", ItemKNN(k=5))][::order]
    mixed = Hybrid(dict(parts)).fit(known)
    assert not mixed.knows[[name for name, _ in parts].index("near")][4]
    listed = recommend(mixed, known, ["new", "u2"], k=N)
    new = listed.filter(pl.col("user_id") == "new")["item_id"].to_list()
    assert new == ["i0", "i2", "i4", "i6", "i8"]
    assert "i4" in listed.filter(pl.col("user_id") == "u2")["item_id"].to_list()


def test_a_hybrid_takes_two():
    with pytest.raises(ValueError, match=r"models \['one'\]: expected two or more"):
        Hybrid({"one": Popularity()})


def test_in_a_world_of_newcomers_the_hybrid_is_as_good_as_its_best_part():
    """Neighbours in the target know nothing of them, texts do: the weight is passed on."""
    world = make_world(users=200, items=120, gap=0.0, images=False, seed=3)
    split = cold_start(world.cross("books", "films"), share=0.3)
    factors = {name: Features.of(world.truth[name].item_factors) for name in ("books", "films")}
    content = BehaviourMean(factors["films"], factors["books"], history="either")
    both = Hybrid({"content": content, "near": ItemKNN(20)}, {"content": 1, "near": 3})
    best, mixed, crowd = (
        evaluate(model.fit(split.known), split) for model in (content, both, Popularity())
    )
    assert mixed.lists.tolist() == best.lists.tolist()
    assert mixed.mean("cold")["ndcg"] > crowd.mean("cold")["ndcg"]
