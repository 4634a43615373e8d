"""One contract for every model of interest, then what each one claims for itself."""

import numpy as np
import polars as pl
import pytest

from tests.model.interest_contract import N, ScorerContract, colours, source_colours
from tests.model.small import checkerboard, domain
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.interest import (
    ALS,
    BPR,
    EASE,
    BehaviourMean,
    ItemKNN,
    MatrixFactorization,
    NextItem,
    Popularity,
    UserKNN,
)
from xdrec.train import Plan


class TestPopularity(ScorerContract):
    def make(self):
        return Popularity()

    def test_finds_the_withheld_cell(self, known):
        """It cannot: it has one list for everybody. It counts people, by hand:"""
        rows = [("a", "x"), ("a", "x"), ("b", "x"), ("b", "y")]
        cross = CrossDomain(domain("s", [("a", "q")]), domain("t", rows, items=["x", "y", "z"]))
        assert Popularity().fit(cross).score(["b"]).tolist() == [[2, 1, 0]]


class TestItemKNN(ScorerContract):
    def make(self):
        return ItemKNN(k=5)


class TestItemKNNOnBoth(ScorerContract):
    learns_from_source = True

    def make(self):
        return ItemKNN(k=20, domains="both")


class TestALS(ScorerContract):
    exact = False

    def make(self):
        return ALS(factors=2, iterations=30)

    def test_other_seed_other_numbers(self, known):
        first, second = (ALS(factors=4, seed=s).fit(known).score(["u0"]) for s in (1, 2))
        assert (first != second).any()

    def test_fits_without_a_word(self, known, recwarn, capfd):
        self.make().fit(known)
        ItemKNN().fit(known)
        assert not recwarn.list
        assert capfd.readouterr() == ("", "")


class TestALSOnBoth(ScorerContract):
    exact = False
    learns_from_source = True

    def make(self):
        # Two colours, two factors: with four, rounding decides what the spare ones learn.
        return ALS(factors=2, iterations=30, domains="both")


class TestUserKNN(ScorerContract):
    def make(self):
        return UserKNN(k=3)


class TestUserKNNOnBoth(ScorerContract):
    learns_from_source = True

    def make(self):
        return UserKNN(k=5, domains="both")


class TestEASE(ScorerContract):
    def make(self):
        return EASE(mu=1.0, recency=0.9)


class TestEASEOnBoth(ScorerContract):
    learns_from_source = True

    def make(self):
        return EASE(mu=1.0, domains="both")


class TestEASEInUserSpace(ScorerContract):
    def make(self):
        return EASE(mu=1.0, form="users")


class TestEASEWithContent(ScorerContract):
    def make(self):
        return EASE(mu=1.0, content=colours(self.order))


class TestNextItem(ScorerContract):
    def make(self):
        return NextItem(mu=1.0, recency=0.9)


class TestNextItemBackwards(ScorerContract):
    def make(self):
        return NextItem(mu=1.0, recency=0.7, back=0.5)


class TestEASEByDistance(ScorerContract):
    def make(self):
        return EASE(mu=1.0, decay=0.5)


class TestMatrixFactorization(ScorerContract):
    exact = False

    def make(self):
        return MatrixFactorization(4, plan=Plan(epochs=60, batch_size=16, lr=0.05))

    def test_the_loss_falls(self, known):
        losses = [row["loss"] for row in self.make().fit(known).history.epochs]
        assert losses[-1] < 0.7 * losses[0]


class TestMatrixFactorizationOnBoth(TestMatrixFactorization):
    learns_from_source = True

    def make(self):
        plan = Plan(epochs=60, batch_size=16, lr=0.05)
        return MatrixFactorization(4, domains="both", plan=plan)


class TestBPR(ScorerContract):
    exact = False

    def make(self):
        return BPR(factors=8, iterations=200)


class TestBehaviourMean(ScorerContract):
    def make(self):
        return BehaviourMean(colours(self.order))


class TestBehaviourMeanOnEither(ScorerContract):
    learns_from_source = True

    def make(self):
        return BehaviourMean(colours(self.order), source_colours(), history="either", recency=0.5)


def two_events(**columns):
    rows = [("a", "x"), ("a", "y")]
    target = domain("t", rows, **columns)
    return CrossDomain(domain("s", [("a", "q"), ("b", "q")], timestamp=[5, 5]), target)


def test_the_documents_formula_by_hand():
    """u = (1/2) (4 · 0.5^1 · d_x + 1 · 0.5^0 · d_y): a purchase of long ago, a view of today."""
    known = two_events(timestamp=[1, 9], behaviour=["purchase", "view"])
    vectors = Features.of(np.array([[3.0, 0.0], [0.0, 7.0]]))  # lengths must not matter
    u = BehaviourMean(vectors, recency=0.5).fit(known).interest(["a"])
    assert u.vectors.tolist() == [[1.0, 0.5]]


