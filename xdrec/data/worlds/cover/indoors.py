"""Scenes made by people: city, hearth, mystery, craft."""

from __future__ import annotations

import math
from contextlib import nullcontext

from xdrec.data.worlds.cover.colours import word
from xdrec.data.worlds.cover.palettes import Palette, mix
from xdrec.data.worlds.cover.pen import HEIGHT, WIDTH, Pen, rolling
from xdrec.data.worlds.streams import Marks

ROOFS = {"spire": ("a spire", "spires"), "step": ("a stepped tower", "stepped towers"),
         "dome": ("a dome", "domes")}  # fmt: skip


def city(pen: Pen, c: Palette, marks: Marks) -> None:
    """A skyline at dusk in three depths, its windows lit; below, the water or the avenue."""
    shore = marks.pick((104, 128, 112))
    pen.says("the skyline of a city")
    pen.sky(c.sky, c.low, 90)
    x, y, r = marks.between(20, 76), marks.between(22, 50), marks.between(8, 14)
    with pen.shows("a low sun" if y > 36 else "a high sun", at=x):
        pen.glow(x, y, r, c.sun, mix(c.sky, c.low, 0.5))
    for n, colour in enumerate((mix(c.low, c.far, 0.7), c.mid, c.near)):
        x = marks.between(-8, 0)
        while x < WIDTH:
            width = marks.between(9, 16) + 2 * n
            top = marks.between(40, 66) + 14 * n
            _tower(pen, c, x, top, x + width, colour, n, marks)
            x += width + marks.between(-1, 2.5 if n else 0.5)
    if shore < HEIGHT:
        with pen.shows("a broad river below" if shore < 110 else "a narrow river below"):
            pen.rect(0, shore, WIDTH, HEIGHT, c.dark)
        for _ in range(26):
            x, y, half = marks.between(0, WIDTH), marks.between(shore + 1, 127), marks.between(1, 6)
            pen.rect(
                x - half, y, x + half, y + 0.8, mix(c.dark, marks.pick((c.low, c.accent)), 0.6)
            )


