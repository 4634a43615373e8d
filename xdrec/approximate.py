"""The k best by inner products, approximately: for catalogues too large to look through whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from xdrec.ranking import checked_length, top_k


class ApproximateIndex:
    """Items in cells around centres; a search looks through the `probes` nearest cells alone.

    `v` float32 [items, d]. `cells` defaults to the root of the number of items, at most a cell for
    39 of them (what a centre needs to be placed). With `probes=cells` everything is looked at and
    the lists are the exact ones; fewer probes are faster and may miss items.
    Raises ImportError without faiss, ValueError for vectors that are not finite, [items, d] and for
    probes outside 1 to cells. Source: document X 3.2.4; Johnson, Douze and Jégou, IEEE Big Data
    2021 (faiss, inverted file). Book: recommendation.

    >>> index = ApproximateIndex(np.eye(3), probes=1)                      # doctest: +SKIP
    >>> index.top_k(np.array([[0.0, 1.0, 0.5]]), k=2)[0].tolist()          # doctest: +SKIP
    [[1, 2]]
    """

    def __init__(
        self, v: np.ndarray, probes: int = 8, cells: int | None = None, seed: int = 0
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
        flat = faiss.IndexFlatIP(v.shape[1])
        self._index: Any = faiss.IndexIVFFlat(flat, v.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
        self._index.cp.seed = seed
        self._index.train(v)
        self._index.add(v)
        self._index.nprobe = min(probes, cells)
        self.cells, self.items = cells, len(v)

    def top_k(
        self, u: np.ndarray, k: int, *, exclude: sparse.csr_matrix | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Columns int64 and scores float32 [users, k], as `top_k_of_products` gives them.

        A list is short (-1, -inf) where the cells looked through hold no more. So many items are
        asked for that what `exclude` [users, items] takes out leaves k.
        """
        checked_length(k)
        u = np.ascontiguousarray(u, np.float32)
        if u.ndim != 2 or u.shape[1] != self._index.d or not np.isfinite(u).all():
            raise ValueError(f"u {u.shape}: expected finite vectors u, [users, {self._index.d}]")
        if exclude is not None and exclude.shape != (len(u), self.items):
            raise ValueError(f"exclude {exclude.shape}: expected {(len(u), self.items)}")
        most = 0 if exclude is None or not len(u) else int(np.diff(exclude.indptr).max())
        scores, columns = self._index.search(u, min(k + most, self.items))
        scores = np.where(columns < 0, -np.inf, scores)
        if exclude is not None:
            row = np.repeat(np.arange(len(u)), columns.shape[1])
            at = np.maximum(columns, 0).ravel()
            taken = sparse.csr_matrix(
                (np.ones(exclude.nnz), exclude.indices, exclude.indptr), exclude.shape
            )
            scores[np.asarray(taken[row, at]).reshape(columns.shape) > 0] = -np.inf
        # Equal scores in the catalogue's order: first by column, then by the rule of top_k.
        order = np.argsort(columns, axis=1, kind="stable")
        columns, scores = (np.take_along_axis(a, order, axis=1) for a in (columns, scores))
        best = top_k(scores, k)
        listed = np.take_along_axis(columns, np.maximum(best, 0), axis=1)
        reached = np.take_along_axis(scores, np.maximum(best, 0), axis=1)
        return np.where(best < 0, -1, listed), np.where(best < 0, -np.inf, reached).astype(
            np.float32
        )
