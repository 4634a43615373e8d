"""How each domain presents a picture: a book, a poster, a record sleeve, a plate, a pot."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PIL import Image

from xdrec.data.worlds.cover.colours import word
from xdrec.data.worlds.cover.palettes import Colour, Palette, mix
from xdrec.data.worlds.cover.pen import FINE, HEIGHT, WIDTH, Pen
from xdrec.data.worlds.streams import Marks

WHITE = (255, 255, 255)


BOOK = {"arch": "an arched window", "panel": "a panel", "circle": "a circle"}


def book(pen: Pen, c: Palette, marks: Marks) -> None:
    """A cloth cover with a window in it: a rectangle, an arch or a circle; a spine on the left."""
    paper = marks.pick((mix(c.low, WHITE, 0.5), c.dark, mix(c.low, WHITE, 0.5), c.near))
    line = c.accent if paper in (c.dark, c.near) else c.dark
    kind = marks.pick(("arch", "full", "panel", "full", "circle"))
    pen.says("from edge to edge" if kind == "full" else
             f"within {BOOK[kind]} in {word(paper)} cloth")  # fmt: skip
    if kind != "full":
        _through(pen, paper, {"arch": _arch, "panel": _panel, "circle": _circle}[kind])
        if kind == "circle":
            pen.ring(51, 62, 41, line, 0.8)
            for y in (12, 114):
                pen.rect(38, y, 64, y + 1, line)
                pen.disc(51, y + 0.5, 1.8, line)
    pen.rect(0, 0, 6, HEIGHT, mix(paper, c.dark, 0.55) if kind != "full" else c.dark)
    pen.rect(6, 0, 7, HEIGHT, mix(paper, WHITE, 0.35))


def _arch(mask: Pen) -> None:
    mask.disc(51, 49, 36, WHITE)
    mask.rect(15, 49, 87, 116, WHITE)


def _panel(mask: Pen) -> None:
    mask.rect(14, 11, 88, 117, WHITE, 2)


def _circle(mask: Pen) -> None:
    mask.disc(51, 62, 39, WHITE)


def film(pen: Pen, c: Palette, marks: Marks) -> None:
    """A poster: the picture to the edges over a dark foot, or a strip of film."""
    foot = (14, 13, 20)
    if marks.chance(0.25):
        pen.says("as one frame of a strip of film")
        for y in (0, 117):
            pen.rect(0, y, WIDTH, y + 11, foot)
            for n in range(9):
                pen.rect(2.2 + 10.8 * n, y + 3, 7.6 + 10.8 * n, y + 8, mix(c.low, foot, 0.25), 1)
        return
    for n in range(5):
        pen.rect(0, 112 + 2 * n, WIDTH, HEIGHT, mix(c.near, foot, 0.45 + 0.13 * n))
    half = marks.pick((12, 18, 26))
    length = {12: "short", 18: "middling", 26: "long"}[half]
    pen.says(f"above a dark foot with a {length} line")
    pen.rect(48 - half, 122, 48 + half, 122.7, c.sun)
    pen.poly([(48 - 4, 122.35), (48, 119.8), (52, 122.35), (48, 124.9)], c.accent)


SLEEVE = (12, 108)  # the rows of the picture that a square sleeve has room for


def sleeve(pen: Pen, c: Palette, marks: Marks) -> None:
    """A record half out of its square sleeve, on a shelf."""
    side, top, left = 70, 34, marks.pick((4, 22))
    picture = pen.image.crop((0, SLEEVE[0] * FINE, WIDTH * FINE, SLEEVE[1] * FINE))
    picture = picture.resize((side * FINE, side * FINE), Image.Resampling.BOX)
    wall = mix(c.low, WHITE, 0.45)
    pen.rect(0, 0, WIDTH, HEIGHT, wall)
    pen.rect(0, 104, WIDTH, HEIGHT, mix(wall, c.near, 0.55))
    x, y = left + side / 2 + (20 if left < 10 else -16), top + side / 2
    out = "on the right" if left < 10 else "on the left"
    if marks.chance(0.35):
        x, y, out = left + side / 2, top + 6.0, "at the top"
    pen.says(f"with the record half out {out}")
    pen.disc(x, y, 33, (26, 24, 30))
    for r in (29, 25, 21, 17):
        pen.ring(x, y, r, (58, 54, 64), 0.4)
    pen.disc(x, y, 11, c.accent)
    pen.disc(x, y, 1.6, wall)
    pen.rect(left + 1.5, top + 1, left + side + 1.2, top + side + 0.4, mix(wall, c.dark, 0.45))
    pen.image.paste(picture, (left * FINE, top * FINE))


def plate(pen: Pen, c: Palette, marks: Marks) -> None:
    """Kitchenware with the picture baked on: a plate, a mug or a tin."""
    wall, table = mix(c.low, WHITE, 0.55), mix(c.near, WHITE, 0.3)
    glaze = mix(c.low, WHITE, 0.85)
    kind = marks.pick((_plate, _mug, _tin))
    pen.says({_plate: "on a plate", _mug: "on a mug", _tin: "on a tin"}[kind])
    if kind is _plate:
        _through(pen, wall, _plate)
        pen.ring(48, 62, 43, mix(wall, c.dark, 0.3), 1.2)
        pen.ring(48, 62, 42.3, glaze, 9.5)
        pen.ring(48, 62, 39, c.accent, 1)
    elif kind is _mug:
        _through(pen, wall, _mug, low=table, handle=mix(glaze, c.near, 0.3))
        pen.disc(40, 32, 29, glaze, 0.16)
        pen.disc(40, 32, 26, mix(c.dark, c.mid, 0.3), 0.13)
    else:
        _through(pen, wall, _tin, low=table)
        pen.rect(15, 26, 81, 38, c.accent, 3)
        pen.rect(15, 34, 81, 36, mix(c.accent, c.dark, 0.4))
        pen.rect(18, 104, 78, 107, c.accent)


def _plate(mask: Pen) -> None:
    mask.disc(48, 62, 33, WHITE)


def _mug(mask: Pen) -> None:
    mask.rect(11, 40, 69, 108, WHITE, 9)
    mask.rect(11, 32, 69, 60, WHITE)


def _tin(mask: Pen) -> None:
    mask.rect(18, 34, 78, 110, WHITE, 4)


def pot(pen: Pen, c: Palette, marks: Marks) -> None:
    """Garden things: a planted pot, or a packet of seeds."""
    wall = mix(c.low, WHITE, 0.5)
    leaf = (74, 120, 78)
    if marks.chance(0.5):
        pen.says("on a packet of seeds")
        _through(pen, wall, _packet)
        pen.rect(15, 12, 81, 22, c.accent)
        for n in range(11):
            pen.poly([(15 + 6 * n, 12), (21 + 6 * n, 12), (18 + 6 * n, 8.5)], c.accent)
        pen.rect(15, 22, 81, 23, WHITE)
        pen.disc(48, 100, 12, wall)
        _sprout(pen, 48, 108, 14, leaf)
        return
    pen.says("on a pot with a flowering plant in it")
    _through(pen, wall, _planter, low=mix(wall, c.near, 0.4))
    for x, size in ((48, 50), (34, 36), (63, 40)):
        _sprout(
            pen, x, 60, size * marks.between(0.85, 1.1), mix(leaf, c.near, marks.between(0, 0.4))
        )
    for x, y in ((48, 14), (33, 27), (64, 23)):
        for dx, dy in ((-3, 0), (3, 0), (0, -3), (0, 3)):
            pen.disc(x + dx, y + dy, 2.8, c.accent)
        pen.disc(x, y, 2, c.sun)
    pen.rect(14, 55, 82, 66, mix(c.near, c.dark, 0.25), 2)


def _sprout(pen: Pen, x: float, y: float, tall: float, colour: Colour) -> None:
    pen.rect(x - 0.7, y - tall, x + 0.7, y, colour)
    for n in range(3):
        at, s = y - tall * (0.25 + 0.25 * n), tall * 0.26
        for side in (-1, 1):
            pen.poly([(x, at), (x + side * s * 0.5, at - s * 0.75),
                      (x + side * s * 1.25, at - s * 0.8), (x + side * s * 0.8, at - s * 0.1)],
                     colour)  # fmt: skip


def _packet(mask: Pen) -> None:
    mask.rect(15, 12, 81, 118, WHITE, 1)


def _planter(mask: Pen) -> None:
    mask.poly([(18, 62), (78, 62), (70, 118), (26, 118)], WHITE)


def _through(pen: Pen, ground: Colour, shape: Callable[[Pen], None], low: Colour | None = None,
             handle: Colour | None = None) -> None:  # fmt: skip
    """Keep the picture inside a shape and cover the rest: a wall, a table, the handle of a mug."""
    cover = Pen(ground)
    if low is not None:
        cover.rect(0, 100, WIDTH, HEIGHT, low)
    if handle is not None:
        cover.ring(70, 68, 18, handle, 5.5)
    cover.image.paste(pen.image, (0, 0), _mask(shape))
    pen.image.paste(cover.image)


@cache
def _mask(shape: Callable[[Pen], None]) -> Image.Image:
    mask = Pen((0, 0, 0))
    shape(mask)
    return mask.image.getchannel(0)


def photo(pen: Pen, c: Palette, marks: Marks) -> None:
    """No frame at all: what people post, film or read is the picture to its edges."""
    pen.says("to the edges")


FRAMES: dict[str, Callable[[Pen, Palette, Marks], None]] = {
    "books": book, "films": film, "music": sleeve, "kitchen": plate, "garden": pot,
}  # fmt: skip
