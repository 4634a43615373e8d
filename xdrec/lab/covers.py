"""Cover pictures small enough to travel inside a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from xdrec.encoders.base import Unreadable
from xdrec.encoders.pictures import open_picture

SIDE = 96


def thumbnail(path: str | Path, side: int = SIDE) -> str:
    """The picture as a data URI: WebP, no side longer than `side` pixels, about 2 kB.

    Raises ValueError naming the file if it is missing or no picture.
    """
    small = open_picture(path, least=side)
    if isinstance(small, Unreadable):
        raise ValueError(f"no readable picture ({small.reason}): mend or empty image_path")
    small.thumbnail((side, side))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=72, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
