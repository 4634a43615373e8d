"""StrategyCompass without a kernel: it asks what Python asks, and advises what Python advises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import MODEL, cut_off
from xdrec.lab import StrategyCompass
from xdrec.lab.strategy_compass import COUNTS, FACTS, MISSING
from xdrec.transfer.advice import RULES, STRATEGIES

PAGE = "notebooks/08_transfer_strategies.html"
STILL = {"reduced_motion": "reduce"}

RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const end = await xdrecWidgets.strategy_compass.render({ model, el });
  const one = (name) => el.querySelector(`.xdrec-lab-${name}`).textContent;
  const texts = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)].map((e) => e.textContent);
  const shown = [];
  for (const facts of steps) {
    model.set("facts", facts);
    await frame();
    shown.push({
      strategy: one("strategy"), because: one("because"),
      asked: texts("ask"), answers: texts("answer"),
      ticks: texts("compass-tick"), far: texts("compass-far"),
      lit: el.querySelectorAll(".xdrec-lab-stop.xdrec-lab-lit").length,
      ways: el.querySelectorAll(".xdrec-lab-way.xdrec-lab-lit").length,
    });
  }
  const images = el.querySelectorAll("img, script").length;
  const before = listeners.size;
  end();
  return { shown, images, before, after: listeners.size, left: el.childElementCount };
}"""
)


def compass_of(page: Page) -> Locator:
    return page.locator('.xdrec-widget[data-widget="strategy_compass"]')


def drawn(rng: np.random.Generator) -> dict[str, Any]:
    """Facts by chance, half of them right at a line, beside it, or not to be measured."""
    facts: dict[str, Any] = {}
    for name in FACTS:
        lines = [check.line for question in RULES.values() for check in question.checks
                 if check.fact == name and not check.of]  # fmt: skip
        if name in COUNTS:
            beside = [int(line) + step for line in lines for step in (-1, 0, 1)]
            facts[name] = int(rng.choice([*beside, int(10 ** rng.uniform(0, 4))]))
        else:
            beside = [x for line in lines
                      for x in (np.nextafter(line, 0), line, np.nextafter(line, 1))]  # fmt: skip
            facts[name] = float(rng.choice([*beside, *rng.random(3)]))
        if name in MISSING and rng.random() < 0.3:
            facts[name] = None
    if rng.random() < 0.5:  # the lines that move with another fact
        facts["new"] = int(facts["known"] * rng.choice([0.25, 0.5])) + int(rng.integers(-1, 2))
        facts["new"] = max(facts["new"], 0)
    return facts


def test_javascript_and_python_agree(trial: object, visit: Callable) -> None:
    rng = np.random.default_rng(0)
    steps = [drawn(rng) for _ in range(600)]
    steps += [steps[0] | {"shared": 4, "gap": None, "told": 0.72, "coverage": 0.5, "kept": 0.125}]
    compass = StrategyCompass(steps[0])
    state = {name: getattr(compass, name) for name in compass.state}
    seen = visit(trial, "search.html", **STILL)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/strategy_compass.js"))
    done = seen.page.evaluate(RUN, [state, steps])
    said = {"yes": "yes", "no": "no", "unknown": "cannot be measured"}
    advised = set()
    for facts, shown in zip(steps, done["shown"], strict=True):
        compass.facts = facts
        advice, path = compass.advice(), compass.path()
        asked = path.select("question", "answer").unique(maintain_order=True).rows()
        assert (shown["strategy"], shown["because"]) == (advice.strategy, advice.because), facts
        assert shown["asked"] == [RULES[name].asks for name, _ in asked]
        assert shown["answers"] == [said[answer] for _, answer in asked]
        for by, holds, tick, far in zip(
            path["by"], path["holds"], shown["ticks"], shown["far"], strict=True
        ):
            if by is None:
                assert (tick, far) == ("?", "cannot be measured")
                continue
            assert tick == ("✓" if holds else "✗")
            if by == 0:
                assert far == "exactly on the line"
            else:
                number, side = far.split(" ", 1)
                assert side == ("above the line" if by > 0 else "below the line")
                assert float(number) == pytest.approx(abs(by), rel=0.06)
        assert (shown["lit"], shown["ways"]) == (len(asked) + 1, len(asked))
        advised.add(advice.strategy)
    assert advised == set(STRATEGIES)
    assert (done["images"], done["before"], done["after"], done["left"]) == (0, 2, 0, 0)
    assert not seen.faults


