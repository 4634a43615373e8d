"""A cover as a small PNG file, and what it shows as a text beside it."""

from __future__ import annotations

import io
from pathlib import Path

import PIL
from PIL import Image

from xdrec.data.worlds.cover.caption import caption
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


def _tell(domain: str, marks: Marks) -> bytes:
    return caption(domain, marks).encode()


COVER = Medium("image_path", "cover", ".png", _make, CODE, PIL.__version__)
CAPTION = Medium("caption", "cover", ".txt", _tell, CODE, PIL.__version__)
