"""ReasonView without a kernel: what it lists and says, by keyboard, on a narrow page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import HOSTILE, MODEL, cut_off
from tests.browser.test_no_dead_control import dead
from xdrec.lab import ReasonView

STILL = {"reduced_motion": "reduce"}
# Runs the widget on a state that the test made; what it shows after each step.
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const all = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)];
  const end = await xdrecWidgets.reason_view.render({ model, el });
  const shown = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    shown.push({
      titles: all("line").map((e) => e.firstChild.textContent),
      scores: all("score").map((e) => Number(e.title)),
      reasons: all("reason").map((e) => e.textContent),
      moved: all("moved").map((e) => e.textContent),
      on: all("thing").filter((e) => e.ariaPressed === "true").length,
      nothing: el.querySelector(".xdrec-lab-nothing").textContent,
      ends: all("parts").map((bar) => [...bar.querySelectorAll(".xdrec-lab-part")].map((e) =>
        ["--from", "--wide"].map((name) => parseFloat(e.style.getPropertyValue(name))))),
    });
  }
  const tags = el.querySelectorAll("img, script").length;
  const before = listeners.size;
  end();
  return { shown, tags, before, after: listeners.size, left: el.childElementCount };
}"""
)
# The same, left standing for a hand.
MOUNT = "async ([state]) => {" + MODEL + "await xdrecWidgets.reason_view.render({ model, el }); }"


def many(n: int = 40, k: int = 7) -> ReasonView:
    rng = np.random.default_rng(0)
    titles = [*HOSTILE, "\N{FISH}" * 70, *(f"t{i}" for i in range(n - len(HOSTILE) - 1))]
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": titles})
    history = {u: [f"i{i}" for i in rng.permutation(12)] for u in ("12", "b", "7")}
    # Coarse, so that there are ties.
    parts = {u: rng.integers(-4, 9, (12, n)) / 8 for u in history}
    rest = {"b": rng.integers(-2, 3, n) / 4, "7": np.where(rng.random(n) < 0.3, -np.inf, 0.0)}
    return ReasonView(parts, items, history, rest=rest, k=k)


def stated(one: ReasonView) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.state}


def ready(trial: Any, visit: Callable, **options: Any) -> Any:
    seen = visit(trial, "search.html", **options)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/reason_view.js"))
    for sheet in ("shared", "reason_view"):
        seen.page.add_style_tag(url=trial.url(f"_static/xdrec/lab/{sheet}.css"))
    return seen


def widget(page: Page) -> Locator:
    return page.locator(".xdrec-lab")


def test_javascript_and_python_agree(trial: Any, visit: Callable) -> None:
    rng, one = np.random.default_rng(1), many()
    state, steps, wanted = stated(one), [], []
    for user in ("12", "b", "7") * 6:
        one.user = user
        everything = one.things
        one.off = [item for item in everything if rng.random() < rng.choice([0.1, 0.5, 0.9])]
        steps.append({"user": user, "off": one.off})
        wanted.append(one.ranking())
    for user in ("12", "b"):
        steps.append({"user": user, "off": one._history[user]})
        wanted.append(one.ranking(off=one._history[user], user=user))
    seen = ready(trial, visit, **STILL)
    done = seen.page.evaluate(RUN, [state, steps])
    for step, shown, table in zip(steps, done["shown"], wanted, strict=True):
        assert shown["titles"] == table["title"].to_list()
        np.testing.assert_allclose(shown["scores"], table["score"], atol=1e-6)
        assert shown["reasons"] == table["because"].to_list()
        assert shown["on"] == 12 - len(step["off"])
        ways = [f"{'↑' if was > now else '↓'} from {was}" if was != now else "as before"
                for now, was in table.select("rank", "before").rows()]  # fmt: skip
        assert shown["moved"] == (ways if step["off"] else [""] * len(ways))
        for slices in shown["ends"]:
            assert all(start > -0.02 and start + wide < 100.02 for start, wide in slices)
    assert wanted[-2].height == 0  # no rest, nothing on
    assert wanted[-1].height == 7
    assert done["shown"][-2]["nothing"] == "Nothing is on: nothing to go by."
    assert (done["tags"], done["before"], done["after"], done["left"]) == (0, 5, 0, 0)
    assert not seen.faults


