"""Every fault by itself, many at once, and no false alarm."""

from __future__ import annotations

import multiprocessing

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.data.checks import DataError, Rows, check_tables

ITEMS = pl.DataFrame(
    {"item_id": ["x", "y", "z"], "title": ["Tea", "Cup", None], "price": [1.0, None, 0.0]}
)
EVENTS = pl.DataFrame(
    {
        "user_id": ["a", "b", "a", "a"],
        "item_id": ["x", "x", "y", "y"],
        "timestamp": [1_390_608_000, 0, 1_390_608_000, 4_102_444_799],
        "rating": [5.0, None, -1.0, 3.0],
        "share": [0.0, 1.0, None, 0.5],
        "behaviour": ["view", "view", None, "purchase"],
    }
)
USERS = pl.DataFrame({"user_id": ["a", "b"], "age": [30, None], "income": [-5.0, None]})


def put(table: pl.DataFrame, column: str, values: list, dtype: object = None) -> pl.DataFrame:
    return table.with_columns(pl.Series(column, values, dtype=dtype, strict=False))  # type: ignore[arg-type]


def faults(items: object = ITEMS, events: object = EVENTS, users: object = USERS) -> list[str]:
    with pytest.raises(DataError) as caught:
        check_tables("shop", items, events, users)  # type: ignore[arg-type]
    return caught.value.faults


def test_good_tables_pass() -> None:
    check_tables("shop", ITEMS, EVENTS, USERS)
    check_tables("shop", ITEMS, EVENTS)
    check_tables("shop", ITEMS, EVENTS.clear())
    check_tables("shop", put(ITEMS, "title", [None] * 3), EVENTS.select("user_id", "item_id"))
    check_tables("shop", ITEMS, EVENTS.with_columns(pl.col("behaviour").cast(pl.Categorical)))
    check_tables("shop", ITEMS, pl.DataFrame({"user_id": [], "item_id": [], "timestamp": []}))
    check_tables("shop", ITEMS, put(EVENTS, "position", [0, 0, 1, 2], pl.Int32))


MS, US, NS = 1_390_608_000_000, 1_390_608_000_000_000, 1_390_608_000_000_000_000

ITEM_FAULTS = [
    (ITEMS.drop("item_id"), "no column 'item_id' (there is: 'title', 'price')"),
    (ITEMS.drop("title"), "items.with_columns(title="),
    (put(ITEMS, "item_id", ["x", "y", "y"]), "same item_id more than once in rows 1, 2"),
    (put(ITEMS, "title", [1, 2, 3]), "title is Int64, expected text"),
    (put(ITEMS, "price", [1.0, float("nan"), 2.0]), "price is NaN or infinite in row 1"),
    (put(ITEMS, "price", [1.0, float("inf"), 2.0]), "price is NaN or infinite in row 1"),
    (put(ITEMS, "price", [1.0, 2.0, -0.5]), "price is below 0 in row 2"),
    (put(ITEMS, "price", ["$1", "2", "3"]), "price is String, expected a number"),
    (ITEMS.to_dict(), "expected a polars DataFrame, got builtins.dict"),
]
EVENT_FAULTS = [
    (EVENTS.drop("user_id"), "no column 'user_id'"),
    (put(EVENTS, "user_id", ["a", None, "b", "  "]), "user_id is null or blank in rows 1, 3"),
    (put(EVENTS, "user_id", [1, 2, 3, 4]), "user_id is Int64, but ids are strings"),
    (put(EVENTS, "item_id", ["x", "q", "y", "p"]), "rows 1, 3 (counted from 0): 'q', 'p'"),
    (put(EVENTS, "timestamp", [1, None, 2, 3]), "timestamp is null in row 1"),
    (put(EVENTS, "timestamp", [1, 2, -3, 4]), "timestamp is negative in row 2"),
    (put(EVENTS, "timestamp", [1.0, 2.0, 3.0, 4.0]), "timestamp is Float64, expected Unix seconds"),
    (put(EVENTS, "timestamp", [1, 2, 3, 4_102_444_800]), "2100 or later in row 3"),
    (put(EVENTS, "timestamp", [MS, 2, 3, 4]), "milliseconds: divide by 1,000"),
    (put(EVENTS, "timestamp", [US, 2, 3, 4]), "microseconds: divide by 1,000,000"),
    (put(EVENTS, "timestamp", [NS, 2, 3, 4]), "nanoseconds: divide by 1,000,000,000"),
    (put(EVENTS, "position", [0, None, 1, 2]), "position is null in row 1"),
    (put(EVENTS, "position", ["0", "0", "1", "2"]), "position is String, expected a whole number"),
    (put(EVENTS, "rating", [1.0, 2.0, float("nan"), 3.0]), "rating is NaN or infinite in row 2"),
    (put(EVENTS, "share", [0.0, 1.5, 0.2, -1.0]), "share is above 1 in row 1"),
    (put(EVENTS, "behaviour", [1, 2, 3, 4]), "behaviour is Int64, expected text"),
]
USER_FAULTS = [
    (put(USERS, "user_id", ["a", "a"]), "same user_id more than once in rows 0, 1"),
    (put(USERS, "age", [-1, 20]), "age is below 0 in row 0"),
    (put(USERS, "income", [1.0, float("-inf")]), "income is NaN or infinite in row 1"),
]


