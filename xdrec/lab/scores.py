"""Scores of several modalities, checked before a widget shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from xdrec.fusion.late import one_shape, refuse_odd


def checked(scores: Mapping[str, Any], items: pl.DataFrame) -> dict[str, np.ndarray]:
    """Each modality's scores as an array [users, items], or a ValueError that says what is wrong.

    -inf stands for "never list this item"; NaN and +inf are refused.
    """
    missing = {"item_id", "title"} - set(items.columns)
    if missing:
        raise ValueError(f"items has no column {sorted(missing)}; it has {items.columns}")
    if len(scores) < 2:
        raise ValueError(f"scores for {list(scores)}: mixing takes two modalities or more")
    arrays = {m: np.atleast_2d(np.asarray(s, float)) for m, s in scores.items()}
    if one_shape(arrays)[1] != len(items):
        shapes = {m: array.shape for m, array in arrays.items()}
        raise ValueError(
            f"scores of shapes {shapes}: expected {len(items)} columns, a row of items each"
        )
    refuse_odd(arrays)
    return arrays


def filled(scores: Mapping[str, Any], there: np.ndarray) -> dict[str, np.ndarray]:
    """Scores [users, items] with a number where an item lacks the modality: the user's lowest, so
    that the rest keep their scale. What lacks every modality (`there` [items, modalities]) is -inf.
    """
    arrays = {}
    for (m, some), mask in zip(scores.items(), there.T, strict=True):
        table = np.atleast_2d(np.asarray(some, float))
        if table.shape[1:] != mask.shape:
            return {name: np.asarray(each, float) for name, each in scores.items()}  # refused later
        known = np.where(mask & np.isfinite(table), table, np.inf)
        low = known.min(axis=1, keepdims=True, initial=np.inf)
        lacking = np.where(np.isfinite(low), low, 0)
        arrays[m] = np.where(mask, table, lacking)
        arrays[m][:, ~there.any(axis=1)] = -np.inf
    return arrays
