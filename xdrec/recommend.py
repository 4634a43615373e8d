"""k: from interest to a list of titles that a person can read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain
from xdrec.diversity import mmr
from xdrec.filters import checked_mask
from xdrec.interest.base import Scorer
from xdrec.probability import Calibrator
from xdrec.ranking import top_k


def recommend(
    model: Scorer,
    known: CrossDomain,
    users: str | Sequence[str],
    k: int = 10,
    *,
    fallback: Scorer | None = None,
    exclude_known: bool = True,
    where: np.ndarray | None = None,
    calibrator: Calibrator | None = None,
    beta: float = 0.0,
    vectors: np.ndarray | None = None,
) -> pl.DataFrame:
    """The k best items of the target for each user, as a table to look at.

    `model` (and `fallback`) are fitted; which model makes the kind of recommendation: content-based
    (`BehaviourMean` of item vectors), collaborative (`ItemKNN`, `UserKNN`), model-based (`ALS`,
    `EASE`), several of them (`Hybrid`). One row an item: `user_id`, `rank` from 1, `item_id`,
    `title`, `score`, `probability` where there is a calibrator, `because` ("interest" or
    "fallback"), and `image_path` where the catalogue has one.

    What the user has in the target already is left out. Items that share the model's lowest score
    for a user (all of them, for a user without history) are not listed on its behalf: an order of
    equals is no recommendation. A fallback, popularity for instance, fills the places that are
    left; without one the list is short, or empty.
    `where` bool [items] (`xdrec.filters.allowed`) says what may be listed; a list that runs out of
    such items is short. `beta` > 0 makes the model's part of a list diverse (`mmr`) by the target
    items' `vectors` [items, d]. `calibrator` gives the probability that the item is the user's next
    one: null for what the fallback lists, and for what the user has already.
    Raises `DataError` for unknown users, ValueError for a mask or β that is none.
    Source: documents X 3.2.4, T 4.2.4. Book: start here.

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
    barred = np.zeros((len(users), len(target.items)), bool)
    if where is not None:
        barred |= ~checked_mask(where, target)
    have = target.matrix(users)
    if exclude_known:
        barred[have.nonzero()] = True
    if beta and vectors is None:
        raise ValueError(f"beta={beta} needs the target items' vectors: vectors=...")
    scores = np.array(model.score(users), float)
    lowest = scores == scores.min(axis=1, keepdims=True)
    alike = lowest & (lowest.sum(axis=1, keepdims=True) > 1)
    shown = np.where(barred | alike, -np.inf, scores)
    best = mmr(shown, vectors, k, beta) if beta and vectors is not None else top_k(shown, k)
    columns: dict[str, np.ndarray] = {"because": np.full(best.shape, "interest")}
    if calibrator is not None:
        scores[have.nonzero()] = -np.inf  # the next item is a new one, whatever may be listed
        length = np.diff(have.indptr)
        columns["probability"] = calibrator.probability(scores, best, length)
    if fallback is not None:
        spare = np.where(barred, -np.inf, np.array(fallback.score(users), float))
        row, place = np.nonzero(best >= 0)
        spare[row, best[row, place]] = -np.inf
        both = np.hstack([best, top_k(spare, k)])
        first = np.argsort(both < 0, axis=1, kind="stable")[:, :k]  # the model's own come first
        best = np.take_along_axis(both, first, axis=1)
        columns["because"] = np.where(first < k, "interest", "fallback")
        if calibrator is not None:
            nothing = np.full((len(users), k), np.nan)
            places = np.hstack([columns["probability"], nothing])
            columns["probability"] = np.take_along_axis(places, first, axis=1)
        shown = np.where(np.isneginf(shown), spare, shown)
    row, place = np.nonzero(best >= 0)
    column = best[row, place]
    about = [c for c in ("item_id", "title", "image_path") if c in target.items.columns]
    listed = target.items.select(about)[column].with_columns(
        pl.Series("user_id", [users[r] for r in row], dtype=pl.String),
        pl.Series("rank", place + 1),
        pl.Series("score", shown[row, column]),
        *(pl.Series(name, values[row, place]) for name, values in columns.items()),
    )
    said = ["score", *sorted(columns, reverse=True)]
    return listed.with_columns(pl.col(pl.Float64).fill_nan(None)).select(
        "user_id", "rank", *about[:2], *said, *about[2:]
    )
