"""The nouns: ages, matrices and texts by hand; overlap as set arithmetic."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain, Domain, ages
from xdrec.data.ids import index_of

ITEMS = pl.DataFrame({"item_id": ["x", "y", "z"], "title": ["Red tea", None, " "]})
EVENTS = pl.DataFrame(
    {"user_id": ["b", "a", "b", "b"], "item_id": ["z", "x", "z", "x"], "timestamp": [5, 7, 9, 9]}
)


def shop(name: str = "shop", events: pl.DataFrame = EVENTS) -> Domain:
    return Domain(name, ITEMS, events)


def test_age_counts_later_events_and_ties_share_it() -> None:
    assert ages(EVENTS).to_list() == [2, 0, 0, 0]


def test_position_goes_before_timestamp_and_no_column_means_no_order() -> None:
    positions = EVENTS.with_columns(position=pl.Series([0, 0, 1, 2]))
    assert ages(positions).to_list() == [2, 0, 1, 0]
    assert ages(EVENTS.drop("timestamp")).to_list() == [0, 0, 0, 0]
    assert ages(EVENTS.clear()).to_list() == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), max_size=30))
def test_age_is_the_number_of_the_users_strictly_later_events(rows: list[tuple[str, int]]) -> None:
    table = pl.DataFrame(rows, schema={"user_id": pl.String, "timestamp": pl.Int64}, orient="row")
    expected = [sum(u == user and t > time for u, t in rows) for user, time in rows]
    assert ages(table).to_list() == expected


def test_matrix_is_binary_without_weights_and_sums_them_otherwise() -> None:
    assert shop().matrix(["a", "b", "nobody"]).toarray().tolist() == [
        [1, 0, 0],
        [1, 0, 1],
        [0, 0, 0],
    ]
    weighted = shop().matrix(["b"], weights=[0.5, 1.0, 0.25, 3.0])
    assert weighted.toarray().tolist() == [[3.0, 0.0, 0.75]]
    assert weighted.dtype == np.float32
    assert shop().matrix([]).shape == (0, 3)


def test_matrix_refuses_a_wrong_number_of_weights_and_repeated_users() -> None:
    with pytest.raises(DataError, match="2 weights for 4 interactions"):
        shop().matrix(["a"], weights=[1, 2])
    with pytest.raises(DataError, match="3 user ids, but only 2 different"):
        shop().matrix(["a", "b", "a"])


def test_user_ids_hold_everybody_who_acted_or_is_described() -> None:
    described = Domain("shop", ITEMS, EVENTS, pl.DataFrame({"user_id": ["c", "a"]}))
    assert described.user_ids.to_list() == ["a", "b", "c"]
    assert shop().user_ids.to_list() == ["a", "b"]


def test_texts_join_what_is_there_and_are_none_without_a_word() -> None:
    assert shop().texts() == ["Red tea", None, None]
    branded = Domain("shop", ITEMS.with_columns(brand=pl.Series(["Oak", "Elm", None])), EVENTS)
    assert branded.texts() == ["Red tea. Oak", "Elm", None]
    assert branded.texts(["brand"]) == ["Oak", "Elm", None]
    for wrong in (["brand", "nothing"], "title"):
        with pytest.raises(DataError, match="expected a list of columns"):
            branded.texts(wrong)


def test_unknown_ids_are_all_named_in_one_error() -> None:
    assert shop().item_index(["z", "x"]).tolist() == [2, 0]
    with pytest.raises(DataError, match="2 unknown item of domain 'shop': 'p', 'q'"):
        shop().item_index(["q", "x", "p", "q"])
    with pytest.raises(DataError, match=r"unknown user: '0', '1', '2', '3', '4', \.\.\."):
        index_of(map(str, range(9)), {}, "user")


def test_summary_counts_pairs_not_events_for_sparsity() -> None:
    assert shop().summary() == {
        "domain": "shop", "users": 2, "items": 3, "interactions": 4, "sparsity": 1 - 3 / 6,
    }  # fmt: skip
    assert shop(events=EVENTS.clear()).summary()["sparsity"] == 1.0


def test_other_events_keep_the_catalogue_and_are_checked_too() -> None:
    half = shop().with_interactions(EVENTS.head(1))
    assert half.items is ITEMS
    assert half.user_ids.to_list() == ["b"]
    with pytest.raises(DataError, match="not in the items table"):
        shop().with_interactions(EVENTS.with_columns(item_id=pl.lit("w")))


def test_a_domain_checks_its_tables() -> None:
    with pytest.raises(DataError, match="no column 'title'"):
        Domain("shop", ITEMS.drop("title"), EVENTS)


def test_cross_domain_matrices_share_their_rows() -> None:
    other = pl.DataFrame({"user_id": ["b", "c"], "item_id": ["y", "y"]})
    cross = CrossDomain(shop("source"), shop("target", other))
    assert cross.users.to_list() == ["a", "b", "c"]
    assert cross.overlapping.to_list() == ["b"]
    assert cross.matrix("target").toarray().tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert cross.matrix("both").toarray().tolist() == [
        [0, 0, 0, 1, 0, 0],
        [0, 1, 0, 1, 0, 1],
        [0, 1, 0, 0, 0, 0],
    ]


def test_user_index_gives_the_matrix_rows_and_names_unknown_people() -> None:
    other = pl.DataFrame({"user_id": ["b", "c"], "item_id": ["y", "y"]})
    cross = CrossDomain(shop("source"), shop("target", other))
    rows = cross.user_index(pl.Series(["c", "a", "c"]))
    assert rows.tolist() == [2, 0, 2]
    assert rows.dtype == np.int64
    assert cross.user_index([]).shape == (0,)
    with pytest.raises(DataError, match="2 unknown user: 'd', 'e'"):
        cross.user_index(["e", "a", "d"])


def test_cross_domain_refuses_one_name_twice_and_an_unknown_side() -> None:
    with pytest.raises(DataError, match="both called 'shop'"):
        CrossDomain(shop(), shop())
    with pytest.raises(ValueError, match="which='left'"):
        CrossDomain(shop("a"), shop("b")).matrix("left")


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_overlap_is_the_intersection(left: set[str], right: set[str]) -> None:
    def acted(name: str, users: set[str]) -> Domain:
        table = {"user_id": sorted(users), "item_id": ["x"] * len(users)}
        return shop(name, pl.DataFrame(table, schema={"user_id": pl.String, "item_id": pl.String}))

    cross = CrossDomain(acted("left", left), acted("right", right))
    assert cross.overlapping.to_list() == sorted(left & right)
    assert cross.users.to_list() == sorted(left | right)
