"""Print the built book into one PDF, a bookmark a page: book/_build/xdrec.pdf.

    python book/pdf.py [--toc FILE] [--notebooks FOLDER] [--output FOLDER]

Each page is opened in Chromium from disk, drawn whole, unfolded and printed; `$CHROMIUM` names the
browser, else it is Playwright's own.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from places import Book, book_of, parser
from playwright.sync_api import Browser, sync_playwright
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MARGIN_MM, SCALE = 15, 0.8
# What fits between A4's margins, at 96 pixels an inch: figures are drawn for that width.
WIDE = int((210 - 2 * MARGIN_MM) / 25.4 * 96 / SCALE)
PATIENCE_MS = 60_000

# Nothing folded, and no two pages with a place of the same name.
PREPARE = """(page) => {
  for (const folded of document.querySelectorAll("article details")) folded.open = true;
  for (const hidden of document.querySelectorAll("article .toggle-hidden")) hidden.classList.remove("toggle-hidden");
  for (const picture of document.images) picture.loading = "eager";
  for (const link of document.querySelectorAll('a[href^="#"]:not([href="#"])')) {
    const name = decodeURIComponent(link.hash.slice(1));
    const place = document.getElementById(name);
    if (place) place.id = `${page}-${name}`;
    if (document.getElementById(`${page}-${name}`)) link.hash = `${page}-${name}`;
  }
}"""  # noqa: E501
# Controls, figures and diagrams say when they are drawn; MathJax leaves its own elements.
DRAWN = """() => document.readyState === "complete"
  && [...document.querySelectorAll(".xdrec-widget, .xdrec-figure, .xdrec-diagram")]
    .every((e) => e.dataset.live)
  && [...document.querySelectorAll(".math")].every((e) => e.querySelector("mjx-container"))
  && [...document.images].every((e) => e.complete)"""
# Two frames: what heard of a new width has drawn itself anew by then.
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# A heading's own words, without the sign that links to it.
TITLE = """() => {
  const heading = document.querySelector("article h1").cloneNode(true);
  heading.querySelectorAll(".headerlink").forEach((sign) => sign.remove());
  return heading.textContent.trim();
}"""


def printed(browser: Browser, path: Path) -> tuple[str, bytes]:
    """A page's title, and the page on paper."""
    page = browser.new_page(viewport={"width": WIDE, "height": 1200}, color_scheme="light")
    page.emulate_media(media="print")
    page.goto(path.as_uri())
    page.evaluate(PREPARE, path.stem)
    page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    page.evaluate(SETTLED)
    room = dict.fromkeys(("top", "bottom", "left", "right"), f"{MARGIN_MM}mm")
    sheets = page.pdf(format="A4", margin=room, scale=SCALE, print_background=True)
    title = page.evaluate(TITLE)
    page.close()
    return title, sheets


def lead_links(sheet: PageObject, starts: dict[Path, PageObject]) -> None:
    """Links to pages of the book lead to where they stand in the PDF; other files are not in it."""
    kept = ArrayObject()
    for each in sheet.get("/Annots", []):
        link = each.get_object()
        to = link.get("/A", {}).get("/URI", "")
        if to.startswith("file:"):
            start = starts.get(Path(unquote(urlsplit(urldefrag(to).url).path)))
            if start is None:
                continue
            del link["/A"]
            place = ArrayObject([start.indirect_reference, NameObject("/Fit")])
            link[NameObject("/Dest")] = place
        kept.append(each)
    if kept:
        sheet[NameObject("/Annots")] = kept
    elif "/Annots" in sheet:
        del sheet["/Annots"]


def make_pdf(book: Book) -> Path:
    target = book.build / "xdrec.pdf"
    whole, starts = PdfWriter(), {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None, args=FLAGS
        )
        for path in book.built_pages():
            title, sheets = printed(browser, path)
            first = len(whole.pages)
            whole.append(PdfReader(io.BytesIO(sheets)), outline_item=title, import_outline=False)
            starts[path] = whole.pages[first]
            print(f"printed {title}: {len(whole.pages) - first} sheets", flush=True)
        browser.close()
    for sheet in whole.pages:
        lead_links(sheet, starts)
    whole.add_metadata({"/Title": "xdrec", "/Author": "The xdrec authors"})
    whole.write(target)
    return target


if __name__ == "__main__":
    print("the book on paper:", make_pdf(book_of(parser(__doc__).parse_args())))
