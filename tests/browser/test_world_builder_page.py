"""WorldBuilder without a kernel: every point of the grid as Python has it; and no stale answer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import HOSTILE, MODEL, cut_off
from xdrec.lab import WorldBuilder
from xdrec.lab.play import ALONE, CHARTS
from xdrec.records import read_record

PAGE = "notebooks/13_sparsity.html"
STILL = {"reduced_motion": "reduce"}
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const end = await xdrecWidgets.world_builder.render({ model, el });
  const texts = (e, name) => e.querySelector(`.xdrec-lab-world-${name}`)?.textContent;
  const shown = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    shown.push({
      rows: [...el.querySelectorAll("li")].map((e) => [
        texts(e, "name"), e.querySelector(".xdrec-lab-score").textContent, texts(e, "sign"),
        texts(e, "why"), e.className.replace(/xdrec-lab-world-/g, ""),
        parseFloat(e.querySelector(".xdrec-lab-world-fill").style.width),
        e.querySelector(".xdrec-lab-world-bar").getAttribute("aria-label") ?? ""]),
      dots: el.querySelectorAll("circle").length,
      verdict: texts(el, "verdict"),
      waiting: el.querySelector("ol").getAttribute("aria-busy"),
    });
  }
  const before = listeners.size;
  const tags = el.querySelectorAll("img, script").length;
  end();
  return { shown, tags, before, after: listeners.size, left: el.childElementCount };
}"""
)


def run(trial: Any, visit: Callable, world: WorldBuilder, steps: list[dict[str, Any]]) -> Any:
    seen = visit(trial, "search.html", **STILL)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/world_builder.js"))
    state = {name: getattr(world, name) for name in world.state}
    done = seen.page.evaluate(RUN, [state, steps])
    assert (done["tags"], done["before"], done["after"], done["left"]) == (0, 5, 0, 0)
    assert not seen.faults
    return done["shown"]


def agree(world: WorldBuilder, shown: dict[str, Any]) -> None:
    table = world.table()
    for row, (name, score, sign, why, style, width, said) in zip(
        table.rows(named=True), shown["rows"], strict=True
    ):
        assert name == row["strategy"]
        assert why == (row["left_out"] or "")
        assert score == ("–" if row["ndcg"] is None else f"{row['ndcg']:.3f}")
        mark = "way best" if row["best"] else "way worse" if row["negative"] else "way"
        assert style == mark
        gain = "" if row["gain"] is None else f"{row['gain']:+.3f}".replace("-", "−")
        assert sign == (
            "★ best" if row["best"] else f"▼ negative, {gain}" if row["negative"] else ""
        )
        if row["ndcg"] is not None:
            assert width == pytest.approx(100 * row["ndcg"], abs=1e-4)
            ends = [f"{row[end]:.3f}" for end in ("lowest", "highest")]
            assert said in (score, f"{score}, from {ends[0]} to {ends[1]}")
    assert shown["dots"] == int(
        world.line(world.along).drop(world.along).count().sum_horizontal().item()
    )
    worse = "; ".join(table.filter("negative")["strategy"])
    best = table.filter("best")["strategy"].item()
    assert shown["verdict"].startswith(f"Best: {best}, ")
    ending = (
        f"Negative transfer: {worse}." if worse else "No transfer is worse than the target alone."
    )
    assert shown["verdict"].endswith(ending)
    assert shown["waiting"] == "false"


def test_javascript_and_python_agree_at_every_point(trial: object, visit: Callable) -> None:
    record = read_record("worlds")
    world = WorldBuilder(grid=record)
    points = list(product(*record["knobs"].values()))
    names = list(record["knobs"])
    steps = [{"settings": dict(zip(names, point, strict=True)), "along": names[at % len(names)]}
             for at, point in enumerate(points)]  # fmt: skip
    for step, shown in zip(steps, run(trial, visit, world, steps), strict=True):
        world.settings, world.along = step["settings"], step["along"]
        agree(world, shown)