def _tower(pen: Pen, c: Palette, x0: float, top: float, x1: float, colour: tuple[int, int, int],
           depth: int, marks: Marks) -> None:  # fmt: skip
    middle, width = (x0 + x1) / 2, x1 - x0
    roof = marks.pick(("flat", "spire", "step", "slope", "dome"))
    pen.rect(x0, top, x1, HEIGHT, colour)
    # Only the roofs of the front row stand out.
    with pen.shows(*ROOFS[roof]) if depth == 2 and roof in ROOFS else nullcontext():
        if roof == "spire":
            pen.poly([(x0 + width * 0.25, top), (middle, top - 7), (x1 - width * 0.25, top)],
                     colour)  # fmt: skip
            pen.line([(middle, top - 5), (middle, top - 14)], colour, 0.7)
        elif roof == "step":
            pen.rect(x0 + width * 0.2, top - 4, x1 - width * 0.2, top + 1, colour)
            pen.rect(x0 + width * 0.38, top - 8, x1 - width * 0.38, top, colour)
        elif roof == "slope":
            pen.poly([(x0, top + 0.5), (x0, top - 6), (x1, top + 0.5)], colour)
        elif roof == "dome":
            pen.slice(middle, top + 0.5, width * 0.42, 180, 360, colour)
    if depth == 0:
        return
    columns = max(2, int(width // 3.6))
    gap = width / columns
    for row in range(int((HEIGHT - top) // 5)):
        for column in range(columns):
            if marks.chance(0.42):
                x, y = x0 + gap * (column + 0.28), top + 3 + 5 * row
                lit = c.accent if marks.chance(0.8) else c.low
                pen.rect(x, y, x + gap * 0.5, y + 2.4, mix(colour, lit, 0.55 + 0.45 * (depth == 2)))


def hearth(pen: Pen, c: Palette, marks: Marks) -> None:
    """A table set against a wall: a pot or a jug, a bowl of fruit, a loaf, a window or tiles."""
    pen.says("a set table")
    pen.rect(0, 0, WIDTH, HEIGHT, c.sky)
    table = marks.between(84, 92)
    if marks.chance(0.5):
        x = marks.between(18, 50)
        with pen.shows("a window", at=x + 16):
            frame = mix(c.low, (255, 255, 255), 0.6)
            pen.rect(x - 2, 12, x + 34, 60, frame, 17 * marks.chance(0.5))
            pen.rect(x, 14, x + 32, 58, c.low, 15)
        pen.disc(x + marks.between(8, 24), 34, 7, c.sun)
        pen.rect(x + 15, 14, x + 17, 58, mix(c.low, (255, 255, 255), 0.6))
        pen.rect(x, 38, x + 32, 40, mix(c.low, (255, 255, 255), 0.6))
    else:
        with pen.shows("a wall of tiles behind"):
            for row in range(6):
                for column in range(7):
                    x, y = column * 16 - 8 * (row % 2), row * 16.0
                    pen.poly([(x, y + 8), (x + 8, y), (x + 16, y + 8), (x + 8, y + 16)],
                             mix(c.sky, c.low, 0.75 if (row + column) % 2 else 0.3))  # fmt: skip
                    pen.disc(x + 8, y + 8, 2, mix(c.sky, c.far, 0.6))
    pen.rect(0, table, WIDTH, HEIGHT, c.near)
    pen.rect(0, table, WIDTH, table + 2.5, mix(c.near, c.far, 0.6))
    cloth = mix(c.low, (255, 255, 255), 0.5)
    left = marks.between(4, 16)
    pen.poly(
        [(left + 8, table), (left + 66, table), (left + 76, HEIGHT), (left - 2, HEIGHT)], cloth
    )
    for n in range(5):
        a = n / 5 + 0.08
        pen.poly([(left + 8 + 58 * a, table), (left + 12 + 58 * a, table),
                  (left + 4 + 78 * a, HEIGHT), (left - 2 + 78 * a, HEIGHT)], c.accent)  # fmt: skip
    foot = table + 9
    vessel = marks.pick((_teapot, _jug, _pot))
    x = marks.between(30, 42)
    pen.disc(x, foot, 17, mix(c.near, c.dark, 0.4), 0.18)
    with pen.shows({_teapot: "a teapot", _jug: "a jug", _pot: "a cooking pot"}[vessel]):
        vessel(pen, c, x, foot)
    for n in range(2):
        _steam(pen, mix(c.sky, (255, 255, 255), 0.65), x - 4 + 8 * n, foot - 36)
    x = marks.between(70, 78)
    if marks.chance(0.5):
        with pen.shows("a bowl of fruit"):
            _fruit_bowl(pen, c, x, foot + 6, marks)
    else:
        with pen.shows("a loaf of bread"):
            _loaf(pen, c, x - 2, foot + 8)


def _teapot(pen: Pen, c: Palette, x: float, y: float) -> None:
    pen.ring(x - 15, y - 15, 8, c.mid, 3)
    pen.poly([(x + 10, y - 8), (x + 25, y - 25), (x + 28, y - 22), (x + 13, y - 2)], c.mid)
    pen.disc(x, y - 13, 17, c.mid, 0.8)
    pen.disc(x - 5, y - 17, 8, mix(c.mid, c.low, 0.25), 0.7)
    pen.disc(x, y - 25, 9, c.dark, 0.28)
    pen.disc(x, y - 29, 2.6, c.accent)


def _jug(pen: Pen, c: Palette, x: float, y: float) -> None:
    pen.ring(x + 12, y - 20, 8, c.mid, 3, 1.3)
    pen.poly([(x - 7, y - 34), (x + 9, y - 34), (x + 7, y - 26), (x + 13, y - 12), (x + 8, y),
              (x - 8, y), (x - 13, y - 12), (x - 7, y - 26), (x - 11, y - 36)], c.mid)  # fmt: skip
    pen.rect(x - 11.5, y - 15, x + 11.5, y - 12.5, c.sun)
    pen.rect(x - 12, y - 11, x + 12, y - 9.5, c.accent)


def _pot(pen: Pen, c: Palette, x: float, y: float) -> None:
    pen.rect(x - 20, y - 19, x + 20, y - 14, c.dark, 2)
    pen.rect(x - 16, y - 23, x + 16, y, c.mid, 4)
    pen.rect(x - 16, y - 18, x + 16, y - 16.5, mix(c.mid, c.low, 0.4))
    pen.slice(x, y - 22, 15, 180, 360, mix(c.mid, c.dark, 0.35))
    pen.disc(x, y - 38, 2.6, c.accent)


def _steam(pen: Pen, colour: tuple[int, int, int], x: float, y: float) -> None:
    curl = [(x + 2.6 * math.sin(n / 2.6), y - 1.5 * n) for n in range(14)]
    pen.line(curl, colour, 1.3)


def _fruit_bowl(pen: Pen, c: Palette, x: float, y: float, marks: Marks) -> None:
    for dx, dy in ((-6, -11), (6, -11), (0, -15), (0, -10)):
        fruit = marks.pick((c.accent, c.far, c.sun))
        pen.disc(x + dx, y + dy, 5, fruit)
        pen.line([(x + dx, y + dy - 4), (x + dx + 1.5, y + dy - 7)], c.dark, 0.8)
    pen.slice(x, y - 9, 14, 0, 180, c.dark)
    pen.rect(x - 5, y + 3, x + 5, y + 5.5, c.dark)


def _loaf(pen: Pen, c: Palette, x: float, y: float) -> None:
    crust = mix(c.far, c.mid, 0.4)
    pen.disc(x, y - 4, 17, c.dark, 0.2)
    pen.slice(x, y - 3, 14, 180, 360, crust)
    pen.rect(x - 14, y - 4, x + 14, y - 1, crust, 1)
    for n in range(3):
        pen.line([(x - 8 + 6 * n, y - 7), (x - 5 + 6 * n, y - 13)], c.sun, 1.4)


def mystery(pen: Pen, c: Palette, marks: Marks) -> None:
    """A great moon behind a house on a hill, one window lit."""
    pen.says("a dark house on a hill")
    pen.sky(c.sky, c.low, 96)
    x, y = marks.between(28, 68), marks.between(34, 48)
    moon = marks.pick((c.sun, c.sun, c.accent))
    with pen.shows(f"a great {word(moon)} moon", at=x):
        pen.glow(x, y, marks.between(17, 24), moon, mix(c.sky, c.low, 0.4))
    for n in range(3):  # thin clouds across the moon
        at, half = marks.between(y - 12, y + 22), marks.between(12, 26)
        middle = x + marks.between(-22, 22)
        pen.rect(middle - half, at, middle + half, at + 2.2, mix(c.sky, c.far, 0.3 + 0.2 * n), 1)
    pen.land(rolling(marks, 92, 7), c.far)
    hill = marks.between(30, 66)
    crest = [98 - 17 * math.exp(-(((n * 4 - hill) / 24) ** 2)) for n in range(25)]
    pen.land(crest, c.near)
    with pen.shows("the house", at=hill):
        _house(pen, c, hill, 84, marks)
    pen.land([h + 22 for h in crest], c.dark)
    for tree in (marks.between(2, 14), marks.between(82, 94)):
        _bare_tree(pen, c.dark, tree, 126, marks.between(30, 46), marks)
    path = hill + marks.between(-14, 14)
    pen.poly([(hill - 1, 84), (hill + 1, 84), (hill + 6, 98), (path + 13, 129), (path - 7, 129),
              (hill + 1, 98)], mix(c.near, c.low, 0.35))  # fmt: skip


def _house(pen: Pen, c: Palette, x: float, y: float, marks: Marks) -> None:
    pen.rect(x - 11, y - 17, x + 9, y, c.dark)
    pen.poly([(x - 14, y - 16), (x - 1, y - 28), (x + 12, y - 16)], c.dark)
    pen.rect(x + 7, y - 32, x + 14, y, c.dark)
    pen.poly([(x + 5, y - 31), (x + 10.5, y - 43), (x + 16, y - 31)], c.dark)
    pen.rect(x - 9, y - 27, x - 6, y - 18, c.dark)
    spots = [(x - 8, y - 13), (x - 2.5, y - 13), (x + 3, y - 13), (x + 9, y - 27), (x + 9, y - 18)]
    lit = marks.pick(range(len(spots)))
    for n, (wx, wy) in enumerate(spots):
        shine = c.accent if n == lit else mix(c.dark, c.far, 0.3)
        where = "in its tower" if n > 2 else "below its roof"
        with pen.shows(f"a light {where}") if n == lit else nullcontext():
            pen.rect(wx, wy, wx + 3, wy + 4.5, shine)
    pen.rect(x - 2.5, y - 5.5, x + 1, y, mix(c.dark, c.far, 0.4))


def _bare_tree(pen: Pen, colour: tuple[int, int, int], x: float, y: float, size: float,
               marks: Marks) -> None:  # fmt: skip
    def branch(x: float, y: float, angle: float, length: float, width: float) -> None:
        tip = (x + length * math.sin(angle), y - length * math.cos(angle))
        pen.line([(x, y), tip], colour, width)
        if length > 6:
            for side in (-1, 1):
                branch(*tip, angle + side * marks.between(0.25, 0.7), length * 0.66, width * 0.62)

    branch(x, y, marks.between(-0.15, 0.15), size * 0.45, 3)


PATTERNS = ("quarter circles", "triangles", "rings", "stripes", "diamonds", "half circles")


def quilt(pen: Pen, c: Palette, marks: Marks) -> None:
    """Squares of cut paper: two patterns taking turns."""
    side = marks.pick((24, 16, 32))
    colours = (c.sky, c.low, c.far, c.mid, c.near, c.dark, c.accent, c.sun)
    patterns = [marks.pick(range(6)) for _ in range(2)]
    size = {16: "small", 24: "middling", 32: "large"}[side]
    shapes = " and ".join(dict.fromkeys(PATTERNS[kind] for kind in patterns))
    pen.says(f"a quilt of {size} squares with {shapes}")
    for row in range(HEIGHT // side):
        for column in range(WIDTH // side):
            x, y, s = column * side, row * side, side
            ground, shape = marks.pick(colours[:3]), marks.pick(colours[2:])
            pen.rect(x, y, x + s, y + s, ground)
            kind = patterns[(row + column) % 2]
            if kind == 0:
                corner = marks.pick(((0, 0), (0, 1), (1, 0), (1, 1)))
                turn = {(0, 0): 0, (1, 0): 90, (1, 1): 180, (0, 1): 270}[corner]
                pen.slice(x + s * corner[0], y + s * corner[1], s, turn, turn + 90, shape)
            elif kind == 1:
                pen.poly([(x, y), (x + s, y), (x, y + s)], shape)
            elif kind == 2:
                pen.disc(x + s / 2, y + s / 2, s * 0.36, shape)
                pen.disc(x + s / 2, y + s / 2, s * 0.17, ground)
            elif kind == 3:
                for n in range(3):
                    pen.rect(x, y + s * n / 3, x + s, y + s * (n + 0.5) / 3, shape)
            elif kind == 4:
                h = s / 2
                pen.poly([(x + h, y), (x + s, y + h), (x + h, y + s), (x, y + h)], shape)
                pen.disc(x + h, y + h, s * 0.14, ground)
            else:
                pen.slice(x + s / 2, y, s / 2, 0, 180, shape)
                pen.slice(x + s / 2, y + s / 2, s / 2, 0, 180, mix(shape, ground, 0.45))


def shelves(pen: Pen, c: Palette, marks: Marks) -> None:
    """Striped pots on three shelves."""
    pen.says("pottery on shelves")
    pen.rect(0, 0, WIDTH, HEIGHT, mix(c.low, c.sky, 0.5))
    for shelf, where in ((41, "on top"), (82, "in the middle"), (123, "at the bottom")):
        pen.rect(0, shelf, WIDTH, shelf + 2.5, c.near)
        x = marks.between(8, 14)
        while x < WIDTH - 6:
            half, tall = marks.between(6, 10), marks.between(15, 30)
            with pen.shows(f"one pot {where}", f"pots {where}"):
                _pottery(pen, c, x, shelf, half, tall, marks)
            x += half * 2 + marks.between(3, 6)


def _pottery(pen: Pen, c: Palette, x: float, y: float, half: float, tall: float,
             marks: Marks) -> None:  # fmt: skip
    body, band = marks.pick((c.far, c.mid, c.near, c.accent)), marks.pick((c.sun, c.dark, c.low))
    neck = marks.between(0.35, 0.9)
    belly = marks.between(0.35, 0.65)
    waist = y - tall * belly
    lip, throat = half * neck, half * neck * 0.8
    right = [(lip, tall), (throat, tall * 0.85), (half, tall * belly), (half * 0.6, 0)]
    outline = [(x + dx, y - dy) for dx, dy in right] + [(x - dx, y - dy) for dx, dy in right[::-1]]
    pen.poly(outline, body)
    for n in range(marks.pick((1, 2, 3))):
        pen.rect(x - half * 0.94, waist - 1 + 2.6 * n, x + half * 0.94, waist + 0.4 + 2.6 * n, band)
