"""Scenes under an open sky: sea, forest, journey, space."""

from __future__ import annotations

import math

from xdrec.data.worlds.cover.colours import word
from xdrec.data.worlds.cover.palettes import Palette, mix
from xdrec.data.worlds.cover.pen import HEIGHT, WIDTH, Pen, rolling
from xdrec.data.worlds.streams import Marks


def sea(pen: Pen, c: Palette, marks: Marks) -> None:
    """Rows of waves under a sun; a sail, a lighthouse or a whale."""
    pen.says("the open sea")
    horizon = marks.between(52, 70)
    pen.sky(c.sky, c.low, horizon)
    x, up = marks.between(22, 74), marks.between(2, 26)
    if marks.chance(0.3):
        with pen.shows("broad beams of light"):
            pen.rays(x, horizon - up, mix(c.sky, c.low, 0.75), marks.between(0, 0.5))
    with pen.shows("a sun at the horizon" if up < 13 else "a sun above the water", at=x):
        pen.glow(x, horizon - up, marks.between(9, 15), c.sun, c.low)
    pen.land(rolling(marks, horizon - 2, 3), mix(c.low, c.far, 0.55))
    pen.rect(0, horizon, WIDTH, HEIGHT, c.far)
    for n in range(5):  # light on the water, narrower as it comes near
        half = 11 - 1.8 * n
        pen.rect(x - half, horizon + 1.5 + 2.4 * n, x + half, horizon + 2.4 + 2.4 * n, c.sun)
    kind, at = marks.pick(("sail", "lighthouse", "whale", "sail")), marks.between(24, 72)
    rows = 5
    for n in range(rows):
        y = horizon + 12 + n * (HEIGHT - horizon - 14) / rows
        if n == 1 and kind == "sail":
            with pen.shows("a boat under sail", at=at):
                _sail(pen, c, at, y + 1, marks.between(0.85, 1.25))
        if n == 3 and kind == "whale":
            with pen.shows("the tail of a whale", at=at):
                _whale(pen, c, at, y + 3)
        colour = mix(c.far, c.near, n / (rows - 1)) if n < rows - 1 else c.dark
        _swell(pen, y, 1.6 + 0.8 * n, marks, colour, mix(colour, c.sun, 0.5))
    if kind == "lighthouse":
        with pen.shows("a lighthouse", at=at):
            _lighthouse(pen, c, at, horizon)


def _swell(pen: Pen, y: float, height: float, marks: Marks, water: tuple[int, int, int],
           foam: tuple[int, int, int]) -> None:  # fmt: skip
    phase, length = marks.between(0, 6.28), marks.between(14, 24)
    # |sin| turned upside down has the pointed crests of a drawn wave.
    crest = [y - height * (1 - abs(math.sin(phase + 3.14 * x / length))) for x in range(WIDTH + 1)]
    pen.land([h - 0.7 for h in crest], foam)
    pen.land(crest, water)


def _sail(pen: Pen, c: Palette, x: float, y: float, size: float) -> None:
    s = size * 9
    pen.poly([(x, y - 2.6 * s), (x, y - 0.5 * s), (x + 1.25 * s, y - 0.5 * s)], c.accent)
    mast = x - 0.15 * s
    pen.poly([(mast, y - 2.2 * s), (mast, y - 0.5 * s), (x - 0.95 * s, y - 0.5 * s)],
             c.sun)  # fmt: skip
    pen.poly([(x - 1.2 * s, y - 0.35 * s), (x + 1.4 * s, y - 0.35 * s), (x + 0.9 * s, y + 0.25 * s),
              (x - 0.8 * s, y + 0.25 * s)], c.dark)  # fmt: skip


