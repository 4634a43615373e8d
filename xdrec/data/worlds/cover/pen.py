"""A pen that draws in cover units (96 x 128) on paper three times as fine, for smooth edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from PIL import Image, ImageDraw

from xdrec.data.worlds.cover.palettes import Colour, mix
from xdrec.data.worlds.streams import Marks

WIDTH, HEIGHT = 96, 128
FINE = 3
Points = Sequence[tuple[float, float]]


class Pen:
    """Flat shapes, clipped by the paper's edge."""

    def __init__(self, ground: Colour) -> None:
        self.image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), ground)
        self._draw = ImageDraw.Draw(self.image)

    def says(self, what: str) -> None:
        """What the picture as a whole shows, or is shown on; a plain pen does not listen."""

    def shows(
        self, one: str, more: str = "", at: float | None = None
    ) -> AbstractContextManager[None]:
        """What the lines within draw, its plural where there may be several, and where (x)."""
        return nullcontext()

    def finish(self) -> None:
        """The picture is done; what follows is its frame."""

    def small(self) -> Image.Image:
        """The finished picture, averaged down: 96 x 128 RGB."""
        return self.image.reduce(FINE)

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: Colour,
             round_: float = 0) -> None:  # fmt: skip
        box = [x0 * FINE, y0 * FINE, x1 * FINE - 1, y1 * FINE - 1]
        if box[2] < box[0] or box[3] < box[1]:
            return
        if round_:
            self._draw.rounded_rectangle(box, round_ * FINE, colour)
        else:
            self._draw.rectangle(box, colour)

    def disc(self, x: float, y: float, r: float, colour: Colour, flat: float = 1) -> None:
        """A disc, or an ellipse `flat` times as high as it is wide."""
        f = r * flat
        self._draw.ellipse([(x - r) * FINE, (y - f) * FINE, (x + r) * FINE, (y + f) * FINE], colour)

    def ring(self, x: float, y: float, r: float, colour: Colour, width: float,
             flat: float = 1) -> None:  # fmt: skip
        f = r * flat
        box = [(x - r) * FINE, (y - f) * FINE, (x + r) * FINE, (y + f) * FINE]
        self._draw.ellipse(box, outline=colour, width=max(1, round(width * FINE)))

    def slice(self, x: float, y: float, r: float, start: float, end: float, colour: Colour) -> None:
        """A piece of a disc, angles in degrees, clockwise from three o'clock."""
        box = [(x - r) * FINE, (y - r) * FINE, (x + r) * FINE, (y + r) * FINE]
        self._draw.pieslice(box, start, end, colour)

    def poly(self, points: Points, colour: Colour) -> None:
        self._draw.polygon([(x * FINE, y * FINE) for x, y in points], colour)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        fine = [(x * FINE, y * FINE) for x, y in points]
        self._draw.line(fine, colour, max(1, round(width * FINE)), joint="curve")

    def sky(self, top: Colour, low: Colour, horizon: float, bands: int = 7) -> None:
        """Flat bands from the top colour to the low one, as on a printed poster."""
        for n in range(bands):
            y = horizon * n / bands
            self.rect(0, y, WIDTH, horizon if n == bands - 1 else y + horizon / bands + 1,
                      mix(top, low, n / (bands - 1)))  # fmt: skip

    def rays(self, x: float, y: float, colour: Colour, turn: float) -> None:
        """Broad beams out of one point, as old posters have them."""
        for n in range(12):
            a, b = turn + n * math.pi / 6, turn + (n + 0.5) * math.pi / 6
            self.poly([(x, y), (x + 180 * math.cos(a), y + 180 * math.sin(a)),
                       (x + 180 * math.cos(b), y + 180 * math.sin(b))], colour)  # fmt: skip

    def glow(self, x: float, y: float, r: float, sun: Colour, around: Colour) -> None:
        """A sun with two rings of light."""
        for size, share in ((2.1, 0.25), (1.5, 0.5), (1, 1)):
            self.disc(x, y, r * size, mix(around, sun, share))

    def land(self, heights: Sequence[float], colour: Colour) -> None:
        """Everything below a line of heights that runs evenly from edge to edge."""
        step = WIDTH / (len(heights) - 1)
        line = [(n * step, y) for n, y in enumerate(heights)]
        self.poly([(-1, HEIGHT), (-1, heights[0]), *line, (WIDTH + 1, heights[-1]),
                   (WIDTH + 1, HEIGHT)], colour)  # fmt: skip


def rolling(marks: Marks, y: float, height: float, points: int = 25) -> list[float]:
    """Soft hills about y: two waves of random phase."""
    a, b = marks.between(0, 6.28), marks.between(0, 6.28)
    p, q = marks.between(0.8, 1.6), marks.between(2, 3.4)
    return [
        y - height * (0.7 * math.sin(a + p * 6.28 * n / (points - 1))
                      + 0.3 * math.sin(b + q * 6.28 * n / (points - 1)))
        for n in range(points)
    ]  # fmt: skip
