"""A share of a domain's rows."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.data import Domain, thin

ROWS = pl.DataFrame({"user_id": [f"u{n % 7}" for n in range(50)],
                     "item_id": [f"i{n % 11}" for n in range(50)],
                     "timestamp": range(50)})  # fmt: skip
ITEMS = pl.DataFrame({"item_id": [f"i{n}" for n in range(11)], "title": ["an item"] * 11})
SHOP = Domain("shop", ITEMS, ROWS)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 9))
def test_a_smaller_share_is_part_of_a_larger_one(few: int, many: int, seed: int) -> None:
    few, many = sorted((few, many))
    a, b = (thin(SHOP, n / 50, seed).interactions for n in (few, many))
    assert (len(a), len(b)) == (few, many)
    assert set(a.rows()) <= set(b.rows()) <= set(ROWS.rows())
    assert b["timestamp"].is_sorted(), "the rows keep their order"


def test_all_else_stays_and_other_seeds_draw_others() -> None:
    part = thin(SHOP, 0.31)
    assert len(part.interactions) == math.ceil(0.31 * 50)
    assert part.items.equals(ITEMS)
    assert not part.interactions.equals(thin(SHOP, 0.31, seed=1).interactions)
    assert thin(SHOP, 1).interactions.equals(ROWS)


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_shares_out_of_range(share: float) -> None:
    with pytest.raises(ValueError, match=f"share={share}: expected"):
        thin(SHOP, share)
