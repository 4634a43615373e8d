"""What the book adds to Sphinx: flow charts, scripts where needed, launch links that work."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

WIDGET = re.compile(r'class="xdrec-widget" data-widget="(\w+)"')
FIGURE = 'class="xdrec-figure"'
DIAGRAM = 'class="xdrec-diagram"'
MATH = re.compile(r'class="[^"]*\bmath\b')
# Before the theme's own scripts and style sheets.
EARLY = 100


class Mermaid(Directive):
    """A flow chart: its source, which `_assets/xdrec/diagrams.js` draws.

    The drawing's text alternative is part of the source, so that JupyterLab has it too.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        source = "\n".join(self.content)
        for part in ("accTitle:", "accDescr:"):
            if part not in source:
                raise self.error(f"a flow chart without {part}, which is read to who cannot see it")
        html = (
            '<div class="xdrec-diagram">'
            '<p class="xdrec-fallback">This drawing needs JavaScript.</p>'
            f"<details><summary>Its source</summary><pre>{escape(source)}</pre></details></div>"
        )
        return [nodes.raw("", html, format="html")]


def add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """The code of widgets, figures and diagrams, for this page alone."""
    body = context.get("body", "")
    widgets = sorted(set(WIDGET.findall(body)))
    for name in ["shared", *widgets] if widgets else []:
        app.add_css_file(f"xdrec/lab/{name}.css")
    for name in widgets:
        app.add_js_file(f"xdrec/lab/{name}.js", defer="defer")
    if widgets:
        # After the widgets themselves: deferred scripts run in the order in which they stand.
        app.add_js_file("xdrec/widgets.js", defer="defer")
    if FIGURE in body:
        app.add_js_file("vendor/plotly/plotly.min.js", priority=EARLY, defer="defer")
        app.add_js_file("xdrec/theme.js", defer="defer")
        app.add_js_file("xdrec/sliders.js", defer="defer")
        app.add_js_file("xdrec/figures.js", defer="defer")
    if MATH.search(body):
        app.add_js_file("xdrec/formulas.js", defer="defer")
    if DIAGRAM in body:
        app.add_js_file("vendor/mermaid/mermaid.min.js", priority=EARLY, defer="defer")
        app.add_js_file("xdrec/diagrams.js", defer="defer")


def drop_idle_mathjax(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Sphinx loads MathJax on a page without formulas too, if a page below it has some."""
    if not MATH.search(context.get("body", "")):
        scripts = context["script_files"]
        scripts[:] = [s for s in scripts if "mathjax" not in str(getattr(s, "filename", s))]


def point_colab_at_launch_copies(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Colab starts from a bare machine: it opens the copy that installs xdrec in its first cell."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                repository = app.config.html_theme_options["repository_url"].rstrip("/")
                path = repository.split("github.com/", 1)[1]
                name = pagename.rsplit("/", 1)[-1]
                site = app.config.html_theme_options["launch_buttons"]["colab_url"].rstrip("/")
                button["url"] = f"{site}/github/{path}/blob/gh-pages/launch/{name}.ipynb"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("mermaid", Mermaid)
    app.connect("html-page-context", add_scripts)
    # After Sphinx has put its script there, and the theme its buttons.
    app.connect("html-page-context", drop_idle_mathjax, priority=900)
    app.connect("html-page-context", point_colab_at_launch_copies, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
