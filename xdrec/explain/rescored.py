"""What would the score be if something had never happened? Score again, and see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain, Domain
from xdrec.explain.why import Why, met
from xdrec.interest.base import Scorer

Asked = tuple[str, Collection[int]]


def rescored(model: Scorer, known: CrossDomain, asked: Sequence[Asked]) -> np.ndarray:
    """The scores of people whose histories lack some items; what the model has learnt stays.

    Each of `asked` is a user and the columns to leave out of their history, the source's behind the
    target's; float [asked, items]. The model reads the shorter histories really: what was older is
    newer now, and the sum is divided by another length. Works for any model with `read`. Raises
    TypeError for one without, `DataError` for unknown users.
    Source: the deletion of Samek et al., IEEE TNNLS 2017, on histories. Book: why this item.

    >>> from xdrec.interest import NextItem
    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcc"), "item_id": list("xyxyzx"),
    ...                        "timestamp": [1, 2, 1, 2, 1, 2]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> model = NextItem(mu=1.0).fit(known)
    >>> rescored(model, known, [("c", []), ("c", [2])])[:, 1].round(3).tolist()  # z adds nothing
    [0.667, 0.667]
    """
    if not hasattr(model, "read"):
        raise TypeError(f"{type(model).__name__} has no read: expected a model that can take over "
                        "other histories without learning anew")  # fmt: skip
    known.user_index([user for user, _ in asked])
    names = [str(n) for n in range(len(asked))]
    people = pl.DataFrame({"user_id": [user for user, _ in asked], "asked": names},
                          schema={"user_id": pl.String, "asked": pl.String})  # fmt: skip
    lacks = pl.DataFrame(
        [(str(n), int(column)) for n, (_, out) in enumerate(asked) for column in out],
        schema={"asked": pl.String, "column": pl.Int64}, orient="row",
    )  # fmt: skip
    sides = []
    for side, first in ((known.source, len(known.target.items)), (known.target, 0)):
        theirs = side.interactions.filter(pl.col("user_id").is_in(people["user_id"].implode()))
        theirs = theirs.with_columns(column=pl.Series(side.item_index(theirs["item_id"]) + first))
        kept = (
            theirs.join(people, on="user_id", maintain_order="left")
            .join(lacks, on=["asked", "column"], how="anti", maintain_order="left")
            .with_columns(user_id=pl.col("asked"))
            .select(side.interactions.columns)
        )
        sides.append(Domain(side.name, side.items, kept, pl.DataFrame({"user_id": names})))
    return np.asarray(copy(model).read(CrossDomain(*sides)).score(names), float)


def left_out(model: Scorer, known: CrossDomain, user: str, item: int) -> Why:
    """What the score loses when one thing is left out of the history: for any model with `read`.

    One thing at a time, so what two of them give together is in neither, or in both; `rest` is what
    is left over. Items of the source are asked about where the model reads them at all.
    Source: Zeiler and Fergus, ECCV 2014 (occlusion). Book: why this item.
    """
    columns = met(known.target, user)
    theirs = met(known.source, user, len(known.target.items))
    each = np.append(columns, theirs).tolist()
    asked: list[Asked] = [(user, []), (user, theirs), *((user, [column]) for column in each)]
    full, blind, *without = rescored(model, known, asked)
    if not np.array_equal(full, blind):
        columns = np.append(columns, theirs)
    parts = np.array([full[item] - row[item] for row in without[: len(columns)]])
    rest = float(full[item] - parts.sum())
    return Why(user, item, columns, ("left out",), parts[:, None], rest)
