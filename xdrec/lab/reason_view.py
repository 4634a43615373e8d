"""ReasonView: why each item is on the list, and the list without some of what a person did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import traitlets

from xdrec.data.domain import CrossDomain
from xdrec.explain.additive import Additive
from xdrec.interest.base import Scorer
from xdrec.lab.base import Cards, LabWidget
from xdrec.lab.candidates import reachable_without
from xdrec.lab.reasons import checked, of_model, sentence

HISTORY = 40  # so many things of a history can be switched
DIGITS = 6  # of the largest number; what travels is whole, and sums the same on both sides


class ReasonView(LabWidget):
    """The first k items, what each thing in the history gives them, and the list without some.

    `parts` maps a user to an array [m, n], what each of the m things in `history` (as many item
    ids, of `items` or of `others`) gives to the n rows of `items` (`item_id`, `title`); `rest`, if
    given, to [n], what none of them gives. The score is their sum. Items of the history, and those
    whose `rest` is -inf, are never listed; of equal scores the earlier item is first. `of` takes
    all this from a fitted model whose score is a sum, or from its `Additive`.

    Each row has its score as a bar and says because of what it is there; the buttons above, what
    gives most first, switch things off, and the list is that of the parts that are left. **It is
    what the model would say without them only where nothing ages and nothing is divided**: `EASE`,
    `NextItem` with `recency=1`, an `Anchored` of these. With ageing the others would grow newer,
    and a length (`BehaviourMean`) or a standard deviation (`Hybrid`) would be another: there it is
    the list of "the parts taken away", not the model asked again; `xdrec.explain.rescored` asks it.

    `user`, `off` (those of the `things` that are off, by id; none for another user) and `k` can be
    read, set and observed. Numbers are rounded to 6 digits of the largest. The page carries the
    items that could be listed with anything off, up to 200; where it would be more, the best with
    all on, with each thing off and with each alone, and a note says so. Of a history the 40 things
    that give the list most can be switched; others stay on, in the rest. No pictures travel.

    Raises ValueError for shapes that do not fit, numbers that are not finite, an id twice or
    unknown, and settings that are not there.
    Source: document X 3.2.3 (item-based reasons); X 3.3. Book: why this item. Book: the gallery.

    >>> items = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Oak", "Cup", "Elm"]})
    >>> parts = {"ann": np.array([[0, 0, 0.5, 0.1], [0, 0, 0.1, 0.3]])}
    >>> view = ReasonView(parts, items, {"ann": ["a", "b"]}, k=1)
    >>> view.ranking()["because"].item()
    'because of Tea (+0.50), Oak (+0.10)'
    >>> view.off = ["a"]
    >>> view.ranking().select("title", "score", "before").row(0)
    ('Elm', 0.3, 2)
    """

    script = "reason_view"
    steers = "off"
    state = ("user", "off", "k", "data", "language")

    user = traitlets.Unicode().tag(sync=True)
    off = traitlets.List(traitlets.Unicode()).tag(sync=True)
    k = traitlets.Int(8, min=1).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        parts: Mapping[str, Any],
        items: pl.DataFrame,
        history: Mapping[str, Sequence[str]],
        *,
        rest: Mapping[str, Any] | None = None,
        others: pl.DataFrame | None = None,
        user: str | None = None,
        off: Sequence[str] = (),
        k: int = 8,
    ) -> None:
        tables = [each for each in (items, others) if each is not None and Cards(each)]  # columns
        both = pl.concat([each.select("item_id", "title") for each in tables])
        self._cards = Cards(both)
        self._row = {item: at for at, item in enumerate(both["item_id"])}
        if len(self._row) < len(both):
            raise ValueError(f"{len(both)} items, {len(self._row)} ids: expected one for each")
        if not parts or set(parts) != set(history):
            raise ValueError(f"histories of {list(history)}: expected those of {list(parts)}")
        given = {u: checked(u, p, [self._row.get(item) for item in history[u]],
                            (rest or {}).get(u), len(items)) for u, p in parts.items()}  # fmt: skip
        big = max(float(np.abs(part).max(initial=0)) for *two, _ in given.values() for part in two)
        leads = math.floor(math.log10(big)) if big else 0
        self._decimals = DIGITS - 1 - leads
        self._digits = min(
            max(1 - leads + (leads >= 0), 0), 20
        )  # that words have: 0.031, 0.31, 3.10
        self._sums: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._history: dict[str, list[str]] = {}
        for u, (own, base, free) in given.items():
            gives, left = (np.rint(a * 10.0**self._decimals).astype(np.int64) for a in (own, base))
            best = np.argsort(-(gives.sum(axis=0) + left), kind="stable")[:k]
            most = np.argsort(-np.abs(gives[:, best]).sum(axis=1), kind="stable")
            self._history[u] = [history[u][j] for j in most[:HISTORY]]
            left = left + gives[most[HISTORY:]].sum(axis=0)
            self._sums[u] = gives[most[:HISTORY]], left, free
        self._always = {u: len(history[u]) - len(some) for u, some in self._history.items()}
        first = next(iter(parts)) if user is None else self._known(user)
        super().__init__(user=first, k=k)
        self.off = list(off)
        self._build()
        self.observe(self._build, "k")
        self.observe(self._turned, "user")

    @classmethod
    def of(
        cls, model: Scorer | Additive, known: CrossDomain, users: Sequence[str], **more: Any
    ) -> ReasonView:
        """Of a model that was fitted on `known`, or of its `Additive`; `more` as above.

        What a user has of the target is not listed. An id of the source that is one of the target
        too has the source's name before it. Raises TypeError where the score is no sum.
        """
        parts, items, history, rest, others = of_model(model, known, users)
        return cls(parts, items, history, rest=rest, others=others, **more)

    @property
    def things(self) -> list[str]:
        """The ids of what can be switched for `user`, in the order of the buttons."""
        return list(self._history[self.user])

    def ranking(self, off: Sequence[str] | None = None, user: str | None = None) -> pl.DataFrame:
        """What the page lists, or would: `rank`, `item_id`, `title`, `score`, `before` (the place
        with all on) and `because`, the sentence. Of another user nothing is off unless given."""
        user = self.user if user is None else self._known(user)
        gone = self._theirs(user, off) if off is not None else self.off * (user == self.user)
        shown = self.data["users"][user]
        on = [j for j, item in enumerate(self._history[user]) if item not in gone]
        parts = np.array(shown["parts"], np.int64).reshape(-1, len(shown["items"]))[on]
        scores = parts.sum(axis=0) + np.array(shown["rest"], np.int64)
        best: Any = np.argsort(-scores, kind="stable")[: self.k] if on or any(shown["rest"]) else []
        listed = [self.data["items"][shown["items"][i]] for i in best]
        names = [self.data["items"][shown["history"][j]]["title"] for j in on]
        said = self._decimals, self._digits
        given = [(parts[:, i].tolist(), shown["rest"][i]) for i in best]
        return pl.DataFrame(
            {"rank": range(1, len(best) + 1), "item_id": [item["id"] for item in listed],
             "title": [item["title"] for item in listed],
             "score": [int(scores[i]) / 10.0**self._decimals for i in best],
             "before": [shown["places"][i] for i in best],
             "because": [sentence(names, column, base, said) for column, base in given]},
            schema={"rank": pl.Int64, "item_id": pl.String, "title": pl.String,
                    "score": pl.Float64, "before": pl.Int64, "because": pl.String},
        )  # fmt: skip

    def _build(self, _: Any = None) -> None:
        users: dict[str, Any] = {}
        rows: dict[int, int] = {}  # of the items that travel, and where they stand then
        for u, (parts, rest, free) in self._sums.items():
            at, exact = reachable_without(parts, rest, self.k)
            places = np.empty(len(free), int)
            places[np.argsort(-(parts.sum(axis=0) + rest), kind="stable")] = range(1, len(free) + 1)
            history = [self._row[item] for item in self._history[u]]
            for row in [*history, *free[at].tolist()]:
                rows.setdefault(row, len(rows))
            users[u] = {
                "history": [rows[row] for row in history], "items": [rows[r] for r in free[at]],
                "parts": parts[:, at].tolist(), "rest": rest[at].tolist(),
                "places": places[at].tolist(), "exact": exact, "all": len(free),
                "always": self._always[u],
            }  # fmt: skip
        cards = [{"id": c["id"], "title": c["title"]} for c in self._cards.of(rows)]
        self.data = {"items": cards, "order": list(users), "users": users,
                     "decimals": self._decimals, "digits": self._digits}  # fmt: skip

    def _turned(self, _: Any) -> None:
        self.off = []

    def _theirs(self, user: str, off: Sequence[str]) -> list[str]:
        """Checked, and in the order of the buttons."""
        for item in off:
            if item not in self._history[user]:
                raise ValueError(f"off: {item!r}: expected some of {self._history[user]}")
        return [item for item in self._history[user] if item in off]

    def _known(self, user: str) -> str:
        if user not in self._history:
            raise ValueError(f"user: {user!r} is not there; expected one of {list(self._history)}")
        return user

    @traitlets.validate("user")
    def _valid_user(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("off")
    def _valid_off(self, proposal: Any) -> list[str]:
        return self._theirs(self.user, proposal["value"])
