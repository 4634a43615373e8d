"""Sliders of figures by keyboard alone: they do what a mouse does, and say where they stand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_pages import FILLED

# Plotly keeps what it was given packed, and its own copy as numbers.
WAVE = "() => document.querySelector('.xdrec-figure')._fullData[0].y[0]"
HEARD = """() => {
  globalThis.heard = [];
  const figure = document.querySelector(".xdrec-figure");
  for (const event of ["plotly_sliderstart", "plotly_sliderchange", "plotly_sliderend"])
    figure.on(event, ({ step }) => heard.push([event, step?.label]));
}"""
PHASES = [f"{n}/4" for n in range(5)]


@pytest.fixture
def page(trial: Any, visit: Callable) -> Page:
    seen = visit(trial, "notebooks/trial.html", color_scheme="light", reduced_motion="reduce")
    yield seen.page
    assert not seen.faults


def slider(page: Page) -> Locator:
    return page.locator(".xdrec-figure").get_by_role("slider", name="phase", exact=True)


def expect_at(page: Page, at: int) -> None:
    """The control says so, and the curve is the one of that step."""
    now = slider(page)
    expect(now).to_have_attribute("aria-valuenow", str(at))
    expect(now).to_have_attribute("aria-valuetext", f"{PHASES[at]} π")
    expect(now.locator(".slider-label").last).to_be_visible()
    wanted = float(np.sin(at * np.pi / 4))
    page.wait_for_function(f"([y]) => Math.abs(({WAVE})() - y) < 1e-9", arg=[wanted])


def test_keys_move_it_to_every_step(page: Page) -> None:
    expect(slider(page)).to_have_attribute("aria-valuemin", "0")
    expect(slider(page)).to_have_attribute("aria-valuemax", "4")
    expect_at(page, 0)
    moves = [
        *(("ArrowRight", 1), ("ArrowUp", 2), ("ArrowLeft", 1), ("ArrowDown", 0), ("ArrowLeft", 0)),
        *(("End", 4), ("ArrowRight", 4), ("PageDown", 1), ("PageUp", 4), ("Home", 0)),
    ]
    for key, at in moves:
        slider(page).press(key)
        expect_at(page, at)
    # The page itself has not moved on by these keys, and others are not the slider's.
    top = page.evaluate("scrollY")
    slider(page).press("End")
    assert page.evaluate("scrollY") == top
    slider(page).press("Control+Home")
    expect_at(page, 4)


def test_tab_leads_to_it_and_the_focus_is_seen(page: Page) -> None:
    page.locator(".xdrec-widget").last.get_by_role("slider").last.focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if slider(page).evaluate("e => e === document.activeElement"):
            break
    expect(slider(page)).to_be_focused()
    outline = slider(page).evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    grip = slider(page).locator(".slider-grip-rect")
    assert grip.evaluate("e => getComputedStyle(e).strokeWidth") == "4px"
    page.keyboard.press("End")
    expect_at(page, 4)


def test_a_key_is_a_press_of_the_mouse(page: Page) -> None:
    page.evaluate(HEARD)
    slider(page).press("ArrowRight")
    expect_at(page, 1)
    by_key = page.evaluate("heard.splice(0)")
    slider(page).press("Home")
    expect_at(page, 0)
    page.evaluate("heard.splice(0)")
    mark = slider(page).locator(".slider-tick-rect").nth(1).bounding_box()
    page.mouse.click(mark["x"], mark["y"])
    expect_at(page, 1)
    assert page.evaluate("heard.splice(0)") == by_key
    assert [event for event, _ in by_key] == [
        *("plotly_sliderstart", "plotly_sliderchange", "plotly_sliderend")
    ]


def test_it_outlives_a_new_theme_and_a_new_width(page: Page) -> None:
    slider(page).press("ArrowRight")
    ink = "() => getComputedStyle(document.querySelector('.xdrec-figure .xtick text')).fill"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => ({ink})() !== light", arg=light)
    expect_at(page, 1)
    expect(slider(page)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect_at(page, 2)
    page.set_viewport_size({"width": 500, "height": 900})
    page.wait_for_function(FILLED)
    expect(slider(page)).to_be_focused()
    page.keyboard.press("End")
    expect_at(page, 4)


def test_a_figure_without_one_gets_none(page: Page) -> None:
    expect(page.locator(".xdrec-figure").last.get_by_role("slider")).to_have_count(0)
