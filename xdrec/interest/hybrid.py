"""k, hybrid: several models score, and their scores are mixed with weights that can be steered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain
from xdrec.fusion import simplex
from xdrec.interest.base import Scorer, checked_pair

BLOCK = 1024  # users scored at once while the parts are looked at


class Hybrid:
    """score(u, i) = Σ_m α_m z_m(u, i), every model's scores in the user's own standard deviations.

    z_m = (score - mean) / deviation over the items that model m knows, and 0 for the others: where
    a model knows nothing it speaks neither for nor against, and the models that do know decide. It
    does not know an item to which it gives the same score for everybody (one nobody has yet, to
    neighbours; one without a text, to a reader of texts), unless it has one list for all, such as
    popularity. A model that scores all items of a user alike passes its weight on to the others.

    `alpha` can be set anew at any time; no model is fitted again for it. After `fit`: `knows`
    [models, items] bool. Raises ValueError for bad weights (`simplex`) and fewer than two models.
    Source: documents X 3.1.4, X 3.2.4 (hybrid); Burke, UMUAI 2002 (weighted, switching).
    Book: recommendation.

    >>> from xdrec.data import make_world
    >>> from xdrec.interest import ItemKNN, Popularity
    >>> known = make_world(users=60, items=40, sparsity=0.8, images=False).cross("books", "films")
    >>> both = Hybrid({"near": ItemKNN(), "crowd": Popularity()}, {"near": 3, "crowd": 1})
    >>> scores = both.fit(known).score(["u0003"])
    >>> parts = both.parts(["u0003"])
    >>> bool(np.allclose(scores, parts["near"] + parts["crowd"]))
    True
    """

    def __init__(
        self, models: Mapping[str, Scorer], alpha: Mapping[str, float] | None = None
    ) -> None:
        if len(models) < 2:
            raise ValueError(f"models {list(models)}: expected two or more to mix")
        self.models = dict(models)
        self.alpha = alpha

    @property
    def alpha(self) -> dict[str, float]:
        return dict(zip(self.models, self._alpha.tolist(), strict=True))

    @alpha.setter
    def alpha(self, weights: Mapping[str, float] | None) -> None:
        self._alpha = simplex(weights, tuple(self.models))

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        knows = []
        for model in self.models.values():
            model.fit(known)
            knows.append(_known_items(model, known.users))
        self.knows = np.stack(knows)
        return self

    def read(self, known: CrossDomain) -> Self:
        """Take over the histories of `known`; no model learns, and what each `knows` stays."""
        self._index = checked_pair(known).user_index
        deaf = [name for name, model in self.models.items() if not hasattr(model, "read")]
        if deaf:
            raise TypeError(
                f"models {deaf} have no read: expected some that can take over other histories "
                "without learning anew"
            )
        copies: dict[str, Any] = {name: copy(model) for name, model in self.models.items()}
        self.models = {name: model.read(known) for name, model in copies.items()}
        return self

    def parts(self, users: Sequence[str] | pl.Series) -> dict[str, np.ndarray]:
        """What each model adds to the score, float [users, items]; together they are the score."""
        told = self.scaled(users)
        return {m: scale * (s - mean) for m, (s, mean, scale) in told.items()}

    def scaled(
        self, users: Sequence[str] | pl.Series
    ) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Of each model its scores [users, items], their mean [users, 1] and the factor [users,
        items] of what is above it: α_m over the deviation, 0 where the model knows nothing."""
        self._index(users)  # nobody unknown is left to a model to find
        found, weights = [], []
        for model, knows, alpha in zip(self.models.values(), self.knows, self._alpha, strict=True):
            scores = np.asarray(model.score(users), float)
            speaks = (scores != scores[:, :1]).any(axis=1, keepdims=True)
            mean = scores.mean(axis=1, keepdims=True, where=knows)
            deviation = scores.std(axis=1, keepdims=True, where=knows)
            told = knows & (deviation > 0)
            found.append((scores, mean, told / np.where(deviation > 0, deviation, 1)))
            weights.append(alpha * speaks)
        total = np.sum(weights, axis=0)
        shares = [np.divide(w, total, out=np.zeros_like(total), where=total > 0) for w in weights]
        return {
            name: (scores, mean, share * factor)
            for name, share, (scores, mean, factor) in zip(self.models, shares, found, strict=True)
        }

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return np.sum(list(self.parts(users).values()), axis=0)


def _known_items(model: Scorer, users: pl.Series) -> np.ndarray:
    """The items on which a model does not say the same of everybody it knows; bool [items]."""
    low: np.ndarray | float = np.inf
    high: np.ndarray | float = -np.inf
    for start in range(0, len(users), BLOCK):
        scores = np.asarray(model.score(users[start : start + BLOCK]), float)
        scores = scores[(scores != scores[:, :1]).any(axis=1)]  # of the others it knows nothing
        low = np.minimum(low, scores.min(axis=0, initial=np.inf))
        high = np.maximum(high, scores.max(axis=0, initial=-np.inf))
    varies = np.asarray(high > low)
    return varies if varies.any() else np.ones(len(varies), bool)
