"""From drawings to small PNG files: each drawn once, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

from xdrec.data.cache import cache_dir
from xdrec.data.worlds import factors, streams
from xdrec.data.worlds.cover.poster import draw
from xdrec.data.worlds.streams import Marks, stream

COLOURS = 40  # of the PNG's palette: enough for smooth edges, few enough for 2 to 3 KB


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
    there = set(os.listdir(home))
    paths: list[str | None] = []
    for i, (own, decoy) in enumerate(zip(v, decoys, strict=True)):
        file = f"{domain}-{i}.png"
        paths.append(str(home / file) if wanted[i] else None)
        if wanted[i] and file not in there:
            marks = Marks(own, decoy, noise, stream(seed, domain, "cover", i))
            _write(home / file, encode(draw(domain, marks)))
    return paths


def encode(image: Image.Image) -> bytes:
    """A PNG of few colours, the same bytes for the same image."""
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: two processes that draw one world never see half a file."""
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(draft, path)


@cache
def _version() -> str:
    """A hash of the code that decides how a cover looks."""
    sources = [*sorted(Path(__file__).parent.glob("*.py"))]
    sources += [Path(str(m.__file__)) for m in (factors, streams)]
    code = b"".join(path.read_bytes() for path in sources)
    return hashlib.sha256(code + PIL.__version__.encode()).hexdigest()
