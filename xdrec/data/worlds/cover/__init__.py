"""Cover images: drawn, not found; the palette, the scene and the small things in it are marks."""

from __future__ import annotations

from xdrec.data.worlds.cover.files import CAPTION, COVER
from xdrec.data.worlds.cover.poster import HEIGHT, WIDTH, draw, themes

__all__ = ["CAPTION", "COVER", "HEIGHT", "WIDTH", "draw", "themes"]
