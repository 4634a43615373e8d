"""What every fusion g returns, and how weights that a hand can steer meet what an item has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

from xdrec.encoders.features import Features


@dataclass(frozen=True, eq=False)
class Fused(Features):
    """Fused vectors, and the share of each modality in every one.

    `shares` float [n, modalities], in the order of `modalities`; a row sums to 1, or is zero where
    the item has no modality at all. Document X 4.2.2. `concatenate` makes one. Book: fusion.
    """

    modalities: tuple[str, ...] = ()
    shares: np.ndarray | None = None


def simplex(alpha: Mapping[str, float] | None, modalities: tuple[str, ...]) -> np.ndarray:
    """The weights α_m in the modalities' order, scaled to sum to 1; equal ones if none are given.

    Float [modalities]. Raises ValueError for unknown or missing names, a negative or non-finite
    weight, or a zero sum. Source: the steerable weights of document X 3.2.2's fusion. Book: fusion.

    >>> simplex({"text": 3, "image": 1}, ("image", "text")).tolist()
    [0.25, 0.75]
    """
    if alpha is None:
        return np.full(len(modalities), 1 / len(modalities))
    if not isinstance(alpha, Mapping):
        raise ValueError(f"weights {alpha!r:.60}: expected a mapping from {list(modalities)}")
    if set(alpha) != set(modalities):
        raise ValueError(
            f"weights for {sorted(map(str, alpha))}: expected one for each of {list(modalities)}"
        )
    numbers = [w if isinstance(w, Real) else np.nan for w in alpha.values()]
    if not (all(w >= 0 for w in numbers) and 0 < sum(map(float, numbers)) < np.inf):
        raise ValueError(f"weights {dict(alpha)}: expected finite numbers >= 0, not all of them 0")
    weights = np.array([alpha[m] for m in modalities], float)
    return weights / weights.sum()


def shared_out(weights: np.ndarray, present: np.ndarray) -> np.ndarray:
    """What each modality counts in each item: w_m among those that are there, over their sum.

    `weights` [modalities] or [n, modalities], >= 0; `present` bool [n, modalities]; the shares are
    float [n, modalities]. What is missing leaves its weight to the others, so a row sums to 1, or
    is zero where nothing of any weight is there. Book: fusion.

    >>> shared_out(np.array([0.2, 0.3, 0.5]), np.array([[True, True, False]])).tolist()
    [[0.4, 0.6, 0.0]]
    """
    there = weights * present
    total = there.sum(axis=1, keepdims=True)
    return np.divide(there, total, out=np.zeros_like(there), where=total > 0)


def presence(features: Mapping[str, Features]) -> np.ndarray:
    """Which item has which modality, bool [n, modalities].

    Raises ValueError for no modality at all and for unequal n, TypeError for bare arrays.
    """
    if not features:
        raise ValueError("no modality: expected Features by the name of their modality")
    bare = [m for m, f in features.items() if not isinstance(f, Features)]
    if bare:
        raise TypeError(f"modalities {bare} are no Features: wrap each array, Features.of(array)")
    if len({len(f.vectors) for f in features.values()}) != 1:
        sizes = {m: len(f.vectors) for m, f in features.items()}
        raise ValueError(f"modalities of {sizes} items: expected the same items in each")
    return np.column_stack([f.present for f in features.values()])
