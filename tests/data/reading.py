"""Two small tables, and what `read_domain` says of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from xdrec.data.checks import DataError
from xdrec.data.read import read_domain

ITEMS = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"]})
EVENTS = pl.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"], "timestamp": [10, 20]})
DAY = 1_390_608_000  # 2014-01-25


def faults(
    items: Any = ITEMS, interactions: Any = EVENTS, users: Any = None, **more: Any
) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_domain("shop", items, interactions, users, **more)
    return caught.value.faults


def fault(*args: Any, **more: Any) -> str:
    (only,) = faults(*args, **more)
    return only


def timestamps(values: Any) -> list[int]:
    events = pl.DataFrame({"user_id": "a", "item_id": "x", "timestamp": values})
    return read_domain("shop", ITEMS, events).interactions["timestamp"].to_list()


def file(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
