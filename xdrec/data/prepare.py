"""Cleaning, denoising and normalizing, learned from the training time alone.

A filter or a scale that looks at the whole table has seen the test part. So each step here decides
on training events by training events only, and carries the decision over to the later ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from xdrec.data.checks import NUMBERS, DataError
from xdrec.data.domain import Domain
from xdrec.data.splits import DAY, day_start

VIEWS = ("view", "watch")
NOW, MOMENT = "__training", "__moment"  # working columns, gone in the result


@dataclass(frozen=True, eq=False, repr=False)
class Prepared:
    """A prepared domain, what each step left of it, and the numbers that were fitted.

    `counts` has one row a step: `step`, `users` who acted, `items` in the catalogue,
    `interactions`, and how many of these lie in the `training` time. `statistics` has one row a
    normalized column: `column`, `shift` and `scale`, for scaled = (x - shift) / scale. The repr is
    the table of counts. Source: document T 3.2.1, T 4.3.1. Book: bring your own data.

    >>> items = pl.DataFrame({"item_id": ["x"], "title": ["Tea"]})
    >>> events = pl.DataFrame({"user_id": ["a", "a"], "item_id": ["x", "x"]})
    >>> prepared = prepare(Domain("shop", items, events))
    >>> prepared.counts.select("step", "interactions").rows(), len(prepared.domain.interactions)
    ([('as given', 2), ('duplicates', 1)], 1)
    """

    domain: Domain
    counts: pl.DataFrame
    statistics: pl.DataFrame

    def __repr__(self) -> str:
        rows = [self.counts.columns]
        rows += [[step, *(f"{n:,}" for n in numbers)] for step, *numbers in self.counts.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = []
        for step, *numbers in rows:
            cells = [n.rjust(width) for n, width in zip(numbers, widths[1:], strict=True)]
            lines.append("  ".join([step.ljust(widths[0]), *cells]))
        fitted = [
            f"{column}_scaled = ({column} - {shift:.6g}) / {scale:.6g}"
            for column, shift, scale in self.statistics.rows()
        ]
        return "\n".join([f"Prepared {self.domain.name!r}", *lines, *fitted])


def prepare(
    domain: Domain,
    *,
    until: int | str | None = None,
    drop_duplicates: Literal["events", "pairs"] | None = "events",
    min_share: float | None = None,
    min_seconds: int | None = None,
    k_core: int | None = None,
    normalize: Sequence[str] = (),
    method: Literal["minmax", "standard"] = "minmax",
) -> Prepared:
    """Clean, denoise and normalize a domain, each step only if asked for, in this order.

    `until` (Unix seconds or "YYYY-MM-DD", whole days) ends the training time; without it all time
    is training time.

    - `drop_duplicates`: of the rows with the same user, item, behaviour and time ("events") or the
      same user, item and behaviour at any time ("pairs") the earliest stays.
    - accidental views: a view (behaviour view or watch; any event where the table has no
      behaviours) is dropped if it was short and the user did nothing else with the item from then
      on. Short is a `share` below `min_share`, or fewer than `min_seconds` until the same user's
      next event, which needs times finer than days.
    - `k_core`: users and items are dropped until each that is left has k different partners, with
      all their later events. Without any training event they are newcomers and stay; if `until` is
      not given nobody can be new, and they go.
    - `normalize`: price, age, income, rating, share, each into a further column `<name>_scaled`:
      (x - min) / (max - min), or (x - mean) / standard deviation for `method="standard"`; a
      constant becomes 0. Fitted on items and users with a training event and on training events;
      the later ones are scaled by the same numbers, so they may lie outside [0, 1]. Null stays
      null.

    Raises `ValueError` for a setting without meaning, `DataError` if a column is missing or nothing
    is left. Source: document T 3.2.1, T 4.3.1, X 4.3.2. Book: the e-commerce case.

    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Tea", "Cup"], "price": [2.0, 4.0]})
    >>> events = pl.DataFrame({"user_id": ["a", "a", "a"], "item_id": ["x", "x", "y"]})
    >>> prepare(Domain("shop", items, events), normalize=["price"])
    Prepared 'shop'
    step        users  items  interactions  training
    as given        1      2             3         3
    duplicates      1      2             2         2
    price_scaled = (price - 2) / 2
    """
    _check_settings(
        domain, until, drop_duplicates, min_share, min_seconds, k_core, normalize, method
    )
    timed = "timestamp" in domain.interactions.columns
    end = None if until is None else day_start(until, "until")
    domain = domain.with_interactions(
        domain.interactions.with_columns(
            (pl.lit(True) if end is None else pl.col("timestamp") < end).alias(NOW),
            (pl.col("timestamp") if timed else pl.lit(0)).alias(MOMENT),
        )
    )
    counts = [_count("as given", domain)]
    if drop_duplicates:
        domain = _drop_duplicates(domain, drop_duplicates)
        counts.append(_count("duplicates", domain))
    if min_share is not None or min_seconds is not None:
        domain = _drop_accidental(domain, min_share, min_seconds)
        counts.append(_count("accidental views", domain))
    if k_core is not None:
        domain = _k_core(domain, k_core, newcomers=end is not None)
        counts.append(_count(f"{k_core}-core", domain))
    fitted = []
    for column in normalize:
        domain, shift, scale = _normalize(domain, column, method)
        fitted.append((column, shift, scale))
    schema = {"column": pl.String, "shift": pl.Float64, "scale": pl.Float64}
    return Prepared(
        domain.with_interactions(domain.interactions.drop(NOW, MOMENT)),
        pl.DataFrame(counts),
        pl.DataFrame(fitted, schema=schema, orient="row"),
    )


def _drop_duplicates(domain: Domain, kind: str) -> Domain:
    events = domain.interactions
    key: list[str] = [c for c in ("user_id", "item_id", "behaviour") if c in events.columns]
    if kind == "events":
        key.append(MOMENT)
    # The earliest stays: what happens later must not undo a training event.
    first = pl.struct(MOMENT, pl.int_range(pl.len())).rank("ordinal").over(key) == 1
    return domain.with_interactions(events.filter(first))


def _drop_accidental(domain: Domain, min_share: float | None, min_seconds: int | None) -> Domain:
    events = domain.interactions
    view = pl.col("behaviour").is_in(VIEWS) if "behaviour" in events.columns else pl.lit(True)
    short = pl.lit(False)
    if min_share is not None:
        short |= (pl.col("share") < min_share).fill_null(False)
    if min_seconds is not None:
        # Within the training time or after it: the last training event has no next one.
        pause = pl.col(MOMENT).shift(-1).over("user_id", NOW, order_by=MOMENT) - pl.col(MOMENT)
        short |= (pause < min_seconds).fill_null(False)
    doubtful = (view & short).fill_null(False)
    sure = pl.when(~pl.col("__doubtful")).then(MOMENT).max().over("user_id", "item_id", NOW)
    meant = (sure >= pl.col(MOMENT)).fill_null(False)
    kept = events.with_columns(doubtful.alias("__doubtful")).filter(~pl.col("__doubtful") | meant)
    return domain.with_interactions(kept.drop("__doubtful"))


def _k_core(domain: Domain, k: int, newcomers: bool) -> Domain:
    events = domain.interactions
    met = events.filter(NOW).select("user_id", "item_id").unique()
    core = met
    while True:
        enough = [pl.len().over(side) >= k for side in ("user_id", "item_id")]
        left = core.filter(*enough)
        if len(left) == len(core):
            break
        core = left
    if core.is_empty():
        raise DataError(
            [f"domain {domain.name!r} has no {k}-core: no group of users and items in training "
             f"time in which each has {k} partners; lower k_core"]
        )  # fmt: skip

    def stays(side: str) -> pl.Expr:
        inside = pl.col(side).is_in(core[side].unique().implode())
        return inside | ~pl.col(side).is_in(met[side].unique().implode()) if newcomers else inside

    users = domain.users
    return replace(
        domain,
        items=domain.items.filter(stays("item_id")),
        interactions=events.filter(stays("user_id"), stays("item_id")),
        users=users if users is None else users.filter(stays("user_id")),
    )


def _normalize(domain: Domain, column: str, method: str) -> tuple[Domain, float, float]:
    kind = _table_of(column)
    table: pl.DataFrame = getattr(domain, kind)
    training = domain.interactions.filter(NOW)
    if kind == "interactions":
        seen = training[column]
    else:
        key = "item_id" if kind == "items" else "user_id"
        seen = table.filter(pl.col(key).is_in(training[key].unique().implode()))[column]
    seen = seen.cast(pl.Float64).drop_nulls()
    if seen.is_empty():
        raise DataError(
            [f"{kind} of domain {domain.name!r}: no {column} is known in training time, so nothing "
             "can be fitted; fill it in, or leave it out of normalize"]
        )  # fmt: skip
    low, high = float(seen.min()), float(seen.max())  # type: ignore[arg-type]
    shift, scale = low, high - low
    if method == "standard" and scale:
        shift, scale = float(seen.mean()), float(seen.std(ddof=0))  # type: ignore[arg-type]
    scale = scale or 1.0  # a constant has no spread and becomes 0
    table = table.with_columns(
        ((pl.col(column).cast(pl.Float64) - shift) / scale).alias(f"{column}_scaled")
    )
    if kind == "interactions":
        return domain.with_interactions(table), shift, scale
    if kind == "items":
        return replace(domain, items=table), shift, scale
    return replace(domain, users=table), shift, scale


def _count(step: str, domain: Domain) -> dict[str, str | int]:
    events = domain.interactions
    return {
        "step": step,
        "users": events["user_id"].n_unique(),
        "items": len(domain.items),
        "interactions": len(events),
        "training": int(events[NOW].sum()),
    }


def _table_of(column: str) -> str:
    return next((kind for kind, columns in NUMBERS.items() if column in columns), "")


def _check_settings(
    domain: Domain,
    until: int | str | None,
    drop_duplicates: str | None,
    min_share: float | None,
    min_seconds: int | None,
    k_core: int | None,
    normalize: Sequence[str],
    method: str,
) -> None:
    """Refuse what has no meaning before anything is done."""
    events = domain.interactions
    if drop_duplicates not in ("events", "pairs", None):
        raise ValueError(f"drop_duplicates={drop_duplicates!r}: expected 'events', 'pairs' or None")
    if method not in ("minmax", "standard"):
        raise ValueError(f"method={method!r}: expected 'minmax' or 'standard'")
    if k_core is not None and k_core < 1:
        raise ValueError(f"k_core={k_core!r}: expected a whole number from 1, or None")
    numbers = [column for columns in NUMBERS.values() for column in columns]
    if isinstance(normalize, str) or set(normalize) - set(numbers):
        raise ValueError(f"normalize={normalize!r}: expected a list of some of {numbers}")
    faults = [
        f"domain {domain.name!r}: no {kind} column {column!r}, which {asked} needs; add it or "
        "leave the setting out"
        for asked, kind, column, wanted in [
            ("until", "interactions", "timestamp", until is not None),
            ("min_seconds", "interactions", "timestamp", min_seconds is not None),
            ("min_share", "interactions", "share", min_share is not None),
            *(("normalize", _table_of(column), column, True) for column in normalize),
        ]
        if wanted and column not in getattr(getattr(domain, kind), "columns", ())
    ]
    if faults:
        raise DataError(faults)
    if min_seconds is not None and len(events) and (events["timestamp"] % DAY == 0).all():
        raise ValueError("min_seconds: these timestamps are whole days, so no view has a length")
