"""One table from a file or a data frame, and how its rows are called in the user's own eyes.

Nothing is raised here: what is wrong with a file is written down as a fault, so that the faults of
all tables can be reported together.
"""

from __future__ import annotations

import csv
import io
import json
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from xdrec.data.caps import scan_parquet, unpacked
from xdrec.data.checks import Rows, has_text
from xdrec.data.csv_text import literal_marks, ragged, records_of

SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson")
PACKED = (".csv", ".tsv", ".jsonl", ".ndjson")  # these may carry a further .gz
# What polars raises at a damaged file; it panics, too, and that is no Exception.
DAMAGED = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)


@dataclass
class Opened:
    """A table as it was found (`frame` is None where it cannot be read), and what was wrong."""

    frame: pl.DataFrame | None
    rows: Rows
    faults: list[str]


def open_table(kind: str, source: Any, texts: Iterable[str], encoded: Sequence[str] = ()) -> Opened:
    """Read `source`, a path or a data frame; columns named in `texts` are never taken for numbers.

    Those named in `encoded` become pl.Categorical. A Parquet file or a LazyFrame is then read in
    pieces, and no such column ever stands in memory as text.

    Rows are called by line for CSV (the header is line 1) and JSON lines, and counted from 0 for
    Parquet and data frames.
    """
    rows = Rows(kind)
    if isinstance(source, pl.LazyFrame):
        source = in_codes(source, encoded).collect(engine="streaming" if encoded else "auto")
    if isinstance(source, pl.DataFrame):
        return Opened(source, rows, [])
    # pandas is looked at only if the user has already made a frame with it.
    if type(source).__module__.partition(".")[0] == "pandas":
        return _from_pandas(source, rows)
    if isinstance(source, str | os.PathLike):
        return _from_file(kind, Path(source), texts, encoded)
    what = f"{type(source).__module__}.{type(source).__name__}"
    fault = f"{kind}: expected a path or a data frame (polars or pandas), got {what}"
    return Opened(None, rows, [fault])


