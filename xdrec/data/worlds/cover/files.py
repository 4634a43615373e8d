"""A cover as a small PNG file."""

from __future__ import annotations

import io
from pathlib import Path

import PIL
from PIL import Image

from xdrec.data.worlds.cover.poster import draw
from xdrec.data.worlds.drawn import Medium
from xdrec.data.worlds.streams import Marks

COLOURS = 128  # of the PNG's palette: enough for smooth edges, few enough for about 2 KB
CODE = tuple(sorted(Path(__file__).parent.glob("*.py")))


def encode(image: Image.Image) -> bytes:
    """A PNG of few colours, the same bytes for the same image."""
    small = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _make(domain: str, marks: Marks) -> bytes:
    return encode(draw(domain, marks))


COVER = Medium("image_path", "cover", ".png", _make, CODE, PIL.__version__)
