"""A deck of slides a chapter, made of its built page: book/_build/slides/.

    python book/slides.py [--toc FILE] [--notebooks FOLDER] [--output FOLDER]

Figures and controls are those of the page, alive in the same way, with nothing from elsewhere. Code
is folded; a question and what answers it never stand on the same slide.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from places import Book, book_of, parser

# Letters on a slide, before what follows goes to the next.
ROOM = 500
HEADINGS = ["h1", "h2", "h3"]
# Of a page's own scripts those that draw; the theme's look after side bars that a slide has not.
DRAWS = re.compile(r"/(vendor|xdrec)/|window\.MathJax")
LEFT_OUT = ".headerlink, .xdrec-ran, .xdrec-names, .tag_hide-cell"

DECK = """<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="_static/favicon.svg">
{head}
<link rel="stylesheet" href="_static/xdrec/slides.css">
<script defer src="_static/xdrec/slides.js"></script>
</head>
<body class="xdrec-deck">
<main class="bd-article">
{slides}
</main>
<nav aria-label="Slides"><a href="index.html">All decks</a>
<button type="button" data-step="-1">Back</button>
<output></output>
<button type="button" data-step="1">Next</button></nav>
</body>
</html>
"""
INDEX = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides</title>
<link rel="icon" href="_static/favicon.svg">
<link rel="stylesheet" href="_static/xdrec/slides.css">
</head>
<body><main><h1>Slides</h1><ul>
{decks}
</ul></main></body>
</html>
"""


def asks(part: Tag) -> bool:
    """Whether the reader is to say something first: a question, or a whole sentence in italics."""
    spoken = [each.get_text().split() for each in part.find_all("em")]
    return "?" in part.get_text() or any(len(words) > 3 for words in spoken)


@dataclass
class Slide:
    """A heading and what stands below it."""

    heading: Tag
    parts: list[str] = field(default_factory=list)
    letters: int = 0
    asks: bool = False
    shows: bool = False

    def has_room(self, text: str) -> bool:
        # What ends in a colon belongs to what comes next.
        opens = self.shows and text.rstrip().endswith(":")
        return not opens and (not self.letters or self.letters + len(text) <= ROOM)

    def say(self, part: Tag) -> None:
        self.parts.append(str(part))
        self.letters += len(part.get_text())
        self.asks |= asks(part)

    def show(self, output: Tag, code: Tag | None) -> None:
        self.parts.append(str(output))
        if code:
            self.parts.append(f"<details><summary>Code</summary>{code}</details>")
        self.shows = True

    def html(self) -> str:
        return f'<section class="xdrec-slide">{self.heading}{"".join(self.parts)}</section>'


def cut(section: Tag, slides: list[Slide]) -> None:
    """Add the slides of a section of the page, and of those below it."""
    for part in section.find_all(recursive=False):
        if part.name in HEADINGS:
            slides.append(Slide(part))
        elif part.name == "section":
            cut(part, slides)
        elif "cell" in part.get("class", []):
            output = part.select_one(".cell_output")
            if output:
                now = slides[-1]
                if now.asks or now.shows or now.letters > ROOM:
                    slides.append(Slide(now.heading))
                slides[-1].show(output, part.select_one(".cell_input"))
        else:
            if not slides[-1].has_room(part.get_text()):
                slides.append(Slide(slides[-1].heading))
            slides[-1].say(part)


def deck(page: str) -> tuple[str, str]:
    """The title of a built page, and the page as a deck."""
    soup = BeautifulSoup(page, "html.parser")
    article = soup.select_one("article")
    for useless in article.select(LEFT_OUT):
        useless.decompose()
    # Other pages are not beside the decks.
    for link in article.select('a:not([href^="http"])'):
        link.unwrap()
    slides: list[Slide] = []
    for section in article.find_all("section", recursive=False):
        cut(section, slides)
    title = article.h1.get_text().strip()
    kept = [str(style) for style in soup.head.select('link[rel="stylesheet"]')]
    kept += [str(one) for one in soup.head.find_all("script") if DRAWS.search(str(one))]
    whole = "\n".join(slide.html() for slide in slides)
    made = DECK.format(title=escape(title), head="\n".join(kept), slides=whole)
    return title, re.sub(r'((?:src|href)=")\.\./(_static|_images)/', r"\1\2/", made)


def make_slides(book: Book) -> Path:
    folder = book.build / "slides"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("_static", "_images"):
        if (book.html / name).exists():
            shutil.copytree(book.html / name, folder / name)
    decks = []
    for path in book.built_pages():
        if path.parent.name == "notebooks":
            title, text = deck(path.read_text(encoding="utf-8"))
            (folder / path.name).write_text(text, encoding="utf-8")
            decks.append(f'<li><a href="{path.name}">{escape(title)}</a></li>')
    text = INDEX.format(decks="\n".join(decks))
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder / "index.html"


if __name__ == "__main__":
    print("the slides:", make_slides(book_of(parser(__doc__).parse_args())))
