"""InterestMap: what a person did, switched on and off, and where their interest h goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import traitlets

from xdrec.encoders.features import Features
from xdrec.lab.base import Cards, LabWidget
from xdrec.lab.places import NEWEST, events_of, flat, grouped, shown, span

WEIGHTINGS = ("mean", "recency")
COVERS = 150  # of about 2 kB each
# Numbers travel as whole hundred-thousandths: the shortest text, and the same number on both sides.
SCALE = 100_000


class InterestMap(LabWidget):
    """A history to switch on and off; h moves over the map, and what is nearest to it lights up.

    `vectors` are an array [n, d] or `Features`, one row for each row of `items` (`item_id`,
    `title`, optional `image_path`). `history` maps a user to item ids, the oldest first, an item
    once for each event; `weights` to as many w_i >= 0 (1 if not given). Of the m events that are
    on, h = (1/m) Σ w_i d_i, d_i the item's vector at length 1; with `weighting="recency"` w_i is
    multiplied by γ^age, γ = `recency`, and age counts the later events that are on: the u of
    `BehaviourMean` for somebody who did just that. Nearest are, by the cosine to h, the items that
    the person has not had, of all groups or those of the group `among`.

    The page carries each vector's part in the space that the histories span, where h lies too: the
    cosines are those of the full vectors to about 1e-5. Histories that span more than 48 dimensions
    are cut to their 48 strongest, and the page says what share of their variance that keeps. The
    map alone is flat: the two main axes of all items, or `positions` [n, 2]; the star is the
    weighted mean of the dots that are on. Of more than 600 items the histories, their nearest and
    an even sample of the rest are shown, of a history the newest 40 items, and of covers 150.
    `groups` names a column of `items` for the colours, with at most 6 values; items without one are
    "unknown".

    `user`, `active` (the items that are on: all at first and for another user), `weighting`,
    `among` and `k` can be read, set and observed; `nearest()` and `star()` say what the page shows,
    or would show with other items on. Items whose vector is zero or not present are
    left out, and the page says so. With nothing on there is no interest, and nothing is listed.

    Raises ValueError for shapes that do not fit, NaN, an id twice or unknown, weights below 0, more
    than 12 people or 6 groups, and settings that are not there.
    Source: document T 4.2.1 (and T 4.2.4 for the cosine). Book: interest.

    >>> items = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Oak", "Cup", "Elm"]})
    >>> vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.28, 0.96]])
    >>> shown = InterestMap(vectors, items, {"ann": ["a", "b"]})
    >>> shown.nearest().rows()
    [(1, 'c', 'Cup', 0.989949), (2, 'd', 'Elm', 0.876812)]
    >>> shown.active = ["b"]
    >>> shown.nearest(1).rows()
    [(1, 'd', 'Elm', 0.96)]
    """

    script = "interest_map"
    steers = "active"
    state = ("user", "active", "weighting", "among", "k", "data", "language")

    user = traitlets.Unicode().tag(sync=True)
    active = traitlets.List(traitlets.Unicode()).tag(sync=True)
    weighting = traitlets.Unicode("mean").tag(sync=True)
    among = traitlets.Unicode().tag(sync=True)  # "" for all groups
    k = traitlets.Int(8, min=1).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        vectors: Features | np.ndarray,
        items: pl.DataFrame,
        history: Mapping[str, Sequence[str]],
        *,
        positions: np.ndarray | None = None,
        groups: str | None = None,
        user: str | None = None,
        active: Sequence[str] | None = None,
        k: int = 8,
        weights: Mapping[str, Sequence[float]] | None = None,
        recency: float = 0.7,
        weighting: str = "mean",
        among: str = "",
    ) -> None:
        features = vectors if isinstance(vectors, Features) else Features.of(vectors)
        unit = features.unit().astype(float)
        Cards(items)  # asks for the columns
        row = {item: at for at, item in enumerate(items["item_id"])}
        if len(unit) != len(items) or len(row) != len(items):
            raise ValueError(f"{len(unit)} vectors, {len(items)} items, {len(row)} different ids: "
                             "expected as many of each")  # fmt: skip
        if not 0 < recency <= 1:
            raise ValueError(f"recency={recency}: expected a γ in (0, 1]; 1 forgets nothing")
        there = np.linalg.norm(unit, axis=1) > 0
        events = events_of(history, weights, row)
        had = {u: [at for at, _ in some if there[at]] for u, some in events.items()}
        newest = {u: list(dict.fromkeys(reversed(rows)))[:NEWEST] for u, rows in had.items()}
        rows = shown(unit, there, newest)
        place = {at: n for n, at in enumerate(sorted(rows))}
        spanned, kept = span(unit, sorted({at for some in newest.values() for at in some}))
        self._vectors = np.round(spanned[list(place)] * SCALE)
        self._order = list(events)
        self._people: dict[str, dict[str, Any]] = {
            u: {"events": [[place[at], w] for at, w in some if at in newest[u]],
                "had": sorted({place[at] for at in had[u] if at in place}),
                "older": len(set(had[u])) - len(newest[u])}
            for u, some in events.items()
        }  # fmt: skip
        names, group = grouped(items, groups)
        x, y, high, axes = flat(unit, there, positions)
        self._ids, self._names = [items["item_id"][at] for at in place], names
        plain = Cards(items.drop("image_path", strict=False))
        pictured = dict(zip(rows, Cards(items).of(rows[:COVERS]), strict=False))
        first = self._order[0] if user is None else self._known(user)
        on = self._items_of(first) if active is None else list(active)
        super().__init__(user=first, active=on, weighting=weighting, among=among, k=k)
        self.data = {
            "items": [pictured.get(at) or plain.of([at])[0] for at in place],
            "x": x[list(place)].tolist(), "y": y[list(place)].tolist(), "high": high, "axes": axes,
            "groups": names, "group": group[list(place)].tolist(),
            "vectors": self._vectors.astype(int).tolist(), "scale": SCALE, "kept": kept,
            "order": self._order, "users": self._people, "recency": recency,
            "all": int(there.sum()), "without": int((~there).sum()),
        }  # fmt: skip
        self.observe(self._turned, "user")

    def nearest(self, k: int | None = None, active: Sequence[str] | None = None) -> pl.DataFrame:
        """What lights up: `rank`, `item_id`, `title` and `similarity`, the cosine to h."""
        h, length = self._interest(active)
        cosine = np.zeros(len(self._vectors))
        # Added axis by axis, as JavaScript does: the same sums, and of equals the same first.
        for axis, much in enumerate(h):
            cosine = cosine + much * self._vectors[:, axis]
        cosine = cosine / (length or 1) / SCALE
        had = self._people[self.user]["had"]
        free = np.array([at for at in range(len(cosine)) if at not in had], int)
        if self.among:
            free = free[np.array(self.data["group"])[free] == self._names.index(self.among)]
        best: Any = free[np.argsort(-cosine[free], kind="stable")][: k or self.k] if length else []
        return pl.DataFrame(
            {"rank": range(1, len(best) + 1), "item_id": [self._ids[at] for at in best],
             "title": [self.data["items"][at]["title"] for at in best],
             "similarity": [round(float(cosine[at]), 6) for at in best]},
            schema={"rank": pl.Int64, "item_id": pl.String, "title": pl.String,
                    "similarity": pl.Float64},
        )  # fmt: skip

    def star(self, active: Sequence[str] | None = None) -> tuple[float, float] | None:
        """Where h stands on the map, in units of the map's width from its upper left."""
        shares = self._shares(active).items()
        x, y = (sum(w * self.data[c][at] for at, w in shares) for c in ("x", "y"))
        return (x, y) if self._interest(active)[1] else None

    def _interest(self, active: Sequence[str] | None) -> tuple[np.ndarray, float]:
        """h and its length; 0 for one that points nowhere: nothing is on, or it cancels out."""
        h = np.zeros(self._vectors.shape[1])
        for at, share in self._shares(active).items():
            h = h + share * self._vectors[at]
        length = float(np.sqrt(sum(h * h)))
        return h, length if length > 1 else 0.0

    def _shares(self, active: Sequence[str] | None) -> dict[int, float]:
        """How much of h each item makes, by its place in `data`; the shares sum to 1."""
        on = self.active if active is None else self._theirs(active)
        gamma = self.data["recency"] if self.weighting == "recency" else 1.0
        events = [pair for pair in self._people[self.user]["events"] if self._ids[pair[0]] in on]
        shares: dict[int, float] = {}
        for n, (at, w) in enumerate(events):
            shares[at] = shares.get(at, 0.0) + w * gamma ** (len(events) - 1 - n)
        total = sum(shares.values())
        return {at: w / total for at, w in shares.items()} if total > 0 else {}

    def _theirs(self, active: Sequence[str]) -> list[str]:
        """Checked, and in the order of the history."""
        theirs = self._items_of(self.user)
        for item in active:
            _one_of(item, theirs, "active")
        return [item for item in theirs if item in active]

    def _items_of(self, user: str) -> list[str]:
        return list(dict.fromkeys(self._ids[at] for at, _ in self._people[user]["events"]))

    def _turned(self, change: Any) -> None:
        self.active = self._items_of(change["new"])

    def _known(self, user: str) -> str:
        return _one_of(user, self._order, "user")

    @traitlets.validate("user")
    def _valid_user(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("active")
    def _valid_active(self, proposal: Any) -> list[str]:
        return self._theirs(proposal["value"])

    @traitlets.validate("weighting")
    def _valid_weighting(self, proposal: Any) -> str:
        return _one_of(proposal["value"], WEIGHTINGS, "weighting")

    @traitlets.validate("among")
    def _valid_among(self, proposal: Any) -> str:
        return _one_of(proposal["value"], ["", *self._names], "among")


def _one_of(value: str, known: Sequence[str], name: str) -> str:
    if value not in known:
        some = ", ".join(map(repr, known[:5])) + (", ..." if len(known) > 5 else "")
        raise ValueError(f"{name}: {value!r} is not there; expected one of {some}")
    return str(value)
