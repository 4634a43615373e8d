"""Pictures as they come: any size, any mode, any state; read safely into RGB, or said why not."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from PIL import Image, ImageOps

from xdrec.encoders.base import Unreadable, check_list
from xdrec.encoders.pretrained import content

Picture = str | Path | bytes | Image.Image
T = TypeVar("T")

# Photographs have fewer, and 50 million take 200 MB a thread to decode. Looked up in the header.
MOST_PIXELS = 50_000_000
# Formats that Pillow reads by itself: for EPS, say, it would start another program.
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "PPM", "JPEG2000")
WHITE = (255, 255, 255)
_one_at_a_time = Lock()  # for PIL images: the list may hold one that is not yet loaded twice


def open_picture(source: Picture, least: int = 0) -> Image.Image | Unreadable:
    """A picture in RGB, upright, its first frame, on white where it is transparent; or why not.

    `source` is a path, a file's bytes or a PIL image. A JPEG far larger than `least` pixels a side
    is decoded at a half, a quarter or an eighth, but not below that. More than 50 million pixels
    are refused before any is decoded. 16 bits a pixel are scaled to 8; larger and real numbers are
    stretched so that the least is black and the greatest white (real ones within 0 and 1: 0 is
    black, 1 white). Colour profiles are not applied. Book: encoders.

    >>> open_picture(b"no picture")
    Unreadable(reason='10 bytes: no image of a known format')
    >>> open_picture(Image.new("CMYK", (3, 2))).getpixel((0, 0))
    (255, 255, 255)
    """
    name = _name(source)
    try:
        if isinstance(source, str | Path) and not Path(source).is_file():
            kind = "no file, but a folder" if Path(source).is_dir() else "no such file"
            return Unreadable(f"{name}: {kind}")
        if isinstance(source, bytes) and not source:
            return Unreadable("no bytes at all")
        with _opened(source) as image:
            wide, high = image.size
            if not 0 < wide * high <= MOST_PIXELS:
                return Unreadable(f"{name}: {wide} x {high} pixels, expected 1 to {MOST_PIXELS:,}")
            if image is source:
                with _one_at_a_time:
                    image.load()
            elif least and image.format in ("JPEG", "MPO"):
                image.draft(None, (least, least))
            return _rgb(_upright(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Unreadable(f"{name}: more than {MOST_PIXELS:,} pixels")
    except Image.UnidentifiedImageError:
        return Unreadable(f"{name}: no image of a known format")
    except Exception as error:  # a damaged file makes Pillow's decoders raise almost anything
        return Unreadable(f"{name}: {error or type(error).__name__}")


def read_pictures(
    sources: Sequence[Picture], then: Callable[[Image.Image], T], least: int = 0
) -> list[T | Unreadable]:
    """What `then` makes of each picture (see `open_picture`); in threads, in the order given.

    Pillow decodes outside Python's lock, so two threads read on two cores.
    """

    def read(source: Picture) -> T | Unreadable:
        image = open_picture(source, least)
        return image if isinstance(image, Unreadable) else then(image)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(read, sources))


def letterbox(image: Image.Image, height: int, width: int) -> np.ndarray:
    """The whole picture in a frame of a fixed size, white at the sides; uint8 [height, width, 3].

    Nothing is cut off, as a centre crop would a title or a handle, and nothing is squeezed.

    >>> letterbox(Image.new("RGB", (30, 10)), 30, 30)[:, 0, 0].tolist().count(0)
    10
    """
    share = min(width / image.width, height / image.height)
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if size == (width, height):
        return np.asarray(small)
    frame = Image.new("RGB", (width, height), WHITE)
    frame.paste(small, ((width - size[0]) // 2, (height - size[1]) // 2))
    return np.asarray(frame)


def picture_content(source: Picture) -> str:
    """What the cache knows a picture by: the hash of its file, or of its pixels.

    >>> picture_content(b"a") == picture_content(b"a") != picture_content(b"b")
    True
    """
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    if isinstance(source, Image.Image):
        image = open_picture(source)
        if isinstance(image, Unreadable):
            return image.reason
        return hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
    try:
        return content(Path(source)) if Path(source).is_file() else "no file"
    except OSError as error:
        return f"no file: {error.strerror}"


def check_pictures(sources: Sequence[Any]) -> None:
    """Raise ValueError for a single picture, and for what is neither picture nor None."""
    if isinstance(sources, str | Path | bytes | Image.Image):
        raise ValueError(f"one picture ({_name(sources)}): expected a list of pictures")
    check_list(sources, "pictures")
    strange = [row for row, source in enumerate(sources)
               if source is not None and not isinstance(source, Picture)]  # fmt: skip
    if strange:
        raise ValueError(
            f"{len(strange)} items are no pictures, the first in row {strange[0]} "
            f"({sources[strange[0]]!r:.60}): expected a path, a file's bytes, a PIL image, or None "
            "where there is no picture"
        )


def _opened(source: Picture) -> AbstractContextManager[Image.Image]:
    if isinstance(source, Image.Image):
        return nullcontext(source)  # not ours to close
    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]  # depends on how Pillow was built
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=known)


def _name(source: Picture) -> str:
    if isinstance(source, bytes):
        return f"{len(source)} bytes"
    return "a PIL image" if isinstance(source, Image.Image) else str(source)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF notes say; where these are damaged, as it stands."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # the notes are foreign bytes too
        return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (*WHITE, 255))
        return Image.alpha_composite(ground, image).convert("RGB")
    return image.convert("RGB")


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Brightness from 0 to 255 of whole numbers of 16 bits or more and of real numbers; uint8."""
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("its pixels hold NaN or infinity")
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif values.dtype.kind != "f" and low >= 0 and high <= 65535:
        low, high = 0, 65535
    scaled = (values.astype(np.float64) - float(low)) / max(float(high) - float(low), 1e-30)
    return np.rint(255 * scaled).astype(np.uint8)
