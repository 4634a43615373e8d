"""The k best of a whole catalogue by inner products, in blocks, exact, on the CPU or a GPU."""

from __future__ import annotations

import numpy as np
import torch
from scipy import sparse

from xdrec.device import pick_device
from xdrec.ranking import checked_length

ROWS, CELLS = 2048, 1 << 23  # users at once, and scores at once: 32 MB of float32


def top_k_of_products(
    u: np.ndarray | torch.Tensor,
    v: np.ndarray | torch.Tensor,
    k: int,
    *,
    exclude: sparse.csr_matrix | None = None,
    device: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k items of highest u · v for each user, and these scores; [users, k] both.

    `u` [users, d] and `v` [items, d], of one type (float32, float64); the stored entries of
    `exclude` [users, items] are left out. The rule of `top_k`: exact, equal scores in the order of
    `v`, -1 (and -inf) where fewer than k are left. The table of scores is never whole: at most
    8 million stand in memory at once, on `device` (`pick_device`), however large the catalogue.
    Raises ValueError for NaN, +inf and shapes that do not fit. Scores that are equal on paper and
    summed in another order may differ in the last bit; they are ranked as they come out.
    Source: documents X 3.2.4, T 4.2.4. Book: recommendation.

    >>> u, v = np.array([[1.0, 0.0]]), np.array([[0.2, 1.0], [0.7, 0.0], [0.7, 5.0]])
    >>> top_k_of_products(u, v, k=2)[0].tolist()
    [[1, 2]]
    >>> top_k_of_products(u, v, k=3, exclude=sparse.csr_matrix([[0, 1, 0]]))[0].tolist()
    [[2, 0, -1]]
    """
    checked_length(k)
    on = torch.device(pick_device(device))
    users, items = (torch.as_tensor(x).to(on) for x in (u, v))
    if users.ndim != 2 or items.ndim != 2 or users.shape[1] != items.shape[1]:
        raise ValueError(
            f"u {tuple(users.shape)} and v {tuple(items.shape)}: expected [users, d] and [items, d]"
        )
    if users.dtype != items.dtype or not users.is_floating_point():
        raise ValueError(f"u is {users.dtype}, v is {items.dtype}: expected one floating type")
    if exclude is not None and exclude.shape != (len(users), len(items)):
        raise ValueError(f"exclude {exclude.shape}: expected {(len(users), len(items))}")
    step = max(CELLS // max(1, min(ROWS, len(users))), k)
    parts = []
    for row in range(0, len(users), ROWS):
        some = users[row : row + ROWS]
        hidden = None if exclude is None else exclude[row : row + ROWS]
        best = None
        for start in range(0, len(items), step):
            scores = some @ items[start : start + step].T
            if hidden is not None:
                taken, column = _stored(hidden, start, scores.shape[1])
                scores[taken.to(on), column.to(on)] = -torch.inf
            values, columns = _best(scores, k)
            columns += start
            if best is not None:  # earlier columns first, so a stable sort keeps the rule
                values, columns = torch.cat([best[0], values], 1), torch.cat([best[1], columns], 1)
                values, order = values.sort(dim=1, descending=True, stable=True)
                values, columns = values[:, :k], columns.gather(1, order[:, :k])
            best = values, columns
        if best is not None:
            parts.append(best)
    listed = np.full((len(users), k), -1, np.int64)
    reached = np.full((len(users), k), -np.inf, torch.empty(0, dtype=users.dtype).numpy().dtype)
    if parts:
        found, at = (torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True))
        reached[:, : found.shape[1]] = found
        listed[:, : found.shape[1]] = np.where(np.isneginf(found), -1, at)
    return listed, reached


def _best(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best of each row by the rule, values and columns; fewer if there are fewer columns."""
    n = scores.shape[1]
    values, columns = scores.topk(min(k + 1, n), dim=1)
    if len(values) and not (values[:, 0] < torch.inf).all():  # NaN counts as the largest of all
        row = int((~(values[:, 0] < torch.inf)).nonzero()[0])
        raise ValueError(f"NaN or infinite scores (first: row {row} of a block); mend the vectors")
    if k < n:
        # Where the next is as good as the last, topk chose among equals as it liked.
        for row in (values[:, k] == values[:, k - 1]).nonzero()[:, 0].tolist():
            last = values[row, k - 1]
            better = (scores[row] > last).nonzero()[:, 0]
            level = (scores[row] == last).nonzero()[: k - len(better), 0]
            columns[row, :k] = torch.cat([better, level])
        columns = columns[:, :k].sort(dim=1).values
    else:
        columns = columns.sort(dim=1).values
    values, order = scores.gather(1, columns).sort(dim=1, descending=True, stable=True)
    return values, columns.gather(1, order)


def _stored(hidden: sparse.csr_matrix, start: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows and columns, from `start` on, of the stored entries of a stretch of columns."""
    rows = np.repeat(np.arange(hidden.shape[0]), np.diff(hidden.indptr))
    columns = hidden.indices.astype(np.int64) - start
    inside = (columns >= 0) & (columns < width)
    return torch.from_numpy(rows[inside]), torch.from_numpy(columns[inside])
