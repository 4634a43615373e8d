"""Evaluation: full ranking, a number a user, warm and cold apart, differences with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from xdrec import metrics
from xdrec.data.domain import CrossDomain, Domain
from xdrec.data.ids import texts_of
from xdrec.data.splits import Split
from xdrec.data.worlds.truth import Truth
from xdrec.interest.base import Scorer
from xdrec.ranking import top_k

BLOCK = 1024  # users ranked at once, at most
CELLS = 1 << 23  # scores at once, at most: 32 MB of float32, and some hundred in their ranking
CROWD = 1 << 16  # users whose histories stand in memory at once


@dataclass(frozen=True, eq=False)
class Interval:
    """A mean over users with its bootstrap interval; `low > 0` or `high < 0` tells it from zero.

    Book: evaluation.

    >>> str(Interval(mean=0.1, low=0.05, high=0.15))
    '0.1000 [0.0500, 0.1500]'
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True, eq=False)
class Report:
    """What one model did for each user of one split.

    `per_user` has a row a test user: `user_id`, `group` (warm: has target history; cold: has
    none), `silent` (the model scored every item alike: the order is the catalogue's, not the
    model's), `relevant` (number of test items) and a column a metric. `lists` int [users, k] holds
    the recommended columns of the catalogue of `items` items, -1 where a list is short.
    `uncounted` test users had every test item already: nothing to find. Book: evaluation.
    """

    model: str
    split: str
    k: int
    per_user: pl.DataFrame
    lists: np.ndarray
    items: int
    uncounted: int

    @property
    def measured(self) -> list[str]:
        described = ("user_id", "group", "silent", "relevant")
        return [c for c in self.per_user.columns if c not in described]

    def of(self, metric: str, group: str | None = None) -> np.ndarray:
        """One number a user, all of them or one `group`."""
        if metric not in self.measured:
            raise ValueError(f"metric={metric!r}: expected one of {', '.join(self.measured)}")
        if group not in (None, "warm", "cold"):
            raise ValueError(f"group={group!r}: expected 'warm', 'cold' or None for both")
        users = self.per_user if group is None else self.per_user.filter(pl.col("group") == group)
        return users[metric].to_numpy()

    def mean(self, group: str | None = None) -> dict[str, float]:
        """Every metric's mean over users; NaN for a group that nobody is in."""
        values = {m: self.of(m, group) for m in self.measured}
        return {m: float(v.mean()) if len(v) else float("nan") for m, v in values.items()}

    def coverage(self, group: str | None = None) -> float:
        """Share of the catalogue in anybody's list, of all users or of one `group`."""
        shown = self.lists
        if group is not None:
            shown = shown[(self.per_user["group"] == group).to_numpy()]
        return metrics.coverage(shown, self.items)

    def interval(self, metric: str, group: str | None = None, **options: Any) -> Interval:
        return bootstrap(self.of(metric, group), **options)


def evaluate(
    model: Scorer,
    split: Split,
    k: int = 10,
    vectors: np.ndarray | None = None,
    name: str = "",
    rank: Callable[[np.ndarray, int], np.ndarray] = top_k,
) -> Report:
    """Rank the whole target catalogue for every test user and measure the first k places.

    `model` is already fitted, normally on `split.known`. Items that the user has there or in
    `split.valid` are left out of the ranking, and out of the test; a user without a test item left
    is not counted, except in `uncounted`.
    `vectors` [items, d], if given, adds the lists' diversity. Equal scores go in catalogue order.
    `rank` makes lists [users, k] of scores [users, items], by default the k best (`top_k`).
    Memory: 8 million scores at a time and the histories of 65,536 users, however many there are and
    however large the catalogue; the report itself grows by some 200 bytes a user.
    Errors: NaN scores and wrong shapes are refused (`top_k`). Source: document T 9.3 and, for full
    instead of sampled ranking, Krichene and Rendle, KDD 2020. Book: evaluation.
    """
    target = split.known.target
    everybody = texts_of(split.test["user_id"])
    parts = [_ranked(model, crowd, k, rank) for crowd in _crowds(split, everybody)]
    if not sum(len(part.users) for part in parts):
        raise ValueError(f"split {split.name!r} has no user with a test item to be found")
    users = pl.concat([part.users for part in parts])
    lists, hits, silent, relevant, warm = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("lists", "hits", "silent", "relevant", "warm")
    )
    values = {m: measure(hits, relevant) for m, measure in metrics.ACCURACY.items()}
    people = max(target.interactions["user_id"].n_unique(), 1)
    values["novelty"] = metrics.novelty(lists, np.maximum(_owners(target), 0.5) / people)
    if vectors is not None:
        values["diversity"] = metrics.diversity(lists, vectors)
    group = np.where(warm, "warm", "cold")
    described = {"user_id": users, "group": group, "silent": silent, "relevant": relevant}
    per_user = pl.DataFrame(described | values)
    name, uncounted = name or type(model).__name__, len(everybody) - len(users)
    return Report(name, split.name, k, per_user, lists, len(target.items), uncounted)


