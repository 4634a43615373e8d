"""From what is drawn to small files: each made once, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from xdrec.data.cache import cache_dir, write_whole
from xdrec.data.worlds import factors, streams
from xdrec.data.worlds.streams import Marks, stream


@dataclass(frozen=True)
class Medium:
    """One kind of file that items may have: its column, its stream's name, and who draws it.

    `make(domain, marks)` gives the bytes of one file; `code` and `version` are the source files and
    the package's version that decide them.
    """

    column: str
    part: str
    suffix: str
    make: Callable[[str, Marks], bytes]
    code: tuple[Path, ...]
    version: str

    def draw_all(
        self, seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float,
        *, wanted: np.ndarray, folder: str | Path | None = None,
    ) -> list[str | None]:  # fmt: skip
        """The absolute path of each item's file, None where it is not `wanted`; [items].

        The folder's name is a hash of what the drawing depends on (kind, seed, domain, noise, the
        drawing code), so a file that is there is the right one and is not drawn again.
        """
        said = f"{self.part} {seed} {domain} {float(noise)} {self._how}"
        place = Path(folder) if folder is not None else cache_dir() / "worlds"
        home = place.absolute() / hashlib.sha256(said.encode()).hexdigest()[:16]
        home.mkdir(parents=True, exist_ok=True)
        paths = [home / f"{domain}-{i}{self.suffix}" for i in range(len(v))]
        there = set(os.listdir(home))

        def make(i: int) -> None:
            marks = Marks(v[i], decoys[i], noise, stream(seed, domain, self.part, i))
            write_whole(paths[i], self.make(domain, marks))

        # Pillow and numpy work outside Python's lock, so a second thread helps.
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            missing = [i for i in np.flatnonzero(wanted) if paths[i].name not in there]
            for _ in pool.map(make, missing):
                pass
        return [str(path) if here else None for path, here in zip(paths, wanted, strict=True)]

    @cached_property
    def _how(self) -> str:
        """A hash of the code that decides how a file comes out."""
        shared = [Path(__file__), *(Path(str(m.__file__)) for m in (factors, streams))]
        code = b"".join(path.read_bytes() for path in [*self.code, *shared])
        return hashlib.sha256(code + self.version.encode()).hexdigest()
