"""The fixed benchmark: a folder whose tables already say what is train, valid and test.

    <folder>/benchmark/<domain>.parquet   user_id, item_id, position, warm, cold (timestamp)
    <folder>/items_<domain>.parquet       item_id, title, and any further attribute

The numbers of every run on such a folder can be compared, because nobody draws the split anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from xdrec.data.checks import DataError, Rows
from xdrec.data.domain import CrossDomain, Domain
from xdrec.data.splits import TEST, TRAIN, VALID, Split, cut, global_time

CASES = ("warm", "cold", "time")
EVENTS = ("user_id", "item_id", "position")
TIME = "timestamp"


def benchmark(
    folder: str | Path,
    source: str,
    target: str,
    case: str,
    valid_from: int | str | None = None,
    test_from: int | str | None = None,
) -> Split:
    """The fixed split of a benchmark folder, in one direction (`source` to `target`).

    `warm`: each user's last target interaction is test, the one before it valid. `cold`: a fifth of
    the users have nothing but source history. In both the source is wholly known. `time`: a global
    cut by days (`global_time`), the only case free of look-ahead; its two days are parameters (by
    default those before which 80 % and 90 % of all interactions lie), and what happened on one day
    has no order (no `position`).
    A domain's items are those with an interaction in its table, sorted by `item_id`; a column of
    the items table that counts interactions (`n_...`) is left out, as it has seen the test part.

    Raises `ValueError` for an unknown case, `DataError` for a missing folder, domain or column.
    Source: the leaderboard's protocol. Book: real data.
    """
    if case not in CASES:
        raise ValueError(f"case={case!r}: expected one of {CASES}")
    folder = Path(folder)
    tables = folder / "benchmark"
    if not tables.is_dir():
        raise DataError([f"no folder {str(tables)!r}; {_how_to_get_it()}"])
    there = sorted(path.stem for path in tables.glob("*.parquet"))
    faults = [
        f"no domain {name!r} in {str(tables)!r}; there is: {', '.join(there) or 'none'}"
        for name in dict.fromkeys([source, target])
        if name not in there
    ]
    if faults:
        raise DataError(faults)
    parts = () if case == "time" else (case,)
    needed = (TIME,) if case == "time" else ()
    known, _ = _domain(folder, source, needed, ())
    wanted, part = _domain(folder, target, needed, parts)
    cross = CrossDomain(known, wanted)
    if case == "time":
        # A position also orders what shares a day, and that part of it was drawn at random.
        days = CrossDomain(*(_without_position(d) for d in (cross.source, cross.target)))
        begin = _day_of(days, 0.8) if valid_from is None else valid_from
        end = _day_of(days, 0.9) if test_from is None else test_from
        return replace(global_time(days, begin, end), name=case)
    return cut(case, cross, part[case])


def _domain(
    folder: Path, name: str, needed: Sequence[str], parts: Sequence[str]
) -> tuple[Domain, pl.DataFrame]:
    """A domain as its two files have it, and the columns that say which part a row belongs to."""
    path = folder / "benchmark" / f"{name}.parquet"
    table = pl.read_parquet(path)
    faults = [
        f"{path.name}: no column {column!r} (there is: {', '.join(table.columns)}); a benchmark "
        f"table has {', '.join(EVENTS)} (for the case time: {TIME}), and {', '.join(CASES[:2])} "
        f"with {TRAIN}, {VALID} or {TEST}"
        for column in (*EVENTS, *needed, *parts)
        if column not in table.columns
    ]
    for column in parts:
        if column in table.columns:
            odd = ~table[column].is_in([TRAIN, VALID, TEST]).fill_null(False)
            if odd.any():
                rows = Rows(path.name).name(odd)
                faults.append(
                    f"{path.name}: {column} in {rows} is not {TRAIN}, {VALID} or {TEST}; correct it"
                )
    catalogue = folder / f"items_{name}.parquet"
    if not catalogue.is_file():
        raise DataError([*faults, f"no file {str(catalogue)!r}: it holds item_id and title"])
    items = pl.read_parquet(catalogue)
    faults += [
        f"{catalogue.name}: no column {column!r} (there is: {', '.join(items.columns)}); "
        "the items' titles are read from it, null where unknown"
        for column in ("item_id", "title")
        if column not in items.columns
    ]
    if faults:
        raise DataError(faults)
    seen = pl.col("item_id").is_in(table["item_id"].unique().implode())
    items = items.filter(seen).sort("item_id").drop(pl.selectors.starts_with("n_"))
    events = table.select(c for c in table.columns if c in (*EVENTS, TIME))
    return Domain(name, items, events), table.select(parts)


def _day_of(cross: CrossDomain, share: float) -> int:
    """The moment before which this share of both domains' interactions lies."""
    both = [domain.interactions["timestamp"] for domain in (cross.source, cross.target)]
    moments = pl.concat(both).sort()
    return int(moments[int(share * len(moments))])


def _without_position(domain: Domain) -> Domain:
    return domain.with_interactions(domain.interactions.drop("position"))


def _how_to_get_it() -> str:
    return (
        "get the data with xdrec.data.load('amazon-food-kitchen', download=True), or set "
        "XDREC_DATA to the folder that holds them; your own folder needs benchmark/<domain>.parquet"
    )
