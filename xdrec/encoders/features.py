"""What every encoder f returns: one vector an item, and whether there was anything to encode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Features:
    """The vectors of one modality.

    `vectors` float32 [n, d]; `present` bool [n]: False where the item has no such modality, and
    then its vector is zero (nothing is invented). Raises ValueError on NaN, on wrong shapes, and
    on a vector that is not zero where the modality is missing. Document X 4.2.1. Book: start here.

    >>> f = Features.of(np.array([[3.0, 4.0], [np.nan, np.nan]]), present=[True, False])
    >>> f.vectors.tolist()
    [[3.0, 4.0], [0.0, 0.0]]
    """

    vectors: np.ndarray
    present: np.ndarray

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.present.shape != (len(self.vectors),):
            raise ValueError(
                f"vectors {self.vectors.shape} and present {self.present.shape}: "
                "expected [n, d] and [n]"
            )
        # By each row's largest and smallest number: no second array of this size is made.
        high, low = self.vectors.max(axis=1, initial=0), self.vectors.min(axis=1, initial=0)
        rows = np.flatnonzero(~np.isfinite(high) | ~np.isfinite(low))
        if len(rows):
            raise ValueError(
                f"{len(rows)} vectors hold NaN or infinity (first: row {rows[0]}); "
                "mark those items as not present or mend the encoder"
            )
        if (high[~self.present] != 0).any() or (low[~self.present] != 0).any():
            raise ValueError("items marked as not present have vectors other than zero")

    @classmethod
    def of(cls, vectors: np.ndarray, present: object = None) -> Features:
        """Features from any array; rows that are not present are set to zero."""
        vectors = np.array(vectors, np.float32)
        mask = np.ones(len(vectors), bool) if present is None else np.asarray(present, bool)
        if mask.shape == (len(vectors),):
            vectors[~mask] = 0
        return cls(vectors, mask)

    def unit(self) -> np.ndarray:
        """The vectors scaled to length 1, float32 [n, d]; a zero vector stays zero."""
        length = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return np.asarray(self.vectors / np.where(length > 0, length, 1))
