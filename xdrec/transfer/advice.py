"""Which strategy? From what can be measured before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from numbers import Integral
from typing import NamedTuple

from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features
from xdrec.transfer.gap import measured_gap
from xdrec.transfer.signals import foretold, own_taste, text_signal


@dataclass(frozen=True)
class Facts:
    """What is known of a pair of domains before training. Book: transfer strategies.

    People: `known` in the target, `new` there (in the source alone), `shared` by both; `events` of
    the target. `coverage`: share of its items with a text. `told`: `text_signal` of the source.
    How near the domains are, three times, as each needs something else: `gap` (`measured_gap`) many
    shared people, `kept` (`own_taste`) texts, `foretold` (the function) a few shared people. NaN
    where there is nothing to measure.
    """

    known: int
    new: int
    shared: int
    events: int
    coverage: float
    told: float
    gap: float
    kept: float
    foretold: float


@dataclass(frozen=True)
class Advice:
    """A strategy, one of `STRATEGIES`, and why. Book: transfer strategies."""

    strategy: str
    because: str


STRATEGIES = {
    "popularity": "the charts, until there is something to learn from",
    "scratch": "a model of the target's own events",
    "scratch, texts": "a net that reads what the target's items say, of its own events alone",
    "tied": "the net that the source has taught, reading both histories, tied to it by λ",
    "tied by people": "item-item weights, tied by λ to what shared people have in common",
    "mapping": "people's own factors; who is new gets theirs by a map from the source",
}


class Check(NamedTuple):
    """Is `fact` below (`<`) or from (`>=`) `line` on? With `of`, so many times that fact."""

    fact: str
    sign: str
    line: float
    of: str = ""

    def against(self, facts: Facts) -> float:
        return self.line * getattr(facts, self.of) if self.of else self.line

    def holds(self, facts: Facts) -> bool:
        """Never, where the fact is NaN."""
        value, line = getattr(facts, self.fact), self.against(facts)
        return bool(value < line if self.sign == "<" else value >= line)


class Way(NamedTuple):
    """Where an answer leads, a question or a strategy, and what it says of the reason."""

    to: str
    because: str = ""


class Question(NamedTuple):
    """Yes where all `checks` hold; `unknown`: where a fact is NaN (without it, that is a no)."""

    asks: str
    checks: tuple[Check, ...]
    yes: Way
    no: Way
    unknown: Way | None = None

    def answer(self, facts: Facts) -> str:
        """`yes`, `no` or `unknown`, which are the names of the ways."""
        if self.unknown and any(isnan(getattr(facts, check.fact)) for check in self.checks):
            return "unknown"
        return "yes" if all(check.holds(facts) for check in self.checks) else "no"


# Lines made on worlds of other seeds than those they are judged on (`benchmarks/strategies.py`).
FEW = Check("events", "<", 400)
TELLING = (Check("told", ">=", 0.72), Check("coverage", ">=", 0.5))
LITTLE = "{events} events are too few to learn from"
# A question stands below all that lead to it; the first is asked first.
RULES = {
    "shared": Question(
        "Is hardly anybody shared?",
        (Check("shared", "<", 4),),
        yes=Way("own events", "{shared} people are shared"),
        no=Way("gap"),
    ),
    "own events": Question(
        "Nobody to carry over: are the target's events too few to learn from?",
        (FEW,),
        yes=Way("popularity", LITTLE),
        no=Way("own texts"),
    ),
    "own texts": Question(
        "Are its events few still, and do texts tell much?",
        (*TELLING, Check("events", "<", 800)),
        yes=Way("scratch, texts", "{events} events are few, but texts tell much"),
        no=Way("scratch", "its {events} events have to do, with nobody to carry more over"),
    ),
    "gap": Question(
        "Is the measured gap small?",
        (Check("gap", "<", 0.5),),
        yes=Way("near new", "near: measured gap {gap}"),
        no=Way("far events", "far: measured gap {gap}"),
        unknown=Way("texts"),
    ),
    "texts": Question("Do texts tell much?", TELLING, yes=Way("kept"), no=Way("foretold")),
    "kept": Question(
        "Do texts say that people keep their tastes?",
        (Check("kept", ">=", 0.7),),
        yes=Way("near new", "near: texts keep {kept} of a taste (0.5 is chance)"),
        no=Way("far events", "far: texts keep {kept} of a taste (0.5 is chance)"),
        unknown=Way("far events", "far: nothing says that they are near"),
    ),
    "foretold": Question(
        "Does the source foretell the target?",
        (Check("foretold", ">=", 0.61),),
        yes=Way("near new", "near: the source foretells {foretold} (0.5 is chance)"),
        no=Way("far events", "far: the source foretells {foretold} (0.5 is chance)"),
        unknown=Way("far events", "far: nothing says that they are near"),
    ),
    "far events": Question(
        "Far: are the target's events too few to learn from?",
        (FEW,),
        yes=Way("popularity", LITTLE),
        no=Way("far new"),
    ),
    "far new": Question(
        "Far: are only few people new?",
        (Check("new", "<", 0.25, of="known"),),
        yes=Way("scratch", "{events} events of its own, few new people"),
        no=Way("mapping", "who is known ({known}) keeps their own factors, and a map that finds "
                          "nothing falls back to the charts"),
    ),
    "near new": Question(
        "Near: are only few people new?",
        (Check("new", "<", 0.5, of="known"),),
        yes=Way("tied by people", "{known} people are known, few are new"),
        no=Way("near known"),
    ),
    "near known": Question(
        "Near: are few people known, and do texts tell much?",
        (Check("known", "<", 60), *TELLING),
        yes=Way("tied", "few people are known ({known}), and texts tell much"),
        no=Way("mapping", "{new} new people, {shared} shared to learn a map from"),
    ),
}  # fmt: skip


def facts(known: CrossDomain, target: Features, source: Features) -> Facts:
    """Measure them: on training events and item vectors alone. Book: transfer strategies."""
    people = known.source.interactions["user_id"].n_unique()
    return Facts(
        known=known.target.interactions["user_id"].n_unique(),
        new=people - len(known.overlapping),
        shared=len(known.overlapping),
        events=len(known.target.interactions),
        coverage=float(target.present.mean()),
        told=text_signal(known.source, source),
        gap=measured_gap(known),
        kept=own_taste(known, target, source),
        foretold=foretold(known),
    )


def asked(facts: Facts) -> list[tuple[str, str]]:
    """The questions of `RULES` that these facts meet, each with its answer, the first one first."""
    name, path = next(iter(RULES)), []
    while name in RULES:
        answer = RULES[name].answer(facts)
        path.append((name, answer))
        name = getattr(RULES[name], answer).to
    return path


def advise(facts: Facts) -> Advice:
    """Which strategy these facts speak for: the one to which `RULES` lead.

    Where nobody is shared, nothing can be carried over by people, and the target's own events
    decide. Else it is asked how near the domains are: by the gap, where it can be measured; if not,
    by `kept`, where texts tell, and by `foretold`, where they do not. Then it counts how many are
    known and how many new.

    Source: documents T 2.2.2, T 3.1.3. Book: transfer strategies.

    >>> advise(Facts(known=20, new=300, shared=20, events=900, coverage=1.0, told=0.5, gap=0.9,
    ...              kept=0.5, foretold=0.5)).strategy
    'mapping'
    """
    ways = [getattr(RULES[name], answer) for name, answer in asked(facts)]
    values = {name: written(getattr(facts, name)) for name in Facts.__dataclass_fields__}
    said = [way.because.format(**values) for way in ways if way.because]
    return Advice(ways[-1].to, "; ".join(said))


def written(value: float) -> str:
    """A count as it is, a share to two places: halves up, as in a browser."""
    return str(value) if isinstance(value, Integral) else f"{value + 1e-9:.2f}"
