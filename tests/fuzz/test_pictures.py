"""Pictures and clips: read into the promised shape, or `Unreadable` with a reason."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from tests.fuzz.hostile import NUMBERS, WORDS, damaged, holds, told
from xdrec.encoders.base import Unreadable
from xdrec.encoders.pictures import check_pictures, letterbox, open_picture, picture_content
from xdrec.encoders.video import read_frames

KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
MODES = {"PNG": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"), "JPEG": ("RGB", "L", "CMYK"),
         "GIF": ("P", "L"), "WEBP": ("RGB", "RGBA"), "BMP": ("RGB", "L", "P"),
         "TIFF": ("RGB", "CMYK", "F", "I;16", "L"), "PPM": ("RGB", "L")}  # fmt: skip
PATHS = (*WORDS, "nowhere", ".", "..", "/", "/dev/null", "a\0b", "x" * 300)


@cache
def picture(kind: str, mode: str, frames: int = 1) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (frames, 12, 9, 3), np.uint8)
    first, *rest = [Image.fromarray(one).convert(mode) if mode != "I;16"
                    else Image.fromarray(one[..., 0] * np.uint16(7)) for one in noise]  # fmt: skip
    buffer, more = io.BytesIO(), {"save_all": True, "append_images": rest} if rest else {}
    first.save(buffer, kind, **more)
    return buffer.getvalue()


def readable(found: object, name: object) -> bool:
    """Whether it was read; why not must be said in words that name it."""
    if isinstance(found, Unreadable):
        assert str(name) in found.reason, found.reason
        assert len(found.reason) > len(str(name))
    return not isinstance(found, Unreadable)


def pictures(rng: Random, place: Path) -> None:
    kind = rng.choice(KINDS)
    data = damaged(rng, picture(kind, rng.choice(MODES[kind])))
    image = told(lambda: open_picture(data, least=rng.choice((0, 4))))
    if readable(image, f"{len(data)} bytes" if data else "no bytes"):
        assert image.mode == "RGB"
        assert letterbox(image, 8, 6).shape == (8, 6, 3)
    if rng.randrange(20) == 0:
        path = rng.choice(PATHS)
        readable(told(lambda: open_picture(path)), path)
        assert told(lambda: picture_content(path)) is not None
        told(
            lambda: check_pictures(rng.choice(([rng.choice(NUMBERS)], [path, None], path))),
            "pictures",
        )


def clips(rng: Random, place: Path) -> None:
    if rng.randrange(2):
        kind = rng.choice(("PNG", "GIF", "WEBP"))
        target = place / "clip"
        target.write_bytes(damaged(rng, picture(kind, MODES[kind][0], frames=3)))
        names = [target]
    else:
        target = place / "folder"
        target.mkdir()
        names = [target / name for name in ("1.png", ".hidden", "2.jpg", "é\n.gif", "0")]
        for name in names[: rng.randrange(6)]:
            kind = rng.choice(KINDS)
            whole = picture(kind, MODES[kind][0])
            name.write_bytes(damaged(rng, whole) if rng.randrange(2) else whole)
    found = told(lambda: read_frames(target, 2))
    if readable(found, ""):
        assert 1 <= len(found) <= 2
        assert all(frame.mode == "RGB" for frame in found)
    for name in names:
        name.unlink(missing_ok=True)
    if target.is_dir():
        target.rmdir()
    path = rng.choice(PATHS)
    readable(told(lambda: read_frames(path, 2)), path)


ENTRIES = {"pictures": (pictures, 80), "clips": (clips, 40)}
test_pictures = holds(pictures, 150)
test_clips = holds(clips, 80)
