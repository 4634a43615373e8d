"""u as events come in: a weighted, fading mean that one event changes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xdrec.cache import address, checksum
from xdrec.encoders.features import Features
from xdrec.interest.behaviour_mean import BEHAVIOUR_WEIGHTS
from xdrec.ranking import top_k
from xdrec.stream.events import Event

LIVE_WEIGHTS = BEHAVIOUR_WEIGHTS | {"not interested": -2.0}


class RunningInterest:
    """u = (1/m) Σ w_i γ^age d_i of each person, kept up event by event, in time O(d).

    The same numbers as `BehaviourMean` on the same events, as long as they come in the order of
    time: two sums a person, what happened at the newest moment and what fades behind it. An event
    that comes late counts as of the newest moment. `behaviour_weights` may be negative: "not
    interested" (-2) moves u away from the item, by as much as a favourite moves it near. Nothing is
    taken back: what the view before had told stays told.

    `items` are the ids, `vectors` their vectors [items, d], `recency` is γ. `top` leaves out all
    that a person had to do with, in whatever way; who did nothing gets the catalogue's order.
    Raises ValueError for unknown items and behaviours, and for vectors that do not fit.
    Source: document T 4.2.1, T 9.5.4. Book: real time.

    >>> live = RunningInterest(["tea", "rice", "salt"], Features.of(np.eye(3)), recency=0.5)
    >>> for n, item in enumerate(["tea", "rice"]):
    ...     live.fold(Event(f"e{n}", "ann", item, "view", n))
    >>> live.vector("ann").tolist(), live.top("ann")
    ([0.25, 0.5, 0.0], ['salt'])
    """

    # A row a person: both sums [people, d], the newest moment, and m.
    _faded: np.ndarray
    _newest: np.ndarray
    _latest: np.ndarray
    _count: np.ndarray

    def __init__(
        self,
        items: Sequence[str],
        vectors: Features,
        *,
        recency: float = 1.0,
        behaviour_weights: Mapping[str, float] | None = None,
    ) -> None:
        self.items = list(items)
        if len(vectors.vectors) != len(self.items):
            raise ValueError(
                f"{len(vectors.vectors)} vectors for {len(self.items)} items: expected one each"
            )
        if not 0 < recency <= 1:
            raise ValueError(f"recency={recency}: expected a γ in (0, 1]; 1 forgets nothing")
        given = LIVE_WEIGHTS if behaviour_weights is None else behaviour_weights
        self.weights = {kind: float(w) for kind, w in given.items()}
        if not np.isfinite(list(self.weights.values())).all():
            raise ValueError(f"behaviour weights {self.weights}: expected finite numbers")
        self.recency, self._unit = recency, vectors.unit()
        self._column = {item: n for n, item in enumerate(self.items)}
        if len(self._column) < len(self.items):
            raise ValueError("two items have one id: expected different ones")
        self._row: dict[str, int] = {}
        self._had: list[set[int]] = []
        self._grow(64)

    def check(self, event: Event) -> None:
        """Raise ValueError for an event that cannot be folded in."""
        if event.item_id not in self._column:
            raise ValueError(f"no item {event.item_id!r:.60}; check the id or add the item")
        if event.behaviour not in self.weights:
            raise ValueError(
                f"behaviour={event.behaviour!r:.60}: expected one of {', '.join(self.weights)}"
            )

    def fold(self, event: Event) -> None:
        """Take one event in."""
        self.check(event)
        row, item = self._row.get(event.user_id), self._column[event.item_id]
        if row is None:
            row = self._row[event.user_id] = len(self._had)
            self._had.append(set())
            if row == len(self._count):
                self._grow(2 * row)
        if not self._count[row] or event.timestamp > self._latest[row]:
            self._faded[row] = self.recency * (self._faded[row] + self._newest[row])
            self._newest[row] = 0
            self._latest[row] = event.timestamp
        else:  # of the same moment: no older than what is newest, but what is behind ages
            self._faded[row] *= self.recency
        self._newest[row] += self.weights[event.behaviour] * self._unit[item]
        self._count[row] += 1
        self._had[row].add(item)

    def vector(self, user: str) -> np.ndarray:
        """u, float64 [d]; zero for who did nothing."""
        row = self._row.get(user)
        if row is None:
            return np.zeros(self._unit.shape[1])
        return (self._faded[row] + self._newest[row]) / self._count[row]

    def scores(self, user: str) -> np.ndarray:
        """cosine(u, v) for every item, float32 [items]."""
        u = self.vector(user)
        return self._unit @ (u / (np.linalg.norm(u) or 1)).astype(np.float32)

    def top(self, user: str, k: int = 10) -> list[str]:
        """The k items nearest to u that are new to the person, best first."""
        scores = self.scores(user)
        scores[self.had(user)] = -np.inf
        return [self.items[n] for n in top_k(scores[None], k)[0] if n >= 0]

    def had(self, user: str) -> list[int]:
        """The columns of the items that somebody had to do with, sorted."""
        row = self._row.get(user)
        return [] if row is None else sorted(self._had[row])

    def count(self, user: str) -> int:
        """m, how many events of a person were folded in."""
        row = self._row.get(user)
        return 0 if row is None else int(self._count[row])

    @property
    def users(self) -> list[str]:
        return list(self._row)

    def fingerprint(self) -> str:
        """Which items, vectors, weights and γ the numbers rest on, as one SHA-256."""
        return address(self.items, self.recency, self.weights, checksum({"unit": self._unit}))

    def state(self) -> tuple[dict[str, np.ndarray], list[str]]:
        """All that the events have changed: arrays, and whose rows they are."""
        n = len(self._had)
        arrays = {
            name: np.array(getattr(self, f"_{name}")[:n])
            for name in ("faded", "newest", "latest", "count")
        }
        had = [sorted(items) for items in self._had]
        arrays["had"] = np.array([item for items in had for item in items], np.int64)
        arrays["sizes"] = np.array([len(items) for items in had], np.int64)
        return arrays, self.users

    def restore(self, arrays: Mapping[str, np.ndarray], users: Sequence[str]) -> None:
        """Put back what `state` gave; what does not fit is a ValueError, and nothing is changed."""
        n, d = len(users), self._unit.shape[1]
        numbers = {"faded": (n, d), "newest": (n, d)}
        whole = {"latest": (n,), "count": (n,), "sizes": (n,), "had": None}
        if (
            any(
                name not in arrays
                or arrays[name].dtype != (np.float64 if name in numbers else np.int64)
                or (shape is not None and arrays[name].shape != shape)
                for name, shape in (numbers | whole).items()
            )
            or len(set(users)) < n
            or not all(np.isfinite(arrays[name]).all() for name in numbers)
            or (arrays["sizes"] < 0).any()
            or (arrays["count"] < 1).any()
            or (had := arrays["had"]).shape != (arrays["sizes"].sum(),)
            or not np.isin(had, np.arange(len(self.items))).all()
        ):
            raise ValueError(f"a state that does not fit {n} people and {len(self.items)} items")
        self._row = {user: n for n, user in enumerate(users)}
        parts = np.split(arrays["had"], np.cumsum(arrays["sizes"])[:-1]) if len(users) else []
        self._had = [set(part.tolist()) for part in parts]
        self._grow(max(64, len(users)), arrays)

    def _grow(self, rows: int, start: Mapping[str, np.ndarray] | None = None) -> None:
        """Room for more people; the numbers of those who are there stay."""
        d = self._unit.shape[1]
        shapes: dict[str, tuple[tuple[int, ...], Any]] = {
            "faded": ((rows, d), np.float64), "newest": ((rows, d), np.float64),
            "latest": ((rows,), np.int64), "count": ((rows,), np.int64),
        }  # fmt: skip
        for name, (shape, kind) in shapes.items():
            room = np.zeros(shape, kind)
            old = start[name] if start is not None else getattr(self, f"_{name}", room[:0])
            room[: len(old)] = old
            setattr(self, f"_{name}", room)
