"""Ids and the places they stand at: texts as people write them, dictionary codes in long tables."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat

import numpy as np
import polars as pl

from xdrec.data.checks import DataError

MANY = 100_000  # from so many texts on, each different one is looked up once


def places(ids: Iterable[str], index: dict[str, int]) -> np.ndarray:
    """Positions of ids in an index, int64 [n]; -1 where it does not know one.

    A series of the type pl.Categorical is never written out as text: each different id is looked
    up once, and the codes do the rest.

    >>> places(pl.Series(["y", "q", "y"], dtype=pl.Categorical), {"x": 0, "y": 1}).tolist()
    [1, -1, 1]
    """
    if isinstance(ids, pl.Series) and ids.dtype == pl.String and len(ids) >= MANY:
        ids = ids.cast(pl.Categorical)
    if isinstance(ids, pl.Series) and ids.dtype == pl.Categorical and len(ids):
        known = ids.drop_nulls().unique()
        which = known.to_physical().to_numpy()
        # The last place is that of a null, which no index knows.
        at = np.full(int(which.max(initial=0)) + 2, -1)
        at[which] = places(known.cast(pl.String).to_list(), index)
        return at[ids.to_physical().fill_null(len(at) - 1).to_numpy()]
    listed = list(ids)
    return np.fromiter(map(index.get, listed, repeat(-1)), np.int64, len(listed))


def index_of(ids: Iterable[str], index: dict[str, int], what: str) -> np.ndarray:
    """Positions of ids in an index, int64 [n]; every unknown id is named in one `DataError`."""
    ids = ids if isinstance(ids, pl.Series) else list(ids)
    found = places(ids, index)
    if (found < 0).any():
        at = np.flatnonzero(found < 0)
        lost = ids.gather(at).unique().to_list() if isinstance(ids, pl.Series) else [
            ids[i] for i in at]  # fmt: skip
        unknown = sorted(set(lost), key=str)
        shown = ", ".join(map(repr, unknown[:5])) + (", ..." if len(unknown) > 5 else "")
        raise DataError([f"{len(unknown)} unknown {what}: {shown}; check the ids or add the rows"])
    return found


def texts_of(ids: pl.Series) -> pl.Series:
    """The different ids as text, sorted."""
    return ids.unique().cast(pl.String).sort()
