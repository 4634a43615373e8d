"""StreamView without a kernel: u, list and bars as in Python, by keyboard, on a narrow page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT
from tests.browser.stub_model import HOSTILE, MODEL, cut_off
from tests.browser.test_accessibility import RUN as AXE
from tests.browser.test_no_dead_control import dead
from xdrec.lab import StreamView

STILL = {"reduced_motion": "reduce"}
# Runs the widget on a state that the test made; what it shows after each step.
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const all = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)];
  const end = await xdrecWidgets.stream_view.render({ model, el });
  const shown = [];
  for (const events of steps) {
    model.set("events", events);
    await frame();
    shown.push({
      titles: all("item").map((e) => e.querySelector(".xdrec-lab-title").textContent),
      scores: all("score").map((e) => Number(e.title)),
      moved: all("shift").map((e) => e.textContent),
      means: all("gauge").map((e) => Number(e.querySelector(".xdrec-lab-value").title)),
      was: all("was").map((e) => parseFloat(e.style.getPropertyValue("--from"))),
      u: el.querySelector("[title^='u = (']").title.slice(5, -1).split(", ").map(Number),
      log: all("event").map((e) => Number(e.querySelector(".xdrec-lab-weight").title)),
      hint: all("hint").filter((e) => !e.hidden).map((e) => e.textContent).join(),
    });
  }
  const tags = el.querySelectorAll("img, script").length;
  const before = listeners.size;
  end();
  return { shown, tags, before, after: listeners.size, left: el.childElementCount };
}"""
)
# The same, left standing for a hand.
MOUNT = "async ([state]) => {" + MODEL + "await xdrecWidgets.stream_view.render({ model, el }); }"


def many(n: int = 40, **more: Any) -> StreamView:
    rng = np.random.default_rng(0)
    titles = [*HOSTILE, "\N{FISH}" * 70, *(f"t{i}" for i in range(n - len(HOSTILE) - 1))]
    kinds = [["sea", "s" * 80, HOSTILE[0]][i % 3] for i in range(n)]
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": titles, "kind": kinds})
    vectors = rng.integers(-2, 3, (n, 5))  # coarse, so that there are ties
    return StreamView(vectors, items, groups="kind", start=[("i9", "view")], **more)


def stated(one: StreamView) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.state}


def ready(trial: Any, visit: Callable, **options: Any) -> Any:
    seen = visit(trial, "search.html", **options)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/stream_view.js"))
    for sheet in ("shared", "stream_view"):
        seen.page.add_style_tag(url=trial.url(f"_static/xdrec/lab/{sheet}.css"))
    return seen


def widget(page: Page) -> Locator:
    return page.locator(".xdrec-lab")


WEIGHTS = {"view": 1.0, "like": 1.3, "buy": 3.7, "not interested": -2.1}


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("recency", [0.83, 1.0])
def test_javascript_and_python_agree(
    trial: Any, visit: Callable, weights: dict[str, float] | None, recency: float
) -> None:
    one = many(behaviour_weights=weights, recency=recency)
    rng, state, steps, wanted = np.random.default_rng(1), stated(one), [], []
    kinds = [kind for kind, _ in one.data["weights"]]
    for length in (0, 1, 2, 3, 5, 8, 13, 21, 34):
        one.events = [[f"i{rng.integers(40)}", str(rng.choice(kinds))] for _ in range(length)]
        if length == 2 and weights is None:  # where nothing fades, these cancel out
            one.events = [["i3", "favourite"], ["i3", "not interested"]]
        steps.append(one.events)
        wanted.append((one.ranking(), one.interest(), one.vector(), one.log()["weight"]))
    seen = ready(trial, visit, **STILL)
    done = seen.page.evaluate(RUN, [state, steps])
    for shown, (table, interest, u, log) in zip(done["shown"], wanted, strict=True):
        assert shown["titles"] == table["title"].to_list()
        np.testing.assert_allclose(shown["scores"], table["score"], atol=1e-6)
        np.testing.assert_allclose(shown["means"], interest["cosine"], atol=1e-6)
        np.testing.assert_allclose(shown["was"], 50 + 50 * interest["before"], atol=1e-4)
        np.testing.assert_allclose(shown["u"], u, atol=1e-6)
        np.testing.assert_allclose(shown["log"], log.to_list()[::-1][:6], atol=1e-6)
        ways = [f"{'↑' if was > now else '↓'} from {was}" if was not in (now, None) else ""
                for now, was in table.select("rank", "before").rows()]  # fmt: skip
        assert shown["moved"] == ways
    assert done["shown"][0]["hint"].startswith("No event: u is 0")
    if weights is None and recency == 1:
        assert done["shown"][2]["hint"].startswith("The events cancel out")
    assert done["shown"][3]["hint"] == ""
    assert (done["tags"], done["before"], done["after"], done["left"]) == (0, 6, 0, 0)
    assert not seen.faults