def test_hostile_names_are_text(trial: object, visit: Callable) -> None:
    rng = np.random.default_rng(0)
    knobs = {"overlap": [0.0, 1.0], "gap": [0.0, 0.3, 1.0], "share": [0.1], "noise": [0.1],
             "missing": [0.0, 0.5]}  # fmt: skip
    lines = {name: [" ".join(map(str, rng.integers(1, 9999, 12))) for _ in range(2)]
             for name in (CHARTS, ALONE, *HOSTILE)}  # fmt: skip
    world = WorldBuilder(grid={"made": {"seeds": [0, 1]}, "knobs": knobs, "people": 9, "items": 30,
                               "ndcg": lines})  # fmt: skip
    steps = [{"settings": dict(zip(knobs, point, strict=True))}
             for point in product(*knobs.values())]  # fmt: skip
    for step, shown in zip(steps, run(trial, visit, world, steps), strict=True):
        world.settings = step["settings"]
        agree(world, shown)


def test_a_stale_answer_is_not_drawn(trial: object, visit: Callable) -> None:
    steps = {"gap": [0.0, 1.0], "overlap": [1.0], "share": [0.5], "noise": [0.1], "missing": [0.0]}
    world = WorldBuilder(people=60, items=30, knobs=steps)
    state, first = dict(world.settings), world.result
    world.settings = {"gap": 1.0}
    second = world.result
    world.settings = {"gap": 0.0}
    moves = [
        {"settings": state},  # the answer is there
        {"settings": state | {"gap": 1.0}},  # moved, no answer yet
        {"result": first},  # an answer to what was shown before
        {"result": second},
    ]
    shown = run(trial, visit, world, moves)
    assert [each["waiting"] for each in shown] == ["false", "true", "true", "false"]
    assert shown[1]["verdict"] == shown[2]["verdict"] == "computing…"
    world.settings = {"gap": 1.0}
    agree(world, shown[3])


def builder(page: Page) -> Locator:
    return page.locator('.xdrec-widget[data-widget="world_builder"]')


@pytest.mark.parametrize("wide", [360, 1000])
def test_by_keyboard_on_the_page(book: object, visit: Callable, wide: int) -> None:
    seen = visit(book, PAGE, wide=wide, **STILL)
    world = builder(seen.page)
    expect(world.locator(".xdrec-lab-note")).to_contain_text("Precomputed: 576 settings")
    people = world.get_by_role("slider", name="people in both")
    people.press("Home")
    expect(people).to_have_attribute("aria-valuetext", "0 %")
    out = world.locator("li", has_text="needs people with rows in both domains")
    expect(out).to_have_count(2)
    people.press("End")
    expect(out).to_have_count(0)
    world.get_by_role("slider", name="gap of tastes").press("End")
    books = world.locator("li", has_text="people's own books")
    expect(books).to_contain_text("▼ negative")
    expect(world.get_by_role("combobox", name="knob of the chart")).to_have_value("gap")
    expect(world.locator('[aria-live="polite"]')).to_contain_text("Negative transfer: ")
    world.get_by_role("combobox", name="knob of the chart").select_option("noise")
    expect(world.get_by_role("img", name="noise in the texts: the charts")).to_be_visible()
    world.get_by_role("button", name="Reset").click()
    expect(people).to_have_attribute("aria-valuetext", "50 %")
    assert cut_off(world) == []
    assert not seen.faults


def test_by_mouse_in_chinese(book: object, visit: Callable) -> None:
    seen = visit(book, PAGE, **STILL)
    world = builder(seen.page)
    world.get_by_role("button", name="中文").click()
    gap = world.get_by_role("slider", name="两域口味的差距")
    box = gap.bounding_box()
    gap.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    expect(gap).to_have_attribute("aria-valuetext", "1")
    expect(world.locator("li", has_text="用户自己的图书")).to_contain_text("▼ 负迁移")
    assert not seen.faults
