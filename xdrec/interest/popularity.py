"""Popularity: the baseline that knows the crowd and nobody in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain
from xdrec.interest.base import checked_pair


class Popularity:
    """Score of an item = how many people have it; the same list for everybody.

    After `fit`: `counts`, float [target items]. No document names it; every personal method is
    measured against it. Book: start here.

    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["X", "Y"]})
    >>> events = pl.DataFrame({"user_id": ["a", "b", "b"], "item_id": ["x", "x", "y"]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> Popularity().fit(known).score(["a"]).tolist()
    [[2.0, 1.0]]
    """

    def fit(self, known: CrossDomain) -> Self:
        self._known = checked_pair(known)
        self.counts = np.asarray(known.matrix("target").sum(axis=0)).ravel()
        return self

    def read(self, known: CrossDomain) -> Self:
        """Take over the people of `known`; the counts stay as they are."""
        self._known = checked_pair(known)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        self._known.user_index(users)  # nobody unknown gets a list in silence
        return np.tile(self.counts, (len(users), 1))
