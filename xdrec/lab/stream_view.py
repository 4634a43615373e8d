"""StreamView: events come in under the reader's hand; the interest moves, and the list with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import traitlets

from xdrec.encoders.features import Features
from xdrec.lab.base import Cards, LabWidget
from xdrec.lab.places import grouped
from xdrec.stream.events import Event
from xdrec.stream.interest import RunningInterest

ITEMS, NUMBERS, KINDS = 200, 20_000, 6  # what a page can carry, and a reader choose from
PERSON = "the reader"


class StreamView(LabWidget):
    """Click items as one person would; each event is folded into u at once, and the list follows.

    `vectors` are an array [n, d] or `Features`, a row for each of the n `items` (`item_id`,
    `title`); `groups` names a column of `items` for the bars and the shelves, 6 values at most
    (items without one are "unknown").
    `events` are pairs [item id, behaviour], the oldest first, each a moment after the one before.
    u is that of `RunningInterest` with this γ (`recency`) and these `behaviour_weights`, by default
    view 1, favourite 2, purchase 4, not interested -2:

        u = (1/m) Σ w_i γ^age d_i,    score(v) = cosine(u, v)

    "Not interested" is a weight below 0: it moves u away from the item, hides it as every event
    hides its item, and takes back nothing that was told before. To undo is another matter: the last
    event was never there. With no event u is 0, and the list is the catalogue's order.

    `events` starts as `start`; it, `behaviour` (of the next click), `shelf` (the group that is
    open, "" for none) and `k` can be read, set and observed. `vector` is u, `ranking` the list with
    each item's place `before` the last event, `interest` the mean cosine of u to each group's
    items, then and now, `log` each event's share w γ^age. The page computes the same from the
    vectors, which travel as they are: 200 items and 20,000 numbers at most.

    Raises ValueError for shapes that do not fit, more than the page can carry, no or more than 6
    behaviours or groups, an id twice, and items, behaviours and settings that are not there.
    Source: document T 4.2.1, T 9.5.4, X 8.2.3. Book: real time.

    >>> items = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Cup", "Oak", "Elm"],
    ...                       "kind": ["kitchen", "kitchen", "wood", "wood"]})
    >>> vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.6, 0.8]])
    >>> view = StreamView(vectors, items, groups="kind", start=[("a", "view")], recency=0.5)
    >>> view.ranking().select("title", "score").rows()
    [('Cup', 0.8), ('Elm', 0.6), ('Oak', 0.0)]
    >>> view.click("b", "not interested")  # a view fades to 0.5, and 2 are subtracted
    >>> view.vector().round(6).tolist()
    [-0.55, -0.6]
    >>> view.ranking().select("title", "score", "before").rows()
    [('Oak', -0.737154, 3), ('Elm', -0.995158, 2)]
    """

    script = "stream_view"
    steers = "events"
    state = ("events", "behaviour", "shelf", "k", "data", "language")

    events = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    behaviour = traitlets.Unicode().tag(sync=True)
    shelf = traitlets.Unicode().tag(sync=True)
    k = traitlets.Int(8, min=1).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        vectors: Features | np.ndarray,
        items: pl.DataFrame,
        *,
        groups: str | None = None,
        start: Sequence[Sequence[str]] = (),
        recency: float = 0.9,
        behaviour_weights: Mapping[str, float] | None = None,
        k: int = 8,
    ) -> None:
        self._features = vectors if isinstance(vectors, Features) else Features.of(vectors)
        unit = self._features.unit()
        cards = Cards(items.drop("image_path", strict=False))
        if not 1 <= len(items) <= ITEMS or unit.size > NUMBERS:
            raise ValueError(
                f"{len(items)} items, {unit.size} numbers: expected 1 to {ITEMS} and at most "
                f"{NUMBERS}; choose some items or shorten the vectors"
            )
        self._ids = items["item_id"].to_list()
        self._settings: dict[str, Any] = {
            "recency": recency,
            "behaviour_weights": behaviour_weights,
        }
        self._unit = unit.astype(float)
        weights = self._folded([]).weights  # asks for what fits
        if not 1 <= len(weights) <= KINDS:
            raise ValueError(f"{len(weights)} behaviours: expected 1 to {KINDS}")
        names, self._group = grouped(items, groups)
        self._names = names or ["all items"]
        self._weights = weights
        begin = self._checked(start)
        super().__init__(events=begin, behaviour=next(iter(weights)), shelf=self._names[0], k=k)
        self.data = {
            "items": [{"id": c["id"], "title": c["title"]} for c in cards.of(range(len(items)))],
            # The shortest text of each float32; the page rounds it to the same float32.
            "vectors": [[float(str(x)) for x in row] for row in unit],
            "groups": self._names, "group": self._group.tolist(), "weights": list(weights.items()),
            "recency": float(recency), "start": begin,
        }  # fmt: skip

    def click(self, item: str, behaviour: str | None = None) -> None:
        """One more event, as a click in the page makes it; by default of the chosen behaviour."""
        self.events = [*self.events, [item, behaviour or self.behaviour]]

    def vector(self) -> np.ndarray:
        """u, float64 [d]."""
        return self._folded(self.events).vector(PERSON)

    def ranking(self) -> pl.DataFrame:
        """`rank`, `item_id`, `title`, `score` and `before`, the place before the last event."""
        order, cosine = self._order(self.events)
        former = self._order(self.events[:-1])[0] if self.events else []
        last = {at: place for place, at in enumerate(former, 1)}
        best = order[: self.k]
        return pl.DataFrame(
            {"rank": range(1, len(best) + 1), "item_id": [self._ids[at] for at in best],
             "title": [self.data["items"][at]["title"] for at in best],
             "score": [round(float(cosine[at]), 6) for at in best],
             "before": [last.get(at) for at in best]},
            schema={"rank": pl.Int64, "item_id": pl.String, "title": pl.String,
                    "score": pl.Float64, "before": pl.Int64},
        )  # fmt: skip

    def interest(self) -> pl.DataFrame:
        """`group`, `cosine` (u's mean cosine to its items) and `before`, that without the last."""
        now, last = (self._order(some)[1] for some in (self.events, self.events[:-1]))
        means = [[round(float(c[self._group == j].mean()), 6) for j in range(len(self._names))]
                 for c in (now, last)]  # fmt: skip
        return pl.DataFrame({"group": self._names, "cosine": means[0], "before": means[1]})

    def log(self) -> pl.DataFrame:
        """`item_id`, `behaviour` and `weight`, w γ^age as it is now; the oldest event first."""
        gamma, m = self._settings["recency"], len(self.events)
        weight = [self._weights[b] * gamma ** (m - 1 - n) for n, (_, b) in enumerate(self.events)]
        told = {"item_id": [i for i, _ in self.events], "behaviour": [b for _, b in self.events]}
        return pl.DataFrame(told | {"weight": weight}, schema={
            "item_id": pl.String, "behaviour": pl.String, "weight": pl.Float64})  # fmt: skip

    def _folded(self, events: Sequence[Sequence[str]]) -> RunningInterest:
        live = RunningInterest(self._ids, self._features, **self._settings)
        for n, (item, behaviour) in enumerate(events):
            live.fold(Event(f"e{n}", PERSON, item, behaviour, n))
        return live

    def _order(self, events: Sequence[Sequence[str]]) -> tuple[list[int], np.ndarray]:
        """The rows that may be listed, best first, and the cosine of every row."""
        live = self._folded(events)
        u, cosine, square = live.vector(PERSON), np.zeros(len(self._ids)), 0.0
        # Added axis by axis, as JavaScript does: the same sums, and of equals the same first.
        for axis, much in enumerate(u.tolist()):
            cosine, square = cosine + much * self._unit[:, axis], square + much * much
        cosine = cosine / (np.sqrt(square) or 1)
        had = set(live.had(PERSON))
        order = np.argsort(-cosine, kind="stable").tolist()
        return [at for at in order if at not in had], cosine

    def _checked(self, events: Sequence[Sequence[str]]) -> list[list[str]]:
        for pair in events:
            if isinstance(pair, str) or len(pair) != 2:
                raise ValueError(f"events: {pair!r:.60}: expected pairs of an item and a behaviour")
        self._folded(events)
        return [list(pair) for pair in events]

    @traitlets.validate("events")
    def _valid_events(self, proposal: Any) -> list[list[str]]:
        return self._checked(proposal["value"])

    @traitlets.validate("behaviour")
    def _valid_behaviour(self, proposal: Any) -> str:
        return self._one_of(proposal["value"], list(self._weights), "behaviour")

    @traitlets.validate("shelf")
    def _valid_shelf(self, proposal: Any) -> str:
        return self._one_of(proposal["value"], ["", *self._names], "shelf")

    @staticmethod
    def _one_of(value: str, known: Sequence[str], name: str) -> str:
        if value not in known:
            raise ValueError(f"{name}: {value!r:.60} is not there; expected one of {list(known)}")
        return str(value)