def _whale(pen: Pen, c: Palette, x: float, y: float) -> None:
    for side in (-1, 1):
        pen.poly([(x, y - 13), (x + side * 5, y - 20), (x + side * 14, y - 21.5),
                  (x + side * 9, y - 14.5), (x + side * 2.6, y - 9), (x, y - 8)],
                 c.dark)  # fmt: skip
    pen.poly([(x - 2.6, y - 11), (x + 2.6, y - 11), (x + 5.5, y + 6), (x - 5.5, y + 6)], c.dark)


def _lighthouse(pen: Pen, c: Palette, x: float, horizon: float) -> None:
    foot, top = horizon + 14, horizon - 26
    beam = mix(c.sky, c.sun, 0.55)
    side = -1 if x > WIDTH / 2 else 1
    pen.poly([(x, top + 2), (x + side * 90, top - 14), (x + side * 90, top + 12)], beam)
    for n in range(5):
        a, b = n / 5, (n + 1) / 5
        y0, y1 = top + 5 + (foot - top - 5) * a, top + 5 + (foot - top - 5) * b
        w0, w1 = 3.6 + 2.6 * a, 3.6 + 2.6 * b
        pen.poly([(x - w0, y0), (x + w0, y0), (x + w1, y1), (x - w1, y1)],
                 c.accent if n % 2 else (250, 246, 236))  # fmt: skip
    pen.rect(x - 5, top + 4, x + 5, top + 5.5, c.dark)
    pen.rect(x - 2.8, top - 0.5, x + 2.8, top + 4, c.sun)
    pen.poly([(x - 4, top - 0.5), (x + 4, top - 0.5), (x, top - 5)], c.dark)
    pen.poly([(x - 30, foot + 8), (x - 12, foot - 3), (x + 10, foot - 4), (x + 26, foot + 8),
              (x + 40, foot + 30), (x - 44, foot + 30)], c.dark)  # fmt: skip


def forest(pen: Pen, c: Palette, marks: Marks) -> None:
    """Ranks of firs that fade into the mist, a low sun, a path or a stream."""
    pen.says("a forest of firs")
    pen.sky(c.sky, c.low, 80)
    sun, high = marks.between(26, 70), marks.between(22, 46)
    if marks.chance(0.3):
        with pen.shows("broad beams of light"):
            pen.rays(sun, high, mix(c.sky, c.low, 0.8), marks.between(0, 0.5))
    with pen.shows("a low sun" if high > 32 else "a high sun", at=sun):
        pen.glow(sun, high, marks.between(9, 14), c.sun, mix(c.sky, c.low, high / 80))
    base = marks.between(44, 54)
    pen.land(rolling(marks, base + 2, 9), mix(c.low, c.far, 0.6))
    winding = marks.chance(0.5)
    for n, colour in enumerate((c.far, c.mid, c.near)):
        ground = rolling(marks, base + 14 + 17 * n, 5)
        size = 7 + 5.5 * n
        pen.land(ground, colour)
        x = marks.between(-4, 2)
        while x < WIDTH + 4:
            at = min(24, max(0, round(x / WIDTH * 24)))
            if marks.chance(0.85) and not (winding and n == 2 and 30 < x < 66):
                fir(pen, x, ground[at] + 2.5, size * marks.between(0.75, 1.35), colour)
            x += size * marks.between(0.45, 0.8)
    if winding:
        light = mix(c.low, c.sun, 0.5)
        y = base + 47
        with pen.shows("a winding path"):
            pen.poly([(48, y), (51, y), (58, y + 8), (50, y + 16), (62, y + 40), (22, y + 40),
                      (36, y + 16), (51, y + 8)], light)  # fmt: skip
    for x, size in ((marks.between(-2, 12), 34), (marks.between(84, 98), 40)):
        fir(pen, x, 132, size * marks.between(1, 1.4), c.dark)
    pen.land(rolling(marks, 122, 3), c.dark)


