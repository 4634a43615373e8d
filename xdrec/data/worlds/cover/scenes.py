"""Which scene shows which theme."""

from __future__ import annotations

from collections.abc import Callable

from xdrec.data.worlds.cover import indoors, outdoors
from xdrec.data.worlds.cover.palettes import Palette
from xdrec.data.worlds.cover.pen import Pen
from xdrec.data.worlds.streams import Marks

SCENES: dict[str, Callable[[Pen, Palette, Marks], None]] = {
    "sea": outdoors.sea, "forest": outdoors.forest, "city": indoors.city, "hearth": indoors.hearth,
    "space": outdoors.space, "journey": outdoors.journey, "mystery": indoors.mystery,
    "craft": indoors.craft,
}  # fmt: skip
