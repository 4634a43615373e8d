"""Late fusion: every modality scores by itself, and the scores are mixed: exact and linear."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xdrec.fusion.base import simplex


def late_fusion(
    scores: Mapping[str, np.ndarray],
    alpha: Mapping[str, float] | None = None,
    present: Mapping[str, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """s(u, i) = Σ_m α_m s_m(u, i), and what each modality added to it.

    `scores[m]` float [users, items], any scale, finite; `present[m]` bool [items] says which items
    have the modality (default: all). Where some are missing, the α of the others are scaled to sum
    to 1 again; an item that has none of those that weigh scores 0. Returns the scores
    [users, items] and the parts [modalities, users, items], in the mapping's order, which sum to
    them exactly. A change of α needs no new model: the widget of chapter one does just this.
    Raises ValueError for shapes that differ, bad weights and scores that are not finite.
    Source: document X 3.2.2, at the level of scores. Book: fusion.

    >>> text, image = np.array([[0.8, 0.2]]), np.array([[0.0, 1.0]])
    >>> s, parts = late_fusion({"text": text, "image": image}, {"text": 0.75, "image": 0.25},
    ...                        present={"image": np.array([True, False])})
    >>> s.round(2).tolist(), parts[:, 0].round(2).tolist()
    ([[0.6, 0.2]], [[0.6, 0.2], [0.0, 0.0]])
    """
    modalities = tuple(scores)
    arrays = {m: np.atleast_2d(np.asarray(s, float)) for m, s in scores.items()}
    if len({a.shape for a in arrays.values()}) != 1:
        shapes = {m: a.shape for m, a in arrays.items()}
        raise ValueError(f"scores of shapes {shapes}: expected one [users, items] for all")
    wrong = [m for m, a in arrays.items() if not np.isfinite(a).all()]
    if wrong:
        raise ValueError(f"scores of {wrong} hold NaN or infinity: mend the model")
    stack = np.stack(list(arrays.values()))
    items = stack.shape[2]
    there = np.ones((len(modalities), items), bool)
    for m, mask in (present or {}).items():
        if m not in modalities or np.shape(mask) != (items,):
            raise ValueError(
                f"present[{m!r}] of shape {np.shape(mask)}: expected one of {list(modalities)} "
                f"and a bool for each of {items} items"
            )
        there[modalities.index(m)] = mask
    weights = simplex(alpha, modalities)[:, None] * there
    total = weights.sum(axis=0)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    parts = weights[:, None] * stack
    return parts.sum(axis=0), parts