class _Crowd(NamedTuple):
    """Some users, and the target with the events of nobody else: known, valid, test."""

    users: pl.Series
    known: Domain
    valid: Domain
    test: Domain


def _crowds(split: Split, everybody: pl.Series) -> Iterator[_Crowd]:
    """So many at a time of a long table of users: more of them cost time and no memory."""
    target = split.known.target
    if len(everybody) <= CROWD:
        yield _Crowd(everybody, target, *map(target.with_interactions, (split.valid, split.test)))
        return
    # Each table is read once and taken apart, not asked anew for every crowd.
    crowd_of = np.full(len(split.known.users) + 1, -1)  # the last: of whom nothing is known
    crowd_of[split.known.user_index(everybody)] = np.arange(len(everybody)) // CROWD
    sides = []
    for table in (target.interactions, split.valid, split.test):
        crowd = crowd_of[split.known.user_places(table["user_id"])]
        order = np.argsort(crowd, kind="stable")
        sides.append((table, order, np.searchsorted(crowd[order], np.arange(crowd_of.max() + 2))))
    for n in range(crowd_of.max() + 1):
        events = (table[order[first[n] : first[n + 1]]] for table, order, first in sides)
        yield _Crowd(everybody[n * CROWD : (n + 1) * CROWD], *map(target.with_interactions, events))


class _Ranked(NamedTuple):
    """What the lists of some users came to; those who count, in order."""

    users: pl.Series
    lists: np.ndarray
    hits: np.ndarray
    silent: np.ndarray
    relevant: np.ndarray
    warm: np.ndarray


