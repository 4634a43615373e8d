"""The user's own tables: every format, every fault by its row, and nothing changed on the way."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from xdrec.data.checks import DataError
from xdrec.data.read import read_domain

ITEMS = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"]})
EVENTS = pl.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"], "timestamp": [10, 20]})
DAY = 1_390_608_000  # 2014-01-25


def faults(
    items: Any = ITEMS, interactions: Any = EVENTS, users: Any = None, **more: Any
) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_domain("shop", items, interactions, users, **more)
    return caught.value.faults


def fault(*args: Any, **more: Any) -> str:
    (only,) = faults(*args, **more)
    return only


def timestamps(values: Any) -> list[int]:
    events = pl.DataFrame({"user_id": "a", "item_id": "x", "timestamp": values})
    return read_domain("shop", ITEMS, events).interactions["timestamp"].to_list()


def file(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# ---- what is read ----

# Any text at all, but an id has a visible character; \r\n and \r are the csv writer's own business.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")
TEXT = st.text(LETTERS, max_size=8)
IDS = st.lists(TEXT.filter(lambda s: s.strip()), min_size=1, max_size=6, unique=True)
PRICES = st.none() | st.floats(0, 1e9)


@st.composite
def tables(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    ids, people = draw(IDS), draw(IDS)
    items = {
        "item_id": ids,
        "title": [draw(st.none() | TEXT) for _ in ids],
        "price": [draw(PRICES) for _ in ids],
        "weight": [draw(st.integers(-9, 9)) for _ in ids],
    }
    event = st.tuples(st.sampled_from(people), st.sampled_from(ids), st.integers(10**9, 4 * 10**9))
    rows = draw(st.lists(event, min_size=1, max_size=8))
    schema = {"item_id": pl.String, "title": pl.String, "price": pl.Float64, "weight": pl.Int64}
    events = pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row")
    return (
        pl.DataFrame(items, schema=schema),
        events,
        pl.DataFrame({"user_id": people, "gender": ["f"] * len(people)}),
    )


def write(frame: pl.DataFrame, path: Path) -> Path:
    kind = path.suffixes[0]
    if kind == ".parquet":
        frame.write_parquet(path)
        return path
    separator = "\t" if kind == ".tsv" else ","
    text = frame.write_ndjson() if kind == ".jsonl" else frame.write_csv(separator=separator)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".tsv", ".csv.gz", ".jsonl", ".jsonl.gz"])
@settings(max_examples=60)
@given(given=tables())
def test_write_read_is_the_identity(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, given: tuple[pl.DataFrame, ...]
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    paths = [write(t, folder / f"{n}{suffix}") for n, t in zip("iep", given, strict=True)]
    domain = read_domain("shop", *paths)
    assert domain.users is not None
    # A column of nulls alone leaves no type behind in a text file, nor whole floats in JSON.
    exact = suffix == ".parquet"
    assert_frame_equal(domain.items, given[0], check_dtypes=exact, check_exact=exact)
    assert_frame_equal(domain.interactions, given[1])
    assert_frame_equal(domain.users, given[2])


@settings(max_examples=60)
@given(given=tables())
def test_data_frames_are_read_as_they_are(given: tuple[pl.DataFrame, ...]) -> None:
    ours = read_domain("shop", *given)
    lazy = read_domain("shop", *(table.lazy() for table in given))
    theirs = read_domain("shop", *(table.to_pandas() for table in given))
    for domain in (ours, lazy, theirs):
        assert_frame_equal(domain.items, given[0], check_dtypes=domain is not theirs)
        assert_frame_equal(domain.interactions, given[1])


def test_pandas_is_not_imported_unless_given() -> None:
    code = """
