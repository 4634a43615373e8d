"""What λ does: loss, drift, quality and lists from the target alone to the source itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.splits import Split
from xdrec.evaluate import resample
from xdrec.ranking import top_k
from xdrec.transfer.anchored import Anchored
from xdrec.tune import rehearsal

BLOCK = 512  # rows of scores compared at once: they stay in the cache


@dataclass(frozen=True, eq=False)
class Path:
    """The path of λ: a row a λ in `table`, and the `lists` of chosen users, [λ, k] item columns.

    `table`: `lam`, the target's own `loss` (less that of B = 0), `drift` ‖B - B_0‖, and for valid
    and test `<part>_recall` and `<part>_ndcg`, means over warm users, with `test_low` and
    `test_high` the 95 % interval of test's recall. Book: the strength of transfer.
    """

    table: pl.DataFrame
    lists: dict[str, np.ndarray]

    @property
    def chosen(self) -> dict[str, Any]:
        """The row of the highest recall on valid; of equals the weaker λ."""
        return self.table.row(int(np.argmax(self.table["valid_recall"].to_numpy())), named=True)


def transfer_path(
    model: Anchored,
    split: Split,
    lambdas: Sequence[float],
    *,
    k: int = 10,
    users: Sequence[str] = (),
    single: bool = True,
) -> Path:
    """Fit `model` on `split.known` for every λ and measure it on valid and on test (class T).

    λ may be 0 (the target alone) and ∞ (the anchor). One eigendecomposition, about twenty solved
    λ and a curve through them serve all (`ItemItemPath.along`). Of the model `model`, `anchor` and
    `norm` count; its own `lam` does not. Who has no target history is not measured here: an
    item-item model is silent about them at every λ (`UserRidge` is not).

    `users` are followed through all λ: their k best items at each. `single` computes in float32.
    Raises ValueError where no λ is given, or where valid or test has no warm user.
    Source: document T 4.2.3. Book: the strength of transfer.

    >>> from xdrec.data import leave_last_out, make_world
    >>> from xdrec.encoders import Features
    >>> from xdrec.interest import NextItem
    >>> from xdrec.transfer import TextAnchor
    >>> world = make_world(users=80, items=40, sparsity=0.8, overlap=1.0, images=False)
    >>> texts = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    >>> model = Anchored(NextItem(mu=10), TextAnchor(*texts), lam=0)
    >>> split = leave_last_out(world.cross("books", "films"))
    >>> path = transfer_path(model, split, [0, 10, 100, float("inf")], users=["u0000"])
    >>> path.table["lam"].to_list(), path.lists["u0000"].shape, path.table["drift"].item(-1)
    ([0.0, 10.0, 100.0, inf], (4, 10), 0.0)
    """
    if not len(lambdas):
        raise ValueError("no λ: expected a sequence of strengths >= 0")
    known = split.known
    solved = model.path(known, single=single)
    history = model.model.problem(known).history.astype(np.float32 if single else float)
    people = np.flatnonzero(np.diff(history.indptr))
    parts = {"valid": _Part(rehearsal(split), people), "test": _Part(split, people)}
    history, followed = history[people], history[known.user_index(users)]
    rows, recalls, lists = [], [], []
    for lam, b in zip(lambdas, solved.along(lambdas, model.norm), strict=True):
        b = b.astype(history.dtype, copy=False)
        scores = np.asarray(history @ b)
        measured = {name: part.measure(scores, k) for name, part in parts.items()}
        recalls.append(measured["test"][0])
        rows.append(
            {"lam": float(lam), "loss": solved.loss(lam, model.norm),
             "drift": float(np.linalg.norm(b - solved.anchor))}
            | {f"{name}_{metric}": values.mean() for name, both in measured.items()
               for metric, values in zip(("recall", "ndcg"), both, strict=True)}
        )  # fmt: skip
        if len(users):
            wanted = np.asarray(followed @ b)
            wanted[(known.target.matrix(users) > 0).nonzero()] = -np.inf
            lists.append(top_k(wanted, k))
    follow = np.stack(lists, axis=1) if lists else np.empty((0, 0, k), int)
    low, high = np.quantile(resample(np.stack(recalls, axis=1)), [0.025, 0.975], axis=0)
    table = pl.DataFrame(rows).with_columns(test_low=low, test_high=high)
    return Path(table, dict(zip(users, follow, strict=True)))


class _Part:
    """Held-out events of warm users, to be measured many times: all that is needed is their ranks.

    `people` are the rows of `known.users` that scores will be given for.
    """

    def __init__(self, split: Split, people: np.ndarray) -> None:
        target, users = split.known.target, split.known.users[people]
        known = target.matrix(users)
        owned = known.maximum(target.with_interactions(split.valid).matrix(users))
        test = target.with_interactions(split.test).matrix(users)
        test = (test - test.multiply(owned)).tocsr()
        test.eliminate_zeros()
        self._row, self._item = test.nonzero()
        if not len(self._row):
            raise ValueError(f"split {split.name!r} has no warm user with an item to be found")
        self._user = np.unique(self._row, return_inverse=True)[1]
        self._relevant = np.bincount(self._user)
        mine = owned[self._row].tocoo()  # what each event's user has is no rival of it
        self._event, self._owned = mine.row, mine.col

    def measure(self, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Recall@k and NDCG@k of each user, those of `evaluate`; `scores` [people, items]."""
        own = scores[self._row, self._item]
        rank = np.empty(len(own), int)
        for start in range(0, len(own), BLOCK):
            part = slice(start, start + BLOCK)
            rank[part] = (scores[self._row[part]] > own[part, None]).sum(axis=1)
        above = scores[self._row[self._event], self._owned] > own[self._event]
        rank -= np.bincount(self._event, above, minlength=len(own)).astype(int)
        for at in np.flatnonzero(rank < k):  # equal scores go in catalogue order
            equal = np.flatnonzero(scores[self._row[at], : self._item[at]] == own[at])
            if len(equal):
                rank[at] += len(np.setdiff1d(equal, self._owned[self._event == at]))
        gain = np.where(rank < k, 1 / np.log2(rank + 2.0), 0)
        best = np.cumsum(1 / np.log2(np.arange(k) + 2.0))[np.minimum(self._relevant, k) - 1]
        recall = np.bincount(self._user, rank < k) / self._relevant
        return recall, np.bincount(self._user, gain) / best
