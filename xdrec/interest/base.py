"""What every model of interest promises: fit on two domains, then score the target's items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain


def checked_pair(known: CrossDomain) -> CrossDomain:
    """What `fit` takes, or a TypeError that says how to make it of what was given."""
    if not isinstance(known, CrossDomain):
        raise TypeError(
            f"fit got a {type(known).__name__}: expected a CrossDomain, which two domains make by "
            "CrossDomain(source, target), or the `known` part of a split"
        )
    return known


class Scorer(Protocol):
    """h, as document X 4.2.3 has it: how much is user u interested in item v?

    `fit` takes the known part of a split (or any `CrossDomain`) and returns the model itself.
    `score` returns float [len(users), target items], higher for more interest, any scale; nothing
    is left out and nothing is NaN. A user of `known` without history there scores every item the
    same; a user_id that `known` never saw is a `DataError`. Book: names and notation.
    """

    def fit(self, known: CrossDomain) -> Self: ...

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray: ...
