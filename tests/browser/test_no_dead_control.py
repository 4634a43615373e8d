"""Every control of every widget in the book does something: each is moved, and the page answers.
So does every slider of a figure, by its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import ElementHandle, Page

CONTROLS = "input, select, textarea, button, [tabindex='0'], [role=button], [role=checkbox]"
# Of many that are alike (patches of a picture, words of a text) so many are tried.
ALIKE = 8
STATE = """async (widget) => {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  const values = [...widget.querySelectorAll("input, select")].map((e) => [e.value, e.checked]);
  return JSON.stringify([widget.innerHTML, values, String(getSelection())]);
}"""
KIND = "(e) => `${e.tagName} ${e.className} ${e.type ?? ''} ${e.getAttribute('role') ?? ''}`"

# What is drawn, without the slider itself.
DRAWN = """(figure) => [...figure.querySelectorAll(".cartesianlayer, .infolayer > .annotation")]
  .map((e) => e.outerHTML).join()"""


def operate(page: Page, control: ElementHandle) -> None:
    kind = control.evaluate("(e) => e.type || e.tagName")
    if kind == "range":
        at_end = control.evaluate("(e) => e.value === e.max")
        control.press("ArrowLeft" if at_end else "ArrowRight")
    elif kind == "select-one":
        control.evaluate("(e) => e.focus()")
        last = control.evaluate("(e) => e.selectedIndex === e.options.length - 1")
        control.press("ArrowUp" if last else "ArrowDown")
    else:
        control.evaluate("(e) => e.focus()")
        control.press("Space" if kind in ("radio", "checkbox") else "Enter")


def dead(page: Page, widget: ElementHandle) -> list[str]:
    """Controls after whose use nothing in the widget is another than before."""
    found, seen = [], {}
    count = len(widget.query_selector_all(CONTROLS))
    assert count, "a widget without a control"
    for at in range(count):
        controls = widget.query_selector_all(CONTROLS)
        if at >= len(controls):
            break
        control = controls[at]
        kind = control.evaluate(KIND)
        seen[kind] = seen.get(kind, 0) + 1
        usable = control.is_visible() and control.is_enabled()
        checked = control.evaluate("(e) => e.type === 'radio' && e.checked")
        if seen[kind] > ALIKE or not usable or checked:
            continue
        before = widget.evaluate(STATE)
        operate(page, control)
        if widget.evaluate(STATE) != before:
            # What can be pressed in is let out again: a lock would hold what comes next.
            if control.evaluate("(e) => e.isConnected && e.hasAttribute('aria-pressed')"):
                operate(page, control)
                widget.evaluate(STATE)  # drawn, so that what it had locked is tried next
            continue
        # A handle moves its row by the arrow keys.
        control.press("ArrowDown")
        if widget.evaluate(STATE) != before:
            continue
        # A button that leads back has nothing to do before something has moved.
        for other in widget.query_selector_all("input[type=range], [role=switch]")[:1]:
            operate(page, other)
        before = widget.evaluate(STATE)
        if control.evaluate("(e) => e.isConnected"):
            operate(page, control)
        if widget.evaluate(STATE) == before:
            found.append(control.evaluate("(e) => e.outerHTML.slice(0, 200)"))
    return found


def test_no_dead_control(book: Any, visit: Callable) -> None:
    widgets = 0
    for path in book.pages():
        if "xdrec-widget" not in (book.folder / path).read_text("utf-8"):
            continue
        seen = visit(book, path, reduced_motion="reduce")
        for widget in seen.page.query_selector_all(".xdrec-widget"):
            assert dead(seen.page, widget) == [], path
            widgets += 1
        assert not seen.faults, path
        seen.page.context.close()
    assert widgets >= 3


def test_no_dead_slider_of_a_figure(book: Any, visit: Callable) -> None:
    sliders = 0
    for path in book.pages():
        if '"sliders"' not in (book.folder / path).read_text("utf-8"):
            continue
        page = visit(book, path, reduced_motion="reduce").page
        for figure in page.locator(".xdrec-figure:has(.slider-group)").all():
            shown = figure.element_handle()
            for slider in figure.get_by_role("slider").all():
                before = shown.evaluate(DRAWN)
                at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute(
                    "aria-valuemax"
                )
                slider.press("Home" if at_end else "End")
                page.wait_for_function(
                    f"([figure, before]) => ({DRAWN})(figure) !== before", arg=[shown, before]
                )
                sliders += 1
        page.context.close()
    assert sliders >= 3
