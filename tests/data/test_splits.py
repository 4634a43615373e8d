"""Splits: parts by hand, and what must hold for any data."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain, Domain
from xdrec.data.splits import DAY, Split, cold_start, global_time, leave_last_out

NOON = DAY // 2
Row = tuple[str, str, int]


def domain(name: str, rows: list[Row]) -> Domain:
    """A domain whose interactions carry their own number in an extra column, `row`."""
    ids = [f"{name}{letter}" for letter in "vwxyz"]
    rows = [(user, f"{name}{letter}", time) for user, letter, time in rows]
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    events = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("row")
    return Domain(name, pl.DataFrame({"item_id": ids, "title": ids}), events)


def cross(source: list[Row], target: list[Row]) -> CrossDomain:
    return CrossDomain(domain("s", source), domain("t", target))


def rows(events: pl.DataFrame) -> list[int]:
    return events["row"].sort().to_list()


def parts(split: Split) -> list[list[int]]:
    return [rows(part) for part in (split.known.target.interactions, split.valid, split.test)]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from("vwxyz"),
        st.tuples(st.integers(0, 5), st.integers(0, DAY - 1)).map(lambda t: t[0] * DAY + t[1]),
    ),
    max_size=25,
)
PAIRS = st.builds(cross, EVENTS, EVENTS)
DRAWN: list[Callable[[CrossDomain], Split]] = [
    leave_last_out,
    lambda pair: cold_start(pair, share=0.5),
]


def split_or_reject(cut: Callable[[CrossDomain], Split], pair: CrossDomain) -> Split:
    """The split, where the data allow one at all."""
    try:
        return cut(pair)
    except DataError:
        assume(False)
        raise


@pytest.mark.parametrize("cut", DRAWN)
@given(pair=PAIRS)
def test_parts_are_disjoint_and_make_up_the_whole(
    cut: Callable[[CrossDomain], Split], pair: CrossDomain
) -> None:
    split = split_or_reject(cut, pair)
    train, valid, test = parts(split)
    assert sorted(train + valid + test) == rows(pair.target.interactions)
    assert split.known.source is pair.source
    assert split.valid_source.is_empty()
    assert parts(cut(pair)) == [train, valid, test]


@given(pair=PAIRS)
def test_global_time_has_no_look_ahead_and_leaves_out_what_it_says(pair: CrossDomain) -> None:
    split = split_or_reject(lambda p: global_time(p, 2 * DAY + NOON, 4 * DAY), pair)
    begin, end = 2 * DAY, 4 * DAY  # a moment inside a day is that day's beginning
    source, target = pair.source.interactions, pair.target.interactions
    train, valid, test = (split.known.target.interactions, split.valid, split.test)
    for known in (train, split.known.source.interactions):
        assert (known["timestamp"] < begin).all()
    for later in (valid, split.valid_source):
        assert later["timestamp"].is_between(begin, end - 1).all()
    assert (test["timestamp"] >= end).all()

    met = {*train["user_id"], *split.known.source.interactions["user_id"]}
    later = target.filter(pl.col("timestamp") >= begin)
    assert rows(pl.concat([valid, test])) == rows(later.filter(pl.col("user_id").is_in(met)))
    assert rows(train) == rows(target.filter(pl.col("timestamp") < begin))
    assert rows(pl.concat([split.known.source.interactions, split.valid_source])) == rows(
        source.filter(pl.col("timestamp") < end)
    )
    days = [set((part["timestamp"] // DAY).to_list()) for part in (train, valid, test)]
    assert len(set().union(*days)) == sum(map(len, days))  # no day on both sides of a cut


@pytest.mark.parametrize("cut", [*DRAWN, lambda p: global_time(p, 2 * DAY, 4 * DAY)])
@given(pair=PAIRS)
def test_refit_moves_exactly_the_validation_parts(
    cut: Callable[[CrossDomain], Split], pair: CrossDomain
) -> None:
    split = split_or_reject(cut, pair)
    refit = split.refit()
    known, source = refit.known.target.interactions, refit.known.source.interactions
    assert rows(known) == rows(pl.concat([split.known.target.interactions, split.valid]))
    assert rows(source) == rows(pl.concat([split.known.source.interactions, split.valid_source]))
    assert refit.test is split.test
    assert len(refit.valid) == len(refit.valid_source) == 0
    assert refit.valid.schema == split.valid.schema
    assert parts(refit.refit()) == parts(refit)


@given(pair=PAIRS)
def test_cold_users_have_nothing_in_the_target_and_something_in_the_source(
    pair: CrossDomain,
) -> None:
    split = split_or_reject(DRAWN[1], pair)
    assert split.cold_users.to_list() == sorted(set(split.test["user_id"]))
    assert len(split.cold_users) == len(pair.overlapping) // 2
    for known in (split.known.target.interactions, split.valid):
        assert not set(known["user_id"]) & set(split.cold_users)
    assert set(split.cold_users) <= set(pair.source.interactions["user_id"])


@given(pair=PAIRS)
def test_the_last_new_item_is_the_last(pair: CrossDomain) -> None:
    split = split_or_reject(leave_last_out, pair)
    assert set(split.valid["user_id"]) == set(split.test["user_id"])
    for user in split.test["user_id"].unique():
        met = [
            part.filter(pl.col("user_id") == user).group_by("item_id").agg(pl.min("timestamp"))
            for part in (split.known.target.interactions, split.valid, split.test)
        ]
        train, valid, test = met
        assert len(train) >= 1
        assert (len(valid), len(test)) == (1, 1)
        assert (train["timestamp"] <= valid["timestamp"][0]).all()
        assert valid["timestamp"][0] <= test["timestamp"][0]
        # All that was done with an item lies in one part: nothing of the test item is known.
        assert pl.concat(met)["item_id"].is_unique().all()


def test_leave_last_out_by_hand() -> None:
    pair = cross(
        [("a", "x", 99)],
        [("a", "x", 3), ("b", "x", 1), ("a", "y", 1), ("a", "z", 2), ("b", "y", 2), ("a", "x", 0)],
    )
    # a met x at 0, y at 1, z at 2, whatever came of x later; b has too few
    assert parts(leave_last_out(pair)) == [[0, 1, 4, 5], [2], [3]]


def test_position_decides_before_timestamp_and_is_kept() -> None:
    pair = cross([], [("a", "x", 5), ("a", "y", 5), ("a", "z", 5)])
    events = pair.target.interactions.with_columns(position=pl.Series([1, 2, 0]))
    split = leave_last_out(CrossDomain(pair.source, pair.target.with_interactions(events)))
    assert parts(split) == [[2], [0], [1]]
    assert "position" in split.test.columns


def test_ties_are_broken_by_the_seed_alone() -> None:
    pair = cross([], [(user, item, 7) for user in "abcdefgh" for item in "xyz"])
    drawn = [parts(leave_last_out(pair, seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_cold_start_by_hand() -> None:
    source = [(user, "x", 1) for user in "abcd"]
    target = [(user, item, time) for user in "abcde" for item, time in (("x", 2), ("y", 1))]
    split = cold_start(cross(source, target), share=0.25, seed=0)
    (cold,) = split.cold_users
    assert cold in "abcd"  # e is not in the source, so cannot be recommended to from there
    assert len(split.test) == 2
    warm = sorted(set("abcde") - {cold})
    assert sorted(split.valid["user_id"]) == warm
    assert set(split.valid["item_id"]) == {"tx"}
    other = {cold_start(cross(source, target), 0.25, seed).cold_users[0] for seed in range(20)}
    assert other == set("abcd")


def test_cold_start_needs_no_order_and_keeps_the_only_interaction_in_train() -> None:
    pair = cross([("a", "x", 1), ("b", "x", 1)], [("a", "x", 1), ("b", "x", 1)])
    unordered = pair.target.with_interactions(pair.target.interactions.drop("timestamp"))
    split = cold_start(CrossDomain(pair.source, unordered), share=0.5)
    assert [len(part) for part in parts(split)] == [1, 0, 1]


def test_global_time_by_hand() -> None:
    pair = cross(
        [("a", "x", 0), ("a", "y", DAY), ("c", "x", DAY), ("b", "x", 2 * DAY)],
        [("a", "x", DAY), ("b", "x", DAY - 1), ("b", "y", 2 * DAY), ("c", "x", 2 * DAY)],
    )
    split = global_time(pair, "1970-01-02", "1970-01-03")
    assert parts(split) == [[1], [0], [2]]  # c was never seen before the cut
    assert rows(split.known.source.interactions) == [0]
    assert rows(split.valid_source) == [1, 2]
    assert split.cold_users.to_list() == []
    assert global_time(pair, DAY + 5, 3 * DAY - 1).test.equals(split.test)


def test_settings_without_meaning_are_refused() -> None:
    pair = cross([("a", "x", 0)], [("a", "x", 0), ("a", "y", DAY)])
    with pytest.raises(ValueError, match=r"share=1\.5"):
        cold_start(pair, share=1.5)
    with pytest.raises(ValueError, match="is not before test_from"):
        global_time(pair, DAY, DAY + 1)
    with pytest.raises(ValueError, match="valid_from='25/01/2014': expected Unix seconds or a day"):
        global_time(pair, "25/01/2014", "2014-04-23")


def test_data_that_allow_no_split_say_why() -> None:
    pair = cross([("a", "x", 0)], [("a", "x", 0), ("a", "y", DAY)])
    with pytest.raises(DataError, match="no interaction of 't' is left to test on"):
        leave_last_out(pair)
    with pytest.raises(DataError, match=r"share 0\.2 of 1 overlapping users is nobody"):
        cold_start(pair)
    with pytest.raises(DataError, match="run from 1970-01-01 to 1970-01-02: move the cuts"):
        global_time(pair, "2014-01-25", "2014-04-23")
    timeless = [
        d.with_interactions(d.interactions.drop("timestamp")) for d in (pair.source, pair.target)
    ]
    with pytest.raises(DataError, match="2 faults") as caught:
        global_time(CrossDomain(*timeless), DAY, 2 * DAY)
    assert "domain 's' has no column 'timestamp'" in caught.value.faults[0]
    with pytest.raises(DataError, match="neither 'position' nor 'timestamp'"):
        leave_last_out(CrossDomain(*timeless))
    with pytest.raises(
        DataError, match=r"nobody with history acts in 't' .* from nothing to nothing"
    ):
        global_time(cross([], []), DAY, 2 * DAY)
