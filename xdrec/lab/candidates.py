"""Which items can reach the top k for some weights or with parts gone: a page carries those."""

from __future__ import annotations

from itertools import product

import numpy as np

from xdrec.fusion import shared_out

# Crossings closer than this count as one, in favour of the item: it is then kept.
TIE = 1e-12


def reachable(scores: np.ndarray, k: int, limit: int = 400) -> tuple[np.ndarray, bool]:
    """The items that some mixture Σ α_m s_m can put among the k best, and whether that is all.

    `scores` [modalities, items], finite; α_m ≥ 0 with Σ α_m = 1. Returns their columns in order,
    and True. An item is out once k others beat it in every modality. For two modalities a sweep
    over α then leaves those that are listed somewhere, and no others. With three or more, what is
    left is a superset; where it exceeds `limit` items, the best of each modality and of the even
    mixture share those places, and it is False: a list may then lack an item that is nowhere near
    the top of any of these.
    Source: document X 3.2.2 (fusion).

    >>> scores = np.array([[1.0, 0.0, 0.6, 0.4], [0.0, 1.0, 0.6, 0.4]])
    >>> reachable(scores, k=1)
    (array([0, 1, 2]), True)
    """
    modalities, n = scores.shape
    if n <= k:
        return np.arange(n), True
    left = np.flatnonzero([_beaten_everywhere(scores, i) < k for i in range(n)])
    if modalities == 2:
        ends = scores[:, left]
        return left[[_best_place(ends, i) < k for i in range(len(left))]], True
    if len(left) <= limit:
        return left, True
    share = max(k, limit // (modalities + 1))
    leaders = np.vstack([scores, scores.mean(axis=0)]).argsort(axis=1)[:, -share:]
    return np.unique(leaders), False


def on_a_grid(scores: np.ndarray, there: np.ndarray, k: int) -> np.ndarray:
    """The items that are among the k best for some α of a grid, where items lack modalities.

    `scores` [modalities, items], `there` bool [items, modalities]. With missing modalities a score
    is no longer linear in α, and there is no telling without trying: every hundredth for two
    modalities, as the sliders go, and coarser for more.
    """
    modalities = len(scores)
    steps = {2: 100, 3: 25, 4: 12}.get(modalities, 7)
    whole = product(range(steps + 1), repeat=modalities - 1)
    grid = np.array([[*some, steps - sum(some)] for some in whole if sum(some) <= steps]) / steps
    seen: set[int] = set()
    for alpha in grid:
        shares = shared_out(alpha, there)
        total = np.where(shares.any(axis=1), (shares.T * scores).sum(axis=0), -np.inf)
        best = np.argsort(-total, kind="stable")[:k]
        seen.update(best[total[best] > -np.inf].tolist())
    return np.array(sorted(seen), int)


def _beaten_everywhere(scores: np.ndarray, i: int) -> int:
    """How many items stand before `i` whatever the weights? Of equals, the earlier one does."""
    mine = scores[:, [i]]
    level = (scores[:, :i] >= mine).all(axis=0).sum()
    return int(level + (scores[:, i + 1 :] > mine).all(axis=0).sum())


def _best_place(ends: np.ndarray, i: int) -> int:
    """The fewest items that stand before `i` at once, over all α in [0, 1]; `ends` [2, items].

    In α each score is a straight line. Another item's lead over `i` is one too, so it holds all
    the way, on a stretch from one end up to where the two lines cross, or nowhere.
    """
    lead = ends - ends[:, [i]]
    earlier = np.arange(ends.shape[1]) < i
    # At the ends ties are common (a modality without an opinion): there, order decides.
    at_ends = ((lead > 0) | ((lead == 0) & earlier)).sum(axis=1)
    throughout = ((lead >= 0).all(axis=0) & ((lead > 0).any(axis=0) | earlier)).sum()
    falls, rises = lead[:, (lead[0] > 0) & (lead[1] < 0)], lead[:, (lead[0] < 0) & (lead[1] > 0)]
    until, since = (np.sort(part[0] / (part[0] - part[1])) for part in (falls, rises))
    # At its own crossing nobody leads, so the fewest do at a crossing, or beside an end.
    at = np.concatenate([[0.0, 1.0], until, since])
    before = len(until) - np.searchsorted(until, at + TIE)
    after = np.searchsorted(since, at - TIE)
    return int(min(at_ends.min(), throughout + (before + after).min()))


def reachable_without(
    parts: np.ndarray, rest: np.ndarray, k: int, limit: int = 200
) -> tuple[np.ndarray, bool]:
    """The items that can be among the k best when any of the parts are taken away; is that all?

    `parts` [m, items] and `rest` [items] add up to the scores; any of the m rows may be gone.
    Returns columns in order, and True. An item is out once k others are ahead of it whatever is
    gone: of the lead of one over the other, the parts below 0 stay and all others go. What is left
    is a superset of what can be listed. Where it exceeds `limit` items, those places go to the best
    with all parts, with each one gone, with each alone and with none, in turn, then to the next
    best with all, and it is False. Equal scores go in the order of the items.

    >>> parts = np.array([[3, 2, 1, 0], [0, 1, 1, 2]])
    >>> reachable_without(parts, np.zeros(4, int), k=1)
    (array([0, 1, 3]), True)
    """
    n = len(rest)
    full = rest + parts.sum(axis=0)
    by_score = np.argsort(-full, kind="stable")
    ahead = np.zeros(n, int)
    for one in by_score[: 2 * limit]:  # asking more rivals could only leave fewer items
        least = rest[one] - rest + np.minimum(parts[:, [one]] - parts, 0).sum(axis=0)
        ahead += (least > 0) | ((least == 0) & (one < np.arange(n)))
    left = np.flatnonzero(ahead < k)
    if len(left) <= limit:
        return left, True
    lists = np.vstack([full, full - parts, rest + parts, rest])
    firsts = np.argsort(-lists, axis=1, kind="stable")[:, :k]
    wanted = [*firsts[0], *firsts.T.ravel(), *by_score]
    return np.sort(list(dict.fromkeys(int(at) for at in wanted))[: max(limit, k)]), False
