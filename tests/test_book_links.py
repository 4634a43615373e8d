"""Docstrings name the page that explains them, and the page names them: links hold both ways."""

import ast
import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import xdrec_api  # noqa: E402

MODULES = xdrec_api.modules_of(ROOT / "book" / "api.md")
REFERENCE = {
    (each.__module__, each.__name__) for _, names in xdrec_api.listed(MODULES) for _, each in names
}


def page_text(path):
    """What a reader of the page sees, cells and prose."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return text


@cache
def pages():
    """Every page of the book by its title, in small letters."""
    paths = [*(ROOT / "book").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    texts = [page_text(path) for path in paths]
    return {re.search(r"^# (.+)$", text, re.M).group(1).lower(): text for text in texts}


@cache
def links():
    """(file, name, page) for each docstring that names a page; a module goes by its own name."""
    found = []
    for path in sorted((ROOT / "xdrec").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                said = " ".join((ast.get_docstring(node) or "").split())
                name = getattr(node, "name", f"xdrec.{path.stem}")
                found += [(path.name, name, page) for page in re.findall(r"Book: ([^.]+)\.", said)]
    return found


@cache
def taught():
    """Every name that a notebook imports from the library."""
    names = set()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for modules, imported in re.findall(
            r"^from (xdrec\S*) import (\([^)]+\)|.+)$", page_text(path), re.M
        ):
            listed = (name.strip() for name in imported.strip("()").split(","))
            names |= {(path.name, modules, name) for name in listed if name}
    return sorted(names)


def test_there_are_links():
    assert len(links()) > 25
    assert len(taught()) > 15


@pytest.mark.parametrize(("file", "name", "page"), links())
def test_the_page_exists_and_names_it(file, name, page):
    assert page.lower() in pages(), f"{file}: {name} names a page that the book does not have"
    assert re.search(rf"\b{re.escape(name)}\b", pages()[page.lower()]), f"{page} misses {name}"


@pytest.mark.parametrize(("notebook", "module", "name"), taught())
def test_what_a_notebook_teaches_names_a_page(notebook, module, name):
    documented = {linked for _, linked, _ in links()}
    # These two are handles for the book itself, not ideas that a page explains.
    assert name in documented | {"in_book", "DataError", "compare"}, f"{module}.{name}"


@pytest.mark.parametrize("path", sorted((ROOT / "xdrec").rglob("*.py")), ids=lambda path: path.stem)
def test_what_a_page_explains_is_in_the_reference(path):
    """And the reference gives nothing else, so that each of its entries has a page."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            said = " ".join((ast.get_docstring(node) or "").split())
            if "Book: " in said:
                assert (module, node.name) in REFERENCE, f"add {module} to book/api.md"


def test_a_docstring_s_list_is_a_list() -> None:
    """It was run together into one paragraph, dashes and all."""
    nodes = xdrec_api.told("Make it.\n\nKnobs:\n- `a`: one\n  of them\n- b: two", {}, "book/api")
    assert [type(node).__name__ for node in nodes] == ["paragraph", "paragraph", "bullet_list"]
    assert [item.astext() for item in nodes[2]] == ["a: one of them", "b: two"]
