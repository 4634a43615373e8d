"""A table of Polars as a page shows it."""

from __future__ import annotations

import re
from html import escape

import polars as pl

# A long word ends in an ellipsis, and then its closing mark is cut off as well.
QUOTED = re.compile("<td>&quot;([^<]*?)(?:&quot;)?</td>")
LEFT = 'style="text-align:left"'


def table(frame: pl.DataFrame) -> str:
    """Polars' own table, but words without quotation marks, and from the left as words are read."""
    html = QUOTED.sub(rf"<td {LEFT}>\1</td>", frame._repr_html_())
    for name, kind in frame.schema.items():
        if kind == pl.String:
            head = f"<th>{escape(name)}</th>"
            html = html.replace(head, head.replace("<th", f"<th {LEFT}"), 1)
    return html
