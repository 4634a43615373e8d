"""How each domain presents a picture: a book, a poster, a record sleeve, a plate, a pot."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw

from xdrec.data.worlds.cover.palettes import Palette, mix
from xdrec.data.worlds.cover.pen import FINE, HEIGHT, WIDTH, Pen
from xdrec.data.worlds.streams import Marks

Shape = Callable[[Pen], None]
WHITE = (255, 255, 255)


def book(pen: Pen, c: Palette, marks: Marks) -> None:
    """A cloth cover with a window in it: a rectangle, an arch or a circle; a spine on the left."""
    paper = marks.pick((mix(c.low, WHITE, 0.5), c.dark, mix(c.low, WHITE, 0.5), c.near))
    line = c.accent if paper in (c.dark, c.near) else c.dark
    kind = marks.pick(("arch", "full", "panel", "full", "circle"))
    if kind != "full":
        _through(pen, paper, {
            "arch": lambda m: (m.disc(51, 49, 36, WHITE), m.rect(15, 49, 87, 116, WHITE)),
            "panel": lambda m: m.rect(14, 11, 88, 117, WHITE, 2),
            "circle": lambda m: m.disc(51, 62, 39, WHITE),
        }[kind])  # fmt: skip
        if kind == "circle":
            pen.ring(51, 62, 41, line, 0.8)
            for y in (12, 114):
                pen.rect(38, y, 64, y + 1, line)
                pen.disc(51, y + 0.5, 1.8, line)
    pen.rect(0, 0, 6, HEIGHT, mix(paper, c.dark, 0.55) if kind != "full" else c.dark)
    pen.rect(6, 0, 7, HEIGHT, mix(paper, WHITE, 0.35))


def film(pen: Pen, c: Palette, marks: Marks) -> None:
    """A poster: the picture to the edges, a dark foot with a row of stars."""
    for n in range(5):
        pen.rect(0, 112 + 2 * n, WIDTH, HEIGHT, mix(c.near, (12, 12, 18), 0.45 + 0.13 * n))
    stars = marks.pick((3, 4, 5))
    for n in range(stars):
        x = 48 + 7 * (n - (stars - 1) / 2)
        pen.poly(_star(x, 122.5, 2.6), c.sun)


def _star(x: float, y: float, r: float) -> list[tuple[float, float]]:
    unit = [(0, -1), (0.24, -0.32), (0.95, -0.31), (0.38, 0.12), (0.59, 0.81), (0, 0.4),
            (-0.59, 0.81), (-0.38, 0.12), (-0.95, -0.31), (-0.24, -0.32)]  # fmt: skip
    return [(x + r * dx, y + r * dy) for dx, dy in unit]


def sleeve(pen: Pen, c: Palette, marks: Marks) -> None:
    """A record half out of its square sleeve, on a wall."""
    picture = pen.image.crop((0, 12 * FINE, WIDTH * FINE, 108 * FINE))
    picture = picture.resize((76 * FINE, 76 * FINE), Image.Resampling.BOX)
    wall = mix(c.low, WHITE, 0.45)
    pen.rect(0, 0, WIDTH, HEIGHT, wall)
    pen.rect(0, 104, WIDTH, HEIGHT, mix(wall, c.near, 0.55))
    pen.disc(62, 62, 32, (24, 22, 28))
    for r in (28, 24, 20):
        pen.ring(62, 62, r, (52, 48, 58), 0.4)
    pen.disc(62, 62, 11, c.accent)
    pen.disc(62, 62, 1.6, wall)
    pen.rect(6, 27, 82, 104.5, mix(wall, c.dark, 0.35))
    pen.image.paste(picture, (4 * FINE, 26 * FINE))


def plate(pen: Pen, c: Palette, marks: Marks) -> None:
    """Kitchenware with the picture baked on: a plate, a mug or a tin."""
    wall, table = mix(c.low, WHITE, 0.55), mix(c.near, c.low, 0.35)
    glaze = mix(c.low, WHITE, 0.85)
    kind = marks.pick(("plate", "mug", "tin"))
    if kind == "plate":
        _through(pen, wall, lambda m: m.disc(48, 62, 33, WHITE))
        pen.ring(48, 62, 43, mix(wall, c.dark, 0.3), 1.2)
        pen.ring(48, 62, 42.3, glaze, 9.5)
        pen.ring(48, 62, 39, c.accent, 1)
        return
    body: Shape
    if kind == "mug":
        body = lambda m: m.rect(12, 30, 70, 104, WHITE, 9)  # noqa: E731
    else:
        body = lambda m: m.rect(18, 34, 78, 110, WHITE, 4)  # noqa: E731
    _through(pen, wall, body, low=table)
    if kind == "mug":
        pen.ring(72, 66, 18, glaze, 5)
        pen.rect(58, 46, 70, 90, mix(c.near, c.dark, 0.3))
        pen.disc(41, 32, 29, glaze, 0.16)
        pen.disc(41, 32, 26, mix(c.dark, c.mid, 0.3), 0.13)
    else:
        pen.rect(15, 26, 81, 38, c.accent, 3)
        pen.rect(15, 34, 81, 36, mix(c.accent, c.dark, 0.4))
        pen.rect(18, 104, 78, 107, c.accent)


def pot(pen: Pen, c: Palette, marks: Marks) -> None:
    """Garden things: a planted pot, or a packet of seeds."""
    wall = mix(c.low, WHITE, 0.5)
    leaf = (74, 120, 78)
    if marks.chance(0.5):
        _through(pen, wall, lambda m: m.rect(15, 12, 81, 118, WHITE, 1))
        pen.rect(15, 12, 81, 22, c.accent)
        for n in range(11):
            pen.poly([(15 + 6 * n, 12), (21 + 6 * n, 12), (18 + 6 * n, 8.5)], c.accent)
        pen.rect(15, 22, 81, 23, WHITE)
        pen.disc(48, 100, 12, wall)
        _sprout(pen, 48, 108, 14, leaf)
        return
    _through(pen, wall, lambda m: m.poly([(18, 62), (78, 62), (70, 118), (26, 118)], WHITE),
             low=mix(wall, c.near, 0.4))  # fmt: skip
    for x, size in ((48, 50), (34, 36), (63, 40)):
        _sprout(pen, x, 60, size * marks.between(0.85, 1.1), mix(leaf, c.near, marks.between(0, 0.4)))
    for x, y in ((48, 14), (33, 27), (64, 23)):
        for dx, dy in ((-3, 0), (3, 0), (0, -3), (0, 3)):
            pen.disc(x + dx, y + dy, 2.8, c.accent)
        pen.disc(x, y, 2, c.sun)
    pen.rect(14, 55, 82, 66, mix(c.near, c.dark, 0.25), 2)


def _sprout(pen: Pen, x: float, y: float, tall: float, colour: tuple[int, int, int]) -> None:
    pen.rect(x - 0.7, y - tall, x + 0.7, y, colour)
    for n in range(3):
        at, s = y - tall * (0.25 + 0.25 * n), tall * 0.26
        for side in (-1, 1):
            pen.poly([(x, at), (x + side * s * 0.5, at - s * 0.75), (x + side * s * 1.25, at - s * 0.8),
                      (x + side * s * 0.8, at - s * 0.1)], colour)  # fmt: skip


def _through(pen: Pen, ground: tuple[int, int, int], shape: Shape,
             low: tuple[int, int, int] | None = None) -> None:  # fmt: skip
    """Keep the picture inside a shape and cover the rest with a ground (and a table below)."""
    mask = Pen((0, 0, 0))
    shape(mask)
    cover = Image.new("RGB", pen.image.size, ground)
    if low is not None:
        ImageDraw.Draw(cover).rectangle((0, 100 * FINE, WIDTH * FINE, HEIGHT * FINE), low)
    cover.paste(pen.image, (0, 0), mask.image.getchannel(0))
    pen.image.paste(cover)


FRAMES: dict[str, Callable[[Pen, Palette, Marks], None]] = {
    "books": book, "films": film, "music": sleeve, "kitchen": plate, "garden": pot,
}  # fmt: skip
