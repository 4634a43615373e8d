"""From drawings to small PNG files: each drawn once, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from xdrec.data.cache import cache_dir, write_whole
from xdrec.data.worlds import factors, streams
from xdrec.data.worlds.cover.poster import draw
from xdrec.data.worlds.streams import Marks, stream

COLOURS = 128  # of the PNG's palette: enough for smooth edges, few enough for about 2 KB


def draw_all(
    seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float,
    *, wanted: np.ndarray, folder: str | Path | None = None,
) -> list[str | None]:  # fmt: skip
    """The absolute path of each item's cover, None where it is not `wanted`; [items].

    The folder's name is a hash of what the drawing depends on (seed, domain, noise, the drawing
    code, Pillow's version), so a file that is there is the right one and is not drawn again.
    """
    name = hashlib.sha256(f"{seed} {domain} {float(noise)} {_version()}".encode()).hexdigest()[:16]
    home = (Path(folder) if folder is not None else cache_dir() / "worlds").absolute() / name
    home.mkdir(parents=True, exist_ok=True)
    paths = [home / f"{domain}-{i}.png" for i in range(len(v))]
    there = set(os.listdir(home))

    def make(i: int) -> None:
        marks = Marks(v[i], decoys[i], noise, stream(seed, domain, "cover", i))
        write_whole(paths[i], encode(draw(domain, marks)))

    # Pillow draws and packs outside Python's lock, so a second thread helps.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        missing = [i for i in np.flatnonzero(wanted) if paths[i].name not in there]
        for _ in pool.map(make, missing):
            pass
    return [str(path) if here else None for path, here in zip(paths, wanted, strict=True)]


def encode(image: Image.Image) -> bytes:
    """A PNG of few colours, the same bytes for the same image."""
    small = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


@cache
def _version() -> str:
    """A hash of the code that decides how a cover looks."""
    sources = [*sorted(Path(__file__).parent.glob("*.py"))]
    sources += [Path(str(m.__file__)) for m in (factors, streams)]
    code = b"".join(path.read_bytes() for path in sources)
    return hashlib.sha256(code + PIL.__version__.encode()).hexdigest()
