"""StrategyCompass from Python: where it starts, what it refuses, what it says and why."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from string import Formatter

import pytest
import traitlets

from tests.lab.test_languages import chinese, places
from xdrec.lab import StrategyCompass
from xdrec.lab.base import code
from xdrec.lab.strategy_compass import FACTS, PLACES
from xdrec.transfer.advice import RULES, STRATEGIES, Facts, advise

NAN = float("nan")
SEEN = Facts(known=30, new=270, shared=30, events=500, coverage=1.0, told=0.75, gap=NAN, kept=0.8,
             foretold=0.6)  # fmt: skip
REACHED = {"tied": 0.4, "mapping": 0.35, "popularity": 0.1}


def compass(**changed):
    return StrategyCompass(replace(SEEN, **changed))


def test_what_cannot_be_measured_is_none_in_the_page():
    shown = compass()
    assert shown.facts == asdict(SEEN) | {"gap": None}
    assert list(shown.facts) == list(FACTS) == list(Facts.__dataclass_fields__)
    assert shown.advice() == advise(SEEN)
    assert shown.advice().strategy == "tied"


def test_the_path_by_hand():
    rows = compass().path().rows()
    assert rows[:2] == [
        ("shared", "no", "shared", 30.0, "<", 4.0, False, 26.0),
        ("gap", "unknown", "gap", None, "<", 0.5, False, None),
    ]
    asked = [row[0] for row in rows]
    assert asked == ["shared", "gap", "texts", "texts", "kept", "near new",
                     "near known", "near known", "near known"]  # fmt: skip
    new = rows[asked.index("near new")]
    assert new == ("near new", "no", "new", 270.0, "<", 15.0, False, 255.0)  # half of 30


@pytest.mark.parametrize(
    ("changed", "strategy"),
    [({"shared": 0}, "scratch, texts"), ({"shared": 0, "events": 399}, "popularity"),
     ({"gap": 0.5}, "mapping"), ({"gap": 0.5, "known": 2000}, "scratch"),
     ({"kept": 0.7, "known": 60}, "mapping"), ({"known": 700}, "tied by people")],
)  # fmt: skip
def test_a_moved_fact_moves_the_advice(changed, strategy):
    shown = compass()
    shown.facts = shown.facts | changed
    assert shown.advice().strategy == strategy
    assert shown.advice() == compass(**changed).advice()


def test_start_and_measured():
    moved = StrategyCompass(replace(SEEN, shared=0), measured=SEEN)
    assert moved.facts["shared"] == 0
    assert moved.data["start"]["shared"] == 30
    assert StrategyCompass(measured=SEEN).facts == compass().facts == compass().data["start"]
    supposed = StrategyCompass()
    assert not supposed.data["measured"]
    assert supposed.advice().strategy == "tied"
    of_record = StrategyCompass(asdict(SEEN) | {"gap": None})
    assert of_record.facts == compass().facts


def test_it_is_observed_and_linked():
    one, other, seen = compass(), compass(), []
    one.observe(lambda change: seen.append(change["new"]["shared"]), "facts")
    traitlets.link((one, "facts"), (other, "facts"))
    one.facts = one.facts | {"shared": 3.0}  # a whole number, as JavaScript may write it
    assert seen == [3]
    assert isinstance(other.facts["shared"], int)
    other.facts = other.facts | {"shared": 4}
    assert seen == [3, 4]


def test_what_the_page_gets_is_json_without_nan():
    shown = StrategyCompass(SEEN, outcomes=REACHED)
    state = {name: getattr(shown, name) for name in shown.state}
    data = json.loads(json.dumps(state, allow_nan=False))["data"]
    assert data["outcomes"] == REACHED
    assert data["order"] == list(RULES)
    assert data["rules"]["own texts"]["checks"][-1] == ["events", "<", 800, ""]
    assert data["rules"]["gap"]["unknown"] == {"to": "texts", "because": ""}
    assert data["rules"]["shared"]["unknown"] is None
    assert {each["name"] for each in data["facts"] if each["missing"]} == {
        "told", "gap", "kept", "foretold"}  # fmt: skip


def test_every_question_and_strategy_has_a_place_of_its_own_below_what_leads_to_it():
    assert set(PLACES) == set(RULES) | set(STRATEGIES)
    assert len(set(PLACES.values())) == len(PLACES)
    for name, question in RULES.items():
        for way in filter(None, (question.yes, question.no, question.unknown)):
            assert PLACES[way.to][1] > PLACES[name][1]


def test_what_the_rules_say_is_there_in_chinese():
    table = chinese("RULES_CHINESE", code("strategy_compass"))
    ways = [way for q in RULES.values() for way in (q.yes, q.no, q.unknown) if way]
    said = {q.asks for q in RULES.values()} | {way.because for way in ways if way.because}
    assert set(table) == said | set(STRATEGIES) | set(STRATEGIES.values())
    for english, other in table.items():
        assert places(english) == places(other), english
        assert {field for _, field, _, _ in Formatter().parse(english) if field} <= set(FACTS)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"shared": -1}, "shared=-1: expected a whole number, 0 to"),
     ({"shared": 2.5}, "shared=2.5: expected a whole number"),
     ({"known": None}, "known=None: expected a whole number"),
     ({"events": NAN}, "events=nan: expected a whole number"),
     ({"events": float("inf")}, "events=inf: expected a whole number"),
     ({"new": True}, "new=True: expected a whole number"),
     ({"new": "many"}, "new='many': expected a whole number"),
     ({"new": "30"}, "new='30': expected a whole number"),
     ({"new": 10**400}, "expected a whole number"),
     ({"coverage": None}, "coverage=None: expected a number from 0 to 1"),
     ({"coverage": 1.01}, "coverage=1.01: expected a number from 0 to 1"),
     ({"told": -0.1}, "told=-0.1: expected a number from 0 to 1, or None"),
     ({"gap": NAN}, "gap=nan: expected a number from 0 to 1, or None for what cannot be"),
     ({"kept": float("inf")}, "kept=inf: expected"),
     ({"wind": 3}, "['wind'] are unknown and [] lacking")],
)  # fmt: skip
def test_a_wrong_fact_changes_nothing(changed, said):
    shown = compass()
    before = shown.facts
    with pytest.raises(ValueError, match=re.escape(said)):
        shown.facts = before | changed
    assert shown.facts == before


@pytest.mark.parametrize(
    ("make", "said"),
    [(lambda: StrategyCompass({"known": 3}), "lacking; expected ['known', 'new'"),
     (lambda: StrategyCompass(replace(SEEN, coverage=NAN)), "coverage=nan: expected"),
     (lambda: StrategyCompass(SEEN, measured=replace(SEEN, shared=-1)), "shared=-1: expected"),
     (lambda: StrategyCompass(SEEN, outcomes={"zero-shot": 0.3}), "['zero-shot']: expected some"),
     (lambda: StrategyCompass(SEEN, outcomes={"tied": NAN}), "'tied' at nan: expected an NDCG"),
     (lambda: StrategyCompass(SEEN, outcomes={"tied": 1.2}), "'tied' at 1.2: expected an NDCG"),
     (lambda: StrategyCompass(outcomes=REACHED), "outcomes without facts")],
)  # fmt: skip
def test_it_refuses(make, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make()


def test_in_the_book_it_is_html_alone(monkeypatch):
    monkeypatch.setenv("XDREC_BOOK", "1")
    bundle = compass()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'data-widget="strategy_compass"' in bundle["text/html"]
