"""What is published: the pages lead to the book on paper and to the decks, and only there."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import ROOT, TRIAL, served

PAGE = "notebooks/trial.html"


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType, ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "book"))
    import places
    import publish
    import slides

    return places, publish, slides


def words(article: Locator) -> list[Locator]:
    return [article.locator("a", has_text=text).first for text in ("on paper", "as slides")]


def test_published_pages_lead_to_paper_and_slides(
    addressed: Path, programs: tuple, visit: Callable
) -> None:
    places, publish, slides = programs
    book = places.Book(TRIAL / "_toc.yml", TRIAL, addressed.parents[1])
    with pytest.raises(SystemExit, match=r"xdrec\.pdf is not there"):
        publish.make_site(book)
    (book.build / "xdrec.pdf").write_bytes(b"%PDF-1.4")
    slides.make_slides(book)
    with served(publish.make_site(book).parent) as site:
        page = visit(site, PAGE).page
        paper, decks = words(page.locator("article"))
        # Under the folder of the pages, wherever that is.
        paper = page.request.get(paper.evaluate("a => a.href"))
        assert paper.url == site.url("xdrec.pdf")
        assert paper.body() == b"%PDF-1.4"
        decks.click()
        page.get_by_role("link", name="A page of flow charts").click()
        assert page.url.startswith(site.url("slides/diagrams.html"))
        expect(page.locator(".xdrec-slide h1").first).to_be_visible()


def test_other_copies_have_no_link_that_leads_nowhere(trial: object, visit: Callable) -> None:
    page = visit(trial, PAGE).page
    for word in words(page.locator("article")):
        assert not word.evaluate("a => a.hasAttribute('href')")
        ink = word.evaluate("a => [a, a.parentElement].map((e) => getComputedStyle(e).color)")
        assert ink[0] == ink[1]
        assert word.evaluate("a => getComputedStyle(a).textDecorationLine") == "none"


def test_how_to_use_this_book_names_both() -> None:
    text = (ROOT / "book" / "how_to_use.md").read_text(encoding="utf-8")
    for place in ("../xdrec.pdf", "../slides/index.html"):
        assert text.count(f'<a data-published="{place}">') == 1
