"""Tables in files: CSV, TSV, JSON lines, packed or not, and Parquet; damaged, torn and foreign."""

from __future__ import annotations

import gzip
import io
import json
from functools import cache
from pathlib import Path
from random import Random

import polars as pl

from tests.fuzz.hostile import changed, damaged, holds, thing, told, word
from xdrec.data import read_domain
from xdrec.data.checks import Rows
from xdrec.data.csv_text import literal_marks, ragged, records_of

ITEMS = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"], "price": [1.0, 2]})
EVENTS = pl.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"], "timestamp": [10, 20],
                       "behaviour": ["view", "buy"]})  # fmt: skip


@cache
def parquet(kind: str, compression: str) -> bytes:
    buffer = io.BytesIO()
    (ITEMS if kind == "items" else EVENTS).write_parquet(buffer, compression=compression)
    return buffer.getvalue()


def read(place: Path, kind: str, name: str, data: bytes) -> None:
    """The file as one of a domain's two tables; it must be the same file afterwards."""
    file = place / name
    file.write_bytes(data)
    given = {"items": ITEMS, "interactions": EVENTS} | {kind: file}
    domain = told(lambda: read_domain("d", **given), name, "in the data")
    assert file.read_bytes() == data
    if domain is not None:
        assert domain.matrix(domain.user_ids).shape[1] == len(domain.items)
    file.unlink()


def separated(rng: Random, place: Path) -> None:
    kind, suffix = rng.choice(("items", "interactions")), rng.choice((".csv", ".tsv"))
    table = ITEMS if kind == "items" else EVENTS
    mark = "," if suffix == ".csv" else "\t"
    rows = [table.columns, *(list(map(str, row)) for row in table.rows())]
    for _ in range(rng.randrange(5)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = word(rng)
    text = rng.choice(("\n", "\r\n", "\n\n")).join(mark.join(row) for row in rows)
    data = text.encode(rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig")))
    if rng.randrange(2):
        data = damaged(rng, data)
    if rng.randrange(5) == 0:
        data, suffix = gzip.compress(data, 1), f"{suffix}.gz"
        if rng.randrange(2):
            data = damaged(rng, data)
    read(place, kind, f"t{suffix}", data)


def json_lines(rng: Random, place: Path) -> None:
    kind = rng.choice(("items", "interactions"))
    rows = (ITEMS if kind == "items" else EVENTS).to_dicts()
    said = [changed(rng, row) if rng.randrange(2) else row for row in rows]
    lines = [json.dumps(one, ensure_ascii=rng.random() < 0.5) for one in [*said, thing(rng)][:3]]
    data = "\n".join(lines[: rng.choice((2, 2, 3))]).encode("utf-8", "replace")
    read(place, kind, "t.jsonl", damaged(rng, data) if rng.randrange(2) else data)


def parquet_files(rng: Random, place: Path) -> None:
    kind = rng.choice(("items", "interactions"))
    whole = parquet(kind, rng.choice(("uncompressed", "snappy", "zstd", "gzip")))
    read(place, kind, "t.parquet", damaged(rng, whole))


def test_a_file_at_which_polars_ends_the_process_is_refused(tmp_path: Path) -> None:
    """Found at seed 6707: polars asked for 2 EB, and aborted."""
    parquet_files(Random(6707), tmp_path)


def csv_text(rng: Random, _: Path) -> None:
    """The two readers of CSV text by themselves: no line moves, none is counted twice."""
    mark = rng.choice((",", "\t"))
    text = "".join(rng.choice((word(rng)[:9], '"', '"', mark, mark, "\n", "\r\n", "a"))
                   for _ in range(rng.randrange(1, 14)))  # fmt: skip
    marked, broken = literal_marks(text, mark)
    assert marked.count("\n") == text.count("\n")
    assert broken is None or 1 <= broken <= text.count("\n") + 1
    if text.strip():
        records = records_of(text, mark)
        assert records["line"].is_sorted()
        if len(records):
            assert all("fields, but not line" in one for one in ragged(records, Rows("t", "line")))


ENTRIES = {
    "csv": (separated, 100),
    "jsonl": (json_lines, 60),
    "parquet": (parquet_files, 60),
    "csv text": (csv_text, 150),
}
test_csv = holds(separated, 150)
test_json_lines = holds(json_lines, 100)
test_parquet = holds(parquet_files, 80)
test_csv_text = holds(csv_text, 150)
