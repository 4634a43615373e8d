"""The book for those who come from elsewhere: by a search engine, a shared link, a dead one."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import ROOT
from tests.browser.test_accessibility import RUN

HOST = "http://book.test"
BASE = "https://some-one.github.io/xdrec-fork/"


def publish(page: Page, folder: Path, root: str) -> list[str]:
    """Answer all requests from a folder as a host of pages does; the list gains what it lacks."""
    missing: list[str] = []

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = folder / path.removeprefix(root)
        if path.startswith(root) and file.is_file():
            route.fulfill(path=file)
        else:
            missing.append(path)
            route.fulfill(status=404, path=folder / "404.html")

    page.route("**/*", answer)
    return missing


@pytest.mark.parametrize("lost", ["gone.html", "notebooks/gone.html", "a/b/c/gone/"])
@pytest.mark.parametrize("known", [True, False])
def test_a_dead_link_leads_on(
    addressed: Path, trial_folder: Path, browser: Browser, known: bool, lost: str
) -> None:
    """From any depth, at the book's own address and, where none is known, at a server's root."""
    page = browser.new_page()
    root = "/xdrec-fork/" if known else "/"
    html = trial_folder / "_build" / "html"
    missing = publish(page, addressed if known else html, root)
    address = f"{HOST}{root}{lost}"
    assert page.goto(address).status == 404
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    assert page.locator(".bd-sidebar-primary .navbar-brand img").first.evaluate(
        "image => image.complete && image.naturalWidth > 0"
    )
    page.add_script_tag(path=ROOT / "book" / "_vendor" / "axe.min.js")
    assert page.evaluate(RUN) == []
    page.get_by_role("link", name="search").last.click()
    page.wait_for_url("**/search.html")
    page.goto(address)
    page.get_by_role("link", name="the first page").click()
    expect(page.get_by_role("heading", name="Names and notation")).to_be_visible()
    page.wait_for_load_state()  # all that this page asks for has been answered
    assert missing == [f"{root}{lost}"] * 2
    page.close()


def test_the_sitemap_has_every_page_once(addressed: Path) -> None:
    tree = ElementTree.parse(addressed / "sitemap.xml").getroot()
    places = [each.text for each in tree.iter() if each.tag.endswith("loc")]
    names = ["book/notation", "notebooks/trial", "notebooks/diagrams", "book/status"]
    assert places == [f"{BASE}{name}.html" for name in names]
    for name, place in zip(names, places, strict=True):
        page = (addressed / f"{name}.html").read_text("utf-8")
        assert f'<link rel="canonical" href="{place}" />' in page


def said(page: Path) -> dict[str, str]:
    return dict(
        re.findall(r'<meta property="(og:[^"]+)" content="([^"]*)"', page.read_text("utf-8"))
    )


def test_a_shared_link_shows_a_card(addressed: Path, trial_folder: Path) -> None:
    card = said(addressed / "notebooks" / "trial.html")
    assert card["og:title"] == "A trial page of antidisestablishmentarianism"
    # As far as there is no formula.
    assert card["og:description"].endswith("build it and try it in a browser.")
    assert card["og:url"] == BASE + "notebooks/trial.html"
    picture = Image.open(addressed / card["og:image"].removeprefix(BASE))
    assert (
        picture.size == (int(card["og:image:width"]), int(card["og:image:height"])) == (1200, 630)
    )
    # Without an address there is none that could be given.
    plain = said(trial_folder / "_build" / "html" / "notebooks" / "trial.html")
    assert plain == {k: card[k] for k in ("og:type", "og:site_name", "og:title", "og:description")}


def test_chapters_and_the_status_page_tell_the_times_that_were_kept(
    addressed: Path, visit: Callable, trial: object
) -> None:
    """The notebooks of this build were not run: what it says was measured before."""
    page = (addressed / "notebooks" / "trial.html").read_text("utf-8")
    assert re.search(r"Ran in 12 min 34 s \(\w", page)
    status = (addressed / "book" / "status.html").read_text("utf-8")
    assert "12 min 34 s" in status
    assert re.search(r'href="https://github.com/Some-One/xdrec-fork/commit/[0-9a-f]{40}"', status)
    shown = visit(trial, "book/status.html").page.locator("article")
    for part in (
        "xdrec",
        "Python",
        "torch",
        "transformers",
        "numpy",
        "polars",
        "implicit",
        "plotly",
    ):
        expect(shown.get_by_role("cell", name=part, exact=True)).to_be_visible()
    row = shown.get_by_role("row", name="A page of flow charts")
    expect(row).to_contain_text(re.compile(r"\d s\s.*\d{4}-\d\d-\d\d", re.DOTALL))
    row.get_by_role("link").click()
    expect(shown.get_by_text(re.compile(r"^Ran in \d"))).to_be_visible()
