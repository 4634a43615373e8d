"""LambdaDial: λ under the reader's hand, from the target alone to the source itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import traitlets

from xdrec.lab.base import Cards, LabWidget

if TYPE_CHECKING:
    from xdrec.transfer import Path

# Curves of a path's table that are drawn, with the band of each where there is one.
CURVES = {
    "loss": ("the target's own loss", ["loss"], None),
    "drift": ("drift ‖θ_target − θ_source‖", ["drift"], None),
    "warm": ("Recall@10, warm", ["valid_recall", "test_recall"], "test"),
    "cold": ("Recall@10, cold", ["cold_recall"], "cold"),
}


class LambdaDial(LabWidget):
    """One slider over the λ of a path; curves show where it stands, a list what it does.

    `paths` is what `transfer_path` (or `trained_path`) returned, or several by the name of their
    norm, between which a switch chooses; all with as many λ, rising. `items` are the target's
    (`item_id`, `title`, optional `image_path`), the rows that the paths' `lists` point to. Each
    item of the list says which place it has at the first λ, the target alone, and at the last, the
    source. `critical` is λ* by norm, marked on the slider; `history` maps a user to item ids.

    `value` is λ itself: read it, set it (the nearest λ of the path is taken), observe it. `norm`,
    `user` and `step`, the place on the path, likewise. It starts where valid chose.

    Raises ValueError for paths that do not fit together or to the items, λ that do not rise, NaN in
    a curve, an unknown norm, user or item, and a λ that is no number >= 0.
    Source: document T 4.2.3. Book: the strength of transfer.

    >>> from xdrec.transfer import Path
    >>> table = pl.DataFrame({"lam": [0.0, 1.0, float("inf")], "loss": [1.0, 2.0, 4.0],
    ...                       "drift": [3.0, 1.0, 0.0], "valid_recall": [0.1, 0.3, 0.2]})
    >>> items = pl.DataFrame({"item_id": ["a", "b", "c"], "title": ["Tea", "Cup", "Pan"]})
    >>> lists = {"ann": np.array([[0, 1], [1, 0], [2, 1]])}
    >>> dial = LambdaDial(Path(table, lists), items)
    >>> dial.value, dial.ranking()["title"].to_list()
    (1.0, ['Cup', 'Tea'])
    >>> dial.value = float("inf")
    >>> dial.step, dial.ranking()["title"].to_list()
    (2, ['Pan', 'Cup'])
    """

    script = "lambda_dial"
    state = ("step", "norm", "user", "data", "language")

    step = traitlets.Int(0, min=0).tag(sync=True)
    norm = traitlets.Unicode().tag(sync=True)
    user = traitlets.Unicode().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)
    # Not for the page: JSON has no ∞.
    value = traitlets.Float()

    def __init__(
        self,
        paths: Path | Mapping[str, Path],
        items: pl.DataFrame,
        *,
        user: str | None = None,
        norm: str | None = None,
        critical: Mapping[str, float] | None = None,
        history: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._paths = dict(paths) if isinstance(paths, Mapping) else {"": paths}
        self._items, cards = items, Cards(items)
        for name, path in self._paths.items():
            _check(name, path, len(items))
        if not self._paths:
            raise ValueError("paths is empty: expected one path at least")
        users = {tuple(path.lists) for path in self._paths.values()}
        if len({len(p.table) for p in self._paths.values()}) != 1 or len(users) != 1:
            raise ValueError("paths of different lengths or users: expected as many λ, and the "
                             "same users, in each")  # fmt: skip
        (names,) = users
        unknown = {"norms": set(critical or {}) - set(self._paths),
                   "users": set(history or {}) - set(names)}  # fmt: skip
        for what, strange in unknown.items():
            if strange:
                raise ValueError(f"{what} {sorted(strange)} are in no path")
        start = next(iter(self._paths)) if norm is None else norm
        person = (names[0] if names else "") if user is None else user
        self._names = names
        table = self._paths[start].table if start in self._paths else None
        chosen = 0 if table is None else _chosen(table)
        super().__init__(norm=start, user=person, step=chosen)
        self.data = self._payload(cards, critical or {}, history or {})
        self._follow()
        self.observe(self._follow, ["step", "norm"])

    @property
    def lambdas(self) -> list[float]:
        """The λ of the path of the present norm; the last may be ∞."""
        return [float(lam) for lam in self._paths[self.norm].table["lam"]]

    def ranking(self, user: str | None = None) -> pl.DataFrame:
        """The list that stands there: `rank`, `item_id`, `title`, and its place at either end."""
        path = self._paths[self.norm]
        who = self.user if user is None else self._known(user)
        lists = path.lists[who] if path.lists else np.empty((len(path.table), 0), int)
        rows = [int(i) for i in lists[self.step] if i >= 0]
        ends = [{int(i): n + 1 for n, i in enumerate(lists[at])} for at in (0, -1)]
        cards = Cards(self._items.drop("image_path", strict=False)).of(rows)
        return pl.DataFrame(
            {"rank": range(1, len(rows) + 1), "item_id": [card["id"] for card in cards],
             "title": [card["title"] for card in cards],
             "target": [ends[0].get(i) for i in rows], "source": [ends[1].get(i) for i in rows]},
            schema={"rank": pl.Int64, "item_id": pl.String, "title": pl.String,
                    "target": pl.Int64, "source": pl.Int64},
        )  # fmt: skip

    @traitlets.validate("step")
    def _valid_step(self, proposal: Any) -> int:
        step, last = proposal["value"], len(self._paths[next(iter(self._paths))].table) - 1
        if not 0 <= step <= last:
            raise ValueError(f"step={step}: expected a place on the path, 0 to {last}")
        return int(step)

    @traitlets.validate("norm")
    def _valid_norm(self, proposal: Any) -> str:
        if proposal["value"] not in self._paths:
            raise ValueError(f"norm={proposal['value']!r}: expected one of {list(self._paths)}")
        return str(proposal["value"])

    @traitlets.validate("user")
    def _valid_user(self, proposal: Any) -> str:
        return self._known(proposal["value"]) if self._names else ""

    @traitlets.validate("value")
    def _valid_value(self, proposal: Any) -> float:
        lam = proposal["value"]
        if not lam >= 0:
            raise ValueError(f"value={lam}: expected a strength λ >= 0")
        return self.lambdas[self._nearest(lam)]

    @traitlets.observe("value")
    def _moved(self, change: Any) -> None:
        self.step = self._nearest(change["new"])

    def _nearest(self, lam: float) -> int:
        """The place on the path whose λ is nearest, as the slider measures: by its ratio."""
        lambdas = self.lambdas
        if lam <= lambdas[0]:
            return 0
        if lam >= lambdas[-1]:
            return len(lambdas) - 1
        between = [at for at, each in enumerate(lambdas) if 0 < each < np.inf]
        return min(between, key=lambda at: abs(np.log(lambdas[at] / lam)), default=0)

    def _follow(self, change: Any = None) -> None:
        self.value = self.lambdas[self.step]

    def _known(self, user: str) -> str:
        if user not in self._names:
            some = ", ".join(self._names[:5]) + (", ..." if len(self._names) > 5 else "")
            raise ValueError(f"user {user!r} is not followed by the path; expected one of {some}")
        return user

    def _payload(
        self, cards: Cards, critical: Mapping[str, float], history: Mapping[str, Sequence[str]]
    ) -> dict[str, Any]:
        row = {item: at for at, item in enumerate(self._items["item_id"])}
        strange = [item for ids in history.values() for item in ids if item not in row]
        if strange:
            raise ValueError(f"items {strange[:3]} of history are not in the items table")
        had = {user: [row[item] for item in ids] for user, ids in history.items()}
        shown = {int(i) for p in self._paths.values() for some in p.lists.values()
                 for i in some.ravel() if i >= 0}  # fmt: skip
        rows = sorted(shown | {at for some in had.values() for at in some})
        place = {at: n for n, at in enumerate(rows)}
        norms = {}
        for name, path in self._paths.items():
            star = critical.get(name)
            norms[name] = {
                "lambdas": [_json(lam) for lam in path.table["lam"]],
                "critical": None if star is None else _json(star),
                "chosen": _chosen(path.table),
                "curves": _curves(path.table),
                "lists": {user: [[place[int(i)] for i in each if i >= 0] for each in some]
                          for user, some in path.lists.items()},
            }  # fmt: skip
        return {"norms": norms, "items": cards.of(rows), "order": list(self._names),
                "history": {u: [place[at] for at in some] for u, some in had.items()}}  # fmt: skip


def _check(name: str, path: Path, items: int) -> None:
    table, said = path.table, f"path {name!r}: " if name else ""
    lam = table["lam"].to_numpy()
    if len(lam) < 2 or not (np.diff(lam) > 0).all() or not lam[0] >= 0:
        raise ValueError(f"{said}λ of {lam.tolist()[:5]}...: expected two or more, >= 0, rising")
    for column in table.columns:
        if column != "lam" and not np.isfinite(table[column].to_numpy()).all():
            raise ValueError(f"{said}a number of the curve {column!r} is not finite")
    for user, lists in path.lists.items():
        if len(lists) != len(lam) or lists.max(initial=-1) >= items:
            raise ValueError(
                f"{said}the lists of {user!r} do not fit {len(lam)} λ and {items} items"
            )


def _chosen(table: pl.DataFrame) -> int:
    """Where valid is highest; of equals the weaker λ. 0 for a table without valid."""
    return (
        int(np.argmax(table["valid_recall"].to_numpy())) if "valid_recall" in table.columns else 0
    )


def _json(lam: float) -> float | None:
    return float(lam) if np.isfinite(lam) else None


def _curves(table: pl.DataFrame) -> list[dict[str, Any]]:
    """What there is to draw: a title, lines by name, and the band of one of them."""
    drawn = []
    for title, columns, banded in CURVES.values():
        lines = {c.removesuffix("_recall"): table[c].to_list()
                 for c in columns if c in table.columns}  # fmt: skip
        edges = [f"{banded}_{edge}" for edge in ("low", "high")]
        band = [table[e].to_list() for e in edges] if set(edges) <= set(table.columns) else None
        if lines:
            drawn.append({"title": title, "lines": lines, "band": band})
    return drawn
