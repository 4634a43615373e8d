"""The item vector of document T 4.2.2: category, brand and price, as one more modality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from xdrec.encoders.features import Features

ATTRIBUTES = ("category", "brand", "price")
BINS = 8


class ItemAttributes:
    """v_i = (1/k) Σ_c w_c c_i over the k attributes that *item i* has; each in places of its own.

    The document writes v without an item, one vector for the whole catalogue; meant is one an item
    (MAP: repair 6). For a column of words c_i is 1 at the item's word; for a column of numbers
    above 0 it is a soft bin: 1 is shared between the two nearest of up to 8 prices, by the distance
    of the logarithms, so that close prices are alike. These prices are quantiles of the catalogue
    that it is made from; more than `BINS` of them would split what hardly differs.

    `columns` are the attributes to use (default: category, brand and price, as far as they are
    there), `weights` the w_c ≥ 0 (default 1). A word that the catalogue did not have says nothing
    here: that attribute is missing then. Raises ValueError for columns that are not there or hold
    neither words nor numbers, for prices that are not finite, for bad weights. A price of 0 or less
    is taken as missing. Source: document T 4.2.2. Book: fusion.

    >>> items = pl.DataFrame({"category": ["tea", "tea", None], "price": [1.0, 4.0, 2.0]})
    >>> ItemAttributes(items, bins=2).encode(items).vectors.tolist()
    [[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]
    """

    def __init__(
        self,
        items: pl.DataFrame,
        columns: tuple[str, ...] | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        bins: int = BINS,
    ) -> None:
        there = tuple(c for c in ATTRIBUTES if c in items.columns)
        self.columns = there if columns is None else tuple(columns)
        _columns(items, self.columns)
        if bins < 2:
            raise ValueError(f"bins={bins}: expected at least 2")
        unknown = sorted(set(weights or {}) - set(self.columns))
        if unknown:
            raise ValueError(f"weights of {unknown}: expected some of {list(self.columns)}")
        self.weights = dict.fromkeys(self.columns, 1.0) | dict(weights or {})
        values = np.array(list(self.weights.values()), float)
        if not np.isfinite(values).all() or (values < 0).any() or not values.any():
            raise ValueError(f"weights {self.weights}: expected finite numbers >= 0, not all 0")
        self._known: dict[str, Any] = {}
        for column in self.columns:
            if items[column].dtype.is_numeric():
                logs = _logs(items[column])
                logs = logs[np.isfinite(logs)]
                at = np.quantile(logs, np.linspace(0, 1, bins)) if len(logs) else np.empty(0)
                self._known[column] = np.unique(at)
            else:
                words = items[column].drop_nulls().unique().sort()
                self._known[column] = {word: at for at, word in enumerate(words)}

    @property
    def names(self) -> list[str]:
        """What each place of a vector stands for."""
        return [
            f"{column}: {value if isinstance(known, dict) else round(float(np.exp(value)), 2)}"
            for column, known in self._known.items()
            for value in known
        ]

    def encode(self, items: pl.DataFrame) -> Features:
        """One vector an item, float32 [n, places]; not present where no attribute (of w > 0) is.

        `items` of this catalogue or of another; they must have the same columns.
        """
        _columns(items, self.columns)
        blocks = [self._block(column, items[column]) for column in self.columns]
        w = np.array([self.weights[c] for c in self.columns])
        has = np.column_stack([b.any(axis=1) for b in blocks]) & (w > 0)
        k = np.maximum(has.sum(axis=1), 1)[:, None]
        weighted = [weight * block / k for weight, block in zip(w, blocks, strict=True)]
        return Features.of(np.concatenate(weighted, axis=1), has.any(axis=1))

    def _block(self, column: str, values: pl.Series) -> np.ndarray:
        """c_i in the places of one attribute, float [n, places]; zero where it is missing."""
        known, rows = self._known[column], np.arange(len(values))
        block = np.zeros((len(values), len(known)))
        if isinstance(known, dict):
            at = np.array([known.get(value, -1) for value in values], int)
            block[rows[at >= 0], at[at >= 0]] = 1
        elif len(known):
            if not values.dtype.is_numeric():
                raise ValueError(f"column {column!r} is of {values.dtype}: expected numbers")
            logs = _logs(values)
            rows = rows[np.isfinite(logs)]
            place = np.interp(logs[rows], known, np.arange(len(known)))
            low = np.floor(place).astype(int)
            block[rows, low] = 1 - (place - low)
            inside = low + 1 < len(known)
            block[rows[inside], low[inside] + 1] = (place - low)[inside]
        return block


def _columns(items: pl.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in items.columns]
    if missing or not columns:
        raise ValueError(
            f"columns {missing or list(ATTRIBUTES)} are not there: expected some of {items.columns}"
        )
    odd = [c for c in columns if not (items[c].dtype.is_numeric() or items[c].dtype in
                                      (pl.String, pl.Categorical, pl.Enum, pl.Null))]  # fmt: skip
    if odd:
        raise ValueError(f"columns {odd}: expected words or numbers")


def _logs(values: pl.Series) -> np.ndarray:
    """Logarithms, float [n]; NaN where there is none."""
    numbers = values.cast(pl.Float64).to_numpy().astype(float)
    odd = ~np.isfinite(numbers) & ~values.is_null().to_numpy()
    if odd.any():
        raise ValueError(
            f"{odd.sum()} values of {values.name!r} are NaN or infinite, the first in row "
            f"{np.flatnonzero(odd)[0]}: expected numbers, null where there is none"
        )
    return np.log(np.where(numbers > 0, numbers, np.nan))
