"""The library's reference, made of its docstrings; each name links to its page, and back."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util import relative_uri

REFERENCE = "book/api"
BOOK = re.compile(r"Book: ([^.]+)\.")
TITLED = re.compile(r"^# (.+)$", re.MULTILINE)


def flat(each: Any) -> str:
    """Its docstring on one line; the page that its module names, if it names none itself."""
    own = " ".join((each.__doc__ or "").split())
    module = " ".join((sys.modules[each.__module__].__doc__ or "").split())
    page = None if BOOK.search(own) else BOOK.search(module)
    return f"{own} {page[0]}" if page else own


def public(module: str) -> list[tuple[str, Any]]:
    """The names of a module, `__all__` or all that is written there, that a page explains."""
    loaded = importlib.import_module(module)
    names = getattr(loaded, "__all__", None)
    if names is None:
        here = {n: o for n, o in vars(loaded).items() if getattr(o, "__module__", None) == module}
        names = [n for n, o in here.items() if n[0] != "_" and callable(o) and o.__doc__]
    # By their own docstrings: a constant or an alias has none.
    found = [(name, getattr(loaded, name)) for name in sorted(names)]
    calls = [
        (name, each) for name, each in found if inspect.isclass(each) or inspect.isroutine(each)
    ]
    return [(name, each) for name, each in calls if BOOK.search(flat(each))]


def listed(modules: list[str]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Each module with its public names; what an earlier one has shown is not shown again."""
    shown: set[int] = set()
    found = []
    for module in modules:
        names = [(name, each) for name, each in public(module) if id(each) not in shown]
        shown |= {id(each) for _, each in names}
        found.append((module, names))
    return found


def spoken(text: str) -> list[nodes.Node]:
    """A sentence, what stands in backticks as code."""
    parts = re.split(r"`([^`]+)`", text)
    made = [nodes.literal(p, p) if n % 2 else nodes.Text(p) for n, p in enumerate(parts)]
    return [node for node in made if node.astext()]


def told(docstring: str, pages: dict[str, str], of: str) -> list[nodes.Node]:
    """A docstring as nodes: paragraphs, lists, formulas, examples; the page it names is a link."""

    def paragraph(text: str) -> nodes.paragraph:
        made = nodes.paragraph("", "")
        for n, part in enumerate(BOOK.split(" ".join(text.split()))):
            if n % 2:
                page = pages.get(part.lower())
                address = {"refuri": relative_uri(of, page), "internal": True} if page else {}
                name = nodes.reference("", part, **address) if page else nodes.Text(part)
                made += [nodes.Text("Book: "), name, nodes.Text(".")]
            else:
                made += spoken(part)
        return made

    found: list[nodes.Node] = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(docstring)):
        if block.lstrip().startswith(">>>") or block.startswith("    "):
            # Without colours: with them the page would weigh a third more.
            found.append(nodes.literal_block(block, dedent(block), language="none"))
            continue
        # A line of its own that begins with a dash is an item; what goes before introduces them.
        before, *items = re.split(r"^- ", block, flags=re.MULTILINE)
        if before.strip():
            found.append(paragraph(before))
        if items:
            found.append(nodes.bullet_list("", *(nodes.list_item("", paragraph(i)) for i in items)))
    return found


def titles(app: Sphinx) -> dict[str, str]:
    """The pages by their titles in small letters, as docstrings name them."""
    found = {}
    for name in app.env.found_docs:
        path = Path(app.env.doc2path(name))
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            text = "".join(json.loads(text)["cells"][0]["source"])
        title = TITLED.search(text)
        if title:
            found[title[1].strip().lower()] = name
    return found


class Api(Directive):
    """A section a module, an entry a public name."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        pages, here = titles(env.app), env.app.builder.get_target_uri(env.docname)
        addresses = {title: env.app.builder.get_target_uri(name) for title, name in pages.items()}
        sections = []
        for module, names in listed([line for line in map(str.strip, self.content) if line]):
            section = nodes.section(ids=[nodes.make_id(module)], names=[module])
            section += nodes.title("", "", nodes.literal(module, module))
            first = (importlib.import_module(module).__doc__ or "").strip().split("\n\n")[0]
            section += nodes.paragraph("", "", *spoken(" ".join(first.split())))
            for name, each in names:
                section += self.entry(module, name, each, addresses, here)
            sections.append(section)
        return sections

    def entry(
        self, module: str, name: str, each: Any, pages: dict[str, str], here: str
    ) -> nodes.Node:
        full = f"{module}.{name}"
        section = nodes.section(ids=[full], names=[full.lower()])
        section += nodes.title("", name)
        called = f"{name}{signature(each)}"
        section += nodes.literal_block(called, called, language="none", classes=["xdrec-call"])
        section += told(each.__doc__, pages, here)
        if not BOOK.search(" ".join(each.__doc__.split())):
            section += told(BOOK.search(flat(each))[0], pages, here)
        return section


def signature(each: Any) -> str:
    """How it is called, as its source says: numbers and names as they are written there."""
    try:
        said = str(inspect.signature(each))
    except (TypeError, ValueError):
        return "(...)"
    return re.sub(r" -> .*$| at 0x[0-9a-f]+", "", said).replace("'", "")


@cache
def library() -> dict[str, list[str]]:
    """For each page title, in small letters, the full names whose docstrings name that page."""
    found: dict[str, list[str]] = {}
    for module, names in listed(MODULES):
        for name, each in names:
            for page in BOOK.findall(flat(each)):
                found.setdefault(page.lower(), []).append(f"{module}.{name}")
    return found


MODULES: list[str] = []


def add_names(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Below each page the names that point to it, each a link into the reference."""
    if doctree is None or not MODULES or pagename == REFERENCE:
        return
    names = library().get(re.sub("<[^>]+>", "", context.get("title", "")).lower(), [])
    if not names:
        return
    to = context["pathto"](REFERENCE)
    links = [
        f'<a href="{to}#{n}"><code>{n.rsplit(".", 1)[1]}</code></a>' for n in sorted(set(names))
    ]
    context["body"] += f'<p class="xdrec-names">In the library: {", ".join(links)}.</p>'


def modules_of(page: Path) -> list[str]:
    """The modules that the reference lists."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    fences = re.findall(r"^```\{api\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.strip() for fence in fences for line in fence.splitlines() if line.strip()]


def started(app: Sphinx) -> None:
    MODULES[:] = modules_of(Path(app.srcdir) / f"{REFERENCE}.md")
    library.cache_clear()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("api", Api)
    app.connect("builder-inited", started)
    app.connect("html-page-context", add_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
