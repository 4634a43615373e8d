"""g by concatenation: the vectors of all modalities, one after the other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xdrec.encoders.features import Features
from xdrec.fusion.base import Fused, presence, shared_out, simplex
from xdrec.fusion.whitening import Whitening


def concatenate(
    features: Mapping[str, Features],
    alpha: Mapping[str, float] | None = None,
    *,
    whitening: Mapping[str, Whitening] | None = None,
) -> Fused:
    """Weighted concatenation: v = [√α_1 x_1/|x_1|, √α_2 x_2/|x_2|, ...], each block of length √α_m.

    Shapes: each modality [n, d_m] with the same n; the result is [n, Σ d_m] of unit length. Blocks
    are scaled to length 1 first, so that a wide modality weighs no more than a narrow one, and the
    root makes the cosine of two items that have everything the plain Σ α_m cos_m. An item without a
    modality gets a zero block, and its other weights are scaled to sum to 1 again.

    `whitening`, one for each modality it names, comes before that scaling. What all vectors of a
    modality have in common then weighs nothing, and each of its directions as much as the others.
    Raises ValueError for bad weights (`simplex`), for unequal n, and for a whitening of a modality
    that is not there. Source: documents X 3.2.2, X 4.2.2. Book: fusion.

    >>> text = Features.of(np.array([[2.0, 0.0], [0.0, 5.0]]))
    >>> image = Features.of(np.array([[9.0], [0.0]]), present=[True, False])
    >>> fused = concatenate({"text": text, "image": image}, {"text": 0.64, "image": 0.36})
    >>> fused.vectors.astype(float).round(2).tolist(), fused.shares.round(2).tolist()
    ([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0]], [[0.64, 0.36], [1.0, 0.0]])
    """
    present, modalities = presence(features), tuple(features)
    unknown = sorted(set(whitening or {}) - set(modalities))
    if unknown:
        raise ValueError(f"whitening of {unknown}: expected some of {list(modalities)}")
    if whitening:
        features = {m: whitening[m](f) if m in whitening else f for m, f in features.items()}
    shares = shared_out(simplex(alpha, modalities), present)
    blocks = [
        np.sqrt(s)[:, None] * f.unit() for s, f in zip(shares.T, features.values(), strict=True)
    ]
    vectors = np.concatenate(blocks, axis=1).astype(np.float32)
    return Fused(vectors, shares.sum(axis=1) > 0, modalities, shares)
