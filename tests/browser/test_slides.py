"""Decks: alive with no network, and moved by the keys that a lecturer's hand finds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import READY, ROOT, served
from tests.browser.test_accessibility import RUN


@pytest.fixture(scope="module")
def folder(on_trial: Callable) -> Path:
    return on_trial("slides.py") / "slides"


@pytest.fixture
def deck(folder: Path, browser: Browser) -> Iterator[Page]:
    """The trial page's deck, opened from disk without a network."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: m.type == "error" and faults.append(m.text))
    page.on(
        "request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or faults.append(r.url)
    )
    page.goto((folder / "trial.html").as_uri())
    yield page
    assert not faults
    context.close()


def test_figures_and_formulas_are_drawn(deck: Page) -> None:
    figures = deck.locator(".xdrec-figure")
    expect(figures).to_have_count(2)
    for which in range(2):
        expect(figures.nth(which).locator(".main-svg .trace").first).to_be_attached()
        assert figures.nth(which).bounding_box()["width"] > 800
    expect(deck.locator("mjx-container").first).to_be_attached()
    deck.keyboard.press("End")
    expect(figures.last).to_be_visible()
    expect(figures.first).not_to_be_visible()


def test_keys_move_the_deck_and_a_control_keeps_its_own(deck: Page) -> None:
    number = deck.locator("nav output")
    count = deck.locator(".xdrec-slide").count()
    expect(number).to_have_text(f"1 / {count}")
    for key, at in [("ArrowRight", 2), (" ", 3), ("PageUp", 2), ("End", count), ("Home", 1)]:
        deck.keyboard.press(key)
        expect(number).to_have_text(f"{at} / {count}")
    slider = deck.get_by_role("slider", name="weight of text").first
    titles = deck.locator(".xdrec-now .xdrec-lab-title")
    before = titles.all_text_contents()
    slider.press("Home")
    expect(titles).not_to_have_text(before)
    expect(number).to_have_text(f"1 / {count}")
    deck.get_by_role("button", name="Next").click()
    expect(number).to_have_text(f"2 / {count}")
    deck.reload()
    expect(number).to_have_text(f"2 / {count}")


def test_a_slider_of_a_figure_keeps_its_keys(deck: Page) -> None:
    slider = deck.get_by_role("slider", name="phase", exact=True)
    number = deck.locator("nav output")
    while not slider.is_visible():
        deck.keyboard.press("ArrowRight")
    at = number.text_content()
    slider.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "4")
    expect(number).to_have_text(at)


def test_the_list_of_decks_leads_to_each(folder: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    assert page.get_by_role("link").all_text_contents() == [
        "A trial page of antidisestablishmentarianism",
        "A page of flow charts",
    ]
    page.get_by_role("link").last.click()
    expect(page.locator(".xdrec-now .xdrec-diagram svg").first).to_be_visible()
    page.close()


def test_nothing_serious_for_axe(folder: Path, browser: Browser) -> None:
    # Axe reads the style sheets again, which no browser allows it from disk.
    with served(folder) as site:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(site.url("trial.html"))
        page.wait_for_function(READY)  # figures and formulas are drawn after the page has loaded
        page.add_script_tag(path=ROOT / "book" / "_vendor" / "axe.min.js")
        for _ in range(page.locator(".xdrec-slide").count()):
            assert page.evaluate(RUN) == []
            page.keyboard.press("ArrowRight")
        page.close()
