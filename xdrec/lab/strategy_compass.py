"""StrategyCompass: facts of two domains under the reader's hand, the advice and the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite, isnan
from numbers import Real
from typing import Any

import polars as pl
import traitlets

from xdrec.lab.base import LabWidget
from xdrec.transfer.advice import RULES, STRATEGIES, Advice, Facts, advise, asked

# What each fact is, as its slider says it.
FACTS = {
    "known": "people known in the target",
    "new": "people in the source alone",
    "shared": "people in both domains",
    "events": "events of the target",
    "coverage": "share of its items with a text",
    "told": "what texts tell; 0.5 is chance",
    "gap": "how far apart, by shared people",
    "kept": "tastes kept, by texts; 0.5 is chance",
    "foretold": "told by the source; 0.5 is chance",
}
COUNTS = ("known", "new", "shared", "events")
MISSING = ("told", "gap", "kept", "foretold")  # these may be NaN
MOST = 10**9
# Where the map has each question and strategy: hundredths of its width, and rows.
PLACES = {
    "shared": (50, 0), "own events": (15, 1), "gap": (64, 1), "own texts": (32, 2),
    "texts": (80, 2), "kept": (50, 3), "foretold": (81, 3), "far events": (42, 4),
    "near new": (80, 4), "far new": (40, 5), "near known": (80, 5), "popularity": (13, 6),
    "scratch, texts": (25, 7), "scratch": (43, 6), "mapping": (58, 7), "tied": (72, 6),
    "tied by people": (86, 7),
}  # fmt: skip
SUPPOSED = Facts(known=40, new=300, shared=40, events=350, coverage=1.0, told=0.76,
                 gap=float("nan"), kept=0.8, foretold=0.7)  # fmt: skip


class StrategyCompass(LabWidget):
    """Sliders for the facts of a pair of domains; the questions of `advise` lead to a strategy.

    `facts`, a `Facts` or a mapping of its names to numbers, is where it starts; `measured`, the
    same for what was measured, is what a button returns to (each stands in for the other).
    `outcomes` maps strategies to the NDCG that they reached on the measured pair, drawn beside the
    advice as long as no fact is moved. With neither there are supposed facts.

    The trait `facts` maps each name to its number, None for NaN: what cannot be measured (`told`,
    `gap`, `kept` or `foretold`). It can be read, set and observed. `advice()` is the page's advice,
    and `path()` the table of what was asked.

    Raises ValueError for a fact that is unknown or lacking, a count that is no whole number from 0
    on, a share outside [0, 1], None where a fact is always known, an unknown strategy, an NDCG
    outside [0, 1], and outcomes of no measured pair.
    Source: documents T 2.2.2, T 3.1.3. Book: transfer strategies.

    >>> compass = StrategyCompass({"known": 20, "new": 300, "shared": 20, "events": 900,
    ...     "coverage": 1.0, "told": 0.5, "gap": None, "kept": 0.5, "foretold": 0.7})
    >>> compass.advice().strategy
    'mapping'
    >>> compass.facts = compass.facts | {"shared": 0}
    >>> compass.advice().strategy, compass.path()["question"].to_list()[:2]
    ('scratch', ['shared', 'own events'])
    """

    script = "strategy_compass"
    steers = "facts"
    state = ("facts", "data", "language")

    facts = traitlets.Dict().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        facts: Facts | Mapping[str, float | None] | None = None,
        *,
        measured: Facts | Mapping[str, float | None] | None = None,
        outcomes: Mapping[str, float] | None = None,
    ) -> None:
        known = facts if measured is None else measured
        if outcomes is not None and known is None:
            raise ValueError("outcomes without facts: expected those of the pair they belong to")
        start = _checked(_plain(SUPPOSED if known is None else known))
        super().__init__(facts=start if facts is None else _plain(facts))
        self.data = {
            "facts": [{"name": name, "says": says, "count": name in COUNTS,
                       "missing": name in MISSING} for name, says in FACTS.items()],
            "rules": {name: question._asdict() | {way: getattr(question, way)._asdict()
                      for way in ("yes", "no", "unknown") if getattr(question, way)}
                      for name, question in RULES.items()},
            # Orders apart: JSON promises none for names.
            "order": list(RULES), "strategies": STRATEGIES, "places": PLACES,
            "start": start, "measured": known is not None,
            "outcomes": None if outcomes is None else _reached(outcomes),
        }  # fmt: skip

    def advice(self) -> Advice:
        """What `advise` says of the present facts."""
        return advise(self._facts())

    def path(self) -> pl.DataFrame:
        """What is asked, a row a check: `question`, `answer`, `fact`, `value`, `sign`, `line`,
        `holds`, and `by`, how far the value is above the line; null where there is none."""
        facts, rows = self._facts(), []
        for name, answer in asked(facts):
            for check in RULES[name].checks:
                value, line = self.facts[check.fact], check.against(facts)
                rows.append((name, answer, check.fact, value, check.sign, line, check.holds(facts),
                             None if value is None else value - line))  # fmt: skip
        schema = {"question": pl.String, "answer": pl.String, "fact": pl.String,
                  "value": pl.Float64, "sign": pl.String, "line": pl.Float64,
                  "holds": pl.Boolean, "by": pl.Float64}  # fmt: skip
        return pl.DataFrame(rows, schema, orient="row")

    def _facts(self) -> Facts:
        told: dict[str, Any] = {n: float("nan") if x is None else x for n, x in self.facts.items()}
        return Facts(**told)

    @traitlets.validate("facts")
    def _valid_facts(self, proposal: Any) -> dict[str, float | None]:
        return _checked(proposal["value"])


def _plain(facts: Facts | Mapping[str, float | None]) -> dict[str, float | None]:
    """None for NaN, where a fact may be that."""
    given = asdict(facts) if isinstance(facts, Facts) else dict(facts)
    gone = {n for n in MISSING if isinstance(x := given.get(n), float) and isnan(x)}
    return {name: None if name in gone else x for name, x in given.items()}


def _checked(facts: Mapping[str, Any]) -> dict[str, float | None]:
    strange, lacking = set(facts) - set(FACTS), set(FACTS) - set(facts)
    if strange or lacking:
        raise ValueError(f"facts: {sorted(map(str, strange))} are unknown and {sorted(lacking)} "
                         f"lacking; expected {list(FACTS)}")  # fmt: skip
    return {name: _number(name, facts[name]) for name in FACTS}


def _number(name: str, value: Any) -> float | None:
    if value is None and name in MISSING:
        return None
    real = isinstance(value, Real) and not isinstance(value, bool)
    number = float(value) if real and abs(value) <= MOST else float("nan")
    if name in COUNTS:
        if not (number >= 0 and number == int(number)):
            raise ValueError(f"{name}={value!r}: expected a whole number, 0 to {MOST}")
        return int(number)
    if not 0 <= number <= 1:
        hint = ", or None for what cannot be measured" if name in MISSING else ""
        raise ValueError(f"{name}={value!r}: expected a number from 0 to 1{hint}")
    return number


def _reached(outcomes: Mapping[str, float]) -> dict[str, float]:
    unknown = set(outcomes) - set(STRATEGIES)
    if unknown:
        raise ValueError(f"outcomes of {sorted(unknown)}: expected some of {list(STRATEGIES)}")
    for name, ndcg in outcomes.items():
        if not (isfinite(ndcg) and 0 <= ndcg <= 1):
            raise ValueError(f"outcomes: {name!r} at {ndcg}: expected an NDCG from 0 to 1")
    return {name: round(float(ndcg), 4) for name, ndcg in outcomes.items()}
