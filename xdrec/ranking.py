"""From scores to the k best: exact, full, and with ties broken by a rule that is written down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Lists = tuple[np.ndarray, np.ndarray]


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """The columns of the k highest scores of each row, best first; int64 [rows, k].

    Equal scores go in column order (the order of the items table), whatever the sorting algorithm
    does. An item at -inf is never listed; where fewer than k are left, the row ends in -1.
    Raises ValueError on NaN, on a k below 1 and on anything but a table of scores.
    Book: names and notation.

    >>> top_k(np.array([[0.1, 0.9, 0.9, -np.inf]]), k=4).tolist()
    [[1, 2, 0, -1]]
    """
    scores = np.asarray(scores)
    if not np.issubdtype(scores.dtype, np.floating):
        scores = scores.astype(float)  # whole numbers have no -inf, and small ones overflow
    if scores.ndim != 2:
        raise ValueError(f"scores of shape {scores.shape}: expected [users, items]")
    checked_length(k)
    if np.isnan(scores).any():
        rows = np.flatnonzero(np.isnan(scores).any(axis=1))
        raise ValueError(f"NaN scores in {len(rows)} rows (first: row {rows[0]}); mend the model")
    n = scores.shape[1]
    if k < n:
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        taken = np.take_along_axis(scores, best, axis=1)
        # Where the last score also stands outside, the partition chose among equals as it liked.
        last = taken.min(axis=1, keepdims=True)
        unclear = np.flatnonzero((scores == last).sum(axis=1) > (taken == last).sum(axis=1))
        best[unclear] = np.argsort(-scores[unclear], axis=1, kind="stable")[:, :k]
        best.sort(axis=1)
    else:
        best = np.broadcast_to(np.arange(n), scores.shape)
    taken = np.take_along_axis(scores, best, axis=1)
    order = np.argsort(-taken, axis=1, kind="stable")
    best, taken = (np.take_along_axis(a, order, axis=1) for a in (best, taken))
    best = np.where(np.isneginf(taken), -1, best)
    return np.pad(best, ((0, 0), (0, max(0, k - n))), constant_values=-1)


def merge_top_k(parts: Sequence[Lists], k: int) -> Lists:
    """The k best of lists that were made of disjoint parts: columns int64, scores, [users, k] both.

    Each part is (columns, scores), both [users, any length], with columns of the whole catalogue;
    -1 (and -inf) where a list ended. Exact if each list holds the k best of its part: what is among
    the k best of all is among the k best of its part. Equal scores go in column order, the rule of
    `top_k`, in whatever order the parts come; merging some first changes nothing.
    Raises ValueError for no parts and for shapes that do not fit. Book: past one machine.

    >>> one = np.array([[0, 2]]), np.array([[0.9, 0.5]])
    >>> two = np.array([[3, -1]]), np.array([[0.9, -np.inf]])
    >>> merge_top_k([two, one], k=3)[0].tolist()
    [[0, 3, 2]]
    """
    if not parts:
        raise ValueError("parts is empty: expected at least one list a user")
    users = len(parts[0][0])
    for columns, scores in parts:
        if columns.ndim != 2 or columns.shape != scores.shape or len(columns) != users:
            raise ValueError(
                f"columns {columns.shape}, scores {scores.shape}: expected ({users}, length) both"
            )
    columns = np.hstack([columns for columns, _ in parts])
    scores = np.hstack([scores for _, scores in parts])
    scores = np.where(columns < 0, -np.inf, scores)
    # Equal scores in the catalogue's order: first by column, then by the rule of top_k.
    order = np.argsort(columns, axis=1, kind="stable")
    columns, scores = (np.take_along_axis(a, order, axis=1) for a in (columns, scores))
    best = top_k(scores, k)
    if not columns.shape[1]:
        return best, np.full(best.shape, -np.inf, scores.dtype)
    listed = np.take_along_axis(columns, np.maximum(best, 0), axis=1)
    reached = np.take_along_axis(scores, np.maximum(best, 0), axis=1)
    return np.where(best < 0, -1, listed), np.where(best < 0, -np.inf, reached).astype(scores.dtype)


def checked_length(k: int) -> None:
    """A list length that is none is a ValueError."""
    if not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k={k!r}: expected a whole number, at least 1")
