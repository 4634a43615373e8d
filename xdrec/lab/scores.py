"""Scores of several modalities, checked and brought to one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl


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
    shapes = {m: array.shape for m, array in arrays.items()}
    if len(set(shapes.values())) > 1 or len(next(iter(shapes.values()))) != 2:
        raise ValueError(f"scores of shapes {shapes}: expected the same [users, items] for all")
    if next(iter(shapes.values()))[1] != len(items):
        raise ValueError(
            f"scores of shapes {shapes}: expected {len(items)} columns, a row of items each"
        )
    for m, array in arrays.items():
        wrong = np.argwhere(np.isnan(array) | (array == np.inf))
        if len(wrong):
            row, column = wrong[0].tolist()
            raise ValueError(
                f"{len(wrong)} scores of {m!r} are NaN or +inf, the first in row {row}, column "
                f"{column}; mend the model, or use -inf for items that are not to be listed"
            )
    return arrays


def normalized(scores: np.ndarray, scale: str = "each") -> np.ndarray:
    """Scores [modalities, users, items] from 0 (the user's worst item) to at most 1.

    (s - min) / range over the items that may be listed, min being that of the modality and user.
    `scale="each"` takes the modality's own range, so that every best item is 1; "together" the
    user's largest range of all modalities: what is added or divided by is then the same for all
    items, and Σ α_m of the result orders them as Σ α_m s_m does. All 0 where a modality scores
    every item alike. An item at -inf in any modality is NaN in all.

    >>> normalized(np.array([[[2.0, 4.0, 3.0]], [[7.0, 7.0, -np.inf]]])).tolist()
    [[[0.0, 1.0, nan]], [[0.0, 0.0, nan]]]
    >>> normalized(np.array([[[2.0, 4.0, 3.0]], [[5.0, 5.5, 5.0]]]), "together").tolist()
    [[[0.0, 1.0, 0.5]], [[0.0, 0.25, 0.0]]]
    """
    listed = ~np.isneginf(scores).any(axis=0)
    low = np.where(listed, scores, np.inf).min(axis=2, keepdims=True, initial=np.inf)
    high = np.where(listed, scores, -np.inf).max(axis=2, keepdims=True, initial=-np.inf)
    spread = high - low
    if scale == "together":
        spread = np.broadcast_to(spread.max(axis=0), spread.shape)
    usable = np.isfinite(spread) & (spread > 0)
    shifted = np.where(listed & usable, scores, 0) - np.where(usable, low, 0)
    return np.where(listed, shifted / np.where(usable, spread, 1), np.nan)
