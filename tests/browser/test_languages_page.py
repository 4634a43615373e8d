"""One switch turns all widgets of a page to the other language, and back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

TEXTS = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return [...document.querySelectorAll(".xdrec-lab")].map((root) => {
    const named = [...root.querySelectorAll("[aria-label]")];
    const shown = [...root.children].filter((e) => !e.matches("[aria-live]"));
    const text = shown.map((e) => e.innerText).join("\\n");
    return [root.lang, text, ...named.map((e) => e.getAttribute("aria-label"))];
  });
}"""
PAGE = "notebooks/trial.html"


def texts(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate(TEXTS)
    return found


def test_all_widgets_of_a_page_turn(trial: object, visit: Callable) -> None:
    seen = visit(trial, PAGE, reduced_motion="reduce")
    page = seen.page
    slider = page.get_by_role("slider", name="weight of text").first
    slider.press("Home")
    before = texts(page)
    switch = page.get_by_role("button", name="中文").first
    switch.focus()
    page.keyboard.press("Enter")
    back = page.get_by_role("button", name="English")
    expect(back).to_have_count(2)
    expect(back.first).to_be_focused()
    chinese = texts(page)
    for one, other in zip(before, chinese, strict=True):
        assert (one[0], other[0]) == ("en", "zh")
        assert "Surprise me" in one[1]
        assert "Surprise me" not in other[1]
        assert not [label for label in other[2:] if "weight of" in label]
    turned = page.get_by_role("slider", name="text 的权重").first
    expect(turned).to_have_value("0")  # what the hand did stays
    back.first.click()
    assert texts(page) == before
    assert not seen.faults
