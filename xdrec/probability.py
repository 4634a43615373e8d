"""k: from a score to the probability that the item shown is the one that comes next."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import expit

from xdrec.data.cache import write_whole
from xdrec.data.domain import CrossDomain
from xdrec.data.splits import leave_last_out
from xdrec.interest.base import Scorer
from xdrec.ranking import top_k
from xdrec.saved import loading

BLOCK = 1024  # users ranked at once
Case = tuple[Scorer, CrossDomain, pl.DataFrame]  # a model, what it was fitted on, what came then
FORMAT, VERSION = "xdrec calibrator", 1
FEATURES = ("rank", "margin", "history")


class Calibrator:
    """P(hit) = σ(w · x + b): how likely is the item shown at a place the user's next one?

    x has three numbers a place: log rank; asinh of the margin, which is how many of the user's own
    standard deviations the score stands above the user's mean score; log(1 + m), m the length of
    the user's history in the target. None depends on the scores' unit. Rank and margin are the
    item's among all that the user does not have yet: a filter or a re-ranked list does not make an
    item likelier. Weights are kept from having the wrong sign, so P never rises with the rank nor
    falls with the margin. Fitted by penalised maximum likelihood (½‖w‖² on standardised features).

    After `fit`: `base` [k], the share of hits at each rank, which is what a calibrator has to beat;
    `weights`, by feature. It holds for the model it was fitted on, fitted anew on more of the same.
    Source: document X 4.2.4 (k as a probability); Platt, 1999. Book: recommendation.

    >>> from xdrec.data import leave_last_out, make_world
    >>> from xdrec.interest import ItemKNN
    >>> world = make_world(users=200, items=60, images=False)
    >>> split = leave_last_out(world.cross("books", "films"))
    >>> model = ItemKNN().fit(split.known)
    >>> p, hits = Calibrator().fit(model, split.known, split.valid).places(
    ...     model, split.known, split.valid)
    >>> bool(abs(np.nanmean(p) / hits.mean() - 1) < 0.01)
    True
    """

    def fit(
        self,
        model: Scorer,
        known: CrossDomain,
        held_out: pl.DataFrame,
        k: int = 10,
        earlier: Sequence[Case] = (),
    ) -> Self:
        """`model` is fitted on `known`; `held_out` are later events of the target (valid, never
        test). `earlier` are the same three for events before those (`earlier_events`): they help to
        learn how much each feature says, while how likely a hit is at all is the last one's.
        Raises ValueError where no list of k holds a held-out item, or all do everywhere."""
        x, hits = _shown(model, known, held_out, k)
        there = ~np.isnan(x).any(axis=2)
        if not hits.any() or hits[there].all():
            raise ValueError(
                f"{int(hits.sum())} hits at {int(there.sum())} places: expected some hits and some "
                "misses to learn from; bring more held-out events, or a better model"
            )
        shown = there.sum(axis=0)
        # Half a hit and half a miss more: a rank without any is rare, not impossible.
        self.base = (hits.sum(axis=0) + 0.5) / (shown + 1)
        self._mean, self._std = x[there].mean(axis=0), np.maximum(x[there].std(axis=0), 1e-9)
        parts = [(x[there], hits[there])]
        for case in earlier:
            x, hits = _shown(*case, k)
            there = ~np.isnan(x).any(axis=2)
            parts.append((x[there], hits[there]))
        event = np.repeat(np.arange(len(parts)), [len(part) for part, _ in parts])
        every, hit = (np.concatenate(each) for each in zip(*parts, strict=True))
        self._w = _logistic((every - self._mean) / self._std, hit, event)
        return self

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each feature, in log-odds for one standard deviation of it."""
        return dict(zip(FEATURES, self._w[:-1].tolist(), strict=True))

    def probability(self, scores: np.ndarray, lists: np.ndarray, history: np.ndarray) -> np.ndarray:
        """P(hit) of the items of some lists, float [users, n]; NaN where a list is short.

        `scores` [users, items], -inf at what the user has; `lists` int [users, n] of columns, -1
        where short; `history` int [users]. NaN also for an item at -inf and where all scores of a
        user are alike: there is no rank then.
        """
        return self._of(_features(scores, lists, history))

    def places(
        self, model: Scorer, known: CrossDomain, held_out: pl.DataFrame
    ) -> tuple[np.ndarray, np.ndarray]:
        """P(hit) and hits, [users, k] both, of the lists of everybody in `held_out`, sorted by id.

        What `xdrec.reliability` measures a calibrator by, on users or events it was not fitted on.
        """
        x, hits = _shown(model, known, held_out, len(self.base))
        return self._of(x), hits

    def save(self, path: str | Path) -> None:
        numbers = {"base": self.base, "mean": self._mean, "std": self._std, "w": self._w}
        about = {"format": FORMAT, "version": VERSION, "features": FEATURES}
        written = about | {name: value.tolist() for name, value in numbers.items()}
        write_whole(Path(path), (json.dumps(written, indent=1) + "\n").encode())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Raises ValueError for a file of another kind, version or set of features."""
        with loading(path):
            read = json.loads(Path(path).read_text(encoding="utf-8"))
            about = {"format": FORMAT, "version": VERSION, "features": list(FEATURES)}
            found = {name: read.get(name) for name in about} if isinstance(read, dict) else read
            if found != about:
                raise ValueError(f"{path} says {found}: expected {about}; fit and save it anew")
            new, n = cls(), len(FEATURES)
            new.base, new._mean, new._std, new._w = (
                np.array(read[name], float) for name in ("base", "mean", "std", "w")
            )
            parts = (new._mean, new._std, new._w)
            if new.base.ndim != 1 or [each.shape for each in parts] != [(n,), (n,), (n + 1,)]:
                raise ValueError(f"{path} does not hold {n} numbers of each kind")
            if not (all(np.isfinite(each).all() for each in parts) and (new._std > 0).all()):
                raise ValueError(f"{path} holds numbers that no fit gives")
        return new

    def _of(self, x: np.ndarray) -> np.ndarray:
        return expit((x - self._mean) / self._std @ self._w[:-1] + self._w[-1])


def earlier_events(build: Callable[[], Scorer], known: CrossDomain, n: int = 2) -> list[Case]:
    """The last n events of everybody in the target, each held out from what came before it.

    For `Calibrator.fit(..., earlier=...)`: `build` makes the model, which is fitted n times, on
    less each time; people with fewer than three items are left whole (`leave_last_out`).
    Book: recommendation.

    >>> from xdrec.data import make_world
    >>> from xdrec.interest import ItemKNN
    >>> known = make_world(users=60, items=40, sparsity=0.8, images=False).cross("books", "films")
    >>> [held_out["user_id"].n_unique() for _, _, held_out in earlier_events(ItemKNN, known)]
    [45, 41]
    """
    cases: list[Case] = []
    for _ in range(n):
        split = leave_last_out(known).refit()
        known = split.known
        cases.append((build().fit(known), known, split.test))
    return cases


def _shown(
    model: Scorer, known: CrossDomain, held_out: pl.DataFrame, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Features [users, k, 3] and hits [users, k] of the lists of everybody in `held_out`."""
    users, target = held_out["user_id"].unique().sort(), known.target
    later = target.with_interactions(held_out)
    x, hits = [np.empty((0, k, len(FEATURES)))], [np.empty((0, k), bool)]
    for start in range(0, len(users), BLOCK):
        some = users[start : start + BLOCK]
        have = target.matrix(some)
        scores = np.array(model.score(some), float)
        scores[have.nonzero()] = -np.inf
        lists = top_k(scores, k)
        x.append(_features(scores, lists, np.diff(have.indptr)))
        wanted = np.take_along_axis(later.matrix(some).toarray() > 0, np.maximum(lists, 0), axis=1)
        hits.append(wanted & ~np.isnan(x[-1]).any(axis=2))
    return np.concatenate(x), np.concatenate(hits)