import sys, polars as pl
from xdrec.data.read import read_domain
read_domain("s", pl.DataFrame({"item_id": [1], "title": ["t"]}),
            pl.DataFrame({"user_id": [1], "item_id": [1], "timestamp": ["2014-01-25"]}))
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_columns_rename_in_every_table_or_in_one_alone() -> None:
    goods = pl.DataFrame({"id": [7], "name": ["Tea"], "colour": ["red"]})
    people = pl.DataFrame({"id": ["ann"], "years": [30]})
    events = pl.DataFrame({"who": ["ann"], "what": [7.0]})
    columns = {
        "name": "title", "who": "user_id", "what": "item_id", "years": "age",
        "items": {"id": "item_id"}, "users": {"id": "user_id"},
    }  # fmt: skip
    domain = read_domain("shop", goods, events, people, columns)
    assert domain.items.rows(named=True) == [{"item_id": "7", "title": "Tea", "colour": "red"}]
    assert domain.interactions.rows(named=True) == [{"user_id": "ann", "item_id": "7"}]
    assert domain.users is not None
    assert domain.users.rows(named=True) == [{"user_id": "ann", "age": 30}]


def test_two_columns_may_exchange_names() -> None:
    swapped = EVENTS.rename({"user_id": "item_id", "item_id": "user_id"})
    swap = {"interactions": {"user_id": "item_id", "item_id": "user_id"}}
    assert read_domain("shop", ITEMS, swapped, columns=swap).interactions.equals(
        EVENTS.select(swapped.rename({"user_id": "item_id", "item_id": "user_id"}).columns)
    )


def test_ids_lose_no_zero_and_gain_no_point(tmp_path: Path) -> None:
    items = file(tmp_path, "i.csv", "asin,title\n007,1984\n1e5,2\n")
    events = file(tmp_path, "e.csv", "user_id,asin\n1,007\n1,1e5\n")
    domain = read_domain("shop", items, events, columns={"asin": "item_id"})
    assert domain.items.rows() == [("007", "1984"), ("1e5", "2")]
    frame = pd.DataFrame({"user_id": [3.0, 4.0], "item_id": ["x", "y"]})
    assert read_domain("shop", ITEMS, frame).interactions["user_id"].to_list() == ["3", "4"]
    whole = pl.DataFrame({"user_id": [3, 2**62], "item_id": ["x", "y"]})
    assert read_domain("shop", ITEMS, whole).interactions["user_id"][1] == str(2**62)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([DAY], DAY),
        ([float(DAY) + 0.75], DAY),
        ([str(DAY)], DAY),
        ([date(2014, 1, 25)], DAY),
        ([datetime(2014, 1, 25, 10, 30)], DAY + 37_800),
        ([datetime(2014, 1, 25, tzinfo=timezone(timedelta(hours=1)))], DAY - 3_600),
        ([datetime(2014, 1, 25, tzinfo=UTC)], DAY),
        (["2014-01-25"], DAY),
        ([" 2014-01-25T10:30:00Z "], DAY + 37_800),
        (["2014-01-25 10:30:00"], DAY + 37_800),
        (["2014-01-25 10:30"], DAY + 37_800),
        (["2014-01-25T10:30:00.999"], DAY + 37_800),
        (["2014-01-25T10:30:00+01:00"], DAY + 34_200),
        (["2014-01-25T10:30-0200"], DAY + 45_000),
        (["2014-01-25T10:30:00.5+01:00"], DAY + 34_200),
    ],
)
def test_every_kind_of_time_becomes_unix_seconds(given: list, expected: int) -> None:
    assert timestamps(given) == [expected]


@given(st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)), min_size=1))
def test_iso_text_means_what_python_says(moments: list[datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    expected = [int(moment.replace(tzinfo=UTC).timestamp()) for moment in moments]
    assert timestamps([moment.isoformat() for moment in moments]) == expected


def test_numbers_written_as_text_are_read() -> None:
    events = EVENTS.with_columns(rating=pl.Series([" 4.5", None]))
    assert read_domain("shop", ITEMS, events).interactions["rating"].to_list() == [4.5, None]


# ---- what is refused ----


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
