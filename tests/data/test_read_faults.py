"""The user's own tables: every fault is told, by the table and the row as the user sees them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from tests.data.reading import DAY, EVENTS, ITEMS, fault, faults, file, timestamps
from xdrec.data.read import read_domain


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("e.xlsx", b"", "unknown suffix '.xlsx'; rename or convert it to one of .parquet, .csv"),
        ("e.parquet.gz", b"", "unknown suffix '.gz'"),
        ("e.parquet", b"nonsense", "damaged or unreadable"),
        ("e.csv.gz", b"nonsense", "damaged or unreadable"),
        ("e.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:-20], "damaged or unreadable"),
        ("e.csv", b"", "the file is empty"),
        ("e.jsonl", b"\n \n", "the file is empty"),
        ("e.csv", b"user_id,item_id\n", "the table is empty; there is nothing to learn from"),
        ("e.csv", b"user_id,item_id\na,x\nb,caf\xe9\n", "byte 6 of line 3 is 0xe9"),
        ("e.csv", "user_id,item_id\na,x\n".encode("utf-16"), "if it was written as utf-16"),
        ("e.csv", b"user_id,item_id,item_id\na,x,x\n", "more than one column is called 'item_id'"),
        ("e.csv", b"user_id,item_id,timestamp\na,x,1\nb,y,2,3\n", "not line 3 (4 fields)"),
        ("e.csv", b'user_id,item_id,n\n"a\n",x,1\n\nb,y\n', "3 fields, but not line 5 (2 fields)"),
        ("e.jsonl", b'{"user_id": 1,\n', "not one JSON object a line in line 1"),
        ("e.jsonl", b'\n{"user_id": "a", "item_id": "x"}\n[1]\n', "in line 3"),
        ("e.jsonl", b'{"user_id": "a", "item_id": "x", "rating": NaN}\n', "in line 1"),
    ],
)
def test_faults_of_files(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    path = file(tmp_path, name, content)
    found = [one for one in faults(interactions=path) if expected in one]
    assert len(found) == 1
    assert found[0].startswith(f"interactions ({name}): ")


def test_a_missing_file_a_folder_and_a_thing_that_is_no_table(tmp_path: Path) -> None:
    assert "there is no such file" in fault(interactions=tmp_path / "no.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder, not a file" in fault(interactions=tmp_path / "folder.csv")
    assert "got builtins.int" in fault(interactions=3)
    assert "give a DataFrame" in fault(interactions=pd.Series([1]))
    assert "got builtins.NoneType" in fault(items=None)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """A line break inside quotation marks and blank lines count, as they do in an editor."""
    events = 'user_id,item_id,timestamp\n"a\nb",x,1\n\nc,nothing,2\n,y,soon\n'
    found = faults(interactions=file(tmp_path, "e.csv", events))
    assert len(found) == 3
    assert "timestamp in line 6 (the header is line 1) is neither" in found[0]
    assert "user_id is null or blank in line 6" in found[1]
    assert "not in the items table in line 5 (the header is line 1): 'nothing'" in found[2]
    lines = '{"user_id":"a","item_id":"x"}\n\n{"user_id":"a","item_id":"q"}\n'
    assert "in line 3: 'q'" in fault(interactions=file(tmp_path, "e.jsonl", lines))


def test_blank_lines_are_no_rows_but_a_line_of_commas_is(tmp_path: Path) -> None:
    blank = "\r\nuser_id,item_id\r\na,x\r\n\r\nb,y\r\n\r\n\r\n"
    domain = read_domain("shop", ITEMS, file(tmp_path, "e.csv", blank))
    assert domain.interactions.rows() == [("a", "x"), ("b", "y")]
    found = faults(interactions=file(tmp_path, "c.csv", "user_id,item_id\na,x\n,\n"))
    assert [("line 3" in one) for one in found] == [True, True]
    marked = b"\xef\xbb\xbfuser_id,item_id\na,x\n"
    assert len(read_domain("shop", ITEMS, file(tmp_path, "m.csv", marked)).interactions) == 1


def test_a_cell_that_cannot_be_read_is_one_fault_with_its_rows() -> None:
    times = EVENTS.with_columns(timestamp=pl.Series(["2014-02-30", "2014-01-25"]))
    assert "timestamp in row 0 (counted from 0)" in fault(interactions=times)
    assert "'2014-02-30'" in fault(interactions=times)
    prices = ITEMS.with_columns(price=pl.Series(["$3", "4"]))
    assert "price in row 0 (counted from 0) is not a number" in fault(items=prices)
    empty = EVENTS.with_columns(timestamp=pl.Series(["", "2014-01-25"]))
    assert "timestamp is null in row 0" in fault(interactions=empty)
    endless = EVENTS.with_columns(timestamp=pl.Series([float("inf"), 1.0]))
    assert "timestamp in row 0" in fault(interactions=endless)


def test_days_as_numbers_are_not_taken_for_seconds() -> None:
    for values in ([20140125, 20140126], ["20140125", "20140126"]):
        days = EVENTS.with_columns(timestamp=pl.Series(values))
        assert "written YYYYMMDD" in fault(interactions=days)
    assert timestamps([20140125, 20149999]) == [20140125, 20149999]


def test_a_position_is_a_whole_number_of_the_users_own() -> None:
    for values, kind in ((["1", "2"], "String"), ([1.0, 2.0], "Float64")):
        told = fault(interactions=EVENTS.with_columns(position=pl.Series(values)))
        assert told == (
            f"interactions: position is {kind}, expected a whole number (Int64); count each "
            "user's events 0, 1, 2, ... or cast it: pl.col('position').cast(pl.Int64)"
        )


def test_milliseconds_are_named_not_converted() -> None:
    late = EVENTS.with_columns(timestamp=pl.Series([DAY * 1_000, DAY * 1_000]))
    assert "milliseconds: divide by 1,000" in fault(interactions=late)


def test_float_ids_that_have_lost_digits_are_refused() -> None:
    rounded = EVENTS.with_columns(user_id=pl.Series([2.0**53, 1.0]))
    assert "user_id in row 0 (counted from 0) is a float too large" in fault(interactions=rounded)


def test_a_missing_id_of_a_float_column_is_null_not_nan() -> None:
    frame = pd.DataFrame({"user_id": [1, None], "item_id": ["x", "y"]})
    assert "user_id is null or blank in row 1" in fault(interactions=frame)


def test_pandas_columns_of_mixed_type_and_of_one_name() -> None:
    mixed = pd.DataFrame({"user_id": [1, "a"], "item_id": ["x", "y"]})
    assert "column 'user_id' mixes types" in faults(interactions=mixed)[0]
    twice = pd.DataFrame([["a", "x", "x"]], columns=["user_id", "item_id", "item_id"])
    assert "more than one column is called 'item_id'" in fault(interactions=twice)


def test_faults_of_the_mapping() -> None:
    assert "no column 'asin' to rename in items or interactions" in fault(
        columns={"asin": "item_id"}
    )
    assert "no column 'asin' to rename in items" in fault(columns={"items": {"asin": "item_id"}})
    assert "no table is called 'people'" in fault(columns={"people": {"id": "user_id"}})
    both = ITEMS.with_columns(asin=pl.lit("x"))
    assert "'item_id' and 'asin' would all be called 'item_id'" in fault(
        items=both, columns={"asin": "item_id"}
    )
    two = both.with_columns(sku=pl.lit("x")).drop("item_id")
    names = {"asin": "item_id", "sku": "item_id"}
    assert any("'asin' and 'sku' would all" in one for one in faults(items=two, columns=names))


@pytest.mark.parametrize("columns", [{"item_id": "asin"}, {"items": {"item_id": "asin"}}])
def test_a_mapping_the_wrong_way_round(columns: dict) -> None:
    theirs = ITEMS.rename({"item_id": "asin"})
    for events in (EVENTS, EVENTS.rename({"item_id": "asin"})):
        assert faults(theirs, events, columns=columns)[0] == (
            "columns: {'item_id': 'asin'} is the wrong way round: it goes from their names to "
            "ours; write {'asin': 'item_id'}"
        )
    swap = {"user_id": "item_id", "item_id": "user_id"}
    assert not any("wrong way" in one for one in faults(theirs, columns={"interactions": swap}))


def test_all_faults_of_all_tables_come_together(tmp_path: Path) -> None:
    items = file(tmp_path, "i.csv", "asin,title,price\nx,Tea,cheap\nx,Cup,-1\n")
    events = file(tmp_path, "e.jsonl", '{"user_id":"a","asin":"q","timestamp":"soon"}\n')
    found = faults(items, events, tmp_path / "no.csv", columns={"asin": "item_id"})
    expected = [
        "users (no.csv): there is no such file",
        "items (i.csv): price in line 2 (the header is line 1) is not a number",
        "interactions (e.jsonl): timestamp in line 1 is neither",
        "items (i.csv): the same item_id more than once in lines 2, 3",
        "items (i.csv): price is below 0 in line 3",
        "interactions (e.jsonl): item_id is not in the items table in line 1: 'q'",
    ]
    assert len(found) == len(expected)
    for one, start in zip(found, expected, strict=True):
        assert one.startswith(start)


def test_one_unreadable_table_does_not_hide_the_faults_of_another() -> None:
    found = faults(items=3, interactions=EVENTS.with_columns(timestamp=pl.lit(-1)))
    assert [one.split(":")[0] for one in found] == ["items", "interactions"]
