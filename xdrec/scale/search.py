"""Exact search in a catalogue whose vectors lie in shards, held by one process or by many."""

from __future__ import annotations

import os
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from xdrec.products import top_k_of_products
from xdrec.ranking import Lists, checked_length, merge_top_k
from xdrec.scale.cluster import running
from xdrec.scale.shards import Shards


class ShardedIndex:
    """The k best of all shards by inner products, exact: each shard's own k best, merged.

    `folder` is what `encode_shards` wrote. `workers=0` reads one shard after the other in this
    process, and holds one at a time. Else so many actors of the connected Ray hold the shards in
    memory, a share each; one that dies is started anew, reads its share again and answers.
    Raises what `Shards` raises, RuntimeError without a cluster. Book: past one machine.
    """

    def __init__(self, folder: str | Path, *, workers: int = 0, retries: int = 3) -> None:
        self.shards = Shards(folder)
        self._ray: Any = None
        self._holders: list[Any] = []
        if workers:
            self._ray = running(workers)
            actor = self._ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=retries)(Holder)
            share = min(workers, len(self.shards))
            path = str(Path(folder).absolute())
            self._holders = [
                actor.remote(path, list(range(first, len(self.shards), share)))
                for first in range(share)
            ]

    def top_k(
        self, u: np.ndarray, k: int, *, exclude: sparse.csr_matrix | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Columns int64 and scores float32 [users, k], as `top_k_of_products` of the whole gives.

        A column is a row of the catalogue. A product that is summed in another order may differ in
        its last bit, so scores that are equal on paper are ranked as they come out.
        """
        checked_length(k)
        u = np.ascontiguousarray(u, np.float32)
        if u.ndim != 2 or u.shape[1] != self.shards.width:
            raise ValueError(f"u {u.shape}: expected vectors u, [users, {self.shards.width}]")
        if exclude is not None and exclude.shape != (len(u), self.shards.items):
            raise ValueError(f"exclude {exclude.shape}: expected {(len(u), self.shards.items)}")
        if not self._holders:
            every = range(len(self.shards))
            parts = (best_of(self.shards, n, self.shards[n].vectors, u, k, exclude) for n in every)
            return reduce(lambda held, part: merge_top_k([held, part], k), parts)
        asked = self._ray.put((u, exclude))
        answers = [holder.top_k.remote(asked, k) for holder in self._holders]
        return merge_top_k(self._ray.get(answers), k)

    def close(self) -> None:
        """Let the actors go, and the memory that they hold; a later call reads in this process."""
        holders, self._holders = self._holders, []
        for holder in holders:
            self._ray.kill(holder)


class Holder:
    """One worker's share of the shards, in its memory."""

    def __init__(self, folder: str, numbers: list[int]) -> None:
        self.shards = Shards(folder)
        self.vectors = {number: self.shards[number].vectors for number in numbers}

    def top_k(self, asked: tuple[np.ndarray, sparse.csr_matrix | None], k: int) -> Lists:
        u, exclude = asked[0].copy(), asked[1]  # Ray lends memory that may not be written
        return merge_top_k(
            [best_of(self.shards, n, v, u, k, exclude) for n, v in self.vectors.items()], k
        )

    def pid(self) -> int:
        """Its process, for whoever looks after it."""
        return os.getpid()


def best_of(
    shards: Shards,
    number: int,
    v: np.ndarray,
    u: np.ndarray,
    k: int,
    exclude: sparse.csr_matrix | None,
) -> Lists:
    """The k best of one shard, with the columns of the whole catalogue."""
    start = int(shards.starts[number])
    hidden = None if exclude is None else exclude[:, start : start + len(v)]
    columns, scores = top_k_of_products(u, v, k, exclude=hidden, device="cpu")
    return np.where(columns < 0, -1, columns + start), scores
