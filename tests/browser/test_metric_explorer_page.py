"""MetricExplorer without a kernel: moved by every kind of hand, it says what Python says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import HOSTILE, MODEL, cut_off
from xdrec.lab import MetricExplorer

PAGE = "notebooks/21_gallery.html"
STILL = {"reduced_motion": "reduce"}
# Runs the widget on a state that the test made; what it shows after each step.
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const texts = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)].map((e) => e.textContent);
  const end = await xdrecWidgets.metric_explorer.render({ model, el });
  const shown = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    shown.push({
      titles: texts("title"), turns: texts("turn").map(Number), note: texts("panel")[0],
      metrics: [...el.querySelectorAll("data")].map((e) => Number(e.value)),
      recall: [...el.querySelectorAll("circle")].map((e) => 1 - e.getAttribute("cy") / 130),
      marked: [...el.querySelectorAll(".xdrec-lab-mark")].map((e) => e.ariaPressed === "true"),
    });
  }
  const images = el.querySelectorAll("img, script").length;
  const before = listeners.size;
  end();
  return { shown, images, before, after: listeners.size, left: el.childElementCount };
}"""
)


def test_javascript_and_python_agree(trial: object, visit: Callable) -> None:
    rng = np.random.default_rng(0)
    n = 200
    titles = HOSTILE + [f"t{i}" for i in range(n - len(HOSTILE))]
    ids = [str(i) for i in range(n)]  # as keys of an object they would lose their order
    items = pl.DataFrame({"item_id": ids, "title": titles})
    bold = np.where(rng.random(80) < 0.5, rng.integers(1, 5, 80), rng.integers(150, 201, 80))
    models = {"2": bold, "</b>1": rng.integers(10, 60, 80)}
    explorer = MetricExplorer(items, ids[:12], ids[::20], models=models)
    state = {name: getattr(explorer, name) for name in explorer.state}
    places = len(explorer.data["negatives"])
    steps = [
        {"order": rng.permutation(ids[:12]).tolist(),
         "relevant": rng.permutation(ids[:20])[: rng.integers(0, 20)].tolist(),
         "k": int(rng.integers(1, 13)), "sampled": int(rng.integers(places))} for _ in range(60)
    ]  # fmt: skip
    seen = visit(trial, "search.html", **STILL)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/metric_explorer.js"))
    done = seen.page.evaluate(RUN, [state, steps])
    title = dict(zip(ids, titles, strict=True))
    for step, shown in zip(steps, done["shown"], strict=True):
        for name, value in step.items():
            setattr(explorer, name, value)
        assert shown["titles"] == [title[item] for item in explorer.order]
        assert shown["marked"] == [item in explorer.relevant for item in explorer.order]
        metrics = list(explorer.metrics().values())
        given = [np.nan if value is None else value for value in shown["metrics"]]
        np.testing.assert_allclose(given, metrics, atol=1e-6)
        _, *recall = explorer.sampled_recall().row(explorer.sampled)
        np.testing.assert_allclose(shown["recall"], recall, atol=1e-6)
        assert shown["turns"] == explorer.flips()
        if recall[0] != recall[1]:
            leads = list(models)[int(np.argmax(recall))]
            assert f"With {explorer.negatives} of 199 negatives {leads} leads." in shown["note"]
    assert any(shown["turns"] for shown in done["shown"])
    assert (done["images"], done["before"], done["after"], done["left"]) == (0, 6, 0, 0)
    assert not seen.faults


def explorer_of(page: Page) -> Locator:
    return page.locator('.xdrec-widget[data-widget="metric_explorer"]')


def titles(explorer: Locator) -> list[str]:
    return explorer.locator(".xdrec-lab-title").all_text_contents()


