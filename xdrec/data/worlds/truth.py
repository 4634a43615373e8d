"""What no recommender may see: the truth of one domain, and how near a ranking comes to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from xdrec.data.ids import index_of
from xdrec.data.worlds.factors import TEMPERATURE, THEMES, true_scores
from xdrec.ranking import top_k


@dataclass(frozen=True, eq=False)
class Truth:
    """The factors behind one domain, and the best that any model could do there.

    `user_ids` (sorted) are the rows, `item_ids` (catalogue order) the columns. `user_factors` a_u
    [users, themes] and `item_factors` v_i [items, themes] have length 1; `quality` q_i and
    `exposure` are [items]. The true score is s(u, i) = ⟨a_u, v_i⟩ + q_i. Exposure is not in it: it
    decides what people come across, not what they like. Book: names and notation.
    """

    user_ids: pl.Series
    item_ids: pl.Series
    user_factors: np.ndarray
    item_factors: np.ndarray
    quality: np.ndarray
    exposure: np.ndarray
    themes: tuple[str, ...] = THEMES

    @cached_property
    def scores(self) -> np.ndarray:
        """s(u, i), float [users, items]; ranking by it is Bayes-optimal for `expected_ndcg`."""
        return true_scores(self.user_factors, self.item_factors, self.quality)

    @cached_property
    def gains(self) -> np.ndarray:
        """exp((s(u, i) - max_j s(u, j)) / τ), float [users, items] in (0, 1].

        How likely u picks i, were everything shown alike, against u's favourite (which has 1).
        """
        return np.exp((self.scores - self.scores.max(axis=1, keepdims=True)) / TEMPERATURE)

    def rows(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        """The row of each person; one who does not live in this domain is a `DataError`."""
        return index_of(users, {u: r for r, u in enumerate(self.user_ids)}, "user")

    def ranking(self, user: str) -> pl.Series:
        """The Bayes-optimal order of the whole catalogue for one person, item ids, best first."""
        best = top_k(self.scores[self.rows([user])], len(self.item_ids))[0]
        return self.item_ids.gather(best)

    def expected_ndcg(
        self, scores: np.ndarray, k: int = 10, users: Sequence[str] | pl.Series | None = None
    ) -> np.ndarray:
        """Σ gain(rank) / log2(1 + rank) over the first k places, against the best order; [users].

        `scores` are a model's, [users, items], for `users` (default: all of this domain). Items at
        -inf are no candidates, for the model or for the best order, so what a person has already
        can be left out on both sides. 1 is the Bayes-optimal ranking and nothing is above it.
        Raises ValueError for a wrong shape, NaN or k < 1, `DataError` for unknown users.
        Source: Järvelin and Kekäläinen, TOIS 2002, true gains for judged ones.
        Book: names and notation.
        """
        gains = self.gains if users is None else self.gains[self.rows(users)]
        scores = np.asarray(scores)
        if scores.shape != gains.shape:
            raise ValueError(
                f"scores of shape {scores.shape}: expected {gains.shape}, a row a user and a "
                "column an item; say users=... if these are not all users of the domain"
            )
        possible = np.where(np.isneginf(scores), -np.inf, gains)
        return _dcg(gains, scores, k) / np.maximum(_dcg(gains, possible, k), 1e-300)


def _dcg(gains: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    best = top_k(scores, k)
    found = np.where(best >= 0, np.take_along_axis(gains, np.maximum(best, 0), axis=1), 0)
    return found @ (1 / np.log2(np.arange(2, k + 2)))
