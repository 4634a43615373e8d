"""g by concatenation: a block a modality, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xdrec.encoders.features import Features
from xdrec.fusion.base import Fused, presence, shares_of, simplex


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
    modalities, present = tuple(features), presence(features)
    shares = shares_of(simplex(alpha, modalities), present)
    blocks = [
        np.sqrt(s)[:, None] * f.unit() for s, f in zip(shares.T, features.values(), strict=True)
    ]
    vectors = np.concatenate(blocks, axis=1).astype(np.float32)
    return Fused(vectors, shares.sum(axis=1) > 0, modalities, shares)


def whitened(features: Features, width: int | None = None, floor: float = 1e-3) -> Features:
    """The same items with no direction louder than another: mean 0, variances alike.

    Vectors of language models share a large common part, and all their cosines are high; without
    it they differ by what they say. x becomes (x - mean) V / √(s² + floor · s²_max), V and s² the
    principal directions and variances of the items that are there, the strongest `width` of them
    (None: all); `floor` keeps directions that hardly vary from being blown up into noise.
    Source: Su et al., 2021 (BERT-whitening). Book: fusion.

    >>> stretched = Features.of(np.array([[9.0, 0.1], [9.0, -0.1], [5.0, 0.0], [1.0, 0.0]]))
    >>> np.abs(whitened(stretched, floor=0).vectors).astype(float).round(1).tolist()
    [[0.9, 1.4], [0.9, 1.4], [0.3, 0.0], [1.5, 0.0]]
    """
    there = features.vectors[features.present].astype(np.float64)
    if len(there) < 2:
        raise ValueError(f"{len(there)} items are there: whitening takes at least two")
    mean = there.mean(axis=0)
    _, s, v = np.linalg.svd(there - mean, full_matrices=False)
    s, v = s[:width] / np.sqrt(len(there)), v[:width]
    scale = np.sqrt(s**2 + floor * s[0] ** 2)
    scale = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 1e-12)
    return Features.of((features.vectors - mean) @ v.T * scale, features.present)
