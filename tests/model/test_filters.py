"""Filters: what a mask lets through, and the errors that say what was meant."""

import numpy as np
import polars as pl
import pytest

from xdrec.data.checks import DataError
from xdrec.data.domain import Domain
from xdrec.filters import allowed, checked_mask

ITEMS = pl.DataFrame(
    {
        "item_id": ["a", "b", "c", "d"],
        "title": ["Tea", "Rice", "Cup", "Pan"],
        "category": ["food", "food", "ware", None],
        "brand": ["Lee", "Moe", "Lee", "Lee"],
        "price": [3.0, None, 8.0, 20.0],
        "left": [0, 2, None, 5],
        "sold_here": [True, True, False, None],
    }
)


@pytest.fixture
def shop():
    return Domain("shop", ITEMS, pl.DataFrame({"user_id": ["u"], "item_id": ["a"]}))


@pytest.mark.parametrize(
    ("filters", "through"),
    [
        ({}, "abcd"),
        ({"category": "food"}, "ab"),
        ({"category": ["food", "ware"]}, "abc"),
        ({"category": []}, ""),
        ({"brand": "Lee", "category": "food"}, "a"),
        ({"price": (3, 8)}, "ac"),
        ({"price": (None, 8)}, "ac"),
        ({"price": (8.01, None)}, "d"),
        ({"price": (None, None)}, "acd"),
        ({"stock": "left"}, "bd"),
        ({"stock": "sold_here"}, "ab"),
        ({"stock": {"c", "a"}}, "ac"),
        ({"stock": set()}, ""),
        ({"price": (100, None), "brand": "Lee"}, ""),
    ],
)
def test_what_is_let_through(shop, filters, through):
    mask = allowed(shop, **filters)
    assert mask.dtype == bool
    assert ITEMS.filter(mask)["item_id"].to_list() == list(through)


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"category": "foot"}, r"no item has category 'foot'; nearest: 'food'"),
        ({"brand": ["Lee", "Mo"]}, r"no item has brand 'Mo'; nearest: 'Moe'"),
        ({"price": (9, 3)}, r"price=\(9, 3\): expected \(lowest, highest\) in this order"),
        ({"price": (float("nan"), 3)}, "in this order"),
        ({"price": (1, 2, 3)}, r"expected \(lowest, highest\), None"),
        ({"stock": "title"}, "column 'title' is String: expected true and false"),
        ({"stock": "shelf"}, "have no column 'shelf'; they have item_id, title"),
    ],
)
def test_what_is_refused(shop, filters, says):
    with pytest.raises(ValueError, match=says):
        allowed(shop, **filters)


def test_a_catalogue_without_prices_says_so(shop):
    bare = Domain("bare", ITEMS.drop("price"), shop.interactions)
    with pytest.raises(ValueError, match="'bare' have no column 'price'"):
        allowed(bare, price=(0, 1))
    worded = Domain("worded", ITEMS.drop("price").rename({"brand": "x"}), shop.interactions)
    with pytest.raises(ValueError, match="no column 'brand'"):
        allowed(worded, brand="Lee")


def test_unknown_items_in_stock_are_named(shop):
    with pytest.raises(DataError, match="1 unknown item of domain 'shop': 'zz'"):
        allowed(shop, stock=["a", "zz"])


@pytest.mark.parametrize("mask", [np.ones(3, bool), np.ones(4), ["a"], np.ones((1, 4), bool)])
def test_a_mask_that_is_none_is_refused(shop, mask):
    with pytest.raises(ValueError, match=r"where: .* expected a bool for each of the 4 items"):
        checked_mask(mask, shop)
