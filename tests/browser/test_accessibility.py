"""What axe-core finds in the pages, the widgets in them included: nothing serious."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import ROOT

RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.html.slice(0, 200)}: ${n.failureSummary}`));
}"""  # noqa: E501


@pytest.mark.parametrize(("scheme", "wide"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("which", ["book", "trial"])
def test_nothing_serious(
    request: pytest.FixtureRequest, visit: Callable, which: str, scheme: str, wide: int
) -> None:
    site = request.getfixturevalue(which)
    still = {"color_scheme": scheme, "reduced_motion": "reduce"}
    for path in site.pages():
        if path == "index.html":  # leaves at once
            continue
        page = visit(site, path, wide=wide, **still).page
        page.add_script_tag(path=ROOT / "book" / "_vendor" / "axe.min.js")
        assert page.evaluate(RUN) == [], path
        page.context.close()


def test_axe_sees_what_is_wrong(trial: object, visit: Callable) -> None:
    page = visit(trial, "search.html").page
    page.add_script_tag(path=ROOT / "book" / "_vendor" / "axe.min.js")
    page.evaluate(
        "() => document.querySelector('article, main').append(document.createElement('button'))"
    )
    assert [fault for fault in page.evaluate(RUN) if fault.startswith("button-name")]


def test_every_figure_says_in_words_what_it_shows(book: Any) -> None:
    """The kind, and what there is to see: a number or a name at least."""
    said = {
        path: re.findall(r'class="xdrec-figure"[^>]*?aria-label="([^"]*)"', book.read(path))
        for path in book.pages()
    }
    drawn = {path: book.read(path).count('class="xdrec-figure"') for path in book.pages()}
    assert sum(drawn.values()) > 60
    for path, labels in said.items():
        assert len(labels) == drawn[path], path
        assert [label for label in labels if len(label) < 25] == [], path