def _from_pandas(source: Any, rows: Rows) -> Opened:
    if not hasattr(source, "columns"):
        return Opened(None, rows, [f"{rows.table}: a pandas Series; give a DataFrame"])
    names = [str(name) for name in source.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return Opened(None, rows, [_same_names(rows.table, twice)])
    columns, faults = [], []
    for at, name in enumerate(names):
        try:
            columns.append(pl.Series(name, pl.from_pandas(source.iloc[:, at])))
        except (TypeError, ValueError) as error:  # pyarrow's errors are of these classes
            faults.append(
                f"{rows.table}: column {name!r} mixes types ({_first_line(error)}); "
                f"make it one type, for ids: frame[{name!r}] = frame[{name!r}].astype(str)"
            )
    return Opened(pl.DataFrame(columns), rows, faults)


def in_codes(table: pl.LazyFrame, columns: Iterable[str]) -> pl.LazyFrame:
    """The table with these columns as pl.Categorical, as far as they are there and exact."""
    there = {name: kind for name, kind in table.collect_schema().items() if name in set(columns)}
    return table.with_columns(
        pl.col(name).cast(pl.String).cast(pl.Categorical)
        for name, kind in there.items()
        if has_text(kind) and not kind.is_float() and kind != pl.Categorical
    )


def _from_file(kind: str, path: Path, texts: Iterable[str], encoded: Sequence[str] = ()) -> Opened:
    table = f"{kind} ({path.name})"
    rows = Rows(table)
    suffix, packed = path.suffix.lower(), False
    if suffix == ".gz" and Path(path.stem).suffix.lower() in PACKED:
        suffix, packed = Path(path.stem).suffix.lower(), True
    if suffix not in SUFFIXES:
        known = ", ".join([*SUFFIXES, *(f"{s}.gz" for s in PACKED)])
        fault = f"{table}: unknown suffix {path.suffix!r}; rename or convert it to one of {known}"
        return Opened(None, rows, [fault])
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "there is no such file"
        fault = f"{table}: {what}: {path}; check the path (working folder: {Path.cwd()})"
        return Opened(None, rows, [fault])
    try:
        if suffix == ".parquet":
            engine: Any = "streaming" if encoded else "auto"
            return Opened(in_codes(scan_parquet(path), encoded).collect(engine=engine), rows, [])
        data = unpacked(path) if packed else path.read_bytes()
    except ValueError as error:
        return Opened(None, rows, [f"{table}: {error}"])
    except (*DAMAGED, EOFError, zlib.error) as error:
        fault = f"{table}: damaged or unreadable ({_first_line(error)}); fetch or write it again"
        return Opened(None, rows, [fault])
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Opened(None, rows, [_not_utf8(table, path, data, error.start)])
    if not text.strip():
        return Opened(None, rows, [f"{table}: the file is empty; expected a header and rows"])
    if suffix in (".csv", ".tsv"):
        return _from_csv(table, text, "," if suffix == ".csv" else "\t", texts)
    return _from_json_lines(table, text)


def _not_utf8(table: str, path: Path, data: bytes, at: int) -> str:
    line = data.count(b"\n", 0, at) + 1
    byte = at - (data.rfind(b"\n", 0, at) + 1) + 1
    likely = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
    return (
        f"{table}: not UTF-8: byte {byte} of line {line} is 0x{data[at]:02x}; convert it, e.g. "
        f"p = pathlib.Path({path.name!r}); p.write_text(p.read_text({likely!r}), 'utf-8') "
        f"if it was written as {likely}"
    )


def _from_csv(table: str, text: str, separator: str, texts: Iterable[str]) -> Opened:
    records = cache(lambda: records_of(text, separator))
    kept: list[int] = []  # the records that became rows, filled in once blank lines are known
    line = lambda row: int(records()["line"][kept[row] if kept else row + 1])  # noqa: E731
    rows = Rows(table, "line", line, " (the header is line 1)")
    first = text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    if "\r" in first:
        fault = f"{table}: a carriage return within the header; end each line with a line feed"
        return Opened(None, rows, [fault])
    try:
        header = next(csv.reader([first], delimiter=separator))
    except csv.Error as error:
        return Opened(None, rows, [f"{table}: no header that can be read: {error}; mend line 1"])
    twice = sorted({name for name in header if name and header.count(name) > 1})
    faults = [_same_names(table, twice)] if twice else []
    text, broken = literal_marks(text, separator)
    if broken:
        fault = (
            f"{table}: the field that a quotation mark opens in line {broken} does not end where a "
            'mark closes it; write a mark inside it twice: "Pan 5"" wide"'
        )
        return Opened(None, rows, [*faults, fault])
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            separator=separator,
            infer_schema_length=None,
            schema_overrides=dict.fromkeys(texts, pl.String),
        )
    except pl.exceptions.PolarsError as error:
        wrong = ragged(records(), rows) or [f"{table}: not CSV: {_first_line(error)}"]
        return Opened(None, rows, faults + wrong)
    # polars fills a short line with nulls, and makes a row of a blank one: look closer only then.
    if len(frame) and frame.to_series(-1).null_count():
        found = records()
        faults += ragged(found, rows)
        full = ~found["blank"][1:]
        frame = frame.filter(full)
        kept += (full.arg_true() + 1).to_list()
    return Opened(frame, rows, faults)


def _from_json_lines(table: str, text: str) -> Opened:
    line = cache(lambda: [n for n, one in enumerate(text.split("\n"), 1) if one.strip()])
    rows = Rows(table, "line", lambda row: line()[row], "")
    try:
        return Opened(pl.read_ndjson(io.BytesIO(text.encode()), infer_schema_length=None), rows, [])
    except pl.exceptions.PolarsError as error:
        broken = pl.Series([not _is_object(text.split("\n")[n - 1]) for n in line()])
        where = f"in {rows.name(broken)}" if broken.any() else f"({_first_line(error)})"
        fault = f"{table}: not one JSON object a line {where}; write one {{...}} on each line"
        return Opened(None, rows, [fault])


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line, parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(constant: str) -> Callable[..., Any]:
    raise ValueError(f"{constant} is not JSON")


def _same_names(table: str, names: list[str]) -> str:
    return f"{table}: more than one column is called {', '.join(map(repr, names))}; rename them"


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0]
