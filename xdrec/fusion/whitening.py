"""Whitening: every direction of a modality weighs the same, and what all items share, nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from xdrec.encoders.features import Features


@dataclass(frozen=True, eq=False)
class Whitening:
    """x → W (x/|x| - μ): centred, turned onto the principal directions, each scaled to variance 1.

    `mean` μ float32 [d] and `map` W float32 [c, d], learnt by `of` on the items of one catalogue
    that have the modality; the same W goes for other items, those of another domain included.
    W = (Λ + ε λ̄ I)^(-1/2) Uᵀ with U Λ Uᵀ the covariance and λ̄ its mean eigenvalue; ε (`floor`)
    keeps directions that hardly vary from being blown up. Cosines are those of ZCA, U W, which only
    turns the result back. Source: Kessy, Lewin and Strimmer, The American Statistician, 2018.
    Book: fusion.

    >>> x = Features.of(np.array([[3.0, 4.0], [4.0, 3.0], [4.0, 3.0], [3.0, 4.0], [0.0, 0.0]]),
    ...                 present=[True, True, True, True, False])
    >>> Whitening.of(x, floor=0.0)(x).vectors.astype(float).round(3).tolist()
    [[-1.0], [1.0], [1.0], [-1.0], [0.0]]
    """

    mean: np.ndarray
    map: np.ndarray

    @classmethod
    def of(cls, features: Features, width: int | None = None, floor: float = 0.01) -> Self:
        """The whitening of what these items have, in at most `width` directions, widest first.

        Raises ValueError where fewer than two items have the modality or all are alike (there is no
        direction then), for a width below 1 and a floor that is negative or not finite.
        """
        if width is not None and width < 1:
            raise ValueError(f"width={width}: expected at least 1 direction, or None for all")
        if not (np.isfinite(floor) and floor >= 0):
            raise ValueError(f"floor={floor}: expected a finite number >= 0")
        there = features.unit()[features.present].astype(float)
        if len(there) < 2:
            raise ValueError(f"{len(there)} items have this modality: expected two to whiten it")
        mean = there.mean(axis=0)
        _, spread, directions = np.linalg.svd(there - mean, full_matrices=False)
        variances = spread**2 / len(there)
        kept = variances > 1e-10 * max(float(variances[0]), 1e-2)
        kept[len(kept) if width is None else width :] = False
        if not kept.any():
            raise ValueError("all items are alike in this modality: expected some that differ")
        # U is known up to signs; the largest number of each direction is made positive.
        largest = np.abs(directions).argmax(axis=1)
        directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
        scale = 1 / np.sqrt(variances[kept] + floor * variances[kept].mean())
        whiten = directions[kept] * scale[:, None]
        return cls(mean.astype(np.float32), whiten.astype(np.float32))

    def __call__(self, features: Features) -> Features:
        """The whitened vectors, float32 [n, c]; what is missing stays missing.

        Raises ValueError for vectors of another width than those it was learnt on.
        """
        if features.vectors.shape[1] != len(self.mean):
            raise ValueError(
                f"vectors of {features.vectors.shape[1]} numbers: expected {len(self.mean)}, as in "
                "the modality that this whitening was learnt on"
            )
        # W (x/|x| - μ) = W x / |x| - W μ: nothing of the input's size is made on the way.
        x = features.vectors
        length = np.sqrt(np.einsum("ij,ij->i", x, x))[:, None]
        white = x @ self.map.T / np.where(length > 0, length, 1) - self.map @ self.mean
        return Features.of(white, features.present)
