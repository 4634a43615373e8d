"""Sounds and sensor series: read into the promised shape, or `Unreadable` with a reason."""

from __future__ import annotations

import io
import struct
import wave
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import polars as pl

from tests.fuzz.hostile import NUMBERS, damaged, holds, told, word
from tests.fuzz.test_pictures import PATHS, readable
from xdrec.encoders.series import read_series
from xdrec.encoders.waves import read_wave


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


ENTRIES = {"sounds": (sounds, 60), "series": (series, 50)}
test_sounds = holds(sounds, 150)
test_series = holds(series, 100)
