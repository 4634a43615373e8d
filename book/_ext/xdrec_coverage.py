"""Where each section of the two documents is found: a table made of `coverage.csv`."""

from __future__ import annotations

import csv
import json
import re
from html import escape
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.parsers.rst import Directive

HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Row(NamedTuple):
    """A section of a document, what it asks for, where it stands (page#cell), what is imported."""

    section: str
    what: str
    where: str
    uses: str


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [Row(**line) for line in csv.DictReader(lines)]


def place(source: Path, where: str) -> tuple[str, str, str]:
    """(page, heading, anchor): the title of the page, and the heading under which the cell stands.

    `where` is `NN_name#cell` for a notebook, `book/name#label` for a page of prose; the label is a
    target of its own there (`(label)=`), or a heading's anchor. Raises KeyError for what is not
    there.
    """
    name, _, cell = where.partition("#")
    if name.startswith("book/"):
        text = (source / f"{name}.md").read_text(encoding="utf-8")
        headings = HEADING.findall(text)
        after = re.search(rf"^\({re.escape(cell)}\)=\s+#+ (.+)$", text, re.MULTILINE)
        anchors = {anchor(heading): heading for heading in headings}
        if not after and cell not in anchors:
            raise KeyError(f"{name}.md has no place {cell!r}")
        return headings[0], after[1] if after else anchors[cell], cell
    cells = json.loads((source / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))[
        "cells"
    ]
    seen: list[str] = []
    for each in cells:
        if each["cell_type"] == "markdown":
            seen += HEADING.findall("".join(each["source"]))
        if each["id"] == cell:
            return seen[0], seen[-1], anchor(seen[-1])
    raise KeyError(f"{name} has no cell {cell!r}")


def anchor(heading: str) -> str:
    """The id that Sphinx gives a heading."""
    plain = re.sub(r"<[^>]+>|[*`$\\]", "", heading)
    return str(nodes.make_id(plain))


class Coverage(Directive):
    """The table: section, what it asks for, where it runs, what to import."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        source = Path(env.srcdir)
        table = source / "book" / "coverage.csv"
        env.note_dependency(str(table))
        lines = []
        for row in rows(table):
            try:
                page, heading, to = place(source, row.where)
            except (KeyError, OSError) as error:
                raise self.error(f"{row.section}: {error}") from None
            name = row.where.partition("#")[0]
            address = (
                f"{name.removeprefix('book/')}.html"
                if "/" in name
                else (f"../notebooks/{name}.html")
            )
            said = page if heading == page else f"{page}: {heading}"
            link = f'<a href="{address}#{to}">{escape(plain(said))}</a>'
            names = [escape(each).replace(".", ".<wbr>") for each in row.uses.split()]
            used = " ".join(f"<code>{each}</code>" for each in names)
            cells = f"<td>{escape(row.what)}</td><td>{link}</td><td>{used or '-'}</td>"
            lines.append(f'<tr><th scope="row">{escape(row.section)}</th>{cells}</tr>')
        names = ("section", "what it asks for", "where", "in the library")
        head = "".join(f'<th scope="col">{name}</th>' for name in names)
        body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
        html = f'<table class="table xdrec-coverage">{body}</table>'
        return [nodes.raw("", html, format="html")]


def plain(heading: str) -> str:
    return re.sub(r"[*`$]", "", heading)


def setup(app: object) -> dict[str, bool]:
    app.add_directive("coverage", Coverage)  # type: ignore[attr-defined]
    return {"parallel_read_safe": True, "parallel_write_safe": True}