@pytest.mark.parametrize(("items", "expected"), ITEM_FAULTS)
def test_faults_of_items(items: object, expected: str) -> None:
    assert expected in faults(items=items)[0]
    assert faults(items=items)[0].startswith("items of domain 'shop': ")


@pytest.mark.parametrize(("events", "expected"), EVENT_FAULTS)
def test_faults_of_interactions(events: object, expected: str) -> None:
    assert any(expected in fault for fault in faults(events=events))


@pytest.mark.parametrize(("users", "expected"), USER_FAULTS)
def test_faults_of_users(users: object, expected: str) -> None:
    assert [expected in fault for fault in faults(users=users)] == [True]


def test_an_empty_catalogue_is_a_fault() -> None:
    assert "the table is empty" in faults(items=ITEMS.clear(), events=EVENTS.clear())[0]


def test_all_faults_of_all_tables_come_in_one_error() -> None:
    items = put(put(ITEMS, "item_id", ["x", "x", None]), "price", [-1.0, 1.0, 1.0])
    events = put(put(EVENTS, "item_id", ["x", "x", "q", "x"]), "timestamp", [-1, None, MS, 0])
    found = faults(items, events, put(USERS, "user_id", ["a", "a"]))
    assert len(found) == 8
    with pytest.raises(DataError, match="8 faults in the data") as caught:
        check_tables("shop", items, events, put(USERS, "user_id", ["a", "a"]))
    assert all(fault in str(caught.value) for fault in found)


def test_a_blank_id_is_not_also_called_unknown_or_repeated() -> None:
    assert len(faults(events=put(EVENTS, "item_id", ["x", None, "", " "]))) == 1
    assert len(faults(items=put(ITEMS, "item_id", [None, None, "x"]), events=EVENTS.head(2))) == 1


def test_many_rows_are_counted_not_listed() -> None:
    bad = pl.Series([True] * 1_234)
    assert Rows("items").name(bad) == "rows 0, 1, 2, 3, 4 and 1,229 more (counted from 0)"
    lines = Rows("items", "line", lambda row: row + 2, "")
    assert lines.name(pl.Series([False, True])) == "line 3"


def test_the_error_survives_pickling_as_worker_processes_need() -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.send(DataError(["one", "two"]))  # the way an error comes home from a worker
    error = ours.recv()
    assert error.faults == ["one", "two"]
    assert str(error) == str(DataError(["one", "two"]))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_exactly_the_rows_with_unknown_items_are_named(drawn: list[int]) -> None:
    names = ["x", "y", "z", "?"]
    events = pl.DataFrame({"user_id": ["u"] * len(drawn), "item_id": [names[n] for n in drawn]})
    bad = [row for row, n in enumerate(drawn) if n == 3]
    if not bad:
        check_tables("shop", ITEMS, events)
        return
    (fault,) = faults(events=events, users=None)
    listed = fault.partition("(counted")[0].partition(" and ")[0].split("row")[1].strip("s ")
    assert [int(row) for row in listed.split(",")] == bad[:5]