@pytest.mark.parametrize("wide", [360, 1000])
def test_by_keyboard(book: object, visit: Callable, wide: int) -> None:
    seen = visit(book, PAGE, wide=wide, **STILL)
    explorer, keys = explorer_of(seen.page), seen.page.keyboard
    rows, before = explorer.locator("li"), titles(explorer)
    grip = explorer.get_by_role("button", name=f"move {before[1][:20]}")
    grip.focus()
    keys.press("Alt+ArrowUp")
    expect(rows.first).to_contain_text(before[1])
    expect(grip).to_be_focused()
    keys.press("End")
    expect(rows.last).to_contain_text(before[1])
    expect(grip).to_be_focused()
    keys.press("Home")
    expect(rows.first).to_contain_text(before[1])
    said = explorer.locator('[aria-live="polite"]')
    expect(said).to_contain_text(f"place 1 of {len(before)}. Recall@")
    mark = rows.first.get_by_role("button", name="relevant")
    pressed = mark.get_attribute("aria-pressed")
    mark.press("Enter")
    expect(mark).to_have_attribute("aria-pressed", "false" if pressed == "true" else "true")
    # With one place alone and its item relevant every metric is what it is at best.
    if pressed == "true":
        mark.press("Enter")
    explorer.get_by_role("slider", name="k, the places that count").press("Home")
    expect(explorer.locator("data").nth(1)).to_have_text("1.000")
    expect(explorer.locator("dt")).to_have_text(["Recall@1", "Precision@1", "NDCG@1", "MRR@1"])
    explorer.get_by_role("button", name="Reset").press("Enter")
    expect(explorer.locator(".xdrec-lab-title")).to_have_text(before)
    negatives = explorer.get_by_role("slider", name="negatives sampled")
    verdict = explorer.locator(".xdrec-lab-panel .xdrec-lab-note")
    expect(verdict).to_contain_text("This is the full ranking.")
    leader = verdict.text_content().split(" leads")[0].split("negatives ")[1]
    negatives.press("Home")
    expect(verdict).to_contain_text(f"In the full ranking {leader} leads.")
    expect(verdict).not_to_contain_text(f"negatives {leader} leads.")
    expect(said).to_contain_text(f"In the full ranking {leader} leads.")
    assert not seen.faults


@pytest.mark.parametrize("wide", [360, 1000])
def test_by_pointer(book: object, visit: Callable, wide: int) -> None:
    seen = visit(book, PAGE, wide=wide, **STILL)
    explorer, mouse = explorer_of(seen.page), seen.page.mouse
    before = titles(explorer)
    rows = explorer.locator("li")
    rows.nth(1).scroll_into_view_if_needed()
    grip = rows.first.locator(".xdrec-lab-grip").bounding_box()
    third = rows.nth(2).bounding_box()
    mouse.move(grip["x"] + 8, grip["y"] + 8)
    mouse.down()
    mouse.move(grip["x"] + 8, third["y"] + 0.8 * third["height"], steps=8)
    expect(explorer.locator(".xdrec-lab-dragged")).to_have_count(1)
    mouse.up()
    moved = [before[1], before[2], before[0], *before[3:]]
    expect(explorer.locator(".xdrec-lab-title")).to_have_text(moved)
    expect(explorer.locator(".xdrec-lab-dragged")).to_have_count(0)
    mouse.move(grip["x"] + 8, grip["y"] - 200)  # nothing is held any more
    expect(explorer.locator(".xdrec-lab-title")).to_have_text(moved)
    rows.nth(2).get_by_role("button", name="up: ").click()
    # The list follows in the next frame: a second click before it would hit the row that was there.
    halfway = [before[1], before[0], *before[2:]]
    expect(explorer.locator(".xdrec-lab-title")).to_have_text(halfway)
    rows.nth(1).get_by_role("button", name="up: ").click()
    expect(explorer.locator(".xdrec-lab-title")).to_have_text(before)
    assert not seen.faults


@pytest.mark.parametrize("wide", [360, 1000])
def test_nothing_is_cut_off(book: object, visit: Callable, wide: int) -> None:
    page = visit(book, PAGE, wide=wide).page
    assert cut_off(explorer_of(page)) == []
