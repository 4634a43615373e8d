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
