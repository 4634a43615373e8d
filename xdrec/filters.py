"""What may be listed at all: category, brand, price and stock, as a mask over the items."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.domain import Domain

Choice = str | Collection[str]
PriceRange = tuple[float | None, float | None]


def allowed(
    domain: Domain,
    *,
    category: Choice | None = None,
    brand: Choice | None = None,
    price: PriceRange | None = None,
    stock: Choice | None = None,
) -> np.ndarray:
    """The items that all the given filters let through, bool [items]; None lets everything through.

    `category` and `brand`: one value or several. `price`: (lowest, highest), both included, None
    for no limit. `stock`: a column of the items table (a bool, or a number: how many are left), or
    the item ids that are in stock. An item whose value is missing is not let through by a filter on
    it. A filter may let nothing through; a list is then empty, never filled with what was ruled
    out.
    Raises ValueError for a column that is not there or of the wrong kind, a category or brand that
    no item has (the nearest one is named) and a price range that is none; `DataError` for unknown
    item ids. Source: document X 3.2.4. Book: recommendation.

    >>> items = pl.DataFrame({"item_id": ["a", "b", "c"], "title": ["Tea", "Rice", "Cup"],
    ...                       "category": ["food", "food", "ware"], "price": [3.0, None, 8.0]})
    >>> events = pl.DataFrame({"user_id": ["u"], "item_id": ["a"]})
    >>> allowed(Domain("shop", items, events), category="food", price=(None, 5)).tolist()
    [True, False, False]
    """
    mask = np.ones(len(domain.items), bool)
    for name, wanted in (("category", category), ("brand", brand)):
        if wanted is not None:
            mask &= _one_of(_column(domain, name), {wanted} if isinstance(wanted, str) else wanted)
    if price is not None:
        mask &= _between(_column(domain, "price"), price)
    if isinstance(stock, str):
        mask &= _left(_column(domain, stock))
    elif stock is not None:
        there = np.zeros_like(mask)
        there[domain.item_index(stock)] = True
        mask &= there
    return mask


def checked_mask(where: Any, domain: Domain) -> np.ndarray:
    """A mask over the items as an array, or a ValueError that says how to make one."""
    mask = np.asarray(where)
    if mask.dtype != bool or mask.shape != (len(domain.items),):
        raise ValueError(
            f"where: {mask.dtype} of shape {mask.shape}: expected a bool for each of the "
            f"{len(domain.items)} items of {domain.name!r}, such as allowed(domain, price=(0, 10))"
        )
    return mask


def _column(domain: Domain, name: str) -> pl.Series:
    if name not in domain.items.columns:
        raise ValueError(
            f"the items of domain {domain.name!r} have no column {name!r}; "
            f"they have {', '.join(domain.items.columns)}"
        )
    return domain.items[name]


def _one_of(column: pl.Series, wanted: Collection[str]) -> np.ndarray:
    there = set(column.drop_nulls().unique())
    for value in wanted:
        if value not in there:
            near = get_close_matches(str(value), map(str, there), 3, cutoff=0)
            raise ValueError(
                f"no item has {column.name} {value!r}; nearest: {', '.join(map(repr, near))}"
            )
    return column.is_in(list(wanted)).fill_null(False).to_numpy()


def _between(column: pl.Series, limits: PriceRange) -> np.ndarray:
    if not column.dtype.is_numeric():
        raise ValueError(f"column {column.name!r} is {column.dtype}: expected numbers")
    if isinstance(limits, str) or len(limits) != 2:
        raise ValueError(f"{column.name}={limits!r}: expected (lowest, highest), None for no limit")
    low, high = (
        float(given) if given is not None else open_
        for given, open_ in zip(limits, (-np.inf, np.inf), strict=True)
    )
    if not low <= high:
        raise ValueError(f"{column.name}={limits!r}: expected (lowest, highest) in this order")
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return (values >= low) & (values <= high)


def _left(column: pl.Series) -> np.ndarray:
    if column.dtype != pl.Boolean and not column.dtype.is_numeric():
        raise ValueError(
            f"column {column.name!r} is {column.dtype}: expected true and false, or how many are "
            "left; for a set of item ids write stock={...}"
        )
    return (column.cast(pl.Float64).fill_null(0) > 0).to_numpy()
