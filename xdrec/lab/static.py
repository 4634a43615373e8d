"""The form that a widget takes in the built book, where no kernel answers.

The page gets an element with the widget's state as JSON inside; the book's own script
(`book/_assets/xdrec/widgets.js`) finds it and hands that state to the widget's JavaScript. A
sentence stands there for readers whose browser runs none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

STATE = "application/vnd.xdrec.widget+json"


def in_book() -> bool:
    """Whether notebooks are being run for the built book: XDREC_BOOK=1."""
    return os.environ.get("XDREC_BOOK") == "1"


def static_form(name: str, state: Mapping[str, Any]) -> str:
    """The HTML of widget `name` (its JavaScript is `<name>.js`), with its state inside.

    Titles are data from strangers: `<` never reaches the page as such, so nothing in the state
    can end the element that holds it. NaN is refused, since JSON has none.

    >>> static_form("fusion_mixer", {"title": "</script>"})
    '<div class="xdrec-widget" data-widget="fusion_mixer"><p class="xdrec-fallback">\
This widget needs JavaScript.</p><script type="application/vnd.xdrec.widget+json">\
{"title":"\\\\u003c/script>"}</script></div>'
    """
    text = json.dumps(state, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return (
        f'<div class="xdrec-widget" data-widget="{name}">'
        '<p class="xdrec-fallback">This widget needs JavaScript.</p>'
        f'<script type="{STATE}">{text}</script></div>'
    )
