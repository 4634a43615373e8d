"""What every model of interest h promises (`xdrec.interest.Scorer`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.model.small import checkerboard
from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.interest import Popularity
from xdrec.ranking import top_k

N = 10


def colours(order=None):
    """Item vectors that show the checkerboard's colours, of its catalogue in that order."""
    return Features.of(np.eye(2)[(np.arange(N) if order is None else order) % 2])


def source_colours():
    return Features.of(np.eye(2)[[0, 0, 0, 1, 1, 1]])


class ScorerContract:
    """A subclass says how to make one, with items in `self.order` where it needs to know."""

    learns_from_source = False
    exact = True  # the catalogue's order makes no difference; False: it draws other numbers then
    order = None

    def make(self):
        raise AssertionError("a subclass makes the model")

    @pytest.fixture
    def known(self):
        return checkerboard(N)

    @pytest.fixture
    def turned(self, known):
        """The same catalogue in another order."""
        self.order = np.random.default_rng(0).permutation(N)
        target = replace(known.target, items=known.target.items[self.order])
        yield CrossDomain(known.source, target)
        self.order = None

    def test_fit_returns_the_model(self, known):
        model = self.make()
        assert model.fit(known) is model

    def test_scores_are_finite_and_one_for_each_target_item(self, known):
        scores = self.make().fit(known).score(known.users)
        assert scores.shape == (len(known.users), N)
        assert np.isfinite(scores).all()

    def test_a_score_does_not_depend_on_who_else_is_asked(self, known):
        model = self.make().fit(known)
        together = model.score(["u3", "u0", "u7"])
        alone = np.concatenate([model.score([u]) for u in ("u3", "u0", "u7")])
        assert together == pytest.approx(alone, abs=1e-5)

    def test_same_seed_same_numbers(self, known):
        first, second = (self.make().fit(known).score(known.users) for _ in range(2))
        assert (first == second).all()

    def test_the_order_of_the_catalogue_does_not_matter(self, known, turned):
        order, self.order = self.order, None
        straight = self.make().fit(known).score(known.users)
        self.order = order
        scores = self.make().fit(turned).score(known.users)
        if self.exact:
            assert scores == pytest.approx(straight[:, order], abs=1e-5)
        else:
            assert np.corrcoef(scores.ravel(), straight[:, order].ravel())[0, 1] > 0.9

    def test_the_order_of_the_events_does_not_matter(self, known):
        def shuffled(domain):
            return domain.with_interactions(
                domain.interactions.sample(fraction=1.0, shuffle=True, seed=1)
            )

        other = CrossDomain(shuffled(known.source), shuffled(known.target))
        one, two = (self.make().fit(each).score(known.users) for each in (known, other))
        assert one == pytest.approx(two, abs=1e-4)

    def test_without_history_every_item_is_alike(self, known):
        scores = self.make().fit(known).score(["new"])[0]
        if self.learns_from_source:
            assert scores[0] > scores[1]  # the source shows the colour
        elif not isinstance(self.make(), Popularity):
            assert (scores == scores[0]).all()

    def test_an_unknown_user_is_an_error_that_names_them(self, known):
        with pytest.raises(DataError, match="'nobody'"):
            self.make().fit(known).score(["u0", "nobody"])

    def test_a_series_of_users_is_as_good_as_a_list(self, known):
        model = self.make().fit(known)
        assert (model.score(pl.Series(["u1", "u0"])) == model.score(["u1", "u0"])).all()

    def test_finds_the_withheld_cell(self, known):
        model = self.make().fit(known)
        users = [f"u{u}" for u in range(N)]
        scores = np.array(model.score(users), float)
        scores[known.target.matrix(users).nonzero()] = -np.inf
        assert top_k(scores, 1)[:, 0].tolist() == list(range(N))
