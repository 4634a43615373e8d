"""h by the weighted behaviour mean: a person is the average of what they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.data.domain import CrossDomain, Domain, ages
from xdrec.encoders.features import Features
from xdrec.interest.base import checked_pair

BEHAVIOUR_WEIGHTS = {"view": 1.0, "favourite": 2.0, "purchase": 4.0}


class BehaviourMean:
    """u = (1/m) Σ w_i d_i, the documents' formula in the reading that is meant.

    The sum runs over the m events of *one* user; d_i is the vector of the item of event i, and
    w_i = (weight of its behaviour) · γ^age (γ is `recency`; age 0 is the newest event). Since
    only the direction of u matters to the cosine, Σ w_i need not be m.

    `target` and `source` are the item vectors of the two domains in one space, [items, d]. With
    `history="target"` u is made of target events and a user without any scores 0 everywhere; with
    `"source"` of source events; with `"both"` of all events, ages counted over both; with
    `"either"` of target events and, for those who have none, of source events.
    score(u, v) = cosine, float [users, target items]; items without a vector score 0.

    Raises ValueError for weights that are negative or not finite, a γ outside (0, 1], a missing
    behaviour weight, and vectors that do not fit the items.
    Source: document T 4.2.1 (and T 4.2.4 for the cosine). Book: start here.

    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["X", "Y"]})
    >>> events = pl.DataFrame({"user_id": ["a", "a"], "item_id": ["x", "y"], "timestamp": [1, 2]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> h = BehaviourMean(target=Features.of(np.eye(2)), recency=0.5).fit(known)
    >>> h.interest(["a"]).vectors.tolist()
    [[0.25, 0.5]]
    """

    def __init__(
        self,
        target: Features,
        source: Features | None = None,
        *,
        history: str = "target",
        recency: float = 1.0,
        behaviour_weights: Mapping[str, float] | None = None,
    ) -> None:
        if not 0 < recency <= 1:
            raise ValueError(f"recency={recency}: expected a γ in (0, 1]; 1 forgets nothing")
        if history not in ("target", "source", "both", "either"):
            raise ValueError(
                f"history={history!r}: expected 'target', 'source', 'both' or 'either'"
            )
        if history != "target" and source is None:
            raise ValueError(f"history={history!r} needs the source's item vectors: source=...")
        given = behaviour_weights or BEHAVIOUR_WEIGHTS
        self.behaviour_weights = {kind: float(w) for kind, w in given.items()}  # 1 and 0.5 mix
        for side, of in (("target", target), ("source", source)):
            if of is not None and not isinstance(of, Features):
                raise TypeError(f"{side} is a {type(of).__name__}: expected Features.of(array)")
        if source is not None and source.vectors.shape[1] != target.vectors.shape[1]:
            raise ValueError(
                f"target vectors have {target.vectors.shape[1]} dimensions, the source's "
                f"{source.vectors.shape[1]}: expected one space, so one encoder for both"
            )
        values = np.array(list(self.behaviour_weights.values()), float)
        if not np.isfinite(values).all() or (values < 0).any():
            raise ValueError(f"behaviour weights {self.behaviour_weights}: expected finite, >= 0")
        self.target, self.source, self.history, self.recency = target, source, history, recency

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        sums = self.histories(known) @ self.units()
        counts = np.zeros(len(known.users))
        for table in self._events(known).values():
            np.add.at(counts, known.user_index(table["user_id"]), 1)
        self._interest = Features.of(sums / np.maximum(counts, 1)[:, None], counts > 0)
        return self

    def read(self, known: CrossDomain) -> Self:
        """Take over the histories of `known`: there is nothing else to learn, so this is `fit`."""
        return self.fit(known)

    def units(self) -> np.ndarray:
        """The d_i: unit vectors of the target's items and, if given, the source's behind them."""
        sides = (side for side in (self.target, self.source) if side is not None)
        return np.concatenate([side.unit() for side in sides])

    def histories(self, known: CrossDomain) -> sparse.csr_matrix:
        """Each item's summed w_i, [users, items], in the order of `units`; users as in `known`."""
        events = self._events(known)
        weights, rows = self._weights(events), []
        for name in ("target", "source"):
            features: Features | None = getattr(self, name)
            domain: Domain = getattr(known, name)
            if features is not None and name in events:
                if len(features.vectors) != len(domain.items):
                    raise ValueError(
                        f"{len(features.vectors)} vectors for the {len(domain.items)} items of "
                        f"domain {domain.name!r}: expected one each"
                    )
                told = domain.with_interactions(events[name])
                rows.append(told.matrix(known.users, weights[name]))
            elif features is not None:
                rows.append(sparse.csr_matrix((len(known.users), len(features.vectors))))
        return sparse.hstack(rows, "csr", np.float32)

    def _events(self, known: CrossDomain) -> dict[str, pl.DataFrame]:
        """What is read of each domain."""
        events = {"target": known.target.interactions, "source": known.source.interactions}
        if self.history == "either":
            newcomers = ~pl.col("user_id").is_in(events["target"]["user_id"].unique().implode())
            events["source"] = events["source"].filter(newcomers)
        elif self.history != "both":
            events = {self.history: events[self.history]}
        return events

    def _weights(self, events: dict[str, pl.DataFrame]) -> dict[str, np.ndarray]:
        """w_i of every event, float [events]; ages run over all the tables together."""
        # A position counts within one domain; over both only the clock can.
        orders = ("timestamp",) if self.history == "both" else ("position", "timestamp")
        order = [c for c in orders if all(c in t.columns for t in events.values())][:1]
        joint = pl.concat([table.select("user_id", *order) for table in events.values()])
        w = self.recency ** ages(joint).to_numpy().astype(float)
        split = np.cumsum([len(table) for table in events.values()])[:-1]
        weights = dict(zip(events, np.split(w, split), strict=True))
        for name, table in events.items():
            if "behaviour" in table.columns and len(table):
                kinds = table["behaviour"]
                unknown = sorted(set(kinds.unique()) - set(self.behaviour_weights), key=str)
                if unknown:
                    raise ValueError(
                        f"no weight for behaviour {unknown}; say behaviour_weights=..."
                    )
                weights[name] = (
                    weights[name] * kinds.replace_strict(self.behaviour_weights).to_numpy()
                )
        return weights

    def interest(self, users: Sequence[str] | pl.Series) -> Features:
        """The vectors u of some users, float32 [n, d]; not present without history."""
        rows = self._index(users)
        return Features(self._interest.vectors[rows], self._interest.present[rows])

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self.interest(users).unit() @ self.target.unit().T
