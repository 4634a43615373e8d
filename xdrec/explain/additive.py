"""Exact reasons of scores that are sums: what each thing in the history adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from xdrec.data.domain import CrossDomain
from xdrec.explain.why import Why
from xdrec.interest.base import Scorer
from xdrec.interest.behaviour_mean import BehaviourMean
from xdrec.interest.ease import EASE
from xdrec.interest.hybrid import Hybrid
from xdrec.interest.next_item import NextItem
from xdrec.transfer.anchored import Anchored


@dataclass(frozen=True, eq=False)
class Sum:
    """A person's scores of all items: Σ `parts`, each origin [m, items], + `rest` [items]."""

    columns: np.ndarray
    parts: dict[str, np.ndarray]
    rest: np.ndarray


class Additive:
    """What each item of a history adds to a score that is a sum: exact, nothing is estimated.

    Of a linear model s_ui = Σ_j h_uj B_ji, so j adds h_uj B_ji. `EASE`, `NextItem`: origin
    "target", and of texts η h_uj C_ji, origin "content". `Anchored`: B is linear in Q + λB_0, so
    what the target's own events say ("target") and what B_0 says ("anchor") add up.
    `BehaviourMean`: w_j ⟨d_j, v⟩ / ‖Σ w_j d_j‖, origin "content". `Hybrid`: of every model its own
    parts less their mean over the items, in its own standard deviations, times α; an additive
    model's go to the items of the history, any other's to `rest`.

    `model` has been fitted on `known`. The parts add up to the score. That an item adds so much is
    not what would be missing without it where the sum is divided by a length or where the others
    grow newer when one is gone: `rescored` tells that. Raises TypeError for a model whose score is
    no sum over the history.
    Source: document X 3.2.3, T 4.2.1's formulas, taken apart. Book: why this item.

    >>> import polars as pl
    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": list("XYZ")})
    >>> events = pl.DataFrame({"user_id": list("aabbcd"), "item_id": list("xyxyxz")})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> why = Additive(EASE(mu=1.0).fit(known), known).why("c", 1)  # c has x; why y?
    >>> why.columns.tolist(), why.parts.round(3).tolist()
    ([0], [[0.5]])
    """

    def __init__(self, model: Scorer, known: CrossDomain) -> None:
        self._index = known.user_index
        self._sum = _summed(model, known)

    def parts(self, user: str) -> Sum:
        """The parts of the scores of all items, each origin [m, items]."""
        return self._sum(user, int(self._index([user])[0]))

    def why(self, user: str, item: int) -> Why:
        """The parts of the score of one item, a column of the target."""
        told = self.parts(user)
        if not 0 <= item < len(told.rest):
            raise ValueError(
                f"item={item}: expected a column of the target, below {len(told.rest)}"
            )
        parts = np.column_stack([each[:, item] for each in told.parts.values()])
        return Why(user, item, told.columns, tuple(told.parts), parts, float(told.rest[item]))


def _summed(model: Scorer, known: CrossDomain) -> Callable[[str, int], Sum]:
    """The function that takes a person's scores apart, given their id and row."""
    if isinstance(model, Hybrid):
        return _hybrid(model, known)
    weights = _weights(model, known)
    history: sparse.csr_matrix = model.histories(known)  # type: ignore[attr-defined]
    items = len(known.target.items)

    def linear(user: str, row: int) -> Sum:
        own = history[[row]]
        h = own.data.astype(float)[:, None]
        if isinstance(model, BehaviourMean):
            length = np.linalg.norm(h[:, 0] @ units[own.indices])
            h = h / length if length else h * 0
        parts = {origin: h * b[own.indices] for origin, b in weights.items()}
        return Sum(own.indices.astype(np.int64), parts, np.zeros(items))

    if isinstance(model, BehaviourMean):
        units = model.units().astype(float)
    return linear


def _weights(model: Scorer, known: CrossDomain) -> dict[str, np.ndarray]:
    """What one thing of weight 1 in the history adds to every item, [history, items] an origin."""
    if isinstance(model, EASE):
        items = len(known.target.items)
        found = {"target": model.weights()[:, :items]}
        if model.content is not None:
            unit = model.content.unit().astype(float)
            alike = np.zeros_like(found["target"])
            alike[:items] = model.content_weight * np.maximum(unit @ unit.T, 0) ** model.power
            found["content"] = alike
        return found
    if isinstance(model, NextItem):
        return {"target": model.b}
    if isinstance(model, Anchored):
        own = model.own(known)
        return {"target": own, "anchor": model.b - own}
    if isinstance(model, BehaviourMean):
        return {"content": model.units().astype(float) @ model.target.unit().T}
    raise TypeError(
        f"{type(model).__name__}: expected a model whose score is a sum over the history (EASE, "
        "NextItem, Anchored, BehaviourMean, Hybrid); of others see left_out, integrated_gradients"
    )


def _hybrid(model: Hybrid, known: CrossDomain) -> Callable[[str, int], Sum]:
    sums: dict[str, Callable[[str, int], Sum] | None] = {}
    for name, each in model.models.items():
        try:
            sums[name] = _summed(each, known)
        except TypeError:
            sums[name] = None

    def mix(user: str, row: int) -> Sum:
        scaled, rest = model.scaled([user]), np.zeros(len(known.target.items))
        taken: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for (name, inner), knows in zip(sums.items(), model.knows, strict=True):
            scores, mean, factor = (array[0] for array in scaled[name])
            if inner is None:
                rest += factor * (scores - mean)
                continue
            own = inner(user, row)
            rest += factor * (own.rest - own.rest.mean(where=knows))
            for origin, parts in own.parts.items():
                above = parts - parts.mean(axis=1, keepdims=True, where=knows)
                called = f"{name}: {origin}" if len(own.parts) > 1 else name
                taken[called] = own.columns, factor * above
        columns = np.unique(np.concatenate([c for c, _ in taken.values()] or [np.empty(0, int)]))
        spread = {called: np.zeros((len(columns), len(rest))) for called in taken}
        for called, (of, parts) in taken.items():
            spread[called][np.searchsorted(columns, of)] = parts
        return Sum(columns, spread, rest)

    return mix