def _features(scores: np.ndarray, lists: np.ndarray, history: np.ndarray) -> np.ndarray:
    listable = np.isfinite(scores)
    n = np.maximum(listable.sum(axis=1, keepdims=True), 1)
    mean = np.where(listable, scores, 0).sum(axis=1, keepdims=True) / n
    std = np.sqrt((np.where(listable, scores - mean, 0) ** 2).sum(axis=1, keepdims=True) / n)
    value = np.take_along_axis(scores, np.maximum(lists, 0), axis=1)
    std = np.where(np.ptp(np.where(listable, scores, mean), axis=1, keepdims=True) > 0, std, np.nan)
    margin = np.where((lists >= 0) & np.isfinite(value), value - mean, np.nan) / std
    rank = np.empty(lists.shape)
    for place, column in enumerate(lists.T):  # by the rule of top_k: of equals, the earlier
        mine = value[:, [place]]
        earlier = np.arange(scores.shape[1]) < column[:, None]
        rank[:, place] = 1 + ((scores > mine) | ((scores == mine) & earlier)).sum(axis=1)
    long = np.broadcast_to(np.log1p(history)[:, None], lists.shape)
    return np.stack([np.log(rank), np.arcsinh(margin), long], axis=2)


def _logistic(x: np.ndarray, hit: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Weights [features] and, last, event 0's intercept; rank's at most 0, margin's at least 0.

    Each event (0, 1, ...) has an intercept of its own: hits may be rarer in one than in another.
    """
    features, events = x.shape[1], event.max() + 1
    x = np.column_stack([x, np.eye(events)[event]])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        free = np.append(w[:features], np.zeros(events))
        value = np.logaddexp(0, z).sum() - z[hit].sum() + free @ free / 2
        return value / len(x), (x.T @ (expit(z) - hit) + free) / len(x)

    signs = [(None, 0), (0, None), (None, None)] + events * [(None, None)]
    start = np.zeros(x.shape[1])
    options = {"ftol": 1e-13, "gtol": 1e-9}
    w = minimize(loss, start, jac=True, bounds=signs, method="L-BFGS-B", options=options).x
    return w[: features + 1]
