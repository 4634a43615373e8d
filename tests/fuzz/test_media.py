"""Pictures, sounds, sensor series and clips: read into the promised shape, or `Unreadable`."""

from __future__ import annotations

import io
import struct
import wave
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
from PIL import Image

from tests.fuzz.hostile import NUMBERS, WORDS, damaged, holds, told, word
from xdrec.encoders.base import Unreadable
from xdrec.encoders.pictures import check_pictures, letterbox, open_picture, picture_content
from xdrec.encoders.series import read_series
from xdrec.encoders.video import read_frames
from xdrec.encoders.waves import read_wave

KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
MODES = {"PNG": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"), "JPEG": ("RGB", "L", "CMYK"),
         "GIF": ("P", "L"), "WEBP": ("RGB", "RGBA"), "BMP": ("RGB", "L", "P"),
         "TIFF": ("RGB", "CMYK", "F", "I;16", "L"), "PPM": ("RGB", "L")}  # fmt: skip
PATHS = (*WORDS, "nowhere", ".", "..", "/", "/dev/null", "a\0b", "x" * 300)


@cache
def picture(kind: str, mode: str, frames: int = 1) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (frames, 12, 9, 3), np.uint8)
    first, *rest = [Image.fromarray(one).convert(mode) if mode != "I;16"
                    else Image.fromarray(one[..., 0] * np.uint16(257)) for one in noise]  # fmt: skip
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


@cache
def sound(size: int, channels: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((channels, size, 8000, 0, "NONE", ""))
        file.writeframes(np.random.default_rng(0).bytes(60 * size * channels))
    return buffer.getvalue()


def sounds(rng: Random, place: Path) -> None:
    data = sound(rng.choice((1, 2, 3, 4)), rng.choice((1, 2)))
    if rng.randrange(4) == 0:  # the header says anything: format, channels, rate, and so on
        data = bytearray(data)
        at, form = rng.choice(((4, "<I"), (16, "<I"), (20, "<H"), (22, "<H"), (24, "<I"),
                               (32, "<H"), (34, "<H"), (40, "<I")))  # fmt: skip
        value = rng.getrandbits(8 * struct.calcsize(form)) >> rng.randrange(16)
        struct.pack_into(form, data, at, value)
    else:
        data = damaged(rng, data)
    file = place / "a.wav"
    file.write_bytes(data)
    found = told(lambda: read_wave(file, 16000, 0.05))
    if readable(found, file):
        assert found.dtype == np.float32
        assert len(found) <= 800
        assert np.isfinite(found).all()
    assert file.read_bytes() == data
    path = rng.choice(PATHS)
    readable(told(lambda: read_wave(path, 16000, 0.05)), path)


def series(rng: Random, place: Path) -> None:
    table = pl.DataFrame({"power": [1.0, None, 2.5, 1e300], "motion": ["0", "1", " ", "0"]})
    file = place / rng.choice(("a.csv", "a.parquet", "a.CSV", "a"))
    if file.suffix == ".parquet":
        table.write_parquet(file)
        data = file.read_bytes()
    else:
        rows = [[rng.choice((word(rng), "1", "2.5", str(rng.choice(NUMBERS)))) for _ in range(2)]
                for _ in range(rng.randrange(5))]  # fmt: skip
        data = "\n".join(map(",".join, [["power", "motion"], *rows])).encode()
    file.write_bytes(data := damaged(rng, data) if rng.randrange(3) else data)
    found = told(
        lambda: read_series(file, rng.choice((["power"], ["power", "motion"], [word(rng)])))
    )
    if readable(found, file):
        assert found.dtype == np.float64
        assert not np.isinf(found).any()
    file.unlink()
    path = rng.choice(PATHS)
    readable(told(lambda: read_series(path, ["power"])), path)


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


ENTRIES = {"pictures": (pictures, 80), "sounds": (sounds, 100), "series": (series, 50),
           "clips": (clips, 40)}  # fmt: skip
test_pictures = holds(pictures, 150)
test_sounds = holds(sounds, 150)
test_series = holds(series, 100)
test_clips = holds(clips, 80)
