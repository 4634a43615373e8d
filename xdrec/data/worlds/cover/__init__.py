"""Cover images: drawn, not found; the palette, the scene and the small things in it are marks."""

from __future__ import annotations

from xdrec.data.worlds.cover.files import draw_all
from xdrec.data.worlds.cover.poster import HEIGHT, WIDTH, draw

__all__ = ["HEIGHT", "WIDTH", "draw", "draw_all"]
