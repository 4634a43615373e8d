"""WorldBuilder: knobs of a made world, and what each strategy of transfer reaches on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import traitlets

from xdrec.lab.base import LabWidget
from xdrec.lab.play import ALONE, CHARTS, KNOBS, NOBODY, ROWS, START, STRATEGIES, deal, play
from xdrec.lab.play import Strategies as Ways
from xdrec.lab.static import in_book
from xdrec.records import read_record

UNIT = 10_000  # NDCG goes to the page in whole ten-thousandths, so that both sides compare the same
WORSE = 50  # of them: what is so far behind the target alone is called negative transfer
Answer = dict[str, Any]  # by strategy [mean, lowest, highest] over the seeds, or why it is left out


class WorldBuilder(LabWidget):
    """Knobs of a two-domain world; bars say what each strategy of transfer reaches on it.

    The knobs: `overlap` (share of the people who are in both domains), `share` (of the target's
    rows that are left), `gap` (how far tastes are apart), `noise` (share of the texts' marks that
    are not the item's own), `missing` (share of the items without a text). Bars are NDCG@10 against
    the truth, mean over the seeds with whiskers from the lowest to the highest world; negative
    transfer is a strategy 0.005 or more behind the target alone. Whom a model says nothing about
    gets the charts. All strengths are fixed (μ = 30, λ = 100).

    With a kernel every move makes a world of `people` and `items` and trains all `strategies`
    (name to what makes a model of a `Game`, see `xdrec.lab.play`). With a `grid`, the record
    "worlds" or one like it, it moves over that; in the built book it always does. `knobs` are the
    steps of each knob, as far as they are not to be the lab's own.

    `settings`, by knob, can be read, set (those given; the rest stay) and observed; `result` has
    the answer in ten-thousandths and the settings that it answers, `busy` says that it is being
    made. `table()` is what the bars show, `line(knob)` the chart beside them along the knob
    `along`: without a grid, of what was played so far.

    Raises ValueError for an unknown knob, a value that is no step of it, steps that do not rise
    within [0, 1], too few items, no seed, strategies without the target alone, a grid that does not
    fit, and steps or strategies of one's own with a grid.
    Source: documents T 2.2, T 9.5. Book: sparse data.

    >>> world = WorldBuilder(people=60, items=40)
    >>> world.settings = {"overlap": 0.0}
    >>> world.table()["strategy", "left_out"].row(4)
    ('tied by people', 'needs people with rows in both domains, and there are none')
    >>> world.line("overlap")["overlap"].to_list()
    [0.0, 0.5]
    """

    script = "world_builder"
    steers = "settings"
    state = ("settings", "along", "result", "busy", "data", "language")

    settings = traitlets.Dict().tag(sync=True)
    along = traitlets.Unicode("gap").tag(sync=True)
    result = traitlets.Dict().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        *,
        knobs: Mapping[str, Sequence[float]] | None = None,
        people: int = 1000,
        items: int = 500,
        seeds: Sequence[int] = (0,),
        strategies: Ways | None = None,
        grid: Mapping[str, Any] | None = None,
    ) -> None:
        played = in_book() if grid is None else True
        if played and (knobs is not None or strategies is not None):
            raise ValueError("steps or strategies of your own need worlds of their own, made in a "
                             "kernel: not with a grid, nor in the built book")  # fmt: skip
        grid = read_record("worlds") if played and grid is None else grid
        if grid is not None:
            people, items, seeds = grid["people"], grid["items"], grid["made"]["seeds"]
            knobs = grid["knobs"]
        self._knobs = _steps(knobs or {})
        self._ways: Ways = STRATEGIES if strategies is None else strategies
        self._names = list(self._ways if grid is None else grid["ndcg"])
        if ALONE not in self._names:
            raise ValueError(f"strategies {self._names}: expected {ALONE!r} among them, which the "
                             "others are held against")  # fmt: skip
        if items < 2 * ROWS or not len(seeds):
            raise ValueError(f"items={items}, seeds={list(seeds)}: expected {2 * ROWS} items at "
                             "least, and a seed")  # fmt: skip
        self._made = people, items, tuple(seeds)
        self._seen = {} if grid is None else _read(grid, self._knobs)
        start = {name: min(steps, key=lambda step: abs(step - START[name]))
                 for name, steps in self._knobs.items()}  # fmt: skip
        super().__init__(settings=start)
        self.data = {
            "knobs": [[name, list(steps)] for name, steps in self._knobs.items()], "start": start,
            "ways": self._names, "alone": ALONE, "charts": CHARTS, "nobody": NOBODY,
            "worse": WORSE, "people": people, "items": items, "seeds": len(seeds),
            "grid": None if grid is None else _shipped(self._seen, self._names),
        }  # fmt: skip
        self._follow()
        self.observe(self._follow, "settings")

    def table(self) -> pl.DataFrame:
        """What the bars show: `strategy`, `ndcg`, `lowest`, `highest`, `gain` over the target
        alone, whether it is `best` or `negative` transfer, and why it was `left_out`."""
        ways = self.result["ways"]
        found = {name: numbers for name, numbers in ways.items() if isinstance(numbers, list)}
        alone = found[ALONE][0] if ALONE in found else None
        best = max(found, key=lambda name: found[name][0], default=None)
        rows = []
        for name, numbers in ways.items():
            ndcg, lowest, highest = (n / UNIT for n in found[name]) if name in found else [None] * 3
            behind = None if alone is None or ndcg is None else alone - found[name][0]
            negative = behind is not None and name != CHARTS and behind >= WORSE
            rows.append((name, ndcg, lowest, highest, None if behind is None else -behind / UNIT,
                         name == best, negative, None if name in found else numbers))  # fmt: skip
        number = dict.fromkeys(("ndcg", "lowest", "highest", "gain"), pl.Float64)
        kinds = {"strategy": pl.String} | number
        kinds |= {"best": pl.Boolean, "negative": pl.Boolean, "left_out": pl.String}  # type: ignore[dict-item]
        return pl.DataFrame(rows, schema=kinds, orient="row")

    def line(self, knob: str) -> pl.DataFrame:
        """NDCG@10 along one knob, the others as they are: a row a value, a column a strategy."""
        rows = [{knob: value} | {name: n / UNIT for name, n in means.items()}
                for value, means in self._line(self._known(knob))]  # fmt: skip
        return pl.DataFrame(rows, schema=dict.fromkeys((knob, *self._names), pl.Float64))

    def _line(self, knob: str) -> list[list[Any]]:
        """[value, mean by strategy] wherever an answer is there."""
        found = []
        for value in self._knobs[knob]:
            answer = self._seen.get(_key(self.settings | {knob: value}, self._knobs))
            if answer is not None:
                means = {name: n[0] for name, n in answer.items() if isinstance(n, list)}
                found.append([value, means])
        return found

    def _follow(self, change: Any = None) -> None:
        settings = dict(self.settings)
        key = _key(settings, self._knobs)
        if key not in self._seen:
            self.busy = True
            try:
                self._seen[key] = self._play(settings)
            finally:
                self.busy = False
        # The page draws no answer but to the settings that it shows. It has a grid's lines itself.
        lines = {} if self.data["grid"] else {knob: self._line(knob) for knob in self._knobs}
        self.result = {"settings": settings, "ways": self._seen[key], "lines": lines}

    def _play(self, settings: Mapping[str, float]) -> Answer:
        people, items, seeds = self._made
        runs = [play(deal(settings, people, items, seed), self._ways) for seed in seeds]
        return {name: _over([run[name] for run in runs]) for name in self._ways}

    @traitlets.validate("settings")
    def _valid_settings(self, proposal: Any) -> dict[str, float]:
        given = {self._known(name): value for name, value in proposal["value"].items()}
        found = dict(self.settings) | given
        for name, value in given.items():
            near = [step for step in self._knobs[name] if math.isclose(step, value, abs_tol=1e-9)]
            if not near:
                raise ValueError(f"{name}={value}: expected one of {list(self._knobs[name])}")
            found[name] = near[0]
        return {name: found[name] for name in self._knobs}

    @traitlets.validate("along")
    def _valid_along(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    def _known(self, knob: str) -> str:
        if knob not in self._knobs:
            raise ValueError(f"knob {knob!r}: expected one of {', '.join(self._knobs)}")
        return knob


def _key(settings: Mapping[str, float], knobs: Mapping[str, Any]) -> tuple[float, ...]:
    return tuple(settings[name] for name in knobs)


def _over(runs: list[Any]) -> list[int] | str:
    """[mean, lowest, highest] over the seeds in ten-thousandths, or why there is none."""
    out = [each for each in runs if isinstance(each, str)]
    if out:
        return str(out[0])
    return [round(UNIT * float(of(runs))) for of in (np.mean, min, max)]


def _steps(given: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    strange = set(given) - set(KNOBS)
    if strange:
        raise ValueError(f"knobs {sorted(strange)}: expected some of {', '.join(KNOBS)}")
    steps = {name: tuple(map(float, given.get(name, own))) for name, own in KNOBS.items()}
    for name, values in steps.items():
        if not (len(values) and values[0] >= 0 and values[-1] <= 1 and (np.diff(values) > 0).all()):
            raise ValueError(f"steps of {name}: {list(values)}; expected values that rise in "
                             "[0, 1], one at least")  # fmt: skip
    return steps


def _read(grid: Mapping[str, Any], knobs: Mapping[str, Sequence[float]]) -> dict[Any, Answer]:
    """The answer at every point of a record."""
    points = list(product(*(knobs[name] for name in grid["knobs"])))
    lines = {name: [line.split() for line in runs] for name, runs in grid["ndcg"].items()}
    if {len(line) for runs in lines.values() for line in runs} != {len(points)} or any(
        len(runs) != len(grid["made"]["seeds"]) for runs in lines.values()
    ):
        raise ValueError(f"grid: expected {len(points)} figures, one a point of its knobs, for "
                         "each strategy and seed")  # fmt: skip
    found = {}
    for at, point in enumerate(points):
        settings = dict(zip(grid["knobs"], point, strict=True))
        found[_key(settings, knobs)] = {
            name: _over([NOBODY if r[at] == "-" else int(r[at]) / UNIT for r in runs])
            for name, runs in lines.items()
        }
    return found


def _shipped(seen: Mapping[Any, Answer], ways: list[str]) -> dict[str, list[Any]]:
    """By strategy, the numbers of all points one after the other, the last knob fastest; 0 where
    nobody is shared."""
    order = sorted(seen)  # steps rise, so this is the order of the knobs
    return {name: [seen[key][name] if isinstance(seen[key][name], list) else 0 for key in order]
            for name in ways}  # fmt: skip
