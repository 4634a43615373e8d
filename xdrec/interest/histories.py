"""Histories as arrays: what each person did, item by item, in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders.features import Features

HISTORIES = ("target", "source", "both")


@dataclass(frozen=True, eq=False)
class Histories:
    """One row for each item that a person met, oldest first, the people in `known.users`' order.

    Rows `starts[r]` to `starts[r + 1]` are those of person r: `item` int64 [rows] (columns of the
    target; those of the source follow after them), `upto` int64 [rows] (how many of the person's
    rows are not later than this one, itself included), `did` float32 [rows, behaviours + 1]: 1 for
    every behaviour that the person ever had with the item, and last whether it is the source's.
    An item counts from when it was first met. Rows that share a moment share `upto`: they have no
    order. So the age of row k as seen after row q is `upto[q] - upto[k]`, the number of rows in
    between and at q, and after everything it is `ages` of the table of these rows.
    """

    starts: np.ndarray
    item: np.ndarray
    upto: np.ndarray
    did: np.ndarray

    def of(self, row: int, longest: int | None = None) -> slice:
        """Where the rows of person `row` lie; of a long history the newest `longest` ones."""
        start, stop = int(self.starts[row]), int(self.starts[row + 1])
        return slice(start if longest is None else max(start, stop - longest), stop)


def histories(known: CrossDomain, which: str, behaviours: Sequence[str] = ()) -> Histories:
    """The histories in "target", "source", or "both" with the two interleaved by time.

    The order is `position` where one domain is asked for and has it, else `timestamp`; over both
    only the clock can count. Without either all of a person's rows share one moment. A behaviour
    that is not among `behaviours` is a ValueError. Book: interest.

    >>> events = pl.DataFrame({"user_id": list("aaab"), "item_id": list("yxyx"),
    ...                        "timestamp": [1, 2, 3, 9]})
    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["X", "Y"]})
    >>> known = CrossDomain(Domain("s", items, events[:0]), Domain("t", items, events))
    >>> made = histories(known, "target")
    >>> made.starts.tolist(), made.item.tolist(), made.upto.tolist()
    ([0, 2, 3], [1, 0, 0], [1, 2, 1])
    """
    if which not in HISTORIES:
        raise ValueError(f"history={which!r}: expected one of {', '.join(HISTORIES)}")
    domains = {"target": [known.target], "source": [known.source]}.get(
        which, [known.target, known.source]
    )
    orders = ("timestamp",) if which == "both" else ("position", "timestamp")
    order = [c for c in orders if all(c in d.interactions.columns for d in domains)][:1]
    table = pl.concat([_met(known, domain, order, behaviours) for domain in domains])
    upto = pl.col("when").rank("max").over("user").cast(pl.Int64).alias("upto")
    table = table.sort("user", "when", "item").with_columns(upto)
    counts = np.bincount(table["user"].to_numpy(), minlength=len(known.users))
    return Histories(
        np.concatenate([[0], counts.cumsum()]),
        table["item"].to_numpy(),
        table["upto"].to_numpy(),
        table.select(*behaviours, "source").to_numpy().astype(np.float32),
    )


def _met(
    known: CrossDomain, domain: Domain, order: Sequence[str], behaviours: Sequence[str]
) -> pl.DataFrame:
    """A row a person and item: when first met, and what was done with it."""
    events, source = domain.interactions, domain is known.source
    unknown = sorted(set(kinds_of(domain)) - set(behaviours)) if behaviours else []
    if unknown:
        raise ValueError(
            f"behaviour {unknown} in {domain.name!r}: expected what the model has learnt, "
            f"{', '.join(behaviours)}"
        )
    kind = pl.col("behaviour") if "behaviour" in events.columns else pl.lit(None, pl.String)
    when = pl.col(order[0]) if order else pl.lit(0)
    first = len(known.target.items) if source else 0
    return (
        events.select(
            pl.Series("user", known.user_index(events["user_id"])),
            pl.Series("item", domain.item_index(events["item_id"]) + first),
            when.cast(pl.Float64).alias("when"),
            *((kind == name).fill_null(False).cast(pl.Float32).alias(name) for name in behaviours),
            pl.lit(float(source), pl.Float32).alias("source"),
        )
        .group_by("user", "item")
        .agg(pl.col("when").min(), pl.exclude("when").max())
    )


def kinds_of(domain: Domain) -> list[str]:
    """The behaviours that occur in a domain, sorted; none where they are not told apart."""
    events = domain.interactions
    return (
        sorted(events["behaviour"].unique().drop_nulls()) if "behaviour" in events.columns else []
    )


def one_space(
    target: Features, source: Features | None, known: CrossDomain | None = None
) -> np.ndarray:
    """Unit vectors of the target's items, the source's behind them, float32 [items, d].

    Raises TypeError for what is no `Features`, ValueError for two spaces and, with `known`, where
    there is not one vector an item.
    """
    parts = {"target": target} | ({} if source is None else {"source": source})
    for side, given in parts.items():
        if not isinstance(given, Features):
            raise TypeError(f"{side} is a {type(given).__name__}: expected Features.of(array)")
        if given.vectors.shape[1] != target.vectors.shape[1]:
            raise ValueError(
                f"target vectors have {target.vectors.shape[1]} dimensions, the source's "
                f"{given.vectors.shape[1]}: expected one space, so one encoder for both"
            )
        if known is not None:
            domain: Domain = getattr(known, side)
            if len(given.vectors) != len(domain.items):
                raise ValueError(
                    f"{len(given.vectors)} vectors for the {len(domain.items)} items of domain "
                    f"{domain.name!r}: expected one each"
                )
    return np.concatenate([given.unit() for given in parts.values()])
