"""What must hold for the tables of a domain, and every way in which they do not, said at once.

One fault a round makes a reader give up; so nothing here stops at the first. A fault names the
table, the column, the rows (the first few, then a count), and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

REQUIRED = {
    "items": ("item_id", "title"),
    "interactions": ("user_id", "item_id"),
    "users": ("user_id",),
}
TEXT = {"items": ("title", "description", "category", "brand"), "interactions": ("behaviour",)}
# Finite numbers, with the smallest and largest that make sense; null ("not known") is allowed.
NUMBERS: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "items": {"price": (0, None)},
    "interactions": {"rating": (None, None), "share": (0, 1)},
    "users": {"age": (0, None), "income": (None, None)},
}
YEAR_1990, YEAR_2100 = 631_152_000, 4_102_444_800  # Unix seconds of 1 January
UNITS = (("nanoseconds", 1_000_000_000), ("microseconds", 1_000_000), ("milliseconds", 1_000))
SHOWN = 5


class DataError(ValueError):
    """The data do not fit; `faults` lists every reason, one string each.

    Each fault says what was found and where, what was expected and what to do. Book: real data.

    >>> print(DataError(["items: no title", "users: row 3 is null"]))
    2 faults in the data:
      1. items: no title
      2. users: row 3 is null
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        lines = [f"  {n}. {fault}" for n, fault in enumerate(self.faults, 1)]
        many = f"{len(lines)} faults" if len(lines) != 1 else "1 fault"
        super().__init__("\n".join([f"{many} in the data:", *lines]))

    def __reduce__(self) -> tuple[type[DataError], tuple[list[str]]]:
        return DataError, (self.faults,)


@dataclass(frozen=True)
class Rows:
    """How the rows of a table are called: a table in memory counts from 0, a file has lines."""

    table: str
    unit: str = "row"
    number: Callable[[int], int] = int
    note: str = " (counted from 0)"

    def name(self, bad: pl.Series) -> str:
        """The rows where `bad` is true: `rows 1, 4 (counted from 0)`.

        >>> Rows("items").name(pl.Series([False, True, False, False, True]))
        'rows 1, 4 (counted from 0)'
        """
        at = bad.arg_true()
        shown = ", ".join(str(self.number(row)) for row in at.head(SHOWN))
        rest = f" and {len(at) - SHOWN:,} more" if len(at) > SHOWN else ""
        return f"{self.unit}{'s' if len(at) > 1 else ''} {shown}{rest}{self.note}"


def check_tables(
    name: str,
    items: pl.DataFrame,
    interactions: pl.DataFrame,
    users: pl.DataFrame | None = None,
) -> None:
    """Raise one `DataError` with every fault of a domain's tables, or return quietly.

    Rows are counted from 0. An empty `interactions` table is no fault (a training part may be
    empty), an empty `items` table is.

    >>> items = pl.DataFrame({"item_id": ["x", "x"], "title": ["Tea", "Tea"]})
    >>> events = pl.DataFrame({"user_id": ["a"], "item_id": ["y"]})
    >>> try:
    ...     check_tables("shop", items, events)
    ... except DataError as error:
    ...     print(len(error.faults))
    2
    """
    tables = {"items": items, "interactions": interactions}
    if users is not None:
        tables["users"] = users
    faults = find_faults(tables, {kind: Rows(f"{kind} of domain {name!r}") for kind in tables})
    if faults:
        raise DataError(faults)


def find_faults(tables: Mapping[str, Any], rows: Mapping[str, Rows]) -> list[str]:
    """Every fault of the tables that are there, as sentences; `rows` says how rows are called."""
    faults: list[str] = []
    for kind, table in tables.items():
        if not isinstance(table, pl.DataFrame):
            what = f"{type(table).__module__}.{type(table).__name__}"
            faults.append(
                f"{rows[kind].table}: expected a polars DataFrame, got {what}; "
                "xdrec.data.read_domain takes other kinds of tables"
            )
            continue
        faults += _table_faults(kind, table, rows[kind])
        items = tables.get("items")
        if kind == "interactions" and isinstance(items, pl.DataFrame):
            faults += _unknown_items(items, table, rows[kind])
    return faults


def _table_faults(kind: str, table: pl.DataFrame, rows: Rows) -> list[str]:
    faults = [_missing(kind, column, table, rows) for column in REQUIRED[kind]
              if column not in table.columns]  # fmt: skip
    if kind == "items" and table.is_empty():
        faults.append(f"{rows.table}: the table is empty; a domain needs at least one item")
    for column in ("user_id", "item_id"):
        if column in REQUIRED[kind] and column in table.columns:
            faults += _id_faults(table[column], rows, events=kind == "interactions")
    for column in TEXT.get(kind, ()):
        if column in table.columns and not _is_text(table[column].dtype):
            faults.append(
                f"{rows.table}: {column} is {table[column].dtype}, expected text; cast it to String"
            )
    for column, (low, high) in NUMBERS[kind].items():
        if column in table.columns:
            faults += _number_faults(table[column], rows, low, high)
    if kind == "interactions":
        faults += [f for column in ("timestamp", "position") if column in table.columns
                   for f in _order_faults(table[column], rows)]  # fmt: skip
    return faults


def _missing(kind: str, column: str, table: pl.DataFrame, rows: Rows) -> str:
    there = ", ".join(map(repr, table.columns)) or "no column at all"
    what = (
        f"rename the column that holds it, or give read_domain columns={{'your name': {column!r}}}"
    )
    if column == "title":
        what += (
            "; without titles add an empty one: items.with_columns(title=pl.lit(None, pl.String))"
        )
    return f"{rows.table}: no column {column!r} (there is: {there}); {what}"


