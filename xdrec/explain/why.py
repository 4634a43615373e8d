"""A reason: a number for each thing in a person's history, and what none of them gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders.features import Features
from xdrec.interest.histories import one_space


@dataclass(frozen=True, eq=False)
class Why:
    """Why the score of `item`, a column of the target, is what it is for `user`.

    `columns` int [m] are the items of the history, those of the source behind the target's;
    `parts` float [m, origins] what each of them gives, told apart by where it is from; `rest` what
    no item of the history gives. Of an exact reason `score` is the model's score; of others it is
    what they make of it. Raises ValueError for shapes that do not fit. Book: why this item.

    >>> why = Why("ann", 3, np.array([0, 5]), ("target", "anchor"), np.array([[1, 0], [2, 1.5]]))
    >>> why.score, why.each.tolist(), why.order.tolist()
    (4.5, [1.0, 3.5], [5, 0])
    """

    user: str
    item: int
    columns: np.ndarray
    origins: tuple[str, ...]
    parts: np.ndarray
    rest: float = 0.0

    def __post_init__(self) -> None:
        if self.parts.shape != (len(self.columns), len(self.origins)):
            raise ValueError(
                f"parts {self.parts.shape} of {len(self.columns)} items from "
                f"{len(self.origins)} origins: expected one number each"
            )

    @property
    def score(self) -> float:
        return float(self.parts.sum()) + self.rest

    @property
    def each(self) -> np.ndarray:
        """What each item gives in all, [m]."""
        return np.asarray(self.parts.sum(axis=1))

    @property
    def order(self) -> np.ndarray:
        """The columns, what gives most first; of equals the lower column."""
        return self.columns[np.lexsort((self.columns, -self.each))]

    def table(self, known: CrossDomain) -> pl.DataFrame:
        """The reason to look at: a row an item, what gives most first; `share` is of the score."""
        at = np.lexsort((self.columns, -self.each))
        share = self.each[at] / self.score if self.score else np.full(len(at), np.nan)
        return pl.DataFrame(
            {
                "title": titles(known, self.columns[at]),
                "domain": [
                    (known.target if c < len(known.target.items) else known.source).name
                    for c in self.columns[at]
                ],
                **{name: self.parts[at, n] for n, name in enumerate(self.origins)},
                "share": share,
            }
        )


def met(domain: Domain, user: str, first: int = 0) -> np.ndarray:
    """The columns of what a person met in a domain, sorted, int64 [m]; `first` is added to each."""
    theirs = domain.interactions.filter(pl.col("user_id") == user)["item_id"]
    return np.unique(domain.item_index(theirs)) + first


def titles(known: CrossDomain, columns: Sequence[int] | np.ndarray) -> list[str]:
    """The titles of some columns, those of the source behind the target's; an id where none is.

    Book: why this item.
    """
    both = pl.concat(
        [d.items.select(pl.col("title").cast(pl.String).fill_null(pl.col("item_id")))["title"]
         for d in (known.target, known.source)]
    )  # fmt: skip
    return both[np.asarray(columns, np.int64)].to_list()


def mixed(whys: Mapping[str, Why], weights: Mapping[str, float]) -> Why:
    """The reason of Σ_m α_m s_m, made of those of each s_m: modality by history item, exactly.

    All `whys` are of one user and item; `weights` are the α_m as that item has them
    (`LateFused.shares`). An origin is called after its modality. Raises ValueError for reasons of
    different scores, or without a weight.
    Source: document X 3.2.2's steerable weights. Book: why this item.

    >>> text = Why("ann", 3, np.array([0, 5]), ("content",), np.array([[1.0], [2.0]]))
    >>> image = Why("ann", 3, np.array([5]), ("content",), np.array([[4.0]]), rest=1.0)
    >>> both = mixed({"text": text, "image": image}, {"text": 0.75, "image": 0.25})
    >>> both.parts.tolist(), both.rest, both.score
    ([[0.75, 0.0], [1.5, 1.0]], 0.25, 3.5)
    """
    if len({(why.user, why.item) for why in whys.values()}) != 1:
        raise ValueError("reasons of no one score: expected some, all of one user and one item")
    if set(whys) != set(weights):
        raise ValueError(f"weights of {sorted(weights)}: expected one for each of {list(whys)}")
    columns = np.unique(np.concatenate([why.columns for why in whys.values()]))
    names: list[str] = []
    parts: list[np.ndarray] = []
    for name, why in whys.items():
        spread = np.zeros((len(columns), len(why.origins)))
        spread[np.searchsorted(columns, why.columns)] = weights[name] * why.parts
        parts.append(spread)
        several = len(why.origins) > 1
        names += [f"{name}: {origin}" if several else name for origin in why.origins]
    rest = sum(weights[name] * why.rest for name, why in whys.items())
    first = next(iter(whys.values()))
    return Why(first.user, first.item, columns, tuple(names), np.hstack(parts), float(rest))


def nearest(
    known: CrossDomain, user: str, item: int, target: Features, source: Features | None = None
) -> Why:
    """The things in the history that are most like the item: "because you liked ...".

    Each has its cosine with the item; `target` and `source` are the vectors of the two catalogues,
    the history is the target's alone without `source`. It looks at no model, so it may have nothing
    to do with how the score came about: measure it (`faithfulness`).
    Source: Tintarev and Masthoff, 2015 (item-based explanations). Book: why this item.
    """
    unit = one_space(target, source, known)
    known.user_index([user])
    columns = met(known.target, user)
    if source is not None:
        columns = np.append(columns, met(known.source, user, len(known.target.items)))
    alike = (unit[columns] @ unit[item]).astype(float)
    return Why(user, item, columns, ("likeness",), alike[:, None])