def test_by_keyboard_alone(trial: Any, visit: Callable) -> None:
    one = many()
    seen = ready(trial, visit, **STILL)
    seen.page.evaluate(MOUNT, [stated(one)])
    root, page = widget(seen.page), seen.page
    titles = root.locator(".xdrec-lab-item .xdrec-lab-title")
    live = root.locator('[aria-live="polite"]')
    expect(titles).to_have_text(one.ranking()["title"].to_list())
    undo, reset = (root.get_by_role("button", name=name, exact=True) for name in ("Undo", "Reset"))
    expect(reset).to_have_attribute("aria-disabled", "true")

    root.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    expect(root.get_by_role("radio", name="favourite")).to_be_checked()
    page.keyboard.press("Tab")
    sea = root.get_by_role("button", name="sea")
    expect(sea).to_be_focused()
    expect(sea).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    tap = root.locator(".xdrec-lab-shelf .xdrec-lab-tap").first
    expect(tap).to_be_focused()
    assert tap.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Space")
    one.click("i0", "favourite")
    expect(titles).to_have_text(one.ranking()["title"].to_list())
    expect(tap).to_be_focused()
    expect(tap).to_have_attribute("aria-label", re.compile("^favourite: .*, clicked before$"))
    first = one.ranking()["title"][0]
    expect(live).to_have_text(f"favourite: {HOSTILE[0]}. First: {first}")

    # The item that is clicked leaves the list; the focus is on the one that took its place.
    root.get_by_role("radio", name="not interested").check()
    third = root.locator(".xdrec-lab-item .xdrec-lab-tap").nth(2)
    third.focus()
    page.keyboard.press("Enter")
    one.click(one.ranking()["item_id"][2], "not interested")
    expect(titles).to_have_text(one.ranking()["title"].to_list())
    expect(root.locator(".xdrec-lab-item .xdrec-lab-tap").nth(2)).to_be_focused()
    expect(root.locator(".xdrec-lab-event").first).to_contain_text("not interested")

    undo.press("Enter")
    one.events = one.events[:-1]
    expect(titles).to_have_text(one.ranking()["title"].to_list())
    for _ in range(3):  # once more than there are events
        undo.press("Enter")
    expect(undo).to_have_attribute("aria-disabled", "true")
    expect(undo).to_be_focused()
    expect(root.locator(".xdrec-lab-hint")).to_contain_text("No event: u is 0")
    reset.press("Enter")
    one.events = one.data["start"]
    expect(titles).to_have_text(one.ranking()["title"].to_list())
    sea.press("Enter")
    expect(sea).to_have_attribute("aria-expanded", "false")
    expect(root.locator(".xdrec-lab-shelf:visible")).to_have_count(0)
    root.get_by_role("button", name="中文").press("Enter")
    expect(root.get_by_role("radio", name="不感兴趣")).to_be_checked()
    assert not seen.faults


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_rows_glide_unless_motion_is_reduced(trial: Any, visit: Callable, motion: str) -> None:
    seen = ready(trial, visit, reduced_motion=motion)
    seen.page.evaluate(MOUNT, [stated(many())])
    moving = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
      done(document.querySelector(".xdrec-lab").getAnimations({ subtree: true }).length))))"""
    widget(seen.page).locator(".xdrec-lab-tap").nth(1).evaluate("(e) => e.click()")
    assert bool(seen.page.evaluate(moving)) == (motion == "no-preference")


@pytest.mark.parametrize(("wide", "scheme"), [(360, "dark"), (1000, "light")])
def test_nothing_is_cut_off_and_axe_finds_nothing(
    trial: Any, visit: Callable, wide: int, scheme: str
) -> None:
    seen = ready(trial, visit, wide=wide, color_scheme=scheme, **STILL)
    seen.page.evaluate(MOUNT, [stated(many())])
    root = widget(seen.page)
    root.locator(".xdrec-lab-tap:visible").nth(3).click()
    assert cut_off(root) == []
    assert root.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert root.evaluate("(e) => e.getBoundingClientRect().right <= innerWidth")
    small = root.evaluate(
        "(e) => [...e.querySelectorAll('button, label')].map((b) => b.getBoundingClientRect())"
        ".filter((b) => b.width && Math.min(b.width, b.height) < 24).length"
    )
    assert small == 0  # large enough for a finger
    texts = root.locator(".xdrec-lab-shelf .xdrec-lab-title").all_text_contents()
    assert set(HOSTILE) <= set(texts)
    seen.page.add_script_tag(path=ROOT / "book" / "_vendor" / "axe.min.js")
    assert seen.page.evaluate(AXE) == []
    assert not seen.faults


def test_every_control_does_something(trial: Any, visit: Callable) -> None:
    seen = ready(trial, visit, **STILL)
    seen.page.evaluate(MOUNT, [stated(many())])
    around = widget(seen.page).locator("..").element_handle()  # the widget is built anew in it
    assert dead(seen.page, around) == []
