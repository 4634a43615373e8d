"""A thinner domain: the same people and items, fewer rows."""

from __future__ import annotations

import math

import numpy as np

from xdrec.data.domain import Domain


def thin(domain: Domain, share: float, seed: int = 0) -> Domain:
    """The domain with ⌈share · rows⌉ of its interactions, drawn at random; all else stays.

    With one seed a smaller share is always part of a larger one: what comes on top of it are new
    rows, as they come in with time. Raises ValueError for a share outside [0, 1].
    Source: documents X 9.3, T 9.5. Book: sparse data.

    >>> import polars as pl
    >>> events = pl.DataFrame({"user_id": list("aabb"), "item_id": list("xyxy")})
    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["X", "Y"]})
    >>> shop = Domain("shop", items, events)
    >>> [len(thin(shop, share).interactions) for share in (0, 0.1, 0.5, 1)]
    [0, 1, 2, 4]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share}: expected a share of the rows, 0 to 1")
    rows = len(domain.interactions)
    # The product may lie a hair above a whole number that it stands for.
    kept = math.ceil(round(share * rows, 9))
    first = np.random.default_rng(seed).permutation(rows)[:kept]
    return domain.with_interactions(domain.interactions[np.sort(first)])
