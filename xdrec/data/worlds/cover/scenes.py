"""Which scenes show which theme."""

from __future__ import annotations

from collections.abc import Callable

from xdrec.data.worlds.cover import closeups, indoors, outdoors
from xdrec.data.worlds.cover.palettes import Palette
from xdrec.data.worlds.cover.pen import Pen
from xdrec.data.worlds.streams import Marks

Scene = Callable[[Pen, Palette, Marks], None]
SCENES: dict[str, tuple[Scene, ...]] = {
    "sea": (outdoors.sea, outdoors.sea, closeups.reef),
    "forest": (outdoors.forest, outdoors.forest, closeups.birches),
    "city": (indoors.city, indoors.city, closeups.facade),
    "hearth": (indoors.hearth, indoors.hearth, closeups.oranges),
    "space": (outdoors.space, outdoors.space, closeups.orbits),
    "journey": (outdoors.journey, outdoors.journey, closeups.route),
    "mystery": (indoors.mystery, indoors.mystery, closeups.keyhole),
    "craft": (indoors.quilt, indoors.shelves),
}
