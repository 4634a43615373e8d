"""Ranking metrics: from a list of hits to a number a user.

Every function takes `hits`, bool [users, k]: is the item at each rank relevant; and where it needs
them `relevant`, int [users]: how many relevant items each user has. Each returns float [users].
The definitions are those of the TREC tools; the tests hold them against `ir-measures`.
Book: evaluation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Hits = np.ndarray
Counts = np.ndarray


def precision(hits: Hits, relevant: Counts) -> np.ndarray:
    """Share of the k places that hold a relevant item: (number of hits) / k; T 9.3's "accuracy".

    >>> precision(np.array([[True, False, True, False]]), np.array([3])).tolist()
    [0.5]
    """
    return hits.mean(axis=1)


def recall(hits: Hits, relevant: Counts) -> np.ndarray:
    """Share of a user's relevant items that the list holds: (number of hits) / (number relevant).

    >>> recall(np.array([[True, False, True, False]]), np.array([4])).tolist()
    [0.5]
    """
    return hits.sum(axis=1) / relevant


def f1(hits: Hits, relevant: Counts) -> np.ndarray:
    """Harmonic mean of precision and recall, 2PR / (P + R); 0 where both are 0.

    >>> f1(np.array([[True, False, True, False], [False] * 4]), np.array([4, 1])).tolist()
    [0.5, 0.0]
    """
    p, r = precision(hits, relevant), recall(hits, relevant)
    return np.divide(2 * p * r, p + r, out=np.zeros_like(p), where=p + r > 0)


def ndcg(hits: Hits, relevant: Counts) -> np.ndarray:
    """Discounted gain of a list over the best list's: sum of 1 / log2(1 + rank) at the hits.

    The best list puts min(k, relevant) hits first. Source: Järvelin and Kekäläinen, TOIS 2002.

    >>> hits = np.array([[True, True, False], [False, True, False]])
    >>> ndcg(hits, np.array([2, 1])).round(4).tolist()
    [1.0, 0.6309]
    """
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    best = np.concatenate([[0.0], discount.cumsum()])
    return (hits @ discount) / best[np.minimum(relevant, hits.shape[1])]


def mrr(hits: Hits, relevant: Counts) -> np.ndarray:
    """One over the rank of the first hit; 0 without one.

    >>> mrr(np.array([[False, True, True], [False] * 3]), np.array([2, 1])).tolist()
    [0.5, 0.0]
    """
    return np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)


def hit_rate(hits: Hits, relevant: Counts) -> np.ndarray:
    """1 where the list holds at least one relevant item (`Success` in TREC's words).

    >>> hit_rate(np.array([[False, True], [False, False]]), np.array([2, 1])).tolist()
    [1.0, 0.0]
    """
    return hits.any(axis=1).astype(float)


ACCURACY: dict[str, Callable[[Hits, Counts], np.ndarray]] = {
    "recall": recall,
    "precision": precision,
    "f1": f1,
    "ndcg": ndcg,
    "mrr": mrr,
    "hit_rate": hit_rate,
}


def novelty(lists: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Mean surprise of a list, in bits: -log2 of the share of people who have each item.

    Float [users]. `lists` int [users, k] of item columns, -1 where a list is short; `popularity`
    float [items], the share of users with the item, above 0. A list without items has novelty 0.
    Source: Zhou et al., PNAS 2010.

    >>> novelty(np.array([[0, 1], [1, -1]]), np.array([0.5, 0.25])).tolist()
    [1.5, 2.0]
    """
    surprise, real = -np.log2(popularity)[lists], lists >= 0
    return (surprise * real).sum(axis=1) / np.maximum(real.sum(axis=1), 1)


def diversity(lists: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Mean of 1 - cosine over the pairs of a list; float [users], 0 for fewer than two items.

    `lists` int [users, k], -1 where short; `vectors` float [items, d], one of any length an item.
    With unit vectors x and s their sum over n items, the mean cosine of the pairs is
    (|s|^2 - sum |x|^2) / (n (n - 1)): no pair is ever formed. Source: Ziegler et al., WWW 2005.

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> diversity(np.array([[0, 1], [0, 2]]), vectors).tolist()
    [0.0, 1.0]
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, length, out=np.zeros(vectors.shape, float), where=length > 0)
    x = unit[lists] * (lists >= 0)[:, :, None]
    n = (lists >= 0).sum(axis=1)
    together = (x.sum(axis=1) ** 2).sum(axis=1) - (x**2).sum(axis=(1, 2))
    return np.where(n > 1, 1 - together / np.maximum(n * (n - 1), 1), 0.0)


def coverage(lists: np.ndarray, items: int) -> float:
    """Share of the catalogue that is in anybody's list.

    >>> coverage(np.array([[0, 1], [1, -1]]), items=4)
    0.5
    """
    return len(np.unique(lists[lists >= 0])) / items
