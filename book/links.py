"""Whether what the pages lead to elsewhere is still there: prints the broken links, and fails then.

    python book/links.py [--toc FILE] [--notebooks FOLDER] [--output FOLDER]

Sphinx's own check, on the pages as they were read when the book was built: nothing is run, and no
page is written. This is the one program of the book that asks other machines, and a page that one
of them cannot give today is no fault of ours: nothing else depends on it.
"""

from __future__ import annotations

import json
import sys
from html import escape

from places import Book, book_of, parser

# A machine that is slow to answer holds up a few links, not the rest.
SETTINGS = {
    "linkcheck_workers": 16,
    "linkcheck_timeout": 20,
    "linkcheck_retries": 2,
    "linkcheck_rate_limit_timeout": 60,
    # Links between the pages: Sphinx has found their ends when it built them.
    "linkcheck_ignore": ["(?!https?:)"],
    # Told as "timeout".
    "linkcheck_report_timeouts_as_broken": False,
}


def broken_links(book: Book) -> list[str]:
    """The address of each, why, and the pages that lead there."""
    from jupyter_book.sphinx import build_sphinx

    texts = {
        path.relative_to(book.html).as_posix(): path.read_text(encoding="utf-8")
        for path in book.built_pages()
    }
    found = book.build / "linkcheck" / "output.json"
    found.unlink(missing_ok=True)
    toc = (book.source / "_toc.yml").as_posix()
    # The settings are those with which jupyter-book made the pages: what it read then is taken up.
    build_sphinx(
        book.source,
        found.parent,
        path_config=book.source / "_config.yml",
        noconfig=True,
        confoverrides={"external_toc_path": toc, "latex_individualpages": False, **SETTINGS},
        builder="linkcheck",
        quiet=True,
        really_quiet=True,
    )
    if not found.exists():
        sys.exit("the links could not be checked; what stands above says why")
    said = []
    for link in map(json.loads, found.read_text(encoding="utf-8").splitlines()):
        if link["status"] in ("broken", "timeout"):
            written = f'href="{escape(link["uri"])}"'
            pages = [page for page, text in texts.items() if written in text]
            where = ", ".join(pages or [link["filename"]])
            said.append(f"{link['uri']}: {link['info']}\n  {where}")
    return sorted(said)


if __name__ == "__main__":
    if broken := broken_links(book_of(parser(__doc__).parse_args())):
        sys.exit("\n".join([*broken, f"{len(broken)} broken"]))
    print("no link is broken")
