"""The user's own tables, whatever they are called and wherever they lie, as a `Domain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from xdrec.data.checks import NUMBERS, REQUIRED, SHOWN, TEXT, DataError, Rows, find_faults, has_text
from xdrec.data.domain import Domain
from xdrec.data.files import Opened, in_codes, open_table

IDS = ("user_id", "item_id")
# Never taken for numbers, even where every value is made of digits.
PATHS = ("image_path", "audio_path", "video_path", "series_path")
TEXTS = (*IDS, *TEXT["items"], *TEXT["interactions"], "gender", *PATHS)
NAMES = {*TEXTS, *(n for columns in NUMBERS.values() for n in columns), "timestamp", "position"}
EXACT = 2**53  # above this, neighbouring whole numbers are the same float


def read_domain(
    name: str,
    items: Any,
    interactions: Any,
    users: Any = None,
    columns: Mapping[str, Any] | None = None,
    *,
    dictionary: bool = False,
) -> Domain:
    """Read a domain from the user's own tables, and report every fault of all of them at once.

    Each table is a path (`.parquet`, `.csv`, `.tsv`, `.jsonl`, `.ndjson`, the text formats also
    with `.gz`) or a polars or pandas data frame. `columns` renames: `{"their name": "our name"}`
    for every table that has the column, or one table alone: `{"items": {"id": "item_id"}}`.
    Columns that the library has no name for are kept.

    Ids become strings (1 and 1.0 both "1"); `timestamp` becomes Unix seconds, from whole numbers,
    dates, times (UTC unless they carry a zone) or ISO 8601 text, fractions of a second cut off;
    `price`, `rating`, `share`, `age` and `income` become numbers.

    `dictionary=True` is for long tables: the ids of `interactions` become pl.Categorical, 4 bytes
    each whatever their length, and Parquet or a polars LazyFrame (`pl.scan_csv`, say) is read in
    pieces, so that they never stand in memory as text. Everything else takes them as it takes text.

    Raises `DataError`, naming rows as the user's own file counts them (CSV: line 1 is the header).
    Source: document T 3.2.1 (collecting both domains' data). Book: real data.

    >>> goods = pl.DataFrame({"asin": [7, 8], "title": ["Red tea", "Blue cup"]})
    >>> events = pl.DataFrame({"who": ["a"], "asin": [7], "when": ["2014-01-25"]})
    >>> names = {"asin": "item_id", "who": "user_id", "when": "timestamp"}
    >>> read_domain("shop", goods, events, columns=names).interactions.rows()
    [('a', '7', 1390608000)]
    """
    given = {"items": items, "interactions": interactions, "users": users}
    given = {
        kind: source for kind, source in given.items() if source is not None or kind != "users"
    }
    renames = {kind: _renames(kind, columns or {}) for kind in given}
    opened = {
        kind: open_table(
            kind,
            source,
            _text_columns(renames[kind]),
            _ids_of(renames[kind]) if dictionary and kind == "interactions" else (),
        )
        for kind, source in given.items()
    }
    faults = [fault for table in opened.values() for fault in table.faults]
    faults += _mapping_faults(columns or {}, opened)
    tables: dict[str, pl.DataFrame] = {}
    for kind, table in opened.items():
        if table.frame is None:
            continue
        frame, clashes = _rename(table.frame, renames[kind], table.rows)
        faults += clashes
        if kind == "interactions" and frame.is_empty():
            faults.append(f"{table.rows.table}: the table is empty; there is nothing to learn from")
        encode = dictionary and kind == "interactions"
        tables[kind], unreadable = _convert(kind, frame, table.rows, encode)
        faults += unreadable
    faults += find_faults(tables, {kind: table.rows for kind, table in opened.items()})
    if faults:
        raise DataError(faults)
    return Domain(name, tables["items"], tables["interactions"], tables.get("users"))


def _renames(kind: str, columns: Mapping[str, Any]) -> dict[str, str]:
    flat = {theirs: ours for theirs, ours in columns.items() if isinstance(ours, str)}
    own = columns.get(kind)
    return flat | dict(own) if isinstance(own, Mapping) else flat


def _text_columns(renames: Mapping[str, str]) -> list[str]:
    """The texts by the names that the file itself gives them."""
    ours = [text for text in TEXTS if text not in renames]
    return ours + [theirs for theirs, name in renames.items() if name in TEXTS]


def _ids_of(renames: Mapping[str, str]) -> list[str]:
    """The ids by the names that the file itself gives them."""
    return [one for one in IDS if one not in renames] + [
        theirs for theirs, ours in renames.items() if ours in IDS
    ]


def _mapping_faults(columns: Mapping[str, Any], opened: Mapping[str, Opened]) -> list[str]:
    faults = []
    for theirs, ours in columns.items():
        if isinstance(ours, Mapping):
            wanted, kinds = dict(ours), [theirs]
            if theirs not in REQUIRED:
                faults.append(
                    f"columns: no table is called {theirs!r}; expected one of {list(REQUIRED)}"
                )
                continue
        else:
            wanted, kinds = {theirs: ours}, list(opened)
        frames = [opened[kind].frame for kind in kinds if kind in opened]
        if any(frame is None for frame in frames):
            continue  # the column may be in the table that could not be read
        there = sorted(
            {column for frame in frames if frame is not None for column in frame.columns}
        )
        for name, new in wanted.items():
            if name in NAMES and new not in NAMES and new in there:
                faults.append(
                    f"columns: {{{name!r}: {new!r}}} is the wrong way round: it goes from their "
                    f"names to ours; write {{{new!r}: {name!r}}}"
                )
            elif name not in there:
                faults.append(
                    f"columns: no column {name!r} to rename in {' or '.join(kinds)} "
                    f"(there is: {', '.join(map(repr, there))}); correct or drop it"
                )
    return faults


def _rename(
    frame: pl.DataFrame, renames: Mapping[str, str], rows: Rows
) -> tuple[pl.DataFrame, list[str]]:
    named: dict[str, list[str]] = {}
    for column in frame.columns:
        named.setdefault(renames.get(column, column), []).append(column)
    faults = [
        f"{rows.table}: {' and '.join(map(repr, theirs))} would all be called {ours!r}; "
        "rename one, or leave one out of columns"
        for ours, theirs in named.items()
        if len(theirs) > 1
    ]
    # The first of a clash stands in for all, so that the remaining checks can still run.
    return frame.select(pl.col(theirs[0]).alias(ours) for ours, theirs in named.items()), faults


def _convert(
    kind: str, frame: pl.DataFrame, rows: Rows, encode: bool = False
) -> tuple[pl.DataFrame, list[str]]:
    """Give every known column its type; a cell that cannot be read is a fault with its row."""
    faults: list[str] = []
    columns: dict[str, pl.Series] = {}
    for column in frame.get_columns():
        if encode and column.name in IDS and column.dtype == pl.Categorical:
            continue
        if column.name in IDS or (column.name in TEXT.get(kind, ())):
            columns[column.name], bad = _as_text(column)
            what = "a float too large to be exact; read this column as text"
        elif column.name in NUMBERS[kind]:
            columns[column.name], bad = _as_number(column)
            what = "not a number; strip currency signs and the like, use a decimal point"
        elif kind == "interactions" and column.name == "timestamp":
            columns[column.name], bad = _as_seconds(column)
            what = "neither Unix seconds nor an ISO date such as 2014-01-25 or 2014-01-25T10:30:00Z"
            if _looks_like_days(columns[column.name]):
                faults.append(f"{rows.table}: timestamp is written YYYYMMDD, which would be read "
                              "as seconds of 1970; make dates of it first: YYYY-MM-DD")  # fmt: skip
        else:
            continue
        if bad.any():
            values = ", ".join(
                map(repr, column.filter(bad).unique(maintain_order=True).head(SHOWN))
            )
            faults.append(f"{rows.table}: {column.name} in {rows.name(bad)} is {what}: {values}")
            if columns[column.name].dtype.is_numeric():
                # 0 passes the checks that follow: one fault, one sentence.
                columns[column.name] = columns[column.name].set(bad, 0)
    frame = frame.with_columns(**columns)
    return in_codes(frame.lazy(), IDS).collect() if encode else frame, faults


def _as_text(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    never = pl.repeat(False, len(column), eager=True)
    if not has_text(column.dtype):
        return column, never  # left to the checks, which say what is expected
    if not column.dtype.is_float():
        return column.cast(pl.String), never
    column = column.fill_nan(None)
    whole = (column == column.floor()).fill_null(False)
    exact = column.abs() < EXACT
    number = pl.when(whole & exact).then(column.cast(pl.Int64, strict=False).cast(pl.String))
    text = pl.select(number.otherwise(column.cast(pl.String)).alias(column.name)).to_series()
    return text, (whole & ~exact).fill_null(False)


def _as_number(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    never = pl.repeat(False, len(column), eager=True)
    if column.dtype.is_decimal():
        return column.cast(pl.Float64), never
    if column.dtype != pl.String:
        return column, never
    number = column.str.strip_chars().cast(pl.Float64, strict=False)
    return number, number.is_null() & _filled(column)


def _as_seconds(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    never = pl.repeat(False, len(column), eager=True)
    if column.dtype in (pl.Date, pl.Datetime):
        return column.dt.epoch("s").cast(pl.Int64), never
    if column.dtype.is_numeric():
        number = column.fill_nan(None) if column.dtype.is_float() else column
        seconds = number.cast(pl.Int64, strict=False)
        return seconds, seconds.is_null() & number.is_not_null()
    if column.dtype != pl.String:
        return column, never
    # ISO 8601 in its short forms is made long, so that one pattern reads them all.
    iso = (
        column.str.strip_chars()
        .str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00:00")
        .str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T")
        .str.replace(r"T(\d\d:\d\d)($|[Z+-])", "T${1}:00${2}")
        .str.replace(r"T([\d:.]+)$", "T${1}Z")
    )
    moment = iso.str.to_datetime("%+", strict=False, time_zone="UTC")
    number = column.str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None)
    seconds = number.cast(pl.Int64, strict=False).fill_null(moment.dt.epoch("s"))
    return seconds, seconds.is_null() & _filled(column)


def _filled(column: pl.Series) -> pl.Series:
    """Where text was given at all; an empty cell is a null, not a fault of its own."""
    return (column.str.strip_chars() != "").fill_null(False)


def _looks_like_days(seconds: pl.Series) -> bool:
    if not seconds.dtype.is_integer() or seconds.drop_nulls().is_empty():
        return False
    day = seconds.drop_nulls()
    if day.min() < 19_700_101 or day.max() > 21_001_231:  # type: ignore[operator]
        return False
    return day.cast(pl.String).str.to_date("%Y%m%d", strict=False).null_count() == 0
