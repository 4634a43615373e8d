"""Clips: three shots of a moving camera; what each shows are marks, as on a cover."""

from __future__ import annotations

import io
from pathlib import Path

import PIL
from PIL import Image

from xdrec.data.worlds.cover.files import CODE
from xdrec.data.worlds.cover.palettes import palette
from xdrec.data.worlds.cover.pen import FINE, HEIGHT, WIDTH, Pen
from xdrec.data.worlds.cover.scenes import SCENES
from xdrec.data.worlds.cover.trifles import TRIFLES
from xdrec.data.worlds.drawn import Medium
from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.streams import Marks

SHOTS, FRAMES = 3, 2  # shots a clip, frames a shot
SIZE = (72, 54)
LASTS = 400  # milliseconds a frame is shown
COLOURS = 128


def themes(marks: Marks) -> list[str]:
    """The themes of scene, palette and trifles, shot by shot: the first draws of a clip."""
    return [THEMES[marks.theme()] for _ in range(3 * SHOTS)]


def shoot(marks: Marks) -> list[Image.Image]:
    """The six frames of a clip, 72 x 54 RGB: three scenes, cut one after the other.

    Scene, palette and trifles of each shot are three marks; the camera tilts and zooms.
    """
    shown, frames = themes(marks), []
    for scene, colours, extra in zip(shown[::3], shown[1::3], shown[2::3], strict=True):
        colour = palette(colours, marks)
        pen = Pen(colour.sky)
        marks.pick(SCENES[scene])(pen, colour, marks)
        TRIFLES[extra](pen, colour, marks)
        # What the camera sees of the width, and how far down it looks, in [0, 1]: then, a little
        # nearer, a little higher or lower.
        down, tilt = marks.between(0.4, 0.8), marks.between(-0.2, 0.2)
        frames += [
            look(pen.image, 1.0, down),
            look(pen.image, marks.between(0.8, 0.92), down + tilt),
        ]
    return frames


def look(picture: Image.Image, share: float, down: float) -> Image.Image:
    """What the camera sees of the picture, in the clip's size."""
    width = share * WIDTH * FINE
    height = width * SIZE[1] / SIZE[0]
    left, top = (WIDTH * FINE - width) / 2, down * (HEIGHT * FINE - height)
    box = (left, top, left + width, top + height)
    return picture.resize(SIZE, Image.Resampling.BOX, box)


def encode(frames: list[Image.Image]) -> bytes:
    """An animated PNG that plays for ever, all frames in the same few colours."""
    strip = Image.new("RGB", (SIZE[0], SIZE[1] * len(frames)))
    for n, frame in enumerate(frames):
        strip.paste(frame, (0, n * SIZE[1]))
    strip = strip.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    rows = range(0, strip.height, SIZE[1])
    first, *rest = (strip.crop((0, top, SIZE[0], top + SIZE[1])) for top in rows)
    buffer = io.BytesIO()
    first.save(
        buffer, "PNG", save_all=True, append_images=rest, duration=LASTS, loop=0, compress_level=6
    )
    return buffer.getvalue()


def _make(domain: str, marks: Marks) -> bytes:
    return encode(shoot(marks))


# The scenes are the covers', so the covers' code decides here too.
CLIP = Medium("video_path", "clip", ".png", _make, (Path(__file__), *CODE), PIL.__version__)
