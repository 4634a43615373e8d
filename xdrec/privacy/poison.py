"""Made-up people who push an item: how it is done, how it shows, and how little they may weigh."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.data.domain import Domain


def shilling(
    domain: Domain, item: str, fakes: int, filler: int = 10, *, copied: bool = False, seed: int = 0
) -> tuple[Domain, list[str]]:
    """The domain with made-up people who have one item and some of what is popular; and their ids.

    Each has `item` and `filler` others, drawn with chances in proportion to how many have them (the
    bandwagon attack: it ties the item to what everybody has). With `copied`, each instead copies up
    to `filler` items of one real person drawn at random, and so looks like one. Their events take
    times and kinds of real ones. `users`, if there, has no row for them.
    Raises ValueError for an unknown item and for counts that do not fit.
    Source: Lam and Riedl, WWW 2004. Book: what it gives away.

    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> shop = Domain("shop", items, pl.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"]}))
    >>> after, made = shilling(shop, "z", fakes=3, filler=1)
    >>> after.interactions.filter(item_id="z")["user_id"].to_list() == made
    True
    """
    popular = domain.interactions.group_by("item_id").agg(pl.col("user_id").n_unique())
    popular = popular.filter(pl.col("item_id") != item).sort("item_id")
    (aim,) = domain.item_index([item])
    if fakes < 1 or not 0 <= filler <= len(popular):
        raise ValueError(
            f"fakes={fakes}, filler={filler}: expected one or more fakes, and fillers among the "
            f"{len(popular)} other items that anybody has"
        )
    rng = np.random.default_rng(seed)
    chance = popular["user_id"].to_numpy() / popular["user_id"].sum()
    names = [f"shill-{n:05d}" for n in range(fakes)]
    taken = set(domain.user_ids) & set(names)
    if taken:
        raise ValueError(f"the domain already has {min(taken)!r}: it was poisoned before")
    rows = []
    real = domain.interactions.filter(pl.col("item_id") != item)
    people = real.group_by("user_id").agg(pl.col("item_id").unique().sort()).sort("user_id")
    for name in names:
        among, weight = popular["item_id"], chance
        if copied:
            among, weight = people["item_id"][int(rng.integers(len(people)))], None
        drawn = rng.choice(len(among), min(filler, len(among)), replace=False, p=weight)
        rows += [(name, among[int(d)]) for d in drawn]
        rows.append((name, domain.item_ids[int(aim)]))
    made = pl.DataFrame(rows, schema=["user_id", "item_id"], orient="row")
    events = domain.interactions
    for column in ("timestamp", "position", "behaviour", "rating", "share"):
        if column in events.columns:  # as real events have them
            made = made.with_columns(
                pl.Series(
                    column, events[column].sample(len(made), with_replacement=True, seed=seed)
                )
            )
    return domain.with_interactions(pl.concat([events, made], how="diagonal")), names


def suspicion(x: sparse.csr_matrix) -> np.ndarray:
    """How far each user's items come together by chance alone: large for made-up people; [users].

    With n_i people who have i, n_ij who have i and j, and lift_ij = n_ij · users / (n_i n_j), a
    user's suspicion is minus the mean log lift over the pairs of what they have, the user's own
    share of n_ij taken out. Taste makes pairs that come together; fillers drawn by popularity do
    not. Users with fewer than two items get the median. `x` [users, items], 0 or 1.
    Source: after Chirita, Nejdl and Zamfir, 2005 (ratings by how profiles agree).
    Book: what it gives away.

    >>> taste = np.kron(np.eye(2), np.ones((9, 3)))
    >>> odd = np.array([[1.0, 0, 0, 1, 0, 0]])
    >>> int(suspicion(sparse.csr_matrix(np.vstack([taste, odd]))).argmax())
    18
    """
    x = sparse.csr_matrix(x, dtype=np.float64)
    together = (x.T @ x).toarray()
    n = np.diag(together).copy()
    users = x.shape[0]
    expected = np.outer(n, n) / users
    # Without the user in question, every pair they have is one less; half a pair for none.
    lift = np.log((together - 0.5).clip(min=0.5) / np.maximum(expected, 1e-12))
    np.fill_diagonal(lift, 0)
    size = np.diff(x.indptr)
    pairs = (size * (size - 1)).astype(float)
    total = np.asarray(x.multiply(x @ lift).sum(axis=1)).ravel()
    mean = np.divide(-total, pairs, out=np.full(users, np.nan), where=pairs > 0)
    return np.where(np.isnan(mean), np.nanmedian(mean) if pairs.any() else 0.0, mean)


def capped(x: sparse.csr_matrix, length: float) -> sparse.csr_matrix:
    """The user-item matrix with no row longer than `length`: x_u · min(1, length / ‖x_u‖).

    In XᵀX a person then counts for at most `length`² in all, however much they did; in their own
    list nothing changes. It is the clipping of DP-SGD, against liars instead of the curious.
    Raises ValueError for a length that is no number > 0.
    Source: as the clipping of Abadi et al., CCS 2016. Book: what it gives away.

    >>> capped(sparse.csr_matrix([[1.0, 1, 1, 1], [1, 0, 0, 0]]), length=1.0).toarray().tolist()
    [[0.5, 0.5, 0.5, 0.5], [1.0, 0.0, 0.0, 0.0]]
    """
    if not (np.isfinite(length) and length > 0):
        raise ValueError(f"length={length}: expected a number > 0")
    x = sparse.csr_matrix(x, dtype=np.float64)
    norms = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    return sparse.diags(np.minimum(1, length / np.maximum(norms, 1e-12))) @ x
