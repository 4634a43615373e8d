"""A shop with three prices, and whatever happened in it."""

from __future__ import annotations

from typing import Any

import polars as pl

from xdrec.data.domain import Domain

ITEMS = pl.DataFrame(
    {"item_id": ["x", "y", "z"], "title": ["Tea", "Cup", "Pot"], "price": [2.0, 6.0, 10.0]}
)
SCHEMA = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}


def shop(rows: list[tuple[Any, ...]], *further: str, users: pl.DataFrame | None = None) -> Domain:
    events = pl.DataFrame(rows, schema=[*SCHEMA, *further], orient="row")
    return Domain("shop", ITEMS, events, users)
