"""The book on paper."""

import unicodedata
from collections.abc import Callable

import pytest
from pypdf import PageObject, PdfReader

# A page's title and a sentence, or a part of a drawing, from its end.
PAGES = {
    "Names and notation": "everybody the same vector",
    "A trial page of antidisestablishmentarianism": "How many of the invented things",
    "A page of flow charts": "Room two",
    "Status": "transformers",
}


@pytest.fixture(scope="module")
def paper(on_trial: Callable) -> PdfReader:
    return PdfReader(on_trial("pdf.py") / "xdrec.pdf")


def starts(paper: PdfReader) -> list[int]:
    return [paper.get_destination_page_number(mark) for mark in paper.outline]


def test_a_bookmark_a_page(paper: PdfReader) -> None:
    assert [mark.title for mark in paper.outline] == list(PAGES)
    first = starts(paper)
    assert first == sorted(set(first))
    assert len(paper.pages) > len(PAGES)


def text(sheets: list[PageObject]) -> str:
    """As it was written, not as it was set: fi is two letters."""
    set_in_type = " ".join(sheet.extract_text() for sheet in sheets)
    return " ".join(unicodedata.normalize("NFKC", set_in_type).split())


def test_every_page_is_there_to_its_end_and_drawn(paper: PdfReader) -> None:
    ends = [*starts(paper)[1:], len(paper.pages)]
    for (title, part), first, end in zip(PAGES.items(), starts(paper), ends, strict=True):
        printed = text(paper.pages[first:end])
        assert title in printed
        assert part in printed, title
        assert "needs JavaScript" not in printed
        # Signs of the screen: the button that copies, the way to the next page.
        assert "Next" not in printed
    for sheet in paper.pages:
        assert sheet.extract_text().strip()


def test_links_lead_to_sheets(paper: PdfReader) -> None:
    """From the status page to the chapters, wherever the file lies."""
    sheet = paper.pages[starts(paper)[-1]]
    links = [each.get_object() for each in sheet["/Annots"]]
    assert not [link for link in links if "file:" in str(link)]
    to = [paper.get_page_number(link["/Dest"][0].get_object()) for link in links
          if isinstance(link.get("/Dest"), list)]  # fmt: skip
    assert to == starts(paper)[1:3]
