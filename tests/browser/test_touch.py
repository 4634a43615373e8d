"""By finger: taps on a slider and on buttons, and a slide along a slider, do what a hand meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

PAGE = "notebooks/trial.html"
FINGER = {"has_touch": True, "is_mobile": True, "wide": 390, "reduced_motion": "reduce"}

# A finger put down at the first point, drawn through the others and lifted.
SLIDE = "Input.dispatchTouchEvent"


def slide(page: Page, points: list[tuple[float, float]]) -> None:
    session = page.context.new_cdp_session(page)
    for n, (x, y) in enumerate(points):
        kind = "touchMove" if n else "touchStart"
        session.send(SLIDE, {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send(SLIDE, {"type": "touchEnd", "touchPoints": []})


def test_taps_and_slides(trial: object, visit: Callable) -> None:
    seen = visit(trial, PAGE, **FINGER)
    page = seen.page
    mixer = page.locator(".xdrec-widget").first
    slider = mixer.get_by_role("slider", name="weight of text")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.touchscreen.tap(box["x"] + 0.25 * box["width"], middle)
    expect(slider).not_to_have_value("0.7")  # the tap is made out only after the finger is up
    assert float(slider.input_value()) == pytest.approx(0.25, abs=0.05)
    ends = [box["x"] + share * box["width"] for share in (0.25, 0.5, 0.75, 1.2)]
    slide(page, [(x, middle) for x in ends])
    expect(slider).to_have_value("1")
    mixer.get_by_role("button", name="lock text").tap()
    expect(slider).to_be_disabled()
    mixer.get_by_role("button", name="Reset").tap()
    expect(slider).to_be_enabled()
    expect(slider).to_have_value("0.7")
    assert not seen.faults


def test_targets_are_large_enough_for_a_finger(book: object, visit: Callable) -> None:
    """24 px each way, or as much room to the next (WCAG 2.2, 2.5.8)."""
    small = """() => [...document.querySelectorAll(
      ".xdrec-lab :is(button, select, input[type=range], input[type=checkbox], input[type=radio])"
    )].filter((e) => e.checkVisibility()).map((e) => {
      const box = (e.closest("label") ?? e).getBoundingClientRect();
      return [Math.round(Math.min(box.width, box.height)), e.className, e.textContent];
    }).filter(([least, name]) => least < 24 && !/patch/.test(name))"""
    for path in book.pages():  # type: ignore[attr-defined]
        if "xdrec-widget" in (book.folder / path).read_text("utf-8"):  # type: ignore[attr-defined]
            page = visit(book, path, **FINGER).page
            assert page.evaluate(small) == [], path
            page.context.close()
