"""What λ does: loss, drift, quality and lists from the target alone to the source itself."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch

from xdrec.closed_form import ItemItemPath
from xdrec.data.splits import Split
from xdrec.evaluate import resample
from xdrec.ranking import top_k
from xdrec.transfer.anchored import Anchored
from xdrec.tune import rehearsal

BLOCK = 128  # people whose scores are made and compared at once: they stay in the cache


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

    λ may be 0 (the target alone) and ∞ (the anchor). One eigendecomposition, a handful of solved
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
    known, of = split.known, model.model
    problem, kind = of.problem(known), np.float32 if single else float
    solved = ItemItemPath(
        problem.gram, problem.cross, of.mu, model.anchor.matrix(known, of), single=single
    )
    history = problem.history.astype(kind)
    people = np.flatnonzero(np.diff(history.indptr))
    parts = {"valid": _Part(rehearsal(split), people, k), "test": _Part(split, people, k)}
    followed = history[known.user_index(users)]
    blocks = [(at, history[people[at : at + BLOCK]]) for at in range(0, len(people), BLOCK)]
    rows, recalls, lists = [], [], []
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for lam, b in zip(lambdas, solved.along(lambdas, model.norm), strict=True):

            def place(block: tuple[int, Any], b: np.ndarray = b) -> None:
                scores = np.asarray(block[1] @ b)
                for part in parts.values():
                    part.place(block[0], scores)

            list(pool.map(place, blocks))
            measured = {name: part.measure() for name, part in parts.items()}
            recalls.append(measured["test"][0])
            rows.append(
                {"lam": float(lam), "loss": solved.loss(lam, model.norm),
                 "drift": solved.drift(lam, model.norm)}
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

    def __init__(self, split: Split, people: np.ndarray, k: int) -> None:
        target, users = split.known.target, split.known.users[people]
        known = target.matrix(users)
        owned = known.maximum(target.with_interactions(split.valid).matrix(users))
        test = target.with_interactions(split.test).matrix(users)
        test = (test - test.multiply(owned)).tocsr()
        test.eliminate_zeros()
        self._row, self._item = test.nonzero()  # person after person
        if not len(self._row):
            raise ValueError(f"split {split.name!r} has no warm user with an item to be found")
        self._user = np.unique(self._row, return_inverse=True)[1]
        self._relevant = np.bincount(self._user)
        mine = owned[self._row].tocoo()  # what each event's user has is no rival of it
        self._event, self._owned = mine.row, mine.col
        self._rank, self._k = np.empty(len(self._row), int), k

    def place(self, first: int, scores: np.ndarray) -> None:
        """Rank the events of the people from `first` on by their scores [people, items]."""
        start, stop = np.searchsorted(self._row, (first, first + len(scores)))
        row, item = self._row[start:stop] - first, self._item[start:stop]
        own = scores[row, item]
        rank = (scores[row] > own[:, None]).sum(axis=1)
        mine = slice(*np.searchsorted(self._event, (start, stop)))
        event, owned = self._event[mine] - start, self._owned[mine]
        above = scores[row[event], owned] > own[event]
        rank -= np.bincount(event, above, minlength=len(own)).astype(int)
        for at in np.flatnonzero(rank < self._k):  # equal scores go in catalogue order
            equal = np.flatnonzero(scores[row[at], : item[at]] == own[at])
            if len(equal):
                rank[at] += len(np.setdiff1d(equal, owned[event == at]))
        self._rank[start:stop] = rank

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Recall@k and NDCG@k of each user, those of `evaluate`, once all are placed."""
        gain = np.where(self._rank < self._k, 1 / np.log2(self._rank + 2.0), 0)
        best = np.cumsum(1 / np.log2(np.arange(self._k) + 2.0))
        best = best[np.minimum(self._relevant, self._k) - 1]
        recall = np.bincount(self._user, self._rank < self._k) / self._relevant
        return recall, np.bincount(self._user, gain) / best
