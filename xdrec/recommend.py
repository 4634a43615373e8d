"""k: from interest to a list of titles that a person can read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain
from xdrec.interest.base import Scorer
from xdrec.ranking import top_k


def recommend(
    model: Scorer,
    known: CrossDomain,
    users: str | Sequence[str],
    k: int = 10,
    *,
    fallback: Scorer | None = None,
    exclude_known: bool = True,
) -> pl.DataFrame:
    """The k best items of the target for each user, as a table to look at.

    `model` (and `fallback`) are fitted. One row an item: `user_id`, `rank` from 1, `item_id`,
    `title`, `score`, `because` ("interest" or "fallback"), and `image_path` where the catalogue
    has one. What the user has in the target already is left out. Items that share the model's
    lowest score for a user (all of them, for a user without history) are not listed on its behalf:
    an order of equals is no recommendation. A fallback, popularity for instance, fills the places
    that are left; without one the list is short, or empty.
    Raises `DataError` for unknown users. Source: documents X 3.2.4, T 4.2.4. Book: start here.

    >>> from xdrec.data.domain import Domain
    >>> from xdrec.interest.popularity import Popularity
    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"]})
    >>> events = pl.DataFrame({"user_id": ["a", "b", "b"], "item_id": ["x", "x", "y"]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> recommend(Popularity().fit(known), known, "a")["title"].to_list()
    ['Blue cup']
    """
    users = [users] if isinstance(users, str) else list(users)
    target = known.target
    hidden = target.matrix(users).nonzero() if exclude_known else ([], [])
    scores = np.array(model.score(users), float)
    lowest = scores == scores.min(axis=1, keepdims=True)
    scores[lowest & (lowest.sum(axis=1, keepdims=True) > 1)] = -np.inf
    scores[hidden] = -np.inf
    best = top_k(scores, k)
    because = np.full(best.shape, "interest")
    if fallback is not None:
        spare = np.array(fallback.score(users), float)
        spare[hidden] = -np.inf
        row, place = np.nonzero(best >= 0)
        spare[row, best[row, place]] = -np.inf
        both = np.hstack([best, top_k(spare, k)])
        first = np.argsort(both < 0, axis=1, kind="stable")[:, :k]  # the model's own come first
        best = np.take_along_axis(both, first, axis=1)
        because = np.where(first < k, "interest", "fallback")
        scores = np.where(np.isneginf(scores), spare, scores)
    row, place = np.nonzero(best >= 0)
    column = best[row, place]
    shown = [c for c in ("item_id", "title", "image_path") if c in target.items.columns]
    listed = target.items.select(shown)[column]
    return listed.with_columns(
        pl.Series("user_id", [users[r] for r in row], dtype=pl.String),
        pl.Series("rank", place + 1),
        pl.Series("score", scores[row, column]),
        pl.Series("because", because[row, place], dtype=pl.String),
    ).select("user_id", "rank", *shown[:2], "score", "because", *shown[2:])
