"""Items as a row of covers with their titles: how a list wants to be looked at."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl

from xdrec.lab.covers import thumbnail

SHEET = (
    "display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:1rem .8rem;"
    "margin:.6rem 0 1rem;font-size:.82rem;line-height:1.25"
)
PICTURE = "width:100%;aspect-ratio:3/4;object-fit:cover;border-radius:6px;display:block"
# Twice the width that a cover has on the page, for screens with fine pixels.
SIDE = 300
EMPTY = PICTURE + ";background:#8883"


class Gallery:
    """A table of items, shown as covers; `note` names a column to be written under each title.

    `items` needs `title` (null where unknown, then `item_id` stands in) and may have `image_path`.
    Where the note is null, nothing is written.
    Titles are escaped: they come from strangers. In a terminal it prints the titles.
    Raises ValueError for a missing column. Book: start here.

    >>> Gallery(pl.DataFrame({"item_id": ["a"], "title": ["Tea & <cake>"], "year": [1999]}), "year")
    Tea & <cake> (1999)
    """

    def __init__(self, items: pl.DataFrame, note: str | None = None) -> None:
        missing = {"item_id", "title", *([note] if note else [])} - set(items.columns)
        if missing:
            raise ValueError(f"items have no column {sorted(missing)}; they have {items.columns}")
        self.items, self.note = items, note

    def _cards(self) -> list[tuple[str, str, str | None]]:
        """Title, note and picture of each item."""
        cards = []
        for item in self.items.iter_rows(named=True):
            note = _written(item[self.note]) if self.note else ""
            cards.append((item["title"] or item["item_id"], note, item.get("image_path")))
        return cards

    def __repr__(self) -> str:
        return "\n".join(f"{title} ({note})" if note else title for title, note, _ in self._cards())

    def _repr_html_(self) -> str:
        shown = []
        for title, note, path in self._cards():
            # An empty alternative text: the title stands right below the picture.
            cover = (
                f'<img src="{thumbnail(path, SIDE)}" alt="" style="{PICTURE}">'
                if path
                else f'<div style="{EMPTY}"></div>'
            )
            below = f"<div>{escape(note)}</div>" if note else ""
            shown.append(f"<figure style='margin:0'>{cover}<figcaption>{escape(title)}{below}"
                         "</figcaption></figure>")  # fmt: skip
        return f'<div class="xdrec-gallery" style="{SHEET}">{"".join(shown)}</div>'


def _written(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
