"""LambdaDial without a kernel: the curves, the cursor and the list, as Python says they must be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stub_model import HOSTILE, MODEL, cut_off
from xdrec.lab import LambdaDial
from xdrec.transfer import Path

PAGE = "notebooks/09_lambda.html"
STILL = {"reduced_motion": "reduce"}


def dial_of(page: Page) -> Locator:
    return page.locator('.xdrec-widget[data-widget="lambda_dial"]')


def test_keyboard_from_end_to_end(book: object, visit: Callable) -> None:
    seen = visit(book, PAGE, **STILL)
    dial = dial_of(seen.page)
    slider = dial.get_by_role("slider", name="λ, the strength of transfer")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "λ = 0, the target alone")
    expect(dial.locator(".xdrec-lab-note")).to_contain_text(
        "Of 10, 10 are on the target's own list"
    )
    own = dial.locator(".xdrec-lab-title").all_text_contents()
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuetext", "λ = ∞, the source")
    expect(dial.locator(".xdrec-lab-note")).to_contain_text("and 10 on the source's")
    assert dial.locator(".xdrec-lab-title").all_text_contents() != own
    drift = dial.locator("figure", has_text="drift")
    expect(drift.locator(".xdrec-lab-value")).to_have_text("0.00")
    slider.press("ArrowLeft")  # a step before ∞ lies beyond λ*
    expect(slider).not_to_have_attribute("aria-valuetext", "λ = ∞, the source")  # drawn
    expect(drift.locator(".xdrec-lab-value")).to_have_text("0.00")
    dial.get_by_role("radio", name="squared").check()
    expect(drift.locator(".xdrec-lab-value")).not_to_have_text("0.00")
    expect(dial.locator(".xdrec-lab-star")).to_be_hidden()  # λ* is the plain norm's
    dial.get_by_role("button", name="valid's choice").click()
    expect(slider).not_to_have_value("31")
    expect(dial.locator('[aria-live="polite"]')).to_contain_text("First: ")
    assert not seen.faults


def test_another_person(book: object, visit: Callable) -> None:
    page = visit(book, PAGE, **STILL).page
    dial = dial_of(page)
    menu = dial.get_by_role("combobox", name="user")
    before = dial.locator(".xdrec-lab-title").all_text_contents()
    other = menu.locator("option").nth(1).get_attribute("value")
    menu.select_option(other)
    expect(dial.locator(".xdrec-lab-title").first).to_be_visible()
    page.wait_for_function(
        "([e, was]) => [...e.querySelectorAll('.xdrec-lab-title')].map((t) => t.textContent)"
        ".join() !== was",
        arg=[dial.element_handle(), ",".join(before)],
    )


@pytest.mark.parametrize("wide", [360, 1000])
def test_nothing_is_cut_off(book: object, visit: Callable, wide: int) -> None:
    page = visit(book, PAGE, wide=wide).page
    assert cut_off(dial_of(page)) == []


# Runs the widget on a state that the test made; what it shows after each step.
RUN = (
    "async ([state, steps]) => {"
    + MODEL
    + """
  const widget = xdrecWidgets.lambda_dial;
  const texts = (name) => [...el.querySelectorAll(`.xdrec-lab-${name}`)].map((e) => e.textContent);
  const end = await widget.render({ model, el });
  const shown = [];
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) model.set(name, value);
    await frame();
    shown.push({ titles: texts("title"), target: texts("target"), source: texts("source"),
                 star: el.querySelector(".xdrec-lab-star").style.getPropertyValue("--at") });
  }
  const images = el.querySelectorAll("img, script").length;
  const before = listeners.size;
  end();
  return { shown, images, before, after: listeners.size, left: el.childElementCount };
}"""
)


def test_javascript_and_python_agree(trial: object, visit: Callable) -> None:
    rng = np.random.default_rng(0)
    n, k = 30, 6
    titles = HOSTILE + [f"t{i}" for i in range(n - len(HOSTILE))]
    items = pl.DataFrame({"item_id": [f"i{i}" for i in range(n)], "title": titles})
    paths = {}
    for norm in ("plain", "squared"):
        lambdas = [0.0, *np.sort(rng.uniform(1, 100, 6)), float("inf")]
        table = pl.DataFrame({"lam": lambdas, "loss": rng.random(8), "drift": rng.random(8),
                              "valid_recall": rng.random(8)})  # fmt: skip
        lists = {u: np.array([rng.permutation(n)[:k] for _ in lambdas]) for u in ("12", "b", "7")}
        lists["b"][:, 3:] = -1  # short lists
        paths[norm] = Path(table, lists)
    at = paths["plain"].table["lam"].to_numpy()
    star = float(np.sqrt(at[2] * at[3]))  # by the logarithm half way between two places
    dial = LambdaDial(paths, items, critical={"plain": star})
    steps = [{"step": step, "norm": norm, "user": user} for norm in paths
             for user in ("12", "b", "7") for step in range(8)]  # fmt: skip
    state = {name: getattr(dial, name) for name in ("step", "norm", "user", "data")}
    seen = visit(trial, "search.html", **STILL)
    seen.page.add_script_tag(url=trial.url("_static/xdrec/lab/lambda_dial.js"))
    done = seen.page.evaluate(RUN, [state, steps])
    for step, shown in zip(steps, done["shown"], strict=True):
        for name in ("norm", "user", "step"):
            setattr(dial, name, step[name])
        table = dial.ranking()
        assert shown["titles"] == table["title"].to_list()
        for end in ("target", "source"):
            assert shown[end] == [f"{end} {place or '–'}" for place in table[end]]
    assert float(done["shown"][0]["star"]) == pytest.approx(2.5 / 7)
    assert (done["images"], done["before"], done["after"], done["left"]) == (0, 5, 0, 0)
    assert not seen.faults
