"""The same themes from near by: reef, birches, façade, oranges, orbits, map, keyhole."""

from __future__ import annotations

import math

from xdrec.data.worlds.cover.colours import word
from xdrec.data.worlds.cover.palettes import Palette, mix
from xdrec.data.worlds.cover.pen import HEIGHT, WIDTH, Pen, rolling
from xdrec.data.worlds.streams import Marks

WHITE = (255, 255, 255)


def reef(pen: Pen, c: Palette, marks: Marks) -> None:
    """Under water: light from above, fish in pairs, weed and coral."""
    pen.says("a reef under water")
    pen.sky(c.low, c.near, HEIGHT, 9)
    for x in (14.0, 42.0, 70.0):
        lean = marks.between(-16, 16)
        pen.poly([(x, 0), (x + 11, 0), (x + 20 + lean, 104), (x - 6 + lean, 104)],
                 mix(c.low, c.far, 0.55))  # fmt: skip
    for n in range(6):
        x, y, size = marks.between(12, 84), 16 + 13 * n + marks.between(0, 5), marks.between(4, 8.5)
        colour, left = marks.pick((c.accent, c.sun, c.dark)), marks.chance(0.5)
        way = "left" if left else "right"
        with pen.shows(f"one fish swimming {way}", f"fish swimming {way}"):
            _fish(pen, x, y, size, colour, c, left)
    pen.land(rolling(marks, 112, 5), c.dark)
    for _ in range(9):
        x, tall, bend = marks.between(2, 94), marks.between(16, 44), marks.between(0, 6.28)
        weed = [(x + 2.2 * math.sin(bend + n / 2.2), 120 - tall * n / 10) for n in range(11)]
        pen.line(weed, marks.pick((c.dark, c.near, mix(c.accent, c.near, 0.35))), 2.2)
    for _ in range(7):
        pen.ring(marks.between(8, 88), marks.between(6, 80), marks.between(1, 2.6), c.sun, 0.5)


def _fish(pen: Pen, x: float, y: float, s: float, colour: tuple[int, int, int], c: Palette,
          left: bool) -> None:  # fmt: skip
    turn = -1 if left else 1
    pen.poly([(x - turn * s * 0.7, y), (x - turn * s * 1.7, y - s * 0.6),
              (x - turn * s * 1.4, y), (x - turn * s * 1.7, y + s * 0.6)], colour)  # fmt: skip
    pen.disc(x, y, s, colour, 0.55)
    pen.poly([(x, y - s * 0.4), (x - turn * s * 0.7, y - s * 0.8), (x - turn * s * 0.5, y)], colour)
    stripe = x - turn * s * 0.1
    pen.rect(stripe, y - s * 0.5, stripe + s * 0.22, y + s * 0.5, mix(colour, c.low, 0.5))
    pen.disc(x + turn * s * 0.55, y - s * 0.12, s * 0.12, c.low)


def birches(pen: Pen, c: Palette, marks: Marks) -> None:
    """White trunks, near and far, leaves above and ferns below."""
    pen.says("a wood of birches")
    pen.sky(c.low, c.far, HEIGHT, 6)
    x, y, r = marks.between(26, 70), marks.between(40, 60), marks.between(12, 18)
    with pen.shows("a sun behind the trunks", at=x):
        pen.disc(x, y, r, c.sun)
    for depth, (count, bark) in enumerate(
        ((7, mix(c.far, c.mid, 0.5)), (5, mix(c.low, WHITE, 0.7)))
    ):
        pen.land(rolling(marks, 100 + 10 * depth, 3), (c.mid, c.near)[depth])
        for n in range(count):
            x = (n + marks.between(0.15, 0.85)) * WIDTH / count
            half = marks.between(1.2, 2) if depth == 0 else marks.between(2.4, 4)
            lean = marks.between(-3, 3)
            pen.poly([(x - half + lean, -1), (x + half + lean, -1), (x + half, 106 + 12 * depth),
                      (x - half, 106 + 12 * depth)], bark)  # fmt: skip
            for _ in range(8 * depth):
                y = marks.between(16, 112)
                at = x + lean * (1 - y / 112)
                spot = at + marks.pick((-0.3, 0.3)) * half
                pen.rect(spot - half * 0.6, y, spot + half * 0.6,
                         y + marks.between(0.6, 1.4), c.dark)  # fmt: skip
    for _ in range(42):
        x, y, s = marks.between(0, WIDTH), marks.between(0, 22) ** 1.15, marks.between(2, 4.5)
        leaf = marks.pick((c.accent, c.mid, c.near, c.sun))
        pen.poly([(x - s, y), (x, y - s * 0.5), (x + s, y), (x, y + s * 0.5)], leaf)
    for _ in range(16):
        x, tall = marks.between(0, WIDTH), marks.between(8, 17)
        for side in (-1, -0.4, 0.4, 1):
            pen.poly([(x - 0.8, 129), (x + side * tall * 0.7, 127 - tall), (x + 0.8, 129)], c.dark)


