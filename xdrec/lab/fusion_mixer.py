"""FusionMixer: the weights α_m under the reader's hand, the list re-ranked as they move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import traitlets

from xdrec.fusion import normalized, shared_out, simplex
from xdrec.fusion.late import which_are_there
from xdrec.lab.base import Cards, LabWidget
from xdrec.lab.candidates import on_a_grid, reachable
from xdrec.lab.scores import checked, filled

SCALES = ("each", "together")
# So many decimals of a score on its own scale are shipped, and used on both sides.
DECIMALS = 6
# JavaScript's weights sum to 1 up to rounding; closer than this they are left as they came.
ROUNDING = 1e-6


class FusionMixer(LabWidget):
    """One slider a modality; the user's list of k items follows as s = Σ α_m s_m.

    `scores` maps each modality to an array [users, items] (or [items] for one user); its columns
    are the rows of `items` (`item_id`, `title`, optional `image_path`). An item at -inf in any
    modality is never listed (what the user has already). Equal sums go in the order of `items`.
    `present` (modality -> bool [items]) says which items lack a modality: theirs goes to the others
    (`late_fusion`), and what the scores say there is not looked at.

    For each user every modality begins at 0, the user's worst item there. `scale="each"` divides
    each modality by its own range, so that weights compare whatever the scores' units; they are
    rounded to 6 decimals. `scale="together"` divides all of them by the largest range and rounds
    nothing: for any α the list is then that of Σ α_m s_m of the scores as given, down to sums that
    differ by no more than floating point does (about 1e-15 of that range).

    `users` names the rows. `truth` and `history` map a user to item ids: the first are marked in
    the list, with the word `mark`, the second shown above it. `gains`, shaped like the scores, say
    how good each item truly is (a world's truth): then the items of the best possible list are
    marked "ideal", and the list's NDCG against that one stands above it. `alpha`, `user`, `k` and
    `locked`, the modalities that a hand on another slider leaves alone, can be read, set and
    observed; weights that do not sum to 1 are scaled until they do. Only items that can reach the
    top k for some weights travel to the page (`xdrec.lab.candidates`).

    Raises ValueError on NaN, shapes that do not fit, gains below 0, unknown users, items,
    modalities or scales.
    Source: documents X 3.2.2, X 4.2.2. Book: start here.

    >>> items = pl.DataFrame({"item_id": ["a", "b", "c"], "title": ["Tea", "Cup", "Pan"]})
    >>> mixer = FusionMixer({"text": [0.9, 0.5, 0.1], "behaviour": [0.0, 2.0, 5.0]}, items, k=2)
    >>> mixer.ranking({"text": 1, "behaviour": 0})["title"].to_list()
    ['Tea', 'Cup']
    >>> mixer.alpha = {"text": 1, "behaviour": 3}
    >>> mixer.alpha, mixer.ranking()["title"].to_list()
    ({'text': 0.25, 'behaviour': 0.75}, ['Pan', 'Cup'])
    """

    script = "fusion_mixer"
    steers = "alpha"
    state = ("alpha", "user", "k", "locked", "data", "language")

    alpha = traitlets.Dict().tag(sync=True)
    user = traitlets.Unicode().tag(sync=True)
    k = traitlets.Int(10, min=1).tag(sync=True)
    locked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # What the page needs: the items, and each user's candidates with their scores.
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        scores: Mapping[str, Any],
        items: pl.DataFrame,
        *,
        users: Sequence[str] | None = None,
        user: str | None = None,
        k: int = 10,
        alpha: Mapping[str, float] | None = None,
        truth: Mapping[str, Sequence[str]] | None = None,
        history: Mapping[str, Sequence[str]] | None = None,
        gains: Any = None,
        mark: str = "held out",
        scale: str = "each",
        present: Mapping[str, Any] | None = None,
    ) -> None:
        if scale not in SCALES or (present is not None and scale != "each"):
            possible = SCALES if present is None else ("each",)
            raise ValueError(f"scale={scale!r}: expected one of {', '.join(possible)}")
        # bool [items, modalities], or None: every item has every modality.
        self._there = (
            None if present is None else which_are_there(present, tuple(scores), len(items))
        )
        arrays = checked(scores if self._there is None else filled(scores, self._there), items)
        rows = len(next(iter(arrays.values())))
        names = [f"user {i + 1}" for i in range(rows)] if users is None else list(users)
        if len(names) != rows or len(set(names)) != rows:
            raise ValueError(f"users: {len(set(names))} different names for {rows} rows of scores")
        self._modalities = list(arrays)
        self._users = names
        self._items = items
        # [modalities, users, items], from 0 to 1; NaN where an item is not to be listed.
        parts = normalized(np.stack(list(arrays.values())), scale)
        self._scores = parts if scale == "together" else np.round(parts, DECIMALS)
        self._marks = {"truth": self._rows(truth), "history": self._rows(history)}
        self._gains = None if gains is None else _checked_gains(gains, self._scores.shape[1:])
        self._mark = mark
        self._cards = Cards(items)
        even = dict.fromkeys(arrays, 1.0)
        super().__init__(alpha=dict(alpha or even), user=names[0] if user is None else user, k=k)
        self._start = dict(self.alpha)
        self.data = self._payload()
        self.observe(self._rebuild, "k")

    def ranking(
        self, alpha: Mapping[str, float] | None = None, user: str | None = None
    ) -> pl.DataFrame:
        """The list that the widget shows for these weights: `rank`, `item_id`, `title`, `score`,
        and one column a modality with its part α_m s_m of the score."""
        by_name = self.alpha if alpha is None else self._weights(alpha)
        weights = np.array([by_name[m] for m in self._modalities])
        shown = self.data["users"][self._known(self.user if user is None else user)]
        shares = np.broadcast_to(weights, (len(shown["items"]), len(weights)))
        if "there" in shown:
            shares = shared_out(weights, np.array(shown["there"], bool).T)
        parts = shares.T * np.array(shown["scores"])
        # Added in the order of the modalities, as JavaScript does: the same sums to the last bit.
        total = np.where(shares.any(axis=1), 0.0, -np.inf)
        for part in parts:
            total = total + part
        best = np.argsort(-total, kind="stable")[: self.k]
        best = best[total[best] > -np.inf]
        listed = [self.data["items"][shown["items"][i]] for i in best]
        return pl.DataFrame(
            {
                "rank": np.arange(1, len(best) + 1),
                "item_id": pl.Series([item["id"] for item in listed], dtype=pl.String),
                "title": pl.Series([item["title"] for item in listed], dtype=pl.String),
                "score": total[best],
                **{m: part[best] for m, part in zip(self._modalities, parts, strict=True)},
            }
        )

    def ndcg(self, alpha: Mapping[str, float] | None = None, user: str | None = None) -> float:
        """The NDCG@k of that list by `gains`: 1 for the best possible one, 0 where none is good."""
        if self._gains is None:
            raise ValueError("nobody said how good the items are: FusionMixer(..., gains=...)")
        shown = self.data["users"][self._known(self.user if user is None else user)]
        place = {self.data["items"][at]["id"]: n for n, at in enumerate(shown["items"])}
        listed = self.ranking(alpha, user)["item_id"]
        found = np.array([shown["gains"][place[item]] for item in listed])
        return float(found @ _discounts(len(found)) / shown["best"]) if shown["best"] else 0.0

    @traitlets.validate("locked")
    def _valid_locked(self, proposal: Any) -> list[str]:
        unknown = set(proposal["value"]) - set(self._modalities)
        if unknown:
            raise ValueError(f"locked: {sorted(unknown)} are none of {self._modalities}")
        return list(proposal["value"])

    @traitlets.validate("alpha")
    def _valid_alpha(self, proposal: Any) -> dict[str, float]:
        return self._weights(proposal["value"])

    @traitlets.validate("user")
    def _valid_user(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    def _known(self, user: str) -> str:
        if user not in self._users:
            some = ", ".join(self._users[:5]) + (", ..." if len(self._users) > 5 else "")
            raise ValueError(f"user {user!r} has no scores here; expected one of {some}")
        return user

    def _weights(self, alpha: Mapping[str, float]) -> dict[str, float]:
        scaled = simplex(alpha, tuple(self._modalities))
        given = np.array([alpha[m] for m in self._modalities], float)
        values = given if abs(given.sum() - 1) <= ROUNDING else scaled
        return dict(zip(self._modalities, values.tolist(), strict=True))

    def _rows(self, marks: Mapping[str, Sequence[str]] | None) -> dict[str, list[int]]:
        """Item ids to rows of the items table, for the users of whom something is said."""
        row = {item: i for i, item in enumerate(self._items["item_id"])}
        unknown = [item for ids in (marks or {}).values() for item in ids if item not in row]
        if unknown:
            raise ValueError(f"items {unknown[:3]} of truth or history are not in the items table")
        return {self._known(u): [row[item] for item in ids] for u, ids in (marks or {}).items()}

    def _payload(self) -> dict[str, Any]:
        chosen = {}
        for j, user in enumerate(self._users):
            scores = self._scores[:, j]
            listed = np.flatnonzero(~np.isnan(scores[0]))
            if self._there is None:
                kept, exact = reachable(scores[:, listed], self.k)
            else:
                kept, exact = on_a_grid(scores[:, listed], self._there[listed], self.k), False
            chosen[user] = (listed[kept], exact)
        marked = [row for rows in self._marks["history"].values() for row in rows]
        shipped = np.unique(np.concatenate([marked, *(rows for rows, _ in chosen.values())]))
        place = {int(row): i for i, row in enumerate(shipped.astype(int))}
        users = {
            user: {
                "items": [place[int(row)] for row in rows],
                "scores": self._scores[:, j, rows].tolist(),
                "truth": [place[r] for r in self._marks["truth"].get(user, ()) if r in place],
                "history": [place[r] for r in self._marks["history"].get(user, ())],
                "exact": exact,
                **(
                    {}
                    if self._there is None
                    else {"there": self._there[rows].T.astype(int).tolist()}
                ),
                **self._good(j, rows, place),
            }
            for j, (user, (rows, exact)) in enumerate(chosen.items())
        }
        items = self._cards.of(place)
        known = {"modalities": self._modalities, "start": self._start, "mark": self._mark}
        # The order apart: JavaScript puts keys that look like numbers first, whatever they came as.
        return known | {"items": items, "users": users, "order": self._users}

    def _good(self, j: int, rows: np.ndarray, place: Mapping[int, int]) -> dict[str, Any]:
        """What user `j` gets from each candidate, from the best list, and what is on that."""
        if self._gains is None:
            return {}
        gains = np.where(np.isnan(self._scores[0, j]), -1, self._gains[j])
        ideal = np.argsort(-gains, kind="stable")[: self.k]
        ideal = ideal[gains[ideal] > 0]
        return {"gains": self._gains[j, rows].tolist(),
                "best": float(gains[ideal] @ _discounts(len(ideal))),
                "ideal": [place[int(i)] for i in ideal if int(i) in place]}  # fmt: skip

    def _rebuild(self, change: Any) -> None:
        self.data = self._payload()


def _discounts(k: int) -> np.ndarray:
    return 1 / np.log2(np.arange(2, k + 2))


def _checked_gains(gains: Any, shape: tuple[int, ...]) -> np.ndarray:
    table = np.atleast_2d(np.asarray(gains, float))
    if table.shape != shape:
        raise ValueError(f"gains of shape {table.shape}: expected {shape}, as the scores")
    if not (np.isfinite(table) & (table >= 0)).all():
        raise ValueError("gains: expected finite numbers >= 0")
    return table