def _id_faults(ids: pl.Series, rows: Rows, events: bool) -> list[str]:
    faults: list[str] = []
    if events and ids.dtype == pl.Categorical:  # a long table: each different id is read once
        known = ids.unique().cast(pl.String)
        if not ((known.str.strip_chars() == "") | known.is_null()).any():
            return faults
    elif ids.dtype not in (pl.String, pl.Null):
        faults.append(
            f"{rows.table}: {ids.name} is {ids.dtype}, but ids are strings; "
            f"cast it: pl.col({ids.name!r}).cast(pl.String)"
        )
    if not has_text(ids.dtype):
        return faults
    ids = ids.cast(pl.String)
    blank = (ids.is_null() | (ids.str.strip_chars() == "")).fill_null(True)
    if blank.any():
        faults.append(
            f"{rows.table}: {ids.name} is null or blank in {rows.name(blank)}; "
            "give each an id or drop the rows"
        )
    if not events and ids.n_unique() < len(ids):
        twice = ids.is_duplicated() & ~blank
        if twice.any():
            kind = ids.name.removesuffix("_id")
            faults.append(
                f"{rows.table}: the same {ids.name} more than once in {rows.name(twice)}: "
                f"{_values(ids.filter(twice))}; keep one row for each {kind}"
            )
    return faults


def _unknown_items(items: pl.DataFrame, interactions: pl.DataFrame, rows: Rows) -> list[str]:
    if "item_id" not in items.columns or "item_id" not in interactions.columns:
        return []
    known, asked = items["item_id"], interactions["item_id"]
    if not (has_text(known.dtype) and has_text(asked.dtype)):
        return []  # a fault already
    ids = asked.unique().cast(pl.String)  # each once, however long the table
    # A blank id has its own fault; here it would be named a second time.
    strange = ~ids.is_in(known.cast(pl.String).drop_nulls().implode())
    ids = ids.filter(strange & (ids.str.strip_chars() != "")).drop_nulls()
    if ids.is_empty():
        return []
    asked = asked.cast(pl.String)
    unknown = asked.is_in(ids.implode()).fill_null(False)
    return [
        f"{rows.table}: item_id is not in the items table in {rows.name(unknown)}: "
        f"{_values(asked.filter(unknown))}; add these items or drop the rows"
    ]


def _number_faults(
    numbers: pl.Series, rows: Rows, low: float | None, high: float | None
) -> list[str]:
    if numbers.dtype == pl.Null:
        return []
    if not numbers.dtype.is_numeric():
        return [
            f"{rows.table}: {numbers.name} is {numbers.dtype}, expected a number; "
            "strip currency signs and the like, and cast it to Float64"
        ]
    if numbers.dtype.is_decimal():
        numbers = numbers.cast(pl.Float64)
    tests = [("NaN or infinite", ~numbers.is_finite())]
    if low is not None:
        tests.append((f"below {low}", numbers.is_finite() & (numbers < low)))
    if high is not None:
        tests.append((f"above {high}", numbers.is_finite() & (numbers > high)))
    return [
        f"{rows.table}: {numbers.name} is {what} in {rows.name(bad.fill_null(False))}; "
        "correct it, or put null where it is not known"
        for what, bad in tests
        if bad.any()
    ]


def _order_faults(times: pl.Series, rows: Rows) -> list[str]:
    """Faults of `timestamp` (Unix seconds) or `position` (a user's own order)."""
    if not (times.dtype.is_signed_integer() or times.dtype == pl.Null):
        expected = {
            "timestamp": "Unix seconds (Int64); read_domain converts dates and text, or cast it "
            "yourself",
            "position": "a whole number (Int64); count each user's events 0, 1, 2, ... or cast it: "
            "pl.col('position').cast(pl.Int64)",
        }
        return [f"{rows.table}: {times.name} is {times.dtype}, expected {expected[times.name]}"]
    faults = []
    if times.null_count():
        faults.append(
            f"{rows.table}: {times.name} is null in {rows.name(times.is_null())}; "
            f"fill it, drop the rows, or drop the whole column (it is optional)"
        )
    times = times.cast(pl.Int64)  # a bound may not fit into a narrower type
    if (times < 0).any():
        faults.append(
            f"{rows.table}: {times.name} is negative in {rows.name(times < 0)}; "
            "correct it or drop the rows"
        )
    late = times >= YEAR_2100
    if times.name == "timestamp" and late.any():
        typical = times.filter(late).median()
        assert isinstance(typical, int | float)
        unit = next(((u, n) for u, n in UNITS if typical >= YEAR_1990 * n), None)
        advice = (
            f"these look like {unit[0]}: divide by {unit[1]:,}"
            if unit
            else "correct it or drop the rows"
        )
        faults.append(
            f"{rows.table}: timestamp lies in the year 2100 or later in {rows.name(late)}, "
            f"read as Unix seconds; {advice}"
        )
    return faults


def has_text(dtype: pl.DataType) -> bool:
    """Can polars write every value of this type as text? It panics at a date of the year 300,000.

    >>> has_text(pl.Int64()), has_text(pl.Date()), has_text(pl.List(pl.String))
    (True, False, False)
    """
    return dtype.is_numeric() or dtype == pl.Boolean or _is_text(dtype)


def _is_text(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)


def _values(values: pl.Series) -> str:
    found = values.unique(maintain_order=True)
    return ", ".join(map(repr, found.head(SHOWN))) + (", ..." if len(found) > SHOWN else "")
