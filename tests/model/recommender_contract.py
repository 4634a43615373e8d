"""What every kind of recommendation k promises, whichever model is behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.model.small import checkerboard
from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.interest import Popularity
from xdrec.probability import Calibrator
from xdrec.ranking import top_k
from xdrec.recommend import recommend

N = 10
USERS = [f"u{u}" for u in range(N)]


class RecommenderContract:
    """A subclass says how to make the model, with items in `self.order` where it needs to know."""

    order: np.ndarray | None = None
    draws = False  # the model draws its first numbers item by item: another order, other numbers

    def make(self):
        raise AssertionError("a subclass makes the model")

    @pytest.fixture
    def known(self):
        return checkerboard(N)

    @pytest.fixture
    def model(self, known):
        return self.make().fit(known)

    @pytest.fixture
    def crowd(self, known):
        return Popularity().fit(known)

    @pytest.fixture
    def calibrator(self, model, known):
        """Fitted on what the checkerboard withholds: each user's own cell, and two wrong ones."""
        rows = [(f"u{u}", f"i{u if u > 1 else u + 1}") for u in range(N)]
        held = pl.DataFrame(rows, schema=["user_id", "item_id"], orient="row")
        return Calibrator().fit(model, known, held, k=3)

    def test_the_withheld_cell_comes_first(self, model, known):
        listed = recommend(model, known, USERS, k=1)
        assert listed["item_id"].to_list() == [f"i{u}" for u in range(N)]
        assert listed["title"].to_list() == [f"Title i{u}" for u in range(N)]

    def test_nothing_known_is_listed_and_nothing_twice(self, model, known, crowd):
        listed = recommend(model, known, USERS, k=N, fallback=crowd)
        assert not listed.select("user_id", "item_id").is_duplicated().any()
        have = known.target.interactions.select("user_id", "item_id")
        assert listed.join(have, on=["user_id", "item_id"]).is_empty()

    def test_a_k_beyond_the_catalogue_lists_what_there_is(self, model, known, crowd):
        listed = recommend(model, known, "u3", k=50, fallback=crowd)
        assert listed["rank"].to_list() == list(range(1, len(listed) + 1))
        have = known.target.interactions.filter(pl.col("user_id") == "u3")
        assert len(listed) == N - len(have)

    def test_twice_the_same_list(self, known, crowd):
        first, second = (
            recommend(self.make().fit(known), known, USERS, k=N, fallback=crowd) for _ in range(2)
        )
        assert first.equals(second)

    def test_equals_go_in_the_catalogue_s_order(self, known, crowd):
        class Flat:
            def score(self, users):
                return np.tile(np.repeat([2.0, 1.0], N // 2), (len(users), 1))

        listed = recommend(Flat(), known, ["new"], k=N // 2)
        assert listed["item_id"].to_list() == [f"i{i}" for i in range(N // 2)]

    def test_the_catalogue_s_order_makes_no_difference(self, model, known):
        self.order = np.random.default_rng(0).permutation(N)
        turned = CrossDomain(
            known.source, replace(known.target, items=known.target.items[self.order])
        )
        again = recommend(self.make().fit(turned), turned, USERS, k=1)
        self.order = None
        before = recommend(model, known, USERS, k=1)
        assert before.drop("score").equals(again.drop("score"))
        tolerance = 0.5 if self.draws else 1e-5
        assert again["score"].to_numpy() == pytest.approx(before["score"].to_numpy(), tolerance)

    def test_unknown_users_are_named(self, model, known, crowd):
        with pytest.raises(DataError, match="'nobody'"):
            recommend(model, known, ["u0", "nobody"], fallback=crowd)

    def test_who_has_no_history_gets_what_is_popular_and_is_told(self, model, known, crowd):
        listed = recommend(model, known, "new", k=3, fallback=crowd)
        if not np.ptp(model.score(["new"])):  # it may have read the source
            assert set(listed["because"]) == {"fallback"}
            best = top_k(crowd.score(["new"]), 3)[0]
            assert listed["item_id"].to_list() == [f"i{i}" for i in best]
        assert len(listed) == 3

    def test_filters_are_kept_and_never_filled_up(self, model, known, crowd):
        mask = np.zeros(N, bool)
        mask[[0, 1, 4]] = True
        for fallback in (None, crowd):
            listed = recommend(model, known, USERS, k=N, fallback=fallback, where=mask)
            assert set(listed["item_id"]) <= {"i0", "i1", "i4"}
        assert (listed.group_by("user_id").len()["len"] <= 3).all()
        nothing = recommend(model, known, USERS, k=3, fallback=crowd, where=np.zeros(N, bool))
        assert nothing.is_empty()

    def test_a_filter_takes_items_out_and_moves_none(self, model, known):
        mask = np.ones(N, bool)
        mask[3] = False
        every = recommend(model, known, USERS, k=N).filter(pl.col("item_id") != "i3")
        some = recommend(model, known, USERS, k=N, where=mask)
        assert every.drop("rank").equals(some.drop("rank"))

    def test_the_probability_is_one_and_of_the_model_s_places(
        self, model, known, crowd, calibrator
    ):
        listed = recommend(model, known, USERS, k=4, fallback=crowd, calibrator=calibrator)
        own = listed.filter(pl.col("because") == "interest")
        assert own["probability"].is_between(0, 1).all()
        assert not own["probability"].is_null().any()
        others = listed.filter(pl.col("because") == "fallback")
        assert len(others)
        assert others["probability"].is_null().all()

    def test_the_probability_never_rises_down_the_list(self, model, known, calibrator):
        listed = recommend(model, known, USERS, k=N, calibrator=calibrator)
        falls = pl.col("probability").diff().over("user_id").fill_null(0) <= 1e-12
        assert listed.select(falls.all()).item()

    def test_a_filter_does_not_make_an_item_likelier(self, model, known, calibrator):
        mask = np.arange(N) >= 2
        pair = ["user_id", "item_id"]
        every = recommend(model, known, USERS, k=N, calibrator=calibrator)
        some = recommend(model, known, USERS, k=N, calibrator=calibrator, where=mask)
        both = some.join(every, on=pair, suffix="_before")
        assert len(both) == len(some)
        assert both["probability"].equals(both["probability_before"].alias("probability"))

    def test_diversity_changes_the_order_not_who_may_be_listed(self, model, known, crowd):
        vectors = np.eye(2)[np.arange(N) % 2]
        plain = recommend(model, known, USERS, k=N, fallback=crowd)
        diverse = recommend(model, known, USERS, k=N, fallback=crowd, beta=0.9, vectors=vectors)
        assert set(plain.select("user_id", "item_id").rows()) == set(
            diverse.select("user_id", "item_id").rows()
        )