def _ranked(
    model: Scorer, crowd: _Crowd, k: int, rank: Callable[[np.ndarray, int], np.ndarray]
) -> _Ranked:
    users, items = crowd.users, len(crowd.known.items)
    history = crowd.known.matrix(users)
    # Nobody is offered again what they have, be it learnt from (known) or chosen by (valid).
    owned = history.maximum(crowd.valid.matrix(users))
    test = crowd.test.matrix(users)
    test = test - test.multiply(owned)
    test.eliminate_zeros()
    counted = np.diff(test.indptr) > 0
    users = users.filter(counted)
    history, owned, test = (x[counted] for x in (history, owned, test))
    lists = np.empty((len(users), k), np.int64)
    hits = np.zeros((len(users), k), bool)
    silent = np.zeros(len(users), bool)
    block = max(1, min(BLOCK, CELLS // items))
    for start in range(0, len(users), block):
        part = slice(start, start + block)
        scores = np.array(model.score(users[part]), copy=True)
        if scores.shape != owned[part].shape:
            raise ValueError(f"scores of shape {scores.shape}: expected {owned[part].shape}")
        silent[part] = (scores == scores[:, :1]).all(axis=1)
        scores[owned[part].nonzero()] = -np.inf
        lists[part] = rank(scores, k)
        wanted = test[part].toarray().astype(bool)
        found = np.take_along_axis(wanted, np.maximum(lists[part], 0), axis=1)
        hits[part] = found & (lists[part] >= 0)
    warm = np.diff(history.indptr) > 0
    return _Ranked(users, lists, hits, silent, np.diff(test.indptr), warm)


def _owners(target: Domain) -> np.ndarray:
    """How many people have each item, [items]; by polars, which needs no matrix of everybody."""
    pairs = target.interactions.lazy().select("user_id", "item_id").unique()
    table = pairs.group_by("item_id").len().collect(engine="streaming")
    owners = np.zeros(len(target.items))
    owners[target.item_index(table["item_id"])] = table["len"].to_numpy()
    return owners


def true_ndcg(
    model: Scorer,
    known: CrossDomain,
    truth: Truth,
    users: Sequence[str] | pl.Series | None = None,
    k: int = 10,
) -> np.ndarray:
    """NDCG@k of what is new to each person against what they truly like best, float [users].

    `model` is fitted on `known`, the target of which is the world's domain with this `truth`; what
    somebody has there already is no candidate, for the model nor for the best order. `users`
    default to all who live in the domain. Only a made world can say this: no event held out, no
    luck of what was met (`Truth.expected_ndcg`). Raises `DataError` for people of whom the model or
    the truth knows nothing. Source: document T 9.3. Book: interest.

    >>> from xdrec.data import make_world
    >>> from xdrec.interest import Popularity
    >>> world = make_world(users=60, items=40, sparsity=0.8, images=False)
    >>> known = world.cross("books", "films")
    >>> reached = true_ndcg(Popularity().fit(known), known, world.truth["films"])
    >>> reached.shape, bool((reached <= 1).all())
    ((45,), True)
    """
    people = truth.user_ids if users is None else users
    scores = np.array(model.score(people), float)
    scores[known.target.matrix(people).nonzero()] = -np.inf
    return truth.expected_ndcg(scores, k, people)


def compare(
    a: Report, b: Report, metric: str = "recall", group: str | None = None, **options: Any
) -> Interval:
    """How much better a is than b, user by user: the mean of the paired differences, with interval.

    Raises ValueError where the two did not measure the same users at the same k. `options` go to
    `bootstrap`. Source: paired bootstrap, Efron and Tibshirani, 1993. Book: evaluation.
    """
    if a.k != b.k or not a.per_user["user_id"].equals(b.per_user["user_id"]):
        raise ValueError(
            f"{a.model} ({a.split}, k={a.k}) and {b.model} ({b.split}, k={b.k}) measured different "
            "users or lists; evaluate both on one split with one k"
        )
    return bootstrap(a.of(metric, group) - b.of(metric, group), **options)


def bootstrap(
    values: np.ndarray, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> Interval:
    """Mean of one number a user with its percentile bootstrap interval over users.

    Each draw counts user i as often as a sample of n with replacement has i: a multinomial draw.
    Source: Efron, 1979. Raises ValueError without values. Book: evaluation.

    >>> str(bootstrap(np.ones(20)))
    '1.0000 [1.0000, 1.0000]'
    """
    means = resample(values, draws, seed)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high))


def resample(values: np.ndarray, draws: int = 2000, seed: int = 0) -> np.ndarray:
    """The means of `draws` samples of users, [draws]; of several columns at once, [draws, columns].

    `values` [users] or [users, columns]: columns share their draws, so that differences are paired.
    Raises ValueError without values. Book: evaluation.

    >>> resample(np.ones((20, 3)), draws=5).shape
    (5, 3)
    """
    n = len(values)
    if not n:
        raise ValueError("no user to average over; is the group empty?")
    rng = np.random.default_rng(seed)
    means = np.empty((draws, *values.shape[1:]))
    for start in range(0, draws, 100):  # 100 draws of 6,000 users are 5 MB
        stop = min(start + 100, draws)
        means[start:stop] = rng.multinomial(n, np.full(n, 1 / n), size=stop - start) @ values / n
    return means
