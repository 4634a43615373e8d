"""Small things in a picture, a theme each: gulls, a branch, stars, a balloon, bats, stitches."""

from __future__ import annotations

import math
from collections.abc import Callable

from xdrec.data.worlds.cover.colours import word
from xdrec.data.worlds.cover.palettes import Palette, mix
from xdrec.data.worlds.cover.pen import HEIGHT, WIDTH, Pen
from xdrec.data.worlds.streams import Marks


def gulls(pen: Pen, c: Palette, marks: Marks) -> None:
    for _ in range(5):
        x, y, s = marks.between(12, 84), marks.between(10, 40), marks.between(2.2, 4)
        with pen.shows("a gull", "gulls"):
            pen.line([(x - s, y - s * 0.45), (x - s * 0.4, y - s * 0.55), (x, y),
                      (x + s * 0.4, y - s * 0.55), (x + s, y - s * 0.45)], c.dark, 0.8)  # fmt: skip


def branch(pen: Pen, c: Palette, marks: Marks) -> None:
    left = marks.chance(0.5)
    x0, turn = (0, 1) if left else (WIDTH, -1)
    with pen.shows(f"a leafy branch from the {'left' if left else 'right'}"):
        for n in range(8):
            x, y = x0 + turn * (4 + 5 * n), 6 + 1.2 * n + 3 * math.sin(n / 2)
            pen.line([(x - turn * 6, y - 1.6), (x, y)], c.dark, 1)
            for side in (-1, 1):
                pen.poly([(x, y), (x + turn * 1.5, y + side * 2.6), (x + turn * 5, y + side * 6),
                          (x + turn * 4, y + side * 1.8)], c.dark)  # fmt: skip


def lamps(pen: Pen, c: Palette, marks: Marks) -> None:
    """A string of lights across the top."""
    low = marks.between(8, 16)
    rope = [(x, 3 + low * (1 - ((x - 48) / 48) ** 2)) for x in range(0, WIDTH + 1, 8)]
    pen.line(rope, c.dark, 0.7)
    with pen.shows("a string of lamps that hangs low" if low > 12 else "a string of lamps"):
        for x, y in rope[1:-1]:
            pen.disc(x, y + 2.2, 2, c.accent)
            pen.disc(x, y + 2.2, 1, c.sun)


def fruit(pen: Pen, c: Palette, marks: Marks) -> None:
    """Fruit on a twig that hangs in from above."""
    x = marks.between(20, 76)
    with pen.shows("fruit hanging from above", at=x):
        for dx, drop in ((-6, 15), (0, 20), (7, 13)):
            pen.line([(x, -1), (x + dx, drop)], c.dark, 0.8)
            pen.disc(x + dx, drop + 3, 3.6, c.accent)
            pen.disc(x + dx - 1.2, drop + 1.8, 1, mix(c.accent, (255, 255, 255), 0.6))
    pen.poly([(x, 3), (x + 8, 1), (x + 13, 5), (x + 6, 7)], c.near)


def stars(pen: Pen, c: Palette, marks: Marks) -> None:
    for _ in range(9):
        x, y, s = marks.between(4, 92), marks.between(4, 46), marks.between(1, 2.6)
        thin = s * 0.28
        with pen.shows("a bright star", "bright stars"):
            pen.poly([(x, y - s), (x + thin, y - thin), (x + s, y), (x + thin, y + thin),
                      (x, y + s), (x - thin, y + thin), (x - s, y), (x - thin, y - thin)],
                     c.sun)  # fmt: skip


def balloon(pen: Pen, c: Palette, marks: Marks) -> None:
    for size in (marks.between(5.5, 8), marks.between(2.5, 4)):
        x, y = marks.between(14, 82), marks.between(14, 34)
        with pen.shows(f"a {'large' if size > 5 else 'small'} balloon", at=x):
            pen.poly([(x - size * 0.9, y + size * 0.4), (x + size * 0.9, y + size * 0.4),
                      (x + size * 0.25, y + size * 1.5), (x - size * 0.25, y + size * 1.5)],
                     c.mid)  # fmt: skip
            pen.disc(x, y, size, c.accent)
            pen.disc(x, y, size * 0.5, c.sun, 2)
            pen.rect(x - size * 0.25, y + size * 1.75, x + size * 0.25, y + size * 2.1, c.dark)


def bats(pen: Pen, c: Palette, marks: Marks) -> None:
    for _ in range(4):
        x, y, s = marks.between(10, 86), marks.between(10, 44), marks.between(2.6, 4.6)
        with pen.shows("a bat", "bats"):
            pen.poly([(x, y + s * 0.4), (x - s * 0.3, y - s * 0.1), (x - s, y - s * 0.5),
                      (x - s * 1.5, y + s * 0.3), (x - s * 0.7, y + s * 0.1), (x, y + s * 0.9),
                      (x + s * 0.7, y + s * 0.1), (x + s * 1.5, y + s * 0.3), (x + s, y - s * 0.5),
                      (x + s * 0.3, y - s * 0.1)], c.dark)  # fmt: skip


def stitches(pen: Pen, c: Palette, marks: Marks) -> None:
    """A running stitch just inside the edge."""
    colour = marks.pick((c.sun, c.accent))
    with pen.shows(f"a running stitch in {word(colour)} along the edge"):
        for n in range(16):
            for y in (3.4, HEIGHT - 4.4):
                pen.rect(4 + 5.6 * n, y, 7.4 + 5.6 * n, y + 1, colour)
        for n in range(21):
            for x in (3.4, WIDTH - 4.4):
                pen.rect(x, 6.5 + 5.6 * n, x + 1, 9.9 + 5.6 * n, colour)


TRIFLES: dict[str, Callable[[Pen, Palette, Marks], None]] = {
    "sea": gulls, "forest": branch, "city": lamps, "hearth": fruit, "space": stars,
    "journey": balloon, "mystery": bats, "craft": stitches,
}  # fmt: skip
