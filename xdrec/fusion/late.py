"""Late fusion: every modality scores for itself, and the weights meet the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from xdrec.fusion.base import shared_out, simplex


@dataclass(frozen=True, eq=False)
class LateFused:
    """Mixed scores [users, items], and what each modality gave to every one.

    `parts` [modalities, users, items] add up to `scores`; `shares` [items, modalities] are the
    weights they were given, 0 where an item lacks the modality. An item that no modality speaks of
    is not `present` [items]; its score is -inf, so no list has it. `late_fusion` makes one.
    Book: fusion.
    """

    scores: np.ndarray
    modalities: tuple[str, ...]
    shares: np.ndarray
    parts: np.ndarray

    @property
    def present(self) -> np.ndarray:
        return self.shares.sum(axis=1) > 0


def late_fusion(
    scores: Mapping[str, Any],
    alpha: Mapping[str, float] | None = None,
    present: Mapping[str, Any] | None = None,
) -> LateFused:
    """s(u, i) = Σ_m α_m s_m(u, i), the α_m scaled to sum to 1 over the modalities that i has.

    `scores` [users, items] a modality; `present` bool [items] for those that some items lack (what
    the scores say there is not looked at). Exact, and linear in α where nothing is missing: what
    `xdrec.lab.FusionMixer` steers. Scores of different units should be brought to one scale first
    (`normalized`), or an item that lacks a modality of large numbers falls behind. -inf stands for
    "never list this item", in whatever modality and for whatever α.

    Raises ValueError for bad weights (`simplex`), other shapes, NaN or +inf where present.
    Source: documents X 3.2.2, X 4.2.2; Snoek et al., ACM Multimedia 2005 (late fusion).
    Book: fusion.

    >>> mixed = late_fusion({"text": [[1.0, 0.0, 2.0]], "image": [[0.0, 4.0, 9.0]]},
    ...                     {"text": 0.75, "image": 0.25}, {"image": [True, True, False]})
    >>> mixed.scores.tolist(), mixed.shares.tolist()
    ([[0.75, 1.0, 2.0]], [[0.75, 0.25], [0.75, 0.25], [1.0, 0.0]])
    """
    modalities = tuple(scores)
    arrays = {m: np.atleast_2d(np.asarray(s, float)) for m, s in scores.items()}
    shape = one_shape(arrays)
    there = which_are_there(present or {}, modalities, shape[1])
    for m, mask in zip(modalities, there.T, strict=True):
        arrays[m] = np.where(mask, arrays[m], 0)
    refuse_odd(arrays)
    shares = shared_out(simplex(alpha, modalities), there)
    stacked = np.stack(list(arrays.values()))
    barred = np.isneginf(stacked).any(axis=0) | ~shares.any(axis=1)
    parts = shares.T[:, None, :] * np.where(barred, 0, stacked)
    return LateFused(np.where(barred, -np.inf, parts.sum(axis=0)), modalities, shares, parts)


def which_are_there(
    present: Mapping[str, Any], modalities: tuple[str, ...], items: int
) -> np.ndarray:
    """`present` as bool [items, modalities], True where nothing is said; else a ValueError."""
    unknown = sorted(set(present) - set(modalities))
    if unknown:
        raise ValueError(f"present of {unknown}: expected some of {list(modalities)}")
    masks = {m: np.asarray(present.get(m, np.ones(items, bool))) for m in modalities}
    for m, mask in masks.items():
        if mask.dtype != bool or mask.shape != (items,):
            raise ValueError(
                f"present[{m!r}] of {mask.dtype} {mask.shape}: expected bool {(items,)}"
            )
    return np.column_stack(list(masks.values()))


def one_shape(arrays: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """[users, items] of all the scores, or a ValueError that lists their shapes."""
    shapes = {m: array.shape for m, array in arrays.items()}
    if len(set(shapes.values())) != 1 or len(next(iter(shapes.values()))) != 2:
        raise ValueError(f"scores of shapes {shapes}: expected the same [users, items] for all")
    users, items = next(iter(shapes.values()))
    return users, items


def refuse_odd(arrays: Mapping[str, np.ndarray]) -> None:
    """A ValueError that names the first NaN or +inf among the scores [users, items]."""
    for m, array in arrays.items():
        wrong = np.argwhere(np.isnan(array) | (array == np.inf))
        if len(wrong):
            row, column = wrong[0].tolist()
            raise ValueError(
                f"{len(wrong)} scores of {m!r} are NaN or +inf, the first in row {row}, column "
                f"{column}; mend the model, or use -inf for items that are not to be listed"
            )


def normalized(scores: np.ndarray, scale: str = "each") -> np.ndarray:
    """Scores [modalities, users, items] from 0 (the user's worst item) to at most 1.

    (s - min) / range over the items that may be listed, min being that of the modality and user.
    `scale="each"` takes the modality's own range, so that every best item is 1; "together" the
    user's largest range of all modalities: what is added or divided by is then the same for all
    items, and Σ α_m of the result orders them as Σ α_m s_m does. All 0 where a modality scores
    every item alike. An item at -inf in any modality is NaN in all. Book: fusion.

    >>> normalized(np.array([[[2.0, 4.0, 3.0]], [[7.0, 7.0, -np.inf]]])).tolist()
    [[[0.0, 1.0, nan]], [[0.0, 0.0, nan]]]
    >>> normalized(np.array([[[2.0, 4.0, 3.0]], [[5.0, 5.5, 5.0]]]), "together").tolist()
    [[[0.0, 1.0, 0.5]], [[0.0, 0.25, 0.0]]]
    """
    listed = ~np.isneginf(scores).any(axis=0)
    low = np.where(listed, scores, np.inf).min(axis=2, keepdims=True, initial=np.inf)
    high = np.where(listed, scores, -np.inf).max(axis=2, keepdims=True, initial=-np.inf)
    spread = high - low
    if scale == "together":
        spread = np.broadcast_to(spread.max(axis=0), spread.shape)
    usable = np.isfinite(spread) & (spread > 0)
    shifted = np.where(listed & usable, scores, 0) - np.where(usable, low, 0)
    return np.where(listed, shifted / np.where(usable, spread, 1), np.nan)
