"""Normalizing: the numbers by hand, learned from what was seen in training time alone."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.data.preparing import ITEMS, shop
from xdrec.data.domain import Domain
from xdrec.data.prepare import prepare
from xdrec.data.splits import DAY


def test_normalize_is_fitted_on_what_was_seen_in_training_time() -> None:
    people = pl.DataFrame({"user_id": ["a", "b"], "age": [20, None]})
    rows = [("a", "x", 1, 2.0), ("b", "y", 2, 4.0), ("a", "z", DAY, 5.0)]
    prepared = prepare(
        shop(rows, "rating", users=people), until=DAY, normalize=["price", "age", "rating"]
    )
    assert prepared.statistics.rows() == [
        ("price", 2.0, 4.0),
        ("age", 20.0, 1.0),
        ("rating", 2.0, 2.0),
    ]
    domain = prepared.domain
    assert domain.items["price_scaled"].to_list() == [0.0, 1.0, 2.0]  # z was first seen later
    assert domain.items["price"].to_list() == [2.0, 6.0, 10.0]
    assert domain.interactions["rating_scaled"].to_list() == [0.0, 1.0, 1.5]
    assert domain.users is not None
    assert domain.users["age_scaled"].to_list() == [0.0, None]


def test_standard_has_mean_0_and_deviation_1_in_training_time() -> None:
    rows = [("a", "x", 1), ("a", "y", 2), ("a", "z", 3)]
    prepared = prepare(shop(rows), normalize=["price"], method="standard")
    scaled = prepared.domain.items["price_scaled"]
    assert scaled.mean() == pytest.approx(0)
    assert scaled.std(ddof=0) == pytest.approx(1)
    assert prepared.statistics.row(0)[1:] == pytest.approx((6.0, (32 / 3) ** 0.5))


@pytest.mark.parametrize("method", ["minmax", "standard"])
def test_a_constant_becomes_0(method: Any) -> None:
    constant = Domain(
        "shop", ITEMS.with_columns(price=pl.lit(0.1)), shop([("a", "x", 1)]).interactions
    )
    prepared = prepare(constant, normalize=["price"], method=method)
    assert prepared.domain.items["price_scaled"].to_list() == [0.0, 0.0, 0.0]
