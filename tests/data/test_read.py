"""The user's own tables: every format is read, and nothing is changed on the way."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.data.reading import DAY, EVENTS, ITEMS, file, timestamps
from xdrec.data.read import read_domain

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
