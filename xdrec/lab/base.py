"""What all widgets of the lab are: an anywidget with a kernel, and a form of its own without."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import polars as pl
import traitlets

from xdrec.lab.covers import thumbnail
from xdrec.lab.static import in_book, static_form
from xdrec.lab.theme import css

HERE = Path(__file__).parent


def sheet() -> str:
    """The style that all widgets share, their colours first."""
    return f"{css()}\n{(HERE / 'shared.css').read_text('utf-8')}"


def code(name: str, style: str | None = None) -> str:
    """The JavaScript of widget `name` after what all widgets share: one file.

    It sees to it that the page has the shared `style`, unless that is None.
    """
    parts = [(HERE / f"{stem}.js").read_text("utf-8") for stem in ("shared", name)]
    return "\n".join([f"const SHEET = {json.dumps(style)};", *parts])


class LabWidget(anywidget.AnyWidget):
    """A widget whose JavaScript is `<script>.js`; without a kernel it starts from its `state`.

    `language`, "en" or "zh", is that of its labels; the reader has a switch for it. `value` is what
    the hand steers, the trait `steers` under the name that ipywidgets have for it: read it, set it,
    observe it, link it.
    """

    script: ClassVar[str]
    steers: ClassVar[str] = "value"
    state: ClassVar[tuple[str, ...]]  # names of the synced traits that the page needs

    language = traitlets.Enum(("en", "zh"), "en").tag(sync=True)
    value = traitlets.Any()  # not for the page, which has the trait itself

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "script" in cls.__dict__:  # anywidget makes subclasses of its own, with traits for these
            cls._esm = code(cls.script, sheet())
            cls._css = (HERE / f"{cls.script}.css").read_text("utf-8")
        super().__init_subclass__(**kwargs)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.steers != "value":
            self.value = getattr(self, self.steers)
            self.observe(self._mirror, self.steers)

    def _mirror(self, change: Any) -> None:
        self.value = change["new"]

    @traitlets.validate("value")
    def _valid_value(self, proposal: Any) -> Any:
        setattr(self, self.steers, proposal["value"])
        return getattr(self, self.steers)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if not in_book():
            return super()._repr_mimebundle_(**kwargs)
        state = {name: getattr(self, name) for name in self.state}
        return {"text/html": static_form(self.script, state), "text/plain": repr(self)}


class Cards:
    """Items as a page wants them: id, title, cover; each cover is made small but once."""

    def __init__(self, items: pl.DataFrame) -> None:
        missing = {"item_id", "title"} - set(items.columns)
        if missing:
            raise ValueError(f"items have no column {sorted(missing)}; they have {items.columns}")
        self._items = items
        self._covers: dict[int, str] = {}

    def of(self, rows: Iterable[int]) -> list[dict[str, str]]:
        return [self._card(row) for row in rows]

    def _card(self, row: int) -> dict[str, str]:
        item = self._items.row(row, named=True)
        if row not in self._covers:
            self._covers[row] = thumbnail(item["image_path"]) if item.get("image_path") else ""
        # A title may be missing in real data; then the id has to do.
        title = item["title"] or item["item_id"]
        return {"id": item["item_id"], "title": title, "cover": self._covers[row]}
