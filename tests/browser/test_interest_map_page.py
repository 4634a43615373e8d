"""InterestMap without a kernel: what lights up and where the star stands, as Python says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import HOSTILE, MODEL, cut_off
from xdrec.lab import InterestMap

PAGE = "notebooks/06_interest.html"
STILL = {"reduced_motion": "reduce"}
# Runs the widget on a state that the test made; what it shows after each step.
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const all = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)];
  const end = await xdrecWidgets.interest_map.render({ model, el });
  const shown = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    const star = el.querySelector(".xdrec-lab-h");
    shown.push({
      titles: all("find").map((e) => e.textContent),
      scores: all("score").map((e) => Number(e.title)),
      star: star.style.display ? null : star.style.transform.match(/[\\d.]+/g).map(Number),
      on: all("switch").filter((e) => e.ariaChecked === "true").length,
      lit: el.querySelectorAll(".xdrec-lab-lit circle, .xdrec-lab-ray").length,
      empty: el.querySelector(".xdrec-lab-empty").checkVisibility(),
      stops: all("find").filter((e) => e.tabIndex === 0).length,
    });
  }
  const tags = el.querySelectorAll("img, script").length;
  const before = listeners.size;
  end();
  return { shown, tags, before, after: listeners.size, left: el.childElementCount };
}"""
)


def many(n: int = 60) -> InterestMap:
    rng = np.random.default_rng(0)
    titles = HOSTILE + [f"t{i}" for i in range(n - len(HOSTILE))]
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": titles,
                          "kind": rng.choice(["12", "b", "7"], n)})  # fmt: skip
    vectors = rng.normal(size=(n, 9))
    vectors[40:44] = vectors[39]  # of equals the first
    history = {u: [f"i{i}" for i in rng.integers(10, 40, 14)] for u in ("12", "b", "7")}
    weights = {"b": rng.choice([1.0, 2.0, 4.0], 14).tolist()}
    return InterestMap(vectors, items, history, groups="kind", weights=weights, k=7)


def test_javascript_and_python_agree(trial: object, visit: Callable) -> None:
    rng = np.random.default_rng(1)
    one = many()
    state = {name: getattr(one, name) for name in one.state}
    steps, wanted = [], []
    for user in ("12", "b", "7") * 6:
        one.user = user
        one.active = [item for item in one.active if rng.random() < rng.choice([0.2, 0.8])]
        one.weighting, one.among = rng.choice(["mean", "recency"]), rng.choice(["", "12", "b", "7"])
        steps.append({name: getattr(one, name) for name in state if name not in ("data", "k")})
        wanted.append((one.nearest(), one.star()))
    steps.append(steps[-1] | {"active": []})
    one.active = []
    wanted.append((one.nearest(), one.star()))
    seen = visit(trial, "search.html", **STILL)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/interest_map.js"))
    done = seen.page.evaluate(RUN, [state, steps])
    for step, shown, (near, star) in zip(steps, done["shown"], wanted, strict=True):
        assert shown["titles"] == near["title"].to_list()
        np.testing.assert_allclose(shown["scores"], near["similarity"], atol=1e-6)
        assert (shown["star"] is None) == (star is None)
        if star:
            np.testing.assert_allclose(shown["star"], 16 + 368 * np.array(star), atol=0.01)
        assert shown["on"] == len(step["active"])
        assert shown["lit"] == 2 * near.height
        assert shown["empty"] == (near.height == 0)
        assert shown["stops"] == min(1, near.height)
    assert wanted[-1][1] is None
    assert any(star for _, star in wanted)
    assert (done["tags"], done["before"], done["after"], done["left"]) == (0, 7, 0, 0)
    assert not seen.faults


def test_titles_of_strangers_are_text(trial: object, visit: Callable) -> None:
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(6)], "title": [*HOSTILE, "Tea", None]})
    one = InterestMap(np.eye(6) + 0.5, items, {"u": ["i0", "i1", "i4"]})
    state = {name: getattr(one, name) for name in one.state}
    seen = visit(trial, "search.html", wide=360, **STILL)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/interest_map.js"))
    for sheet in ("shared", "interest_map"):
        seen.page.add_style_tag(url=trial.url(f"_static/xdrec/lab/{sheet}.css"))
    done = seen.page.evaluate(RUN, [state, [{"active": ["i0"]}]])
    assert sorted(done["shown"][0]["titles"]) == sorted(["i5", *HOSTILE[2:]])
    assert done["tags"] == 0
    assert not seen.faults


def map_of(page: Page) -> Locator:
    return page.locator('.xdrec-widget[data-widget="interest_map"]')


@pytest.mark.parametrize("wide", [360, 1280])
def test_by_keyboard(book: object, visit: Callable, wide: int) -> None:
    seen = visit(book, PAGE, wide=wide, **STILL)
    one = map_of(seen.page)
    switches, finds = one.get_by_role("switch"), one.locator(".xdrec-lab-find")
    before = finds.all_text_contents()
    assert len(before) == 8
    one.get_by_role("button", name="All off").press("Enter")
    expect(one.locator(".xdrec-lab-empty")).to_have_text(
        "Nothing is on: no interest, so nothing to list."
    )
    expect(finds).to_have_count(0)
    expect(one.locator(".xdrec-lab-h")).to_be_hidden()
    for title in ("A Year in the Border", "A Short History", "What the Postman"):
        switches.filter(has_text=title).press("Space")
    expect(one.locator('[role="switch"][aria-checked="true"]')).to_have_count(3)
    expect(finds.first).to_have_text("High-Speed Highways")  # as the page's own cell has it
    expect(one.locator('[aria-live="polite"]')).to_contain_text("3 of ")
    expect(one.locator('[aria-live="polite"]')).to_contain_text("First: High-Speed Highways")
    finds.first.focus()
    seen.page.keyboard.press("ArrowDown")
    expect(finds.nth(1)).to_be_focused()
    expect(one.locator(".xdrec-lab-caption")).to_contain_text(finds.nth(1).text_content())
    expect(one.locator(".xdrec-lab-caption")).to_contain_text("films · cosine to h 0.")
    seen.page.keyboard.press("End")
    expect(finds.last).to_be_focused()
    one.get_by_role("radio", name="books").check()
    expect(finds.first).not_to_have_text("High-Speed Highways")
    one.get_by_role("radio", name="films").check()
    one.get_by_role("button", name="All on").press("Enter")
    expect(finds.first).to_have_text(before[0])
    one.get_by_role("radio", name="recency").check()
    expect(finds.first).not_to_have_text(before[0])
    assert not seen.faults


def test_by_mouse(book: object, visit: Callable) -> None:
    seen = visit(book, PAGE, **STILL)
    one = map_of(seen.page)
    on = one.locator('[role="switch"][aria-checked="true"]')
    mine = one.locator(".xdrec-lab-mine circle")
    count = mine.count()
    expect(on).to_have_count(count)
    star = one.locator(".xdrec-lab-h")
    where = star.get_attribute("style")
    mine.first.scroll_into_view_if_needed()
    box = mine.first.bounding_box()
    seen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(on).to_have_count(count - 1)
    expect(star).not_to_have_attribute("style", where)
    expect(one.locator(".xdrec-lab-caption")).to_contain_text("off")
    assert not seen.faults


@pytest.mark.parametrize("wide", [360, 1000])
def test_nothing_is_cut_off(book: object, visit: Callable, wide: int) -> None:
    page = visit(book, PAGE, wide=wide).page
    assert cut_off(map_of(page)) == []
