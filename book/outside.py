"""What the built pages need to be found, and to be left again, where they are published."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from places import Book

# Addresses that are seen from the page: neither a place in it, nor from the root, nor elsewhere.
RELATIVE = re.compile(r'(\s(?:href|src|action|data-content_root)=")(?![#/]|[a-z]+:)(?:\./)?')


def root_links(page: Path, base: str | None) -> None:
    """Lead all links of a page to the site's root.

    A server shows 404.html in the place of any page that it lacks, under that page's address: a
    link that is seen from there leads nowhere. Where the book's address is not known, it is taken
    to stand at its server's root.
    """
    root = urlsplit(base or "/").path
    text = page.read_text(encoding="utf-8")
    page.write_text(RELATIVE.sub(lambda found: found[1] + root, text), encoding="utf-8")


def write_sitemap(book: Book, base: str | None) -> None:
    """The addresses of all pages for search engines, who take whole addresses alone."""
    if base is None:
        return
    places = [escape(urljoin(base, f"{name}.html")) for name in book.pages()]
    lines = [f"<url><loc>{place}</loc></url>" for place in places]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    opened = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    text = head + opened + "\n".join(lines) + "\n</urlset>\n"
    (book.html / "sitemap.xml").write_text(text, encoding="utf-8")
