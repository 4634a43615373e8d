"""One cover: a scene in a palette with a few small things, in the frame of its domain."""

from __future__ import annotations

from typing import TypeVar

from PIL import Image

from xdrec.data.worlds.cover.frames import FRAMES, photo
from xdrec.data.worlds.cover.palettes import palette
from xdrec.data.worlds.cover.pen import HEIGHT, WIDTH, Pen
from xdrec.data.worlds.cover.scenes import SCENES
from xdrec.data.worlds.cover.trifles import TRIFLES
from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.streams import Marks

AnyPen = TypeVar("AnyPen", bound=Pen)
__all__ = ["HEIGHT", "WIDTH", "draw"]


def draw(domain: str, marks: Marks) -> Image.Image:
    """A cover of 96 x 128 pixels, RGB. Scene, palette and trifles are three marks of the item."""
    return paint(domain, marks, Pen).small()


def paint(domain: str, marks: Marks, kind: type[AnyPen]) -> AnyPen:
    """The pen of a cover when all is drawn, a pen of the kind that is asked for."""
    scene, colours, extra = themes(marks)
    colour = palette(colours, marks)
    pen = kind(colour.sky)
    marks.pick(SCENES[scene])(pen, colour, marks)
    TRIFLES[extra](pen, colour, marks)
    pen.finish()
    FRAMES.get(domain, photo)(pen, colour, marks)
    return pen


def themes(marks: Marks) -> list[str]:
    """The themes of the scene, the palette and the trifles: the first draws of a cover."""
    return [THEMES[marks.theme()] for _ in range(3)]
