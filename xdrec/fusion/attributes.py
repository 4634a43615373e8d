"""An item by its attributes: v = (1/k) Σ w_i c_i, document T 4.2.2, one item at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from xdrec.encoders.features import Features

ATTRIBUTES = ("category", "brand", "price")
STEPS = 10  # prices fall into so many classes, each with as many items


def attributes(
    items: pl.DataFrame,
    weights: Mapping[str, float] | None = None,
    fields: Sequence[str] = ATTRIBUTES,
    like: pl.DataFrame | None = None,
) -> Features:
    """One vector an item, v = (1/k) Σ_i w_i c_i over the k attributes that it has.

    c_i is the vector of attribute i: for words 1 at its own value's place; for numbers a class of
    ten, by quantiles, and half as much at the neighbouring ones, so that like prices are alike. The
    blocks of the attributes lie side by side, so w_i weighs attribute i (default 1 each). Read
    literally the document's formula has one v for the whole catalogue, as its i is an attribute and
    no item; here the sum runs over the attributes of *one* item, as is meant.

    `like` is the catalogue that says which values there are (default: `items`): give both domains
    the same one, and they share a space; a value that it lacks is as good as missing. Attributes
    that an item lacks are left out of its sum and of k; an item without any is not present.
    Float32 [items, values]. Raises ValueError for fields that are not there and for weights that
    are negative or not finite. Source: document T 4.2.2. Book: fusion.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "category": ["tea", "tea", None],
    ...                       "brand": ["A", None, "B"]})
    >>> v = attributes(items, {"category": 1, "brand": 3}, fields=["category", "brand"])
    >>> v.vectors.tolist()  # tea; A, B
    [[0.5, 1.5, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 3.0]]
    """
    like = items if like is None else like
    fields = [f for f in fields if f in items.columns] if fields is ATTRIBUTES else list(fields)
    missing = set(fields) - (set(items.columns) & set(like.columns))
    if missing or not fields:
        raise ValueError(f"attributes {sorted(missing) or fields}: the items have {items.columns}")
    w = np.array([1.0 if weights is None else weights.get(f, 1.0) for f in fields])
    if not np.isfinite(w).all() or (w < 0).any() or set(weights or {}) - set(fields):
        raise ValueError(f"weights {weights}: expected finite numbers >= 0 for some of {fields}")
    blocks = [_block(items[f], like[f]) for f in fields]
    there = np.column_stack([block.any(axis=1) for block in blocks])
    k = there.sum(axis=1, keepdims=True)
    summed = np.hstack([weight * block for weight, block in zip(w, blocks, strict=True)])
    return Features.of(summed / np.maximum(k, 1), k[:, 0] > 0)


def _block(own: pl.Series, like: pl.Series) -> np.ndarray:
    """c of one attribute, [items, values]; a row of zeros where it is missing or unknown."""
    if own.dtype.is_numeric():
        inner = np.linspace(0, 1, STEPS + 1)[1:-1]
        known = like.drop_nulls().to_numpy().astype(float)
        edges = np.unique(np.quantile(known, inner)) if len(known) else np.empty(0)
        x = own.cast(pl.Float64).to_numpy()
        at = np.searchsorted(edges, x, side="right")
        near = np.abs(at[:, None] - np.arange(len(edges) + 1))
        return np.where(np.isnan(x)[:, None], 0.0, np.array([1.0, 0.5, 0.0])[np.minimum(near, 2)])
    said = like.cast(pl.String).str.strip_chars()
    values = sorted(set(said.drop_nulls()) - {""})
    number = {value: at for at, value in enumerate(values)}
    block = np.zeros((len(own), len(values)))
    for row, value in enumerate(own.cast(pl.String).str.strip_chars()):
        if value in number:
            block[row, number[value]] = 1
    return block
