"""The k best by inner products, approximately: for catalogues too large to look through whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from xdrec.ranking import checked_length, merge_top_k

ROWS = 4096  # users looked up at once


class ApproximateIndex:
    """Items in cells around centres; a search looks through the `probes` nearest cells alone.

    Near is by distance, and the largest u · v is the smallest distance between (u, 0) and
    (v, √(M² - |v|²)) with M the longest |v|, since |u|² + M² - 2 u · v is its square. Cells of the
    bare products find half as many: lengths differ, as they do in a fitted model.

    `v` float32 [items, d]. `cells` defaults to the root of the number of items, at most a cell for
    39 of them (what a centre needs to be placed). With `probes=cells` everything is looked at and
    the lists are the exact ones; fewer probes are faster and may miss items.
    Raises ImportError without faiss, ValueError for vectors that are not finite, [items, d] and for
    probes outside 1 to cells. Source: document X 3.2.4; Johnson, Douze and Jégou, IEEE Big Data
    2021 (faiss, inverted file); Bachrach et al., RecSys 2014 (the one number more).
    Book: recommendation.

    >>> index = ApproximateIndex(np.eye(3), probes=1)                      # doctest: +SKIP
    >>> index.top_k(np.array([[0.0, 1.0, 0.5]]), k=2)[0].tolist()          # doctest: +SKIP
    [[1, 2]]
    """

    def __init__(
        self, v: np.ndarray, probes: int = 64, cells: int | None = None, seed: int = 0
    ) -> None:
        try:
            import faiss
        except ImportError:
            raise ImportError(
                "approximate search needs faiss: pip install 'xdrec[ann]'; "
                "xdrec.products.top_k_of_products is exact and needs nothing"
            ) from None
        v = np.ascontiguousarray(v, np.float32)
        if v.ndim != 2 or not len(v) or not np.isfinite(v).all():
            raise ValueError(f"v {v.shape}: expected finite vectors, [items, d], at least one")
        cells = min(int(len(v) ** 0.5), max(1, len(v) // 39)) if cells is None else cells
        if probes < 1 or not 1 <= cells <= len(v):
            raise ValueError(
                f"probes={probes}, cells={cells}: expected 1 or more, and no more cells than items"
            )
        square = np.einsum("nd,nd->n", v, v)
        longer = np.hstack([v, np.sqrt(square.max() - square)[:, None]])
        flat = faiss.IndexFlatL2(v.shape[1] + 1)
        self._index: Any = faiss.IndexIVFFlat(flat, v.shape[1] + 1, cells, faiss.METRIC_L2)
        self._index.cp.seed = seed
        self._index.train(longer)
        self._index.add(longer)
        self._v, self.cells, self.items, self.probes = v, cells, len(v), probes

    @property
    def probes(self) -> int:
        """How many cells a search looks through; may be set anew at any time."""
        return self._index.nprobe

    @probes.setter
    def probes(self, probes: int) -> None:
        self._index.nprobe = max(1, min(probes, self.cells))

    def top_k(
        self, u: np.ndarray, k: int, *, exclude: sparse.csr_matrix | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Columns int64 and scores float32 [users, k], as `top_k_of_products` gives them.

        A list is short (-1, -inf) where the cells looked through hold no more. So many items are
        asked for that what `exclude` [users, items] takes out leaves k.
        """
        checked_length(k)
        u = np.ascontiguousarray(u, np.float32)
        if u.ndim != 2 or u.shape[1] != self._v.shape[1] or not np.isfinite(u).all():
            raise ValueError(f"u {u.shape}: expected finite vectors u, [users, {self._v.shape[1]}]")
        if exclude is not None and exclude.shape != (len(u), self.items):
            raise ValueError(f"exclude {exclude.shape}: expected {(len(u), self.items)}")
        lists = np.full((len(u), k), -1, np.int64)
        reached = np.full((len(u), k), -np.inf, np.float32)
        for start in range(0, len(u), ROWS):
            part = slice(start, start + ROWS)
            hidden = None if exclude is None else exclude[part]
            lists[part], reached[part] = self._top_k(u[part], k, hidden)
        return lists, reached

    def _top_k(
        self, u: np.ndarray, k: int, exclude: sparse.csr_matrix | None
    ) -> tuple[np.ndarray, np.ndarray]:
        most = 0 if exclude is None else int(np.diff(exclude.indptr).max())
        nought = np.zeros((len(u), 1), np.float32)
        _, columns = self._index.search(np.hstack([u, nought]), min(k + most, self.items))
        scores = np.einsum("ud,ukd->uk", u, self._v[np.maximum(columns, 0)])
        scores = np.where(columns < 0, -np.inf, scores)
        if exclude is not None:
            row = np.repeat(np.arange(len(u)), columns.shape[1])
            at = np.maximum(columns, 0).ravel()
            taken = sparse.csr_matrix(
                (np.ones(exclude.nnz), exclude.indices, exclude.indptr), exclude.shape
            )
            scores[np.asarray(taken[row, at]).reshape(columns.shape) > 0] = -np.inf
        return merge_top_k([(columns, scores)], k)  # one part, by the rule of top_k
