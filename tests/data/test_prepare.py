"""Preparing: cleaning by hand, the k-core against a slow one, and no look-ahead in any step."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.data.preparing import ITEMS, SCHEMA, shop
from xdrec.data.checks import DataError
from xdrec.data.domain import Domain
from xdrec.data.prepare import Prepared, prepare
from xdrec.data.splits import DAY


def kept(prepared: Prepared) -> list[tuple[str, str, int]]:
    return prepared.domain.interactions.select(*SCHEMA).rows()


def test_nothing_asked_is_nothing_done() -> None:
    domain = shop([("a", "x", 1), ("a", "x", 1)])
    prepared = prepare(domain, drop_duplicates=None)
    assert_frame_equal(prepared.domain.interactions, domain.interactions)
    assert prepared.domain.items is domain.items
    assert prepared.counts.rows() == [("as given", 1, 3, 2, 2)]
    assert prepared.statistics.is_empty()


# ---- duplicates ----


def test_events_recorded_twice_are_dropped_and_repeats_are_not() -> None:
    domain = shop(
        [
            ("a", "x", 5, "view", 1),
            ("a", "x", 5, "view", 2),
            ("a", "x", 5, "purchase", 3),
            ("a", "x", 6, "view", 4),
            ("b", "x", 5, "view", 5),
        ],
        "behaviour",
        "row",
    )
    assert prepare(domain).domain.interactions["row"].to_list() == [1, 3, 4, 5]
    pairs = prepare(domain, drop_duplicates="pairs")
    assert pairs.domain.interactions["row"].to_list() == [1, 3, 5]


def test_the_earliest_of_a_pair_stays_wherever_it_stands() -> None:
    domain = shop([("a", "x", 9), ("a", "y", 3), ("a", "x", 2)])
    assert kept(prepare(domain, drop_duplicates="pairs")) == [("a", "y", 3), ("a", "x", 2)]


def test_without_times_a_repeated_pair_is_a_duplicate() -> None:
    events = pl.DataFrame({"user_id": ["a", "a", "a"], "item_id": ["x", "x", "y"]})
    prepared = prepare(Domain("shop", ITEMS, events))
    assert prepared.domain.interactions.rows() == [("a", "x"), ("a", "y")]
    assert prepared.domain.interactions.columns == ["user_id", "item_id"]


# ---- accidental views ----


def test_a_short_watch_is_dropped_unless_it_led_to_something() -> None:
    domain = shop(
        [
            ("a", "x", 1, "watch", 0.01),  # nothing came of it
            ("a", "y", 2, "watch", 0.02),  # a like came of it
            ("a", "y", 3, "like", None),
            ("a", "z", 4, "watch", 0.9),
            ("b", "x", 5, "watch", None),  # how long is not known
            ("b", "y", 6, "watch", 0.9),
            ("b", "y", 7, "watch", 0.01),  # the long one came before
            ("c", "z", 8, "purchase", 0.0),  # no view at all
        ],
        "behaviour",
        "share",
    )
    left = kept(prepare(domain, min_share=0.05))
    assert [time for _, _, time in left] == [2, 3, 4, 5, 6, 8]


def test_a_view_is_short_if_the_next_event_follows_at_once() -> None:
    domain = shop(
        [
            ("a", "y", 102, "view"),
            ("a", "x", 100, "view"),  # gone after 2 seconds: to y, 102
            ("b", "x", 101, "view"),  # another person's events do not count
            ("a", "z", 200, "view"),  # gone after 3 seconds, but back to buy
            ("a", "y", 203, "view"),
            ("a", "z", 300, "purchase"),
        ],
        "behaviour",
    )
    left = kept(prepare(domain, min_seconds=10))
    assert sorted(time for _, _, time in left) == [101, 102, 200, 203, 300]


def test_a_training_view_is_judged_by_training_events_only() -> None:
    rows = [("a", "x", 5, "view", 0.0), ("a", "x", DAY + 5, "purchase", 1.0)]
    domain = shop(rows, "behaviour", "share")
    assert len(kept(prepare(domain, min_share=0.1))) == 2
    assert kept(prepare(domain, until="1970-01-02", min_share=0.1)) == [("a", "x", DAY + 5)]
    at_midnight = shop([("a", "x", DAY - 1), ("a", "y", DAY + 1)])
    assert kept(prepare(at_midnight, min_seconds=10)) == [("a", "y", DAY + 1)]
    assert len(kept(prepare(at_midnight, until=DAY, min_seconds=10))) == 2


# ---- k-core ----

EVENTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz"), st.integers(0, 4 * DAY)),
    min_size=1,
    max_size=30,
)


def slow_core(pairs: set[tuple[str, str]], k: int) -> set[tuple[str, str]]:
    """Take away one too rare user or item at a time until there is none."""
    while True:
        for side in (0, 1):
            names = [pair[side] for pair in pairs]
            rare = next((name for name in names if names.count(name) < k), None)
            if rare is not None:
                pairs = {pair for pair in pairs if pair[side] != rare}
                break
        else:
            return pairs


@given(rows=EVENTS, k=st.integers(1, 3))
def test_k_core_is_the_largest_group_in_which_everybody_has_k_partners(
    rows: list[tuple[str, str, int]], k: int
) -> None:
    core = slow_core({(user, item) for user, item, _ in rows}, k)
    if not core:
        with pytest.raises(DataError, match=f"no {k}-core"):
            prepare(shop(rows), k_core=k)
        return
    prepared = prepare(shop(rows), drop_duplicates=None, k_core=k)
    assert kept(prepared) == [row for row in rows if row[:2] in core]
    assert set(prepared.domain.items["item_id"]) == {item for _, item in core}


@given(rows=EVENTS, k=st.integers(1, 3))
def test_later_events_have_no_say_in_the_core(rows: list[tuple[str, str, int]], k: int) -> None:
    training = [row for row in rows if row[2] < 2 * DAY]
    core = slow_core({(user, item) for user, item, _ in training}, k)
    assume(core)
    prepared = prepare(shop(rows), drop_duplicates=None, k_core=k, until=2 * DAY)
    fallen = [{row[side] for row in training} - {pair[side] for pair in core} for side in (0, 1)]
    expected = [row for row in rows if row[0] not in fallen[0] and row[1] not in fallen[1]]
    assert kept(prepared) == expected
    assert set(prepared.domain.items["item_id"]) == set("xyz") - fallen[1]


def test_the_core_takes_the_users_table_along() -> None:
    people = pl.DataFrame({"user_id": ["a", "b", "new"], "age": [20, 30, 40]})
    rows = [("a", "x", 1), ("a", "y", 2), ("b", "x", 3)]
    strict = prepare(shop(rows, users=people), k_core=1).domain
    assert strict.users is not None
    assert strict.users["user_id"].to_list() == ["a", "b"]
    open_to_newcomers = prepare(shop(rows, users=people), k_core=1, until=DAY).domain
    assert open_to_newcomers.users is not None
    assert open_to_newcomers.users["user_id"].to_list() == ["a", "b", "new"]


# ---- all of it ----


@given(rows=EVENTS, later=EVENTS)
def test_training_part_does_not_depend_on_later_events(
    rows: list[tuple[str, str, int]], later: list[tuple[str, str, int]]
) -> None:
    """The whole chain of steps: whatever happens after `until`, the training part is the same."""
    until = 2 * DAY
    # p and q make sure that there is a core and something to fit on.
    training = [(user, item, time, 1.0) for user in "pq" for item, time in (("x", 1), ("y", DAY))]
    training += [(user, item, time % until, time % 7 / 7) for user, item, time in rows]
    after = [(user, item, time + until, 0.5) for user, item, time in later]
    steps: dict[str, Any] = {
        "until": until, "drop_duplicates": "pairs", "min_share": 0.3, "min_seconds": 3_600,
        "k_core": 2, "normalize": ["price", "share"],
    }  # fmt: skip
    alone = prepare(shop(training, "share"), **steps)
    together = prepare(shop(training + after, "share"), **steps)
    before = pl.col("timestamp") < until
    assert_frame_equal(together.domain.interactions.filter(before), alone.domain.interactions)
    assert_frame_equal(together.domain.items, alone.domain.items)
    assert_frame_equal(together.statistics, alone.statistics)
    assert together.counts["training"].to_list() == alone.counts["training"].to_list()


# ---- what is told ----


def test_counts_before_and_after_are_a_small_table() -> None:
    rows = [
        ("a", "x", 1),
        ("a", "x", 1),
        ("a", "y", 2),
        ("b", "x", 3),
        ("b", "y", DAY),
        ("c", "z", 4),
    ]
    prepared = prepare(shop(rows), until=DAY, k_core=1, normalize=["price"])
    assert repr(prepared).split("\n") == [
        "Prepared 'shop'",
        "step        users  items  interactions  training",
        "as given        3      3             6         5",
        "duplicates      3      3             5         4",
        "1-core          3      3             5         4",
        "price_scaled = (price - 2) / 8",
    ]
    assert prepared.counts.columns == ["step", "users", "items", "interactions", "training"]


def test_settings_without_meaning_are_refused() -> None:
    domain = shop([("a", "x", 0), ("a", "y", DAY)])
    for setting, expected in [
        ({"drop_duplicates": "all"}, "drop_duplicates='all'"),
        ({"method": "log"}, "method='log'"),
        ({"k_core": 0}, "k_core=0"),
        ({"normalize": "price"}, "normalize='price': expected a list"),
        ({"normalize": ["weight"]}, "expected a list of some of"),
        ({"until": "soon"}, "until='soon'"),
        ({"min_seconds": 5}, "these timestamps are whole days"),
    ]:
        with pytest.raises(ValueError, match=expected):
            prepare(domain, **setting)  # type: ignore[arg-type]


def test_every_missing_column_is_named() -> None:
    bare = Domain("shop", ITEMS.drop("price"), shop([("a", "x", 0)]).interactions.drop("timestamp"))
    with pytest.raises(DataError) as caught:
        prepare(bare, until=DAY, min_share=0.1, min_seconds=2, normalize=["price", "age"])
    assert [fault.partition(",")[0] for fault in caught.value.faults] == [
        "domain 'shop': no interactions column 'timestamp'",
        "domain 'shop': no interactions column 'timestamp'",
        "domain 'shop': no interactions column 'share'",
        "domain 'shop': no items column 'price'",
        "domain 'shop': no users column 'age'",
    ]


def test_nothing_to_fit_on_is_said() -> None:
    unknown = Domain("shop", ITEMS.with_columns(price=pl.lit(None, pl.Float64)),
                     shop([("a", "x", 0)]).interactions)  # fmt: skip
    with pytest.raises(DataError, match="no price is known in training time"):
        prepare(unknown, normalize=["price"])
    with pytest.raises(DataError, match="no price is known"):
        prepare(shop([("a", "x", DAY)]), until=DAY, normalize=["price"])
    with pytest.raises(DataError, match="no 1-core"):
        prepare(shop([("a", "x", DAY)]), until=DAY, k_core=1)
