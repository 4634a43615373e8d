"""Lists that do not say the same thing ten times: maximal marginal relevance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from xdrec.data.splits import Split
from xdrec.evaluate import evaluate
from xdrec.interest.base import Scorer
from xdrec.ranking import top_k

BLOCK = 128  # users at once: 128 x 100 candidates x 384 numbers of float32 are 20 MB


def mmr(
    scores: np.ndarray, vectors: np.ndarray, k: int, beta: float = 0.3, pool: int = 100
) -> np.ndarray:
    """The k items of each user chosen one by one, each for its score and for being new to the list.

    Of the `pool` best-scored candidates the next is the one of highest
    (1 - β) · relevance - β · (largest cosine to an item already chosen); relevance is the score
    scaled to [0, 1] over the user's candidates. β = 0 is `top_k`; β = 1 looks at the score for the
    first item alone. Equal values go in the order of the scores. Returns int64 [users, k], -1 where
    a list is short; items at -inf are never listed.
    `scores` [users, items]; `vectors` [items, d] of any length. An item without a vector (zero) is
    like no other. Raises ValueError for a β outside [0, 1], a pool below k, and vectors that are
    not one an item.
    Source: Carbonell and Goldstein, SIGIR 1998, whose λ is 1 - β: λ is transfer's here.
    Book: recommendation.

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> mmr(np.array([[1.0, 0.9, 0.5]]), vectors, k=2, beta=0.5, pool=3).tolist()
    [[0, 2]]
    """
    scores, vectors = np.asarray(scores), np.asarray(vectors, np.float32)
    if not 0 <= beta <= 1:
        raise ValueError(f"beta={beta}: expected a number in [0, 1]; 0 is the plain list")
    if vectors.ndim != 2 or len(vectors) != scores.shape[-1]:
        raise ValueError(
            f"vectors {vectors.shape} for scores {scores.shape}: expected one an item, [items, d]"
        )
    if pool < k:
        raise ValueError(f"pool={pool}: expected at least k={k} candidates to choose from")
    candidates = top_k(scores, min(pool, max(k, scores.shape[1])))
    if beta == 0:
        return candidates[:, :k]
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    blocks = [slice(start, start + BLOCK) for start in range(0, len(scores), BLOCK)]
    lists = [_chosen(scores[b], candidates[b], unit, k, beta) for b in blocks]
    return np.concatenate(lists) if lists else candidates[:, :k]


def _chosen(
    scores: np.ndarray, candidates: np.ndarray, unit: np.ndarray, k: int, beta: float
) -> np.ndarray:
    real, row = candidates >= 0, np.arange(len(candidates))
    value = np.take_along_axis(scores, np.maximum(candidates, 0), axis=1).astype(float)
    low = np.where(real, value, np.inf).min(axis=1, keepdims=True)
    high = np.where(real, value, -np.inf).max(axis=1, keepdims=True)
    told = real & (high > low)
    relevance = np.where(told, value - low, 0) / np.where(told, high - low, 1)
    x = unit[candidates]
    nearest = np.zeros_like(relevance)  # before the first choice nothing is alike
    free, lists = real.copy(), np.empty((len(candidates), k), np.int64)
    for place in range(k):
        worth = np.where(free, (1 - beta) * relevance - beta * nearest, -np.inf)
        pick = worth.argmax(axis=1)
        lists[:, place] = np.where(free[row, pick], candidates[row, pick], -1)
        free[row, pick] = False
        alike = np.einsum("upd,ud->up", x, x[row, pick])
        nearest = alike if place == 0 else np.maximum(nearest, alike)
    return lists


@dataclass(frozen=True)
class _Mmr:
    """`mmr` as `evaluate` takes it."""

    vectors: np.ndarray
    beta: float
    pool: int

    def __call__(self, scores: np.ndarray, k: int) -> np.ndarray:
        return mmr(scores, self.vectors, k, self.beta, self.pool)


def trade_off(
    model: Scorer,
    split: Split,
    vectors: np.ndarray,
    betas: Sequence[float] = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
    k: int = 10,
    pool: int = 100,
) -> pl.DataFrame:
    """What diversity costs: one row a β with the accuracy, the diversity and the coverage of lists.

    Columns `beta`, `recall`, `ndcg`, `diversity` (mean 1 - cosine of the pairs of a list) with
    `_low` and `_high` (intervals over users) for each, and `coverage`. `model` is fitted.
    Errors: those of `mmr` and `evaluate`. Source: documents T 9.3, X 8.1. Book: recommendation.
    """
    rows = []
    for beta in betas:
        report = evaluate(model, split, k, vectors, rank=_Mmr(vectors, beta, pool))
        row: dict[str, float] = {"beta": float(beta)}
        for metric in ("recall", "ndcg", "diversity"):
            found = report.interval(metric)
            row |= {metric: found.mean, f"{metric}_low": found.low, f"{metric}_high": found.high}
        rows.append(row | {"coverage": report.coverage()})
    return pl.DataFrame(rows)