def test_the_bar_by_hand(trial: Any, visit: Callable) -> None:
    items = pl.DataFrame({"item_id": list("abcde"), "title": list("ABCDE")})
    parts = np.array([[0, 0, 3.0, 1.0, 0], [0, 0, 1.0, -1.0, 0]])
    one = ReasonView({"u": parts}, items, {"u": ["a", "b"]}, k=3)
    seen = ready(trial, visit, **STILL)
    done = seen.page.evaluate(RUN, [stated(one), [{}, {"off": ["a"]}]])
    # From -1 to 4: nought is at a fifth.
    assert done["shown"][0]["ends"] == [[[20, 60], [80, 20]], [[20, 20], [0, 20]], []]
    assert done["shown"][1]["ends"] == [[[50, 50]], [], [[0, 50]]]
    assert done["shown"][1]["titles"] == ["C", "E", "D"]


def test_by_keyboard_alone(trial: Any, visit: Callable) -> None:
    one = many()
    seen = ready(trial, visit, **STILL)
    seen.page.evaluate(MOUNT, [stated(one)])
    root, page = widget(seen.page), seen.page
    root.get_by_role("combobox", name="user").focus()
    page.keyboard.press("Tab")
    expect(root.get_by_role("button", name="All off")).to_be_focused()
    page.keyboard.press("Tab")
    things = root.locator(".xdrec-lab-thing")
    expect(things.first).to_be_focused()
    assert things.first.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Space")
    expect(things.first).to_have_attribute("aria-pressed", "false")
    expect(things.first).to_be_focused()
    one.off = one.things[:1]
    told = one.ranking()
    titles = root.locator(".xdrec-lab-line .xdrec-lab-title")
    expect(titles).to_have_text(told["title"].to_list())
    live = root.locator('[aria-live="polite"]')
    expect(live).to_have_text(f"11 of 12 on. First: {told['title'][0]}")
    page.keyboard.press("Shift+Tab")
    expect(root.get_by_role("button", name="All on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(root.get_by_role("button", name="All off")).to_be_focused()
    expect(titles).to_have_text(one.ranking(off=[])["title"].to_list())
    page.keyboard.press("Enter")
    expect(root.locator(".xdrec-lab-nothing")).to_have_text("Nothing is on: nothing to go by.")
    expect(titles).to_have_count(0)
    root.get_by_role("combobox", name="user").select_option("7")  # starts with all on
    expect(titles).to_have_text(one.ranking(user="7")["title"].to_list())
    root.get_by_role("button", name="中文").press("Enter")
    expect(root.locator(".xdrec-lab-reason").first).to_contain_text("因为")
    expect(root.get_by_role("button", name="全部关闭")).to_be_visible()
    assert not seen.faults


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_rows_glide_unless_motion_is_reduced(trial: Any, visit: Callable, motion: str) -> None:
    seen = ready(trial, visit, reduced_motion=motion)
    seen.page.evaluate(MOUNT, [stated(many())])
    seen.page.wait_for_timeout(200)  # longer than a hand on its way
    moving = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
      done(document.querySelector(".xdrec-lab").getAnimations({ subtree: true }).length))))"""
    widget(seen.page).locator(".xdrec-lab-thing").first.evaluate("(e) => e.click()")
    assert bool(seen.page.evaluate(moving)) == (motion == "no-preference")


@pytest.mark.parametrize("wide", [360, 1000])
def test_nothing_is_cut_off_and_titles_are_text(trial: Any, visit: Callable, wide: int) -> None:
    seen = ready(trial, visit, wide=wide, **STILL)
    seen.page.evaluate(MOUNT, [stated(many())])
    assert cut_off(widget(seen.page)) == []
    assert widget(seen.page).evaluate("(e) => e.scrollWidth <= e.clientWidth")
    assert widget(seen.page).evaluate("(e) => e.getBoundingClientRect().right <= innerWidth")
    small = widget(seen.page).evaluate(
        "(e) => [...e.querySelectorAll('button, select')].map((b) => b.getBoundingClientRect())"
        ".filter((b) => b.width && Math.min(b.width, b.height) < 24).length"
    )
    assert small == 0  # large enough for a finger
    texts = widget(seen.page).locator(".xdrec-lab-thing").all_text_contents()
    assert set(HOSTILE) <= set(texts)
    assert not seen.faults


def test_every_control_does_something(trial: Any, visit: Callable) -> None:
    seen = ready(trial, visit, **STILL)
    seen.page.evaluate(MOUNT, [stated(many())])
    around = widget(seen.page).locator("..").element_handle()  # the widget is built anew in it
    assert dead(seen.page, around) == []
