"""Runs in each notebook's kernel while the book is built: what is drawn becomes page elements.

Plotly's default renderer leaves nothing in a page, and those that write HTML fetch a script from
elsewhere. This one writes the figure as JSON; `_assets/xdrec/figures.js` draws it.
"""

import builtins
from html import escape
from typing import Any

import plotly.io as pio
import polars as pl
import tqdm.auto
import tqdm.std
from figure_words import words
from page_tables import table
from plotly.io.base_renderers import MimetypeRenderer


class BookRenderer(MimetypeRenderer):
    """A figure as an element that holds its JSON, with every `<` out of harm's way."""

    def to_mimebundle(self, fig_dict: dict) -> dict[str, str]:
        text = pio.to_json(fig_dict, validate=False).replace("<", "\\u003c")
        height = fig_dict.get("layout", {}).get("height", 450)
        html = (
            f'<div class="xdrec-figure" style="min-height:{height}px" role="figure" '
            f'aria-label="{escape(words(fig_dict))}">'
            '<p class="xdrec-fallback">This figure needs JavaScript.</p>'
            f'<script type="application/vnd.xdrec.figure+json">{text}</script></div>'
        )
        return {"text/html": html}


pio.renderers["xdrec_book"] = BookRenderer()
pio.renderers.default = "xdrec_book"


class NoBar(tqdm.std.tqdm):
    """A progress bar belongs to a live run; in a page it would be a dead widget."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"disable": True})


tqdm.auto.tqdm = NoBar


# IPython puts it there while it runs code.
if shell := getattr(builtins, "get_ipython", lambda: None)():
    shell.display_formatter.formatters["text/html"].for_type(pl.DataFrame, table)
