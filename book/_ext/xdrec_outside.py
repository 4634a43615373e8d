"""What the pages say to those who come from elsewhere: a card where a link is shared, a way back
where it is dead, and how long a chapter ran."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from html import escape, unescape
from itertools import takewhile
from pathlib import Path
from textwrap import shorten
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from status import spoken

CARD = "_static/xdrec/card.png"
STATUS = "book/status"


def summary(doctree: nodes.document) -> str:
    """The first words of a page, as far as they are sentences without formulas."""
    for paragraph in doctree.findall(nodes.paragraph):
        parts = list(takewhile(lambda part: not isinstance(part, nodes.math), paragraph.children))
        text = " ".join("".join(part.astext() for part in parts).split())
        if len(parts) < len(paragraph.children):
            text = "".join(re.findall(r"^.*[.?!](?= )", text))
        if len(text) > 40:
            return shorten(text, 200, placeholder=" ...")
    return ""


def add_card(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """What a link to the page looks like where it is shared; the picture needs a whole address."""
    if doctree is None:
        return
    title = unescape(re.sub("<[^>]+>", "", context.get("title", "")))
    about = summary(doctree)
    said = {"og:type": "article", "og:site_name": app.config.html_title, "og:title": title}
    if about:
        said |= {"og:description": about}
    if base := app.config.html_baseurl:
        said |= {"og:url": base + app.builder.get_target_uri(pagename)}
        said |= {"og:image": base + CARD, "og:image:width": "1200", "og:image:height": "630"}
        said |= {"og:image:alt": "The corridor of xdrec: f, g, h and k, tied by L."}
    tags = [f'<meta property="{name}" content="{escape(text)}" />' for name, text in said.items()]
    if about:
        tags.append(f'<meta name="description" content="{escape(about)}" />')
    context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def add_time(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Below a chapter, how long it ran when it was last run."""
    path = Path(app.srcdir) / f"{pagename}.ipynb"
    if doctree is None or not path.is_file():
        return
    run = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("xdrec")
    if run:
        known = STATUS in app.env.found_docs
        more = f' <a href="{context["pathto"](STATUS)}">More</a>' if known else ""
        said = f"Ran in {spoken(run['seconds'])} ({escape(run['on'])}).{more}"
        context["body"] += f'<p class="xdrec-ran">{said}</p>'


def missing_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """404.html; `book/outside.py` makes its links work from wherever it is shown."""
    first = app.builder.get_relative_uri("404", app.config.root_doc)
    search = app.builder.get_relative_uri("404", "search")
    body = (
        "<h1>There is no such page</h1>"
        "<p>It may have been renamed, or its address has a slip in it. "
        f'Begin at <a href="{first}">the first page</a>, or <a href="{search}">search</a>.</p>'
    )
    yield "404", {"title": "No such page", "body": body}, "page.html"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-collect-pages", missing_page)
    app.connect("html-page-context", add_card)
    # Below the names that xdrec_api adds.
    app.connect("html-page-context", add_time, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
