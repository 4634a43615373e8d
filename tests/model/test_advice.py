"""The rules as data lead where the same rules as plain ifs lead, whatever the facts."""

from __future__ import annotations

from dataclasses import asdict
from string import Formatter

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from xdrec.records import read_record
from xdrec.transfer.advice import RULES, STRATEGIES, Facts, advise, asked, written

NAN = float("nan")


def as_ifs(f: Facts) -> str:
    """What `advise` was before its rules became data."""
    telling = f.told >= 0.72 and f.coverage >= 0.5
    if f.shared < 4:
        if f.events < 400:
            return "popularity"
        return "scratch, texts" if telling and f.events < 800 else "scratch"
    if not np.isnan(f.gap):
        near = f.gap < 0.5
    elif telling:
        near = f.kept >= 0.7
    else:
        near = f.foretold >= 0.61
    if not near and f.events < 400:
        return "popularity"
    if not near:
        return "scratch" if f.new < f.known / 4 else "mapping"
    if f.new < f.known / 2:
        return "tied by people"
    return "tied" if f.known < 60 and telling else "mapping"


def near_to(*lines: int) -> st.SearchStrategy[int]:
    """Counts, often those at a line and beside it."""
    beside = st.sampled_from([line + step for line in lines for step in (-1, 0, 1)])
    return st.one_of(beside, st.integers(0, 10**7))


SHARES = st.one_of(
    st.sampled_from([x for line in (0.5, 0.61, 0.7, 0.72)
                     for x in (np.nextafter(line, 0), line, np.nextafter(line, 1))]),
    st.floats(allow_nan=True, allow_infinity=True),
).map(float)  # fmt: skip
FACTS = st.builds(
    Facts, known=near_to(60, 100), new=near_to(15, 25, 30, 50), shared=near_to(4),
    events=near_to(400, 800), coverage=SHARES, told=SHARES, gap=SHARES, kept=SHARES,
    foretold=SHARES,
)  # fmt: skip


@given(FACTS)
@example(Facts(0, 0, 0, 0, NAN, NAN, NAN, NAN, NAN))
@example(Facts(0, 0, 4, 400, 0.5, 0.72, NAN, 0.7, 0.61))
def test_data_and_ifs_lead_to_the_same_strategy(facts):
    assert advise(facts).strategy == as_ifs(facts)


def test_they_agree_on_the_forty_worlds_of_the_record():
    for game in read_record("strategies")["helper"]["games"]:
        facts = Facts(**{name: NAN if v is None else v for name, v in game["facts"].items()})
        assert advise(facts).strategy == as_ifs(facts) == game["pick"]


def test_a_quarter_and_a_half_are_lines_themselves():
    far = Facts(known=40, new=10, shared=40, events=400, coverage=1.0, told=0.5, gap=0.5, kept=0.5,
                foretold=0.5)  # fmt: skip
    assert advise(far).strategy == "mapping"
    assert advise(Facts(**asdict(far) | {"new": 9})).strategy == "scratch"
    near = Facts(**asdict(far) | {"gap": 0.49, "new": 20})
    assert advise(near).strategy == "mapping"
    assert advise(Facts(**asdict(near) | {"new": 19})).strategy == "tied by people"


def test_every_question_leads_further_down_or_to_a_strategy():
    names, led = list(RULES), set()
    for at, question in enumerate(RULES.values()):
        ways = [way for way in (question.yes, question.no, question.unknown) if way]
        led |= {way.to for way in ways}
        assert all(way.to in names[at + 1 :] or way.to in STRATEGIES for way in ways)
        assert {check.sign for check in question.checks} <= {"<", ">="}
        known = set(Facts.__dataclass_fields__)
        asks_of = {check.fact for check in question.checks} | {c.of for c in question.checks}
        assert asks_of <= known | {""}
        for way in ways:
            assert {field for _, field, _, _ in Formatter().parse(way.because)} <= known | {None}
        # What may be missing has a way of its own only where it is the one thing asked.
        assert question.unknown is None or len(question.checks) == 1
    assert led == set(names[1:]) | set(STRATEGIES)


def test_the_questions_asked_and_why():
    facts = Facts(known=20, new=380, shared=20, events=161, coverage=1.0, told=0.606, gap=NAN,
                  kept=0.584, foretold=0.677)  # fmt: skip
    assert asked(facts) == [
        ("shared", "no"), ("gap", "unknown"), ("texts", "no"),
        ("foretold", "yes"), ("near new", "no"), ("near known", "no"),
    ]  # fmt: skip
    assert advise(facts).because == (
        "near: the source foretells 0.68 (0.5 is chance); "
        "380 new people, 20 shared to learn a map from"
    )


@given(FACTS)
def test_a_reason_never_says_nan(facts):
    assert "nan" not in advise(facts).because


def test_halves_are_written_up():
    assert [written(x) for x in (3, 0.125, 0.375, 0.5, 0.684)] == ["3", "0.13", "0.38", "0.50",
                                                                   "0.68"]  # fmt: skip