def fir(pen: Pen, x: float, y: float, height: float, colour: tuple[int, int, int]) -> None:
    """A tree of three skirts on a trunk, its foot at (x, y)."""
    pen.rect(x - height * 0.035, y - height * 0.2, x + height * 0.035, y, colour)
    for n in range(3):
        low, half = y - height * (0.12 + 0.24 * n), height * (0.27 - 0.06 * n)
        pen.poly([(x - half, low), (x + half, low), (x, low - height * 0.42)], colour)


def journey(pen: Pen, c: Palette, marks: Marks) -> None:
    """Peaks with snow; a road into them, or a train over a viaduct."""
    pen.says("mountains with snow on their peaks")
    pen.sky(c.sky, c.low, 78)
    x, y = marks.between(18, 78), marks.between(20, 42)
    if marks.chance(0.4):
        with pen.shows("broad beams of light"):
            pen.rays(x, y, mix(c.sky, c.low, 0.7), marks.between(0, 0.5))
    with pen.shows("a low sun" if y > 32 else "a high sun", at=x):
        pen.glow(x, y, marks.between(7, 11), c.sun, c.low)
    for n, colour in enumerate((mix(c.low, c.far, 0.75), c.mid)):
        x = marks.between(-10, 8)
        while x < WIDTH + 12:
            _peak(pen, c, x, 84 + 4 * n, marks.between(24, 46) - 8 * n, colour, marks)
            x += marks.between(20, 36)
    pen.land(rolling(marks, 84, 4), mix(c.mid, c.near, 0.6))
    if marks.chance(0.45):
        _viaduct(pen, c, marks)
    else:
        pen.land(rolling(marks, 94, 4), c.near)
        bend = marks.between(-16, 16)
        road = [(48 + bend, 90), (50 + bend, 90), (58 - bend, 101), (66, 129), (30, 129),
                (46 - bend, 101)]  # fmt: skip
        way = "off to the left" if bend < -5 else "off to the right" if bend > 5 else "straight on"
        with pen.shows(f"a road that leads {way}"):
            pen.poly(road, c.dark)
            pen.line([(49 + bend, 91), (52 - bend, 101), (48, 129)], c.sun, 0.9)
        pen.land([h + 20 for h in rolling(marks, 106, 2)], c.dark)


def _peak(pen: Pen, c: Palette, x: float, foot: float, height: float,
          colour: tuple[int, int, int], marks: Marks) -> None:  # fmt: skip
    half, top = height * marks.between(0.6, 0.85), foot - height
    pen.poly([(x - half, foot), (x, top), (x + half, foot)], colour)
    pen.poly([(x, top), (x + half, foot), (x + 0.15 * half, foot)], mix(colour, c.dark, 0.25))
    s = 0.3  # the share of the slope that is under snow
    pen.poly([(x, top), (x + half * s, top + height * s), (x + half * s * 0.4, top + height * 0.22),
              (x, top + height * 0.36), (x - half * s * 0.5, top + height * 0.22),
              (x - half * s, top + height * s)], mix(c.low, (255, 255, 255), 0.6))  # fmt: skip


def _viaduct(pen: Pen, c: Palette, marks: Marks) -> None:
    y = 92.0
    pen.says("mountains behind a viaduct")
    pen.rect(0, y, WIDTH, y + 5, c.near)
    for arch in range(7):
        x = 17.0 * arch - 6
        pen.rect(x, y, x + 5, HEIGHT, c.near)
        pen.slice(x + 11, y + 11.5, 6.9, 180, 360, mix(c.mid, c.near, 0.6))
        pen.rect(x, y + 3, x + 5, HEIGHT, c.near)
    front = marks.between(46, 88)
    with pen.shows("a train whose engine is", at=front):
        for n in range(5):
            x = front - 15 * (n + 1)
            colour = c.accent if n else c.dark
            pen.rect(x, y - 7, x + 13.5, y - 0.8, colour, 1)
            for w in range(3):
                pen.rect(x + 2 + 3.6 * w, y - 5.4, x + 4.2 + 3.6 * w, y - 3.2, c.sun)
    for n in range(4):
        pen.disc(
            front - 5 - 5 * n, y - 11 - 2.4 * n, 1.8 + 0.8 * n, mix(c.low, (255, 255, 255), 0.5)
        )
    pen.land(rolling(marks, 118, 3), c.dark)