def facade(pen: Pen, c: Palette, marks: Marks) -> None:
    """One house front at night: some windows lit, people and plants behind them."""
    pen.rect(0, 0, WIDTH, HEIGHT, c.near)
    for row in range(0, HEIGHT, 5):
        for column in range(4):
            x = column * 26 + 13 * (row // 5 % 2) + marks.between(-3, 3)
            pen.rect(x, row, x + 6, row + 1.8, mix(c.near, c.mid, 0.5))
    columns = marks.pick((2, 3))
    pen.says(f"the front of a house, {('two', 'three')[columns - 2]} windows to a row")
    wide, tall = WIDTH / columns, 42
    for row in range(3):
        for column in range(columns):
            x0, y0 = column * wide + wide * 0.2, row * tall + 8
            x1, y1 = x0 + wide * 0.6, y0 + 25
            glass = marks.pick((c.accent, c.sun, c.low, c.dark, c.dark))
            pen.rect(x0 - 1.8, y0 - 1.8, x1 + 1.8, y1 + 1.8, c.mid)
            pen.rect(x0, y0, x1, y1, glass)
            pen.rect(x0 - 3, y1 + 1.8, x1 + 3, y1 + 4, c.far)
            middle = (x0 + x1) / 2
            inside = marks.pick(("person", "plant", "curtain", "cat", "none"))
            shade = mix(glass, c.dark, 0.8)
            if inside == "person":
                with pen.shows("somebody at a window", "people at their windows"):
                    pen.disc(middle, y0 + 12, 3.4, shade)
                    pen.slice(middle, y1 + 0.5, 7, 180, 360, shade)
            elif inside == "plant":
                with pen.shows("a plant", "plants"):
                    pen.rect(middle - 2.5, y1 - 5, middle + 2.5, y1, c.dark)
                    for side in (-6, -3, 0, 3, 6):
                        tip = (middle + side, y1 - 14 + abs(side) / 2)
                        pen.line([(middle, y1 - 5), tip], shade, 1.2)
            elif inside == "curtain":
                with pen.shows("a pair of curtains", "pairs of curtains"):
                    pen.poly([(x0, y0), (middle, y0), (x0, y1)], mix(glass, c.far, 0.7))
                    pen.poly([(x1, y0), (middle, y0), (x1, y1)], mix(glass, c.far, 0.7))
            elif inside == "cat":
                with pen.shows("a cat", "cats"):
                    pen.slice(middle, y1 + 0.5, 5, 180, 360, shade)
                    pen.disc(middle + 3, y1 - 6, 2.6, shade)
                    for ear in (1.2, 4.8):
                        pen.poly([(middle + ear - 1.2, y1 - 7), (middle + ear, y1 - 11),
                                  (middle + ear + 1.2, y1 - 7)], shade)  # fmt: skip
            pen.rect(middle - 0.5, y0, middle + 0.5, y1, c.mid)


def oranges(pen: Pen, c: Palette, marks: Marks) -> None:
    """Fruit cut open on a cloth, seen from above."""
    pen.says("fruit on a chequered cloth")
    pen.rect(0, 0, WIDTH, HEIGHT, c.low)
    for n in range(0, WIDTH, 16):
        pen.rect(n, 0, n + 8, HEIGHT, mix(c.low, c.sky, 0.45))
    for n in range(0, HEIGHT, 16):
        pen.rect(0, n, WIDTH, n + 8, mix(c.low, c.sky, 0.6))
    for row in range(4):
        for column in range(3):
            x = 16 + 32 * column + marks.between(-4, 4) + 12 * (row % 2 - 0.5)
            y, r = 16 + 32 * row + marks.between(-4, 4), marks.between(10, 15)
            skin = marks.pick((c.far, c.mid, c.accent, c.sun))
            pen.disc(x + 1.2, y + 1.6, r, mix(c.sky, c.near, 0.45))
            pen.disc(x, y, r, skin)
            if marks.chance(0.65):
                with pen.shows("one of them cut open", "of them cut open"):
                    pen.disc(x, y, r * 0.88, mix(skin, WHITE, 0.75))
                turn = marks.between(0, 60)
                for n in range(8):
                    pen.slice(
                        x, y, r * 0.8, turn + 45 * n + 4, turn + 45 * n + 41, mix(skin, c.sun, 0.25)
                    )
            else:
                pen.disc(x - r * 0.3, y - r * 0.35, r * 0.25, mix(skin, WHITE, 0.4))
                pen.poly([(x, y), (x + r * 0.5, y - r * 0.9), (x + r * 1.1, y - r * 0.8)], c.near)


def orbits(pen: Pen, c: Palette, marks: Marks) -> None:
    """A sun with its planets, each on its ring, seen from above."""
    pen.says("planets on their rings around a sun")
    pen.rect(0, 0, WIDTH, HEIGHT, c.sky)
    for _ in range(50):
        pen.disc(marks.between(0, WIDTH), marks.between(0, HEIGHT), marks.between(0.25, 0.7), c.sun)
    x, y = marks.between(20, 76), marks.between(30, 98)
    for size, share in ((24.0, 0.35), (18.0, 0.7)):
        pen.disc(x, y, size, mix(c.sky, c.low, share))
    warm = marks.pick((c.accent, c.sun))
    high = "high" if y < 52 else "low" if y > 76 else "half-way"
    with pen.shows(f"the {word(warm)} sun {high}", at=x):
        pen.disc(x, y, 11, warm)
    r = 22.0
    while r < 96:
        pen.ring(x, y, r, mix(c.sky, c.far, 0.75), 0.5)
        angle, size = marks.between(0, 6.28), marks.between(2, 6.5)
        px, py = x + r * math.cos(angle), y + r * math.sin(angle)
        body = marks.pick((c.far, c.mid, c.accent, c.sun))
        with pen.shows("one planet in sight", "planets in sight"):
            pen.disc(px, py, size, body)
        pen.slice(
            px, py, size, math.degrees(angle) - 90, math.degrees(angle) + 90, mix(body, c.dark, 0.4)
        )
        if size > 5:
            pen.ring(px, py, size * 1.7, c.sun, 0.7, 0.35)
        r += marks.between(10, 16)


def route(pen: Pen, c: Palette, marks: Marks) -> None:
    """An old map: land and lake, heights in lines, a dotted way to a cross, a compass."""
    pen.says("an old map")
    pen.rect(0, 0, WIDTH, HEIGHT, c.low)
    for n in range(5):
        pen.land(rolling(marks, 24 + 24 * n, 9), mix(c.low, (c.far, c.mid)[n % 2], 0.2 + 0.13 * n))
    for x, y, r in ((marks.between(16, 36), 88.0, 15.0), (marks.between(58, 80), 32.0, 11.0)):
        for n in range(4):
            pen.ring(x, y, r - 3.4 * n, c.near, 0.5, 0.72)
    bend = marks.between(8, 18)
    way = [(16 + 64 * n / 18 + bend * math.sin(n / 2.6), 112 - 82 * n / 18) for n in range(19)]
    with pen.shows("a dotted way that swings far out" if bend > 13 else "a dotted way to a cross"):
        for x, y in way[:-1]:
            pen.disc(x, y, 1.1, c.accent)
    x, y = way[-1]
    for side in (-1, 1):
        pen.line([(x - 3.5 * side, y - 3.5), (x + 3.5 * side, y + 3.5)], c.accent, 1.8)
    pen.disc(*way[0], 3, c.accent)
    x, y, s = 76.0, marks.between(92, 106), 13.0
    with pen.shows("a compass"):
        pen.disc(x, y, s * 0.86, c.dark)
        pen.disc(x, y, s * 0.76, mix(c.low, WHITE, 0.5))
    for n in range(8):
        angle, r = n * math.pi / 4, s * (1.1 if n % 2 == 0 else 0.6)
        for side in (-1, 1):
            edge = angle + side * 0.4
            pen.poly([(x, y), (x + r * math.sin(angle), y - r * math.cos(angle)),
                      (x + s * 0.25 * math.sin(edge), y - s * 0.25 * math.cos(edge))],
                     c.dark if side < 0 else c.accent)  # fmt: skip


def keyhole(pen: Pen, c: Palette, marks: Marks) -> None:
    """A dark door, and through its keyhole a lit stair, a moon, somebody."""
    pen.says("a stair seen through a keyhole")
    pen.rect(0, 0, WIDTH, HEIGHT, c.dark)
    for x in (8, 52):
        for y, tall in ((6, 50), (64, 58)):
            pen.rect(x, y, x + 36, y + tall, c.near, 1.5)
            pen.rect(x + 3, y + 3, x + 33, y + tall - 3, mix(c.near, c.dark, 0.5), 1.5)
    middle = 48 + marks.between(-4, 4)
    for size, colour in ((4, c.accent), (0, c.low)):
        pen.disc(middle, 46, 21 + size, colour)
        pen.poly([(middle - 10 - size / 2, 56), (middle + 10 + size / 2, 56),
                  (middle + 19 + size, 110 + size), (middle - 19 - size, 110 + size)],
                 colour)  # fmt: skip
    off, r = marks.between(-6, 6), marks.between(7, 11)
    side = (
        "left of the middle" if off < -2 else "right of the middle" if off > 2 else "straight above"
    )
    with pen.shows(f"a {'great' if r > 9 else 'small'} moon {side}"):
        pen.disc(middle + off, 42, r, c.sun)
    for n in range(6):
        y, half = 74 + 6 * n, 12.5 + 1.1 * n
        pen.rect(middle - half, y, middle + half, y + 3.2, mix(c.far, c.near, n / 5))
    pen.disc(middle, 60.5, 2.6, c.dark)
    pen.poly([(middle - 2, 62), (middle + 2, 62), (middle + 4.6, 78), (middle - 4.6, 78)], c.dark)
    if marks.chance(0.5):
        pen.rect(middle - 4.5, 58, middle + 4.5, 59.2, c.dark)
        pen.rect(middle - 2.4, 54.8, middle + 2.4, 58.4, c.dark)
