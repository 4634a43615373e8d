"""What a cover shows, in a sentence, as a shop would describe it to who cannot see it.

The drawing code says what its lines are; a witness looks on and keeps what can be seen in the end:
what a frame hides, or what is dark on dark, is not told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from xdrec.data.worlds.cover.colours import NAMES, named
from xdrec.data.worlds.cover.frames import SLEEVE
from xdrec.data.worlds.cover.palettes import Colour
from xdrec.data.worlds.cover.pen import WIDTH, Pen
from xdrec.data.worlds.cover.poster import paint
from xdrec.data.worlds.streams import Marks

CONTRAST = 24  # of 255, in one channel at least: what differs less does not stand out
FEWEST = 4  # pixels of a thing that must be seen
SHARE = 0.5  # of its pixels that must be seen
MOST = 3  # colours to be named, each on a twelfth of the cover at least
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
           "eleven", "twelve")  # fmt: skip
COVERS = {"books": "cover", "films": "poster", "music": "sleeve", "kitchen": "print",
          "garden": "print"}  # fmt: skip
TEMPLATES = (
    "the {cover} shows {picture}, {frame}, mostly in {colours}.",
    "pictured {frame}, in {colours}: {picture}.",
    "on the {cover}, {frame}: {picture}; its colours are mostly {colours}.",
    "mostly {colours}, the {cover} shows {picture}, {frame}.",
)


@dataclass(frozen=True)
class Thing:
    """Something that was drawn: its name, its plural, and its pixels as they were then."""

    one: str
    more: str
    where: np.ndarray
    pixels: np.ndarray


class Witness(Pen):
    """A pen that listens to what it is told it draws."""

    def __init__(self, ground: Colour) -> None:
        super().__init__(ground)
        self.subject = self.frame = ""
        self.things: list[Thing] = []
        self.picture: np.ndarray | None = None

    def look(self) -> np.ndarray:
        return np.asarray(self.small()).astype(np.int16)

    def says(self, what: str) -> None:
        if self.picture is None:
            self.subject = what
        else:
            self.frame = what

    @contextmanager
    def shows(self, one: str, more: str = "", at: float | None = None) -> Iterator[None]:
        place, before = len(self.things), self.look()
        yield
        after = self.look()
        where = differ(before, after)
        said = one if at is None else f"{one} {side(at)}"
        self.things.insert(place, Thing(said, more, where, after[where]))

    def finish(self) -> None:
        self.picture = self.look()

    def seen(self, whole: bool) -> list[str]:
        """The things that can be seen, equal ones counted; `whole`: the frame moves the picture."""
        assert self.picture is not None, "finish() comes before the frame"
        kept = np.zeros(self.picture.shape[:2], bool)
        kept[slice(*SLEEVE)] = True
        if not whole:
            kept = ~differ(self.picture, self.look())
        names: dict[str, list[str]] = {}
        for thing in self.things:
            same = np.abs(thing.pixels - self.picture[thing.where]).max(axis=1, initial=0)
            count = ((same <= CONTRAST) & kept[thing.where]).sum()
            if count >= max(FEWEST, SHARE * len(thing.pixels)):
                names.setdefault(thing.more or thing.one, []).append(thing.one)
        return [ones[0] if len(ones) == 1 or more == ones[0] else f"{number(len(ones))} {more}"
                for more, ones in names.items()]  # fmt: skip


def caption(domain: str, marks: Marks) -> str:
    """The sentence for the cover that `poster.draw` makes of the same marks."""
    pen = paint(domain, marks, Witness)
    things = pen.seen(whole=domain == "music")
    picture = f"{pen.subject} with {listed(things)}" if things else pen.subject
    said = marks.pick(TEMPLATES).format(
        cover=COVERS.get(domain, "photo"),
        picture=picture,
        frame=pen.frame,
        colours=listed(main(pen.look())),
    )
    return said[0].upper() + said[1:]


def main(pixels: np.ndarray) -> list[str]:
    """The colours that cover most of it, the most of it first."""
    share = np.bincount(named(pixels).ravel(), minlength=len(NAMES)) * 12 / pixels[..., 0].size
    order = np.argsort(-share, kind="stable")[:MOST]
    return [list(NAMES)[n] for n in order if share[n] >= 1]


def differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two pictures can be told apart, bool [height, width]."""
    red, green, blue = np.abs(a - b).transpose(2, 0, 1)
    return np.maximum(np.maximum(red, green), blue) > CONTRAST


def side(x: float) -> str:
    """Where on a cover that is x from its left edge.

    >>> side(10), side(48), side(90)
    ('on the left', 'in the middle', 'on the right')
    """
    third = int(3 * min(max((x - 12) / (WIDTH - 24), 0), 0.999))
    return ("on the left", "in the middle", "on the right")[third]


def number(n: int) -> str:
    return NUMBERS[n] if n < len(NUMBERS) else "many"


def listed(names: list[str]) -> str:
    """Names in a row, with "and" before the last.

    >>> listed(["a sail"]), listed(["a sail", "a sun", "two gulls"])
    ('a sail', 'a sail, a sun and two gulls')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
