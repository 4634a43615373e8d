"""Put together what is published, pages, paper and slides: book/_build/site/.

    python book/publish.py [--toc FILE] [--notebooks FOLDER] [--output FOLDER]

A page names what is there only where it is published, from where the page stands:

    <a data-published="../xdrec.pdf">the book on paper</a>

which is plain text in every other copy of the page, for there it would lead nowhere.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from places import Book, book_of, parser


def make_site(book: Book) -> Path:
    paper, decks, site = book.build / "xdrec.pdf", book.build / "slides", book.site
    for part in (paper, decks):
        if not part.exists():
            sys.exit(f"{part} is not there: make it first (make pdf slides)")
    pages = [path.relative_to(book.html) for path in book.built_pages()]
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(book.html, site)
    shutil.copytree(decks, site / decks.name)
    shutil.copy(paper, site)
    for page in pages:
        text = (site / page).read_text(encoding="utf-8")
        (site / page).write_text(text.replace("<a data-published=", "<a href="), encoding="utf-8")
    return site / "index.html"


if __name__ == "__main__":
    print("what is published:", make_site(book_of(parser(__doc__).parse_args())))