def space(pen: Pen, c: Palette, marks: Marks) -> None:
    """Stars, a great planet, its moons, a rocket or the ground of another world."""
    pen.says("a night sky")
    pen.sky(c.sky, c.low, HEIGHT, 9)
    for _ in range(42):
        pen.disc(marks.between(0, WIDTH), marks.between(0, 110), marks.between(0.25, 0.75), c.sun)
    x, y, r = marks.between(28, 68), marks.between(36, 62), marks.between(17, 27)
    ringed = marks.chance(0.6)
    body = marks.pick((c.accent, c.far, mix(c.far, c.accent, 0.5)))
    size = "a large" if r > 22 else "a smaller"
    with pen.shows(f"{size} {word(body)} planet", at=x):
        pen.disc(x, y, r * 1.18, mix(c.low, body, 0.22))
        pen.disc(x, y, r, body)
    for n in range(4):  # belts: chords of the disc, bent a little
        at = marks.between(-0.75, 0.75)
        half = r * math.sqrt(1 - at * at)
        thick = marks.between(0.8, 2.2)
        pen.rect(x - half * 0.96, y + at * r - thick / 2, x + half * 0.96, y + at * r + thick / 2,
                 mix(body, (c.dark, c.sun)[n % 2], 0.22), thick / 2)  # fmt: skip
    if ringed:
        tilt = marks.between(0.16, 0.3)
        with pen.shows("rings around it"):
            for width, wide, colour in ((2.2, 1.75, c.sun), (1.2, 1.5, mix(body, c.sun, 0.6))):
                pen.ring(x, y, r * wide, colour, width, tilt)
        pen.slice(
            x, y, r, 180, 360, body
        )  # the near half of the globe hides the far half of the ring
        pen.disc(x - r * 0.3, y - r * 0.45, r * 0.22, mix(body, c.sun, 0.3))
    for _ in range(2):
        mx, my, mr = marks.between(8, 88), marks.between(8, 92), marks.between(2, 4.5)
        with pen.shows("a moon", "moons", at=mx):
            pen.disc(mx, my, mr, mix(c.far, c.sun, 0.5))
            pen.disc(mx + mr * 0.3, my + mr * 0.2, mr * 0.35, c.far)
    if marks.chance(0.55):
        with pen.shows("the ground of another world below"):
            pen.land(rolling(marks, 106, 5), c.mid)
            pen.land(rolling(marks, 115, 3), c.near)
        for _ in range(4):
            pen.disc(
                marks.between(6, 90), marks.between(116, 126), marks.between(2, 6), c.dark, 0.35
            )
    else:
        x, y = marks.between(24, 72), marks.between(86, 98)
        with pen.shows("a rocket", at=x):
            _rocket(pen, c, x, y)


def _rocket(pen: Pen, c: Palette, x: float, y: float) -> None:
    for n, colour in enumerate((mix(c.low, c.far, 0.5), mix(c.far, c.sun, 0.5))):
        pen.poly([(x - 3 + n, y + 10), (x + 3 - n, y + 10), (x + 7 - 4 * n, 130),
                  (x - 7 + 4 * n, 130)], colour)  # fmt: skip
    pen.poly([(x - 4, y + 4), (x - 8.5, y + 13), (x + 8.5, y + 13), (x + 4, y + 4)], c.accent)
    pen.disc(x, y - 1, 5, (244, 240, 248), 2.4)
    pen.poly([(x - 4, y - 8), (x, y - 17), (x + 4, y - 8)], c.accent)
    pen.disc(x, y - 3, 2.3, c.dark)
    pen.disc(x, y - 3, 1.5, c.far)