def test_what_was_done_at_one_moment_has_no_order():
    known = two_events(timestamp=[9, 9])
    u = BehaviourMean(Features.of(np.eye(2)), recency=0.1).fit(known).interest(["a"])
    assert u.vectors.tolist() == [[0.5, 0.5]]


def test_over_both_domains_the_clock_counts_not_the_position():
    """Positions count within a domain: taken together they would make q older than x."""
    known = two_events(timestamp=[1, 2], position=[7, 8])
    source = Features.of(np.array([[0.0, 0.0, 1.0]]))
    target = Features.of(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    u = BehaviourMean(target, source, history="both", recency=0.5).fit(known).interest(["a"])
    assert u.vectors[0] * 3 == pytest.approx([0.25, 0.5, 1.0])


def test_an_event_without_a_vector_still_counts_in_m():
    known = two_events()
    vectors = Features.of(np.eye(2), present=[True, False])
    u = BehaviourMean(vectors).fit(known).interest(["a", "b"])
    assert u.vectors.tolist() == [[0.5, 0.0], [0.0, 0.0]]
    assert u.present.tolist() == [True, False]


def test_cold_users_may_be_read_from_the_source():
    known = checkerboard(N)
    scores = BehaviourMean(colours(), source_colours(), history="source").fit(known).score(["new"])
    assert scores[0].tolist() == [1.0, 0.0] * 5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"recency": 0}, r"recency=0: expected a γ in \(0, 1\]"),
        ({"recency": float("nan")}, "recency=nan"),
        ({"history": "all"}, "history='all'"),
        ({"history": "both"}, "needs the source's item vectors"),
        ({"behaviour_weights": {"view": -1}}, "expected finite, >= 0"),
    ],
)
def test_behaviour_mean_refuses(options, says):
    with pytest.raises(ValueError, match=says):
        BehaviourMean(colours(), **options)


def test_weights_may_be_whole_numbers_and_fractions():
    known = two_events(timestamp=[1, 9], behaviour=["purchase", "view"])
    h = BehaviourMean(Features.of(np.eye(2)), behaviour_weights={"purchase": 2, "view": 0.5})
    assert h.fit(known).interest(["a"]).vectors.tolist() == [[1.0, 0.25]]


def test_a_behaviour_without_a_weight_is_named():
    with pytest.raises(ValueError, match=r"no weight for behaviour \['like'\]"):
        BehaviourMean(Features.of(np.eye(2))).fit(two_events(behaviour=["like", "view"]))


def test_vectors_must_be_the_items():
    with pytest.raises(ValueError, match="3 vectors for the 2 items of domain 't'"):
        BehaviourMean(Features.of(np.eye(3))).fit(two_events())


@pytest.mark.parametrize("knobs", [{"k": 0}, {"k": -1}])
def test_neighbours_refuse(knobs):
    """implicit itself would end the process at 0."""
    with pytest.raises(ValueError, match=r"k=.*: expected a finite number, 1 or more"):
        ItemKNN(**knobs)


@pytest.mark.parametrize(
    "knobs",
    [{"factors": 0}, {"iterations": 0}, {"alpha": -5}, {"regularization": float("nan")}],
)
def test_factorization_refuses(knobs):
    with pytest.raises(ValueError, match="expected a finite number"):
        ALS(**knobs)


@pytest.mark.parametrize(
    "model", [Popularity(), ItemKNN(), ALS(), EASE(), UserKNN(), BehaviourMean(colours())]
)
def test_one_domain_is_no_pair(model):
    with pytest.raises(TypeError, match=r"got a Domain: expected a CrossDomain"):
        model.fit(checkerboard(N).target)


def test_vectors_must_be_features_of_one_space():
    with pytest.raises(TypeError, match=r"target is a ndarray: expected Features.of\(array\)"):
        BehaviourMean(np.eye(3))
    with pytest.raises(ValueError, match="2 dimensions, the source's 3: expected one space"):
        BehaviourMean(colours(), Features.of(np.eye(3)), history="source")


@pytest.mark.parametrize("model", [ItemKNN, ALS])
def test_domains_are_target_or_both(model):
    with pytest.raises(ValueError, match="domains='source'"):
        model(domains="source")


def test_scores_come_in_the_order_asked_for_from_a_series_too():
    known = checkerboard(N)
    model = ItemKNN(k=5).fit(known)
    users = ["u4", "u1"]
    assert (model.score(pl.Series(users)) == model.score(users)).all()
