"""g: several vectors an item become one, with weights that a hand can steer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xdrec.encoders.features import Features


@dataclass(frozen=True, eq=False)
class Fused(Features):
    """Fused vectors, and the share of each modality in every one.

    `shares` float [n, modalities], in the order of `modalities`; a row sums to 1, or is zero where
    the item has no modality at all. Document X 4.2.2. `concatenate` makes one.
    """

    modalities: tuple[str, ...] = ()
    shares: np.ndarray | None = None


def simplex(alpha: Mapping[str, float] | None, modalities: tuple[str, ...]) -> np.ndarray:
    """The weights α_m in the modalities' order, scaled to sum to 1; equal ones if none are given.

    Float [modalities]. Raises ValueError for unknown or missing names, a negative or non-finite
    weight, or a zero sum. Source: the steerable weights of document X 3.2.2's fusion.

    >>> simplex({"text": 3, "image": 1}, ("image", "text")).tolist()
    [0.25, 0.75]
    """
    if alpha is None:
        return np.full(len(modalities), 1 / len(modalities))
    if set(alpha) != set(modalities):
        raise ValueError(
            f"weights for {sorted(alpha)}: expected one for each of {list(modalities)}"
        )
    weights = np.array([alpha[m] for m in modalities], float)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise ValueError(f"weights {dict(alpha)}: expected finite numbers >= 0, not all of them 0")
    return weights / weights.sum()


def concatenate(
    features: Mapping[str, Features], alpha: Mapping[str, float] | None = None
) -> Fused:
    """Weighted concatenation: v = [√α_1 x_1/|x_1|, √α_2 x_2/|x_2|, ...], each block of length √α_m.

    Shapes: each modality [n, d_m] with the same n; the result is [n, Σ d_m] of unit length. Blocks
    are scaled to length 1 first, so that a wide modality weighs no more than a narrow one, and the
    root makes the cosine of two items that have everything the plain Σ α_m cos_m. An item without a
    modality gets a zero block, and its other weights are scaled to sum to 1 again.
    Raises ValueError for bad weights (`simplex`) and for unequal n.
    Source: documents X 3.2.2, X 4.2.2. Book: start here.

    >>> text = Features.of(np.array([[2.0, 0.0], [0.0, 5.0]]))
    >>> image = Features.of(np.array([[9.0], [0.0]]), present=[True, False])
    >>> fused = concatenate({"text": text, "image": image}, {"text": 0.64, "image": 0.36})
    >>> fused.vectors.astype(float).round(2).tolist(), fused.shares.round(2).tolist()
    ([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0]], [[0.64, 0.36], [1.0, 0.0]])
    """
    modalities = tuple(features)
    bare = [m for m, f in features.items() if not isinstance(f, Features)]
    if bare:
        raise TypeError(f"modalities {bare} are no Features: wrap each array, Features.of(array)")
    if len({len(f.vectors) for f in features.values()}) != 1:
        sizes = {m: len(f.vectors) for m, f in features.items()}
        raise ValueError(f"modalities of {sizes} items: expected the same items in each")
    present = np.column_stack([f.present for f in features.values()])
    weights = simplex(alpha, modalities) * present
    total = weights.sum(axis=1, keepdims=True)
    shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    blocks = [
        np.sqrt(s)[:, None] * f.unit() for s, f in zip(shares.T, features.values(), strict=True)
    ]
    vectors = np.concatenate(blocks, axis=1).astype(np.float32)
    return Fused(vectors, total[:, 0] > 0, modalities, shares)
