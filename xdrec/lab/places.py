"""What of a catalogue an InterestMap carries: which items, where they stand, and in what space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest

import numpy as np
import polars as pl

# What a page can carry: people, each one's newest items, items in all, dimensions.
PEOPLE, NEWEST, ITEMS, AXES = 12, 40, 600, 48
NEAR = {"history": 50, "item": 8}  # nearest items that are kept, whatever else is sampled
GROUPS = 6  # as many as there are colours
FLATTEST, HIGHEST = 0.5, 1.0  # the map's height, its width being 1

Events = dict[str, list[tuple[int, float]]]


def events_of(
    history: Mapping[str, Sequence[str]],
    weights: Mapping[str, Sequence[float]] | None,
    row: Mapping[str, int],
) -> Events:
    """Each user's events, the oldest first: the item's row and the weight w_i, 1 if not given."""
    if not 1 <= len(history) <= PEOPLE:
        raise ValueError(f"history of {len(history)} users: expected 1 to {PEOPLE}; name some")
    if strange := set(weights or {}) - set(history):
        raise ValueError(f"weights: users {sorted(strange)} have no history")
    events: Events = {}
    for user, ids in history.items():
        unknown = [item for item in ids if item not in row]
        if unknown:
            raise ValueError(f"items {unknown[:3]} of history are not in the items table")
        w = np.asarray((weights or {}).get(user, [1.0] * len(ids)), float)
        if w.shape != (len(ids),) or not (np.isfinite(w) & (w >= 0)).all():
            raise ValueError(f"weights of {user!r}: expected {len(ids)} finite numbers >= 0, one "
                             "for each event")  # fmt: skip
        events[user] = [(row[item], float(each)) for item, each in zip(ids, w, strict=True)]
    return events


def shown(unit: np.ndarray, there: np.ndarray, newest: Mapping[str, Sequence[int]]) -> list[int]:
    """Rows to be shown, the most wanted first: the histories, the items nearest to each history and
    to each of its items, and of the rest as many as there is room for, evenly spaced."""
    everything = np.flatnonzero(there)

    def near(h: np.ndarray, k: int) -> Iterator[int]:
        return iter(everything[np.argsort(-(unit[everything] @ h), kind="stable")[:k]].tolist())

    rows = {user: list(some) for user, some in newest.items() if some}
    wanted = [near(unit[some].mean(axis=0), NEAR["history"]) for some in rows.values()]
    wanted += [near(unit[at], NEAR["item"]) for some in rows.values() for at in some]
    by_rank = (at for each in zip_longest(*wanted) for at in each if at is not None)
    lead = list(dict.fromkeys(chain(*rows.values(), by_rank)))[:ITEMS]
    rest = np.setdiff1d(everything, lead)
    room = min(ITEMS - len(lead), len(rest))
    even = np.linspace(0, len(rest) - 1, room).round().astype(int)
    return lead + rest[even].tolist()


def span(unit: np.ndarray, rows: Sequence[int]) -> tuple[np.ndarray, float]:
    """Every vector's part in the space of some rows, [n, d], and the share of these rows' variance
    that it keeps.

    A weighted mean of those rows lies in that space, so its product with any vector is the product
    with the vector's part there: nothing is lost but what is cut to `AXES` dimensions.
    """
    if not len(rows):
        return np.zeros((len(unit), 0)), 1.0
    _, s, axes = np.linalg.svd(unit[list(rows)], full_matrices=False)
    d = min(AXES, int((s > 1e-6 * s[0]).sum()))
    return unit @ axes[:d].T, float(round((s[:d] ** 2).sum() / (s**2).sum(), 4))


def flat(
    unit: np.ndarray, there: np.ndarray, positions: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, float, float | None]:
    """x and y on a map of width 1, its height, and the share of the variance that two axes keep,
    None for given positions. One scale for both axes: distances are not bent."""
    at, share = np.zeros((len(unit), 2)), None
    if positions is not None:
        at = np.asarray(positions, float)
        if at.shape != (len(unit), 2) or not np.isfinite(at[there]).all():
            raise ValueError(f"positions of shape {at.shape}: expected [{len(unit)}, 2], finite")
    elif there.any():
        centred = unit - unit[there].mean(axis=0)
        values, axes = np.linalg.eigh(centred[there].T @ centred[there])
        main = axes[:, ::-1][:, :2]
        main = main * np.sign(main[np.abs(main).argmax(axis=0), np.arange(main.shape[1])])
        at[:, : main.shape[1]] = centred @ main
        share = float(round(values[-2:].sum() / values.sum(), 4)) if values[-1] > 1e-9 else 1.0
    if not there.any():
        return at[:, 0], at[:, 1], FLATTEST, share
    low, high = at[there].min(axis=0), at[there].max(axis=0)
    wide, tall = high - low
    scale = max(wide, tall / HIGHEST) or 1.0
    height = max(FLATTEST, round(tall / scale, 4))
    x, y = ((at - (low + high) / 2) / scale).T
    return (0.5 + x).round(4), (height / 2 - y).round(4), float(height), share


def grouped(items: pl.DataFrame, column: str | None) -> tuple[list[str], np.ndarray]:
    """The names of the groups as they first come, and each item's; none without a column."""
    if column is None:
        return [], np.zeros(len(items), int)
    if column not in items.columns:
        raise ValueError(f"groups={column!r} is no column of items; they have {items.columns}")
    texts = ["unknown" if value in (None, "") else str(value) for value in items[column]]
    names = list(dict.fromkeys(texts))
    if len(names) > GROUPS:
        raise ValueError(f"{len(names)} values of {column!r}: expected at most {GROUPS} groups")
    return names, np.array([names.index(text) for text in texts], int)
