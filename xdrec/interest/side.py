"""A side tower for h: what age, gender, income and a person's own words tell of their interest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl

from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features
from xdrec.encoders.texts import TextEncoder
from xdrec.interest.base import Scorer, checked_pair
from xdrec.interest.behaviour_mean import BehaviourMean
from xdrec.probe import ridge

ATTRIBUTES = ("age", "gender", "income")
FOLDS = 5
FEWEST = 20  # people with both sides; of fewer nothing is learnt but their mean


class SideTower:
    """score(u, v) = h's score + weight · ⟨ŝ, v⟩, ŝ the interest one would expect of such a person.

    The side of a person are the `attributes` (columns of `users`: numbers as they are, words
    one-hot; what is null tells nothing) and, with `texts`, an encoder's vector of the column
    `description`. ŝ is `xdrec.probe.ridge` from it to the unit mean of the target vectors of what
    people did, learnt from those with a history. Each is foretold by the others alone, in five
    parts, so that ŝ says no more of a person with a history than of a newcomer. Where h is
    ⟨u, v⟩, this is ⟨u + weight · ŝ, v⟩: the side added to the interest. `weight` is in units of h's
    scores. Somebody without a side gets h's scores alone, somebody without a history (whom h scores
    evenly) those of the side.

    Attributes are weak, and what they foretell are groups, not persons: measure before use.
    After `fit`: `side`, the ŝ of all `known.users`. Raises `DataError` for an attribute that is no
    column of `users`, ValueError for a weight that is negative or not finite.
    Source: document X 4.3.2 (age, gender, income, the users' texts). Book: interest.

    >>> from xdrec.data import cold_start, make_world
    >>> world = make_world(users=60, items=40, sparsity=0.8, overlap=1.0, images=False)
    >>> known = cold_start(world.cross("books", "films")).known
    >>> target = Features.of(world.truth["films"].item_factors)
    >>> h = SideTower(BehaviourMean(target), target).fit(known)
    >>> h.score(known.users).shape, h.side.present.all()
    ((60, 40), np.True_)
    """

    def __init__(
        self,
        h: Scorer,
        target: Features,
        *,
        attributes: Sequence[str] = ATTRIBUTES,
        texts: TextEncoder | None = None,
        weight: float = 0.5,
    ) -> None:
        if not np.isfinite(weight) or weight < 0:
            raise ValueError(f"weight={weight}: expected a finite number >= 0")
        if isinstance(attributes, str):
            raise ValueError(f"attributes={attributes!r}: expected a list of columns of users")
        self.h, self.target, self.weight = h, target, weight
        self.attributes, self.texts = tuple(attributes), texts

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        self.h.fit(known)
        people = described(known)
        missing = [name for name in self.attributes if name not in people.columns]
        if missing:
            raise DataError(
                [f"users of {known.source.name!r} and {known.target.name!r} have no {missing}; "
                 f"they have {', '.join(people.columns)}: say attributes=..."]
            )  # fmt: skip
        x, there = side_features(people, self.attributes)
        if self.texts is not None:
            own = people["description"] if "description" in people.columns else [None] * len(people)
            words = self.texts.encode(list(own))
            x, there = np.hstack([x, words.vectors]), there | words.present
        u = BehaviourMean(self.target).fit(known).interest(known.users)
        self.side = Features.of(foretold(x, u.unit(), there & u.present), there)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        side = self.side.vectors[self._index(users)]
        return self.h.score(users) + self.weight * side @ self.target.unit().T


def described(known: CrossDomain) -> pl.DataFrame:
    """A row for each of `known.users`, in their order: what either domain's users table says.

    Where both say something the target is believed.
    """
    people = pl.DataFrame({"user_id": known.users})
    for domain in (known.target, known.source):
        if domain.users is not None:
            people = people.join(domain.users, on="user_id", how="left", suffix=" of the source",
                                 maintain_order="left")  # fmt: skip
    for name in people.columns:
        if name.endswith(" of the source"):
            own = name.removesuffix(" of the source")
            people = people.with_columns(pl.coalesce(own, name).alias(own)).drop(name)
    return people


def side_features(people: pl.DataFrame, attributes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Columns as numbers, float [people, columns], and whether anything is known, bool [people].

    A number stands as it is, and as the column's mean where it is null; words are one-hot, and null
    is nothing at all.

    >>> people = pl.DataFrame({"age": [20, None], "gender": ["male", "other"]})
    >>> side_features(people, ["age", "gender"])[0].tolist()
    [[20.0, 1.0, 0.0], [20.0, 0.0, 1.0]]
    """
    columns = [np.zeros((len(people), 0))]
    for column in map(people.get_column, attributes):
        if column.dtype.is_numeric() or column.dtype == pl.Boolean:
            numbers = column.cast(pl.Float64).fill_nan(None)
            mean = numbers.mean() if numbers.count() else 0.0
            columns.append(numbers.fill_null(mean).to_numpy()[:, None])
        else:
            words = column.cast(pl.String)
            kinds = words.unique().drop_nulls().sort()
            columns.append(np.stack([(words == kind).fill_null(False) for kind in kinds], axis=1)
                           if len(kinds) else columns[0])  # fmt: skip
    there = np.zeros(len(people), bool)
    for column in map(people.get_column, attributes):
        there |= column.is_not_null().to_numpy()
    return np.hstack(columns).astype(float), there


def foretold(x: np.ndarray, u: np.ndarray, told: np.ndarray) -> np.ndarray:
    """What x says of u: of the `told` rows by the other parts of them, of the rest by all of them.

    `x` [people, columns], `u` [people, d], `told` bool [people]; returns float [people, d]. Of
    fewer than 20 told rows, or without a column, it is their mean.
    """
    rows = np.flatnonzero(told)
    mean = u[rows].mean(axis=0) if len(rows) else np.zeros(u.shape[1])
    found = np.tile(mean, (len(u), 1))
    if len(rows) < FEWEST or not x.shape[1]:
        return found
    part = np.arange(len(rows)) % FOLDS
    for fold in range(FOLDS):
        found[rows[part == fold]] = ridge(x, u, rows[part != fold], rows[part == fold])
    rest = np.flatnonzero(~told)
    if len(rest):
        found[rest] = ridge(x, u, rows, rest)
    return found