# A widget of the test's own on a page: what a hand does there.
OWN = (
    "async ([state]) => {"
    + MODEL
    + """
  globalThis.widgetState = state;
  const end = await xdrecWidgets.strategy_compass.render({ model, el });
}"""
)


def test_by_keyboard(trial: object, visit: Callable) -> None:
    start = {"known": 30, "new": 270, "shared": 30, "events": 137, "coverage": 1.0, "told": 0.7613,
             "gap": None, "kept": 0.81, "foretold": 0.66}  # fmt: skip
    reached = {"tied": 0.2, "mapping": 0.4}
    compass = StrategyCompass(start, outcomes=reached)
    state = {name: getattr(compass, name) for name in compass.state}
    seen = visit(trial, "search.html", **STILL)
    page = seen.page
    page.add_script_tag(url=trial.url("_static/xdrec/lab/strategy_compass.js"))
    page.evaluate(OWN, [state])
    root = page.locator(".xdrec-lab")
    strategy = root.locator(".xdrec-lab-strategy")
    bars = root.locator(".xdrec-lab-outcomes")
    expect(strategy).to_have_text("tied")
    expect(bars).to_contain_text("reached 50 % of the best")
    # Every step of a slider is a number of its own; a measured one lies on the way.
    events = root.get_by_role("slider", name="events: ")
    values = []
    events.press("Home")
    for _ in range(45):
        events.press("ArrowRight")
        values.append(page.evaluate("widgetState.facts.events"))
    assert values == sorted(set(values))
    assert {1, 2, 10, 137, 400} <= set(values)
    expect(bars).to_contain_text("these are others now")
    events.press("Home")
    root.get_by_role("slider", name="shared: ").press("Home")
    expect(strategy).to_have_text("popularity")
    events.press("End")
    expect(strategy).to_have_text("scratch")
    expect(root.locator('[aria-live="polite"]')).to_contain_text("Advice: scratch. ")
    told = root.get_by_role("checkbox", name="told cannot be measured", exact=True)
    told.press("Space")
    assert page.evaluate("widgetState.facts.told") is None
    expect(root.get_by_role("slider", name="told: what")).to_be_disabled()
    told.press("Space")
    assert page.evaluate("widgetState.facts.told") == 0.7613  # what it was before
    root.get_by_role("button", name="Back to what was measured").press("Enter")
    expect(strategy).to_have_text("tied")
    assert page.evaluate("widgetState.facts") == start
    root.get_by_role("button", name="中文").press("Enter")
    for text in root.locator("p, .xdrec-lab-ask, .xdrec-lab-goal").all_text_contents():
        assert not any(word in text for word in ("people", "text", "strateg", "measured")), text
    assert not seen.faults


def test_the_chapter_s_compass(book: object, visit: Callable) -> None:
    seen = visit(book, PAGE, **STILL)
    compass = compass_of(seen.page)
    strategy = compass.locator(".xdrec-lab-strategy")
    first = strategy.text_content()
    expect(compass.locator(".xdrec-lab-outcomes .xdrec-lab-advised")).to_contain_text(first)
    compass.get_by_role("slider", name="shared: ").press("Home")
    expect(strategy).to_have_text("popularity")
    expect(compass.locator(".xdrec-lab-answer").first).to_have_text("yes")
    compass.get_by_role("button", name="Back to what was measured").click()
    expect(strategy).to_have_text(first)
    assert not seen.faults


@pytest.mark.parametrize("wide", [360, 1000])
def test_nothing_is_cut_off(book: object, visit: Callable, wide: int) -> None:
    seen = visit(book, PAGE, wide=wide)
    compass = compass_of(seen.page)
    compass.get_by_role("slider", name="gap: ").scroll_into_view_if_needed()
    assert cut_off(compass) == []
    assert not seen.faults
