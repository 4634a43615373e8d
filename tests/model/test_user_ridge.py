"""People who are new in the target, by kernel ridge over people."""

import numpy as np
import polars as pl
import pytest

from tests.model.interest_contract import N, ScorerContract, source_colours
from tests.model.small import checkerboard, domain
from xdrec.data import DataError, cold_start, make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.evaluate import true_ndcg
from xdrec.interest import Popularity
from xdrec.transfer import UserRidge
from xdrec.transfer.user_ridge import months


class TestUserRidge(ScorerContract):
    learns_from_source = True

    def make(self):
        return UserRidge(mu=0.1)


class TestUserRidgeWithTexts(ScorerContract):
    learns_from_source = True

    def make(self):
        return UserRidge(mu=0.1, source=source_colours(), text_weight=0.5)


class TestUserRidgeWithACalendar(ScorerContract):
    learns_from_source = True

    @pytest.fixture
    def known(self):
        """The checkerboard, its two colours ten years apart in the source."""
        known = checkerboard(N)
        late = pl.col("item_id").str.starts_with("s1")
        when = pl.when(late).then(3650).otherwise(0).cast(pl.Int64) * 86_400
        dated = known.source.interactions.with_columns(timestamp=when)
        return CrossDomain(known.source.with_interactions(dated), known.target)

    def make(self):
        return UserRidge(mu=0.1, calendar=0.5)


def test_three_people_by_hand():
    """a and c have p, b has q; a has x, b has y. K = I for a and b, so with μ = 1 halves."""
    source = domain("s", [("a", "p"), ("b", "q"), ("c", "p")])
    known = CrossDomain(source, domain("t", [("a", "x"), ("b", "y")]))
    assert UserRidge(mu=1.0).fit(known).score(["c"])[0] == pytest.approx([0.5, 0])


def test_a_long_history_is_no_louder():
    source = domain("s", [("a", "p"), ("b", "q"), ("c", "p"), ("c", "q"), ("c", "r"), ("c", "w")])
    known = CrossDomain(source, domain("t", [("a", "x"), ("b", "y"), ("b", "z")]))
    # s_c has 1/2 at each of four things; b's row of X has √½ at each of two.
    scores = UserRidge(mu=1.0).fit(known).score(["c"])[0]
    assert scores == pytest.approx([1 / 4, np.sqrt(0.5) / 4, np.sqrt(0.5) / 4])


def test_texts_bring_people_together_who_share_nothing():
    source = domain("s", [("a", "p"), ("b", "q"), ("c", "r")])  # r reads as p does
    known = CrossDomain(source, domain("t", [("a", "x"), ("b", "y")]))
    texts = Features.of(np.array([[1.0, 0], [0, 1], [1, 0]]))
    assert UserRidge(mu=1.0).fit(known).score(["c"]).tolist() == [[0, 0]]
    scores = UserRidge(mu=1.0, source=texts, text_weight=0.5).fit(known).score(["c"])
    assert scores[0].tolist() == pytest.approx([0.5 / 2.5, 0])  # k = 0.5, K = 1 + 0.5, μ = 1


def dated(*days):
    """a, b and c in the source, each with a thing of their own, on these days."""
    source = domain("s", [("a", "p"), ("b", "q"), ("c", "r")])
    when = pl.Series("timestamp", [day * 86_400 for day in days])
    source = source.with_interactions(source.interactions.with_columns(when))
    return CrossDomain(source, domain("t", [("a", "x"), ("b", "y")]))


def test_the_calendar_brings_people_together_who_were_there_at_one_time():
    known = dated(0, 3000, 10)  # c in a's month; b eight years later, where no blur reaches
    assert months(known).toarray() @ months(known).toarray().T == pytest.approx(
        np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]]), abs=1e-9
    )
    scores = UserRidge(mu=1.0, calendar=0.5).fit(known).score(["c"])
    assert scores[0].tolist() == pytest.approx([0.5 / 2.5, 0])


def test_a_calendar_needs_timestamps():
    known = CrossDomain(domain("s", [("a", "p")]), domain("t", [("a", "x")]))
    bare = known.source.interactions.drop("timestamp", strict=False)
    known = CrossDomain(known.source.with_interactions(bare), known.target)
    with pytest.raises(DataError, match="leave it out: calendar=0"):
        UserRidge(calendar=1).fit(known)


def test_newcomers_get_more_than_the_charts():
    world = make_world(users=300, items=100, sparsity=0.93, overlap=1.0, gap=0.2, images=False)
    cold = cold_start(world.cross("books", "films"), share=0.2)
    reached = {
        model: true_ndcg(model.fit(cold.known), cold.known, world.truth["films"], cold.cold_users)
        for model in (UserRidge(mu=10.0), Popularity())
    }
    ours, charts = (values.mean() for values in reached.values())
    assert ours > charts + 0.05


def test_refuses():
    with pytest.raises(ValueError, match="expected a finite ridge"):
        UserRidge(mu=0)
    with pytest.raises(ValueError, match="a finite τ"):
        UserRidge(text_weight=-1)
    with pytest.raises(ValueError, match="calendar=nan: expected a finite κ"):
        UserRidge(calendar=float("nan"))
    known = CrossDomain(domain("s", [("a", "p")]), domain("t", [("b", "x")]))
    with pytest.raises(ValueError, match="nobody has events in both"):
        UserRidge().fit(known)
    with pytest.raises(ValueError, match="2 vectors for the 1 items"):
        UserRidge(source=Features.of(np.eye(2))).fit(known)
