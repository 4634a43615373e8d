"""Items that lie in files: sounds, sensor series, clips."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xdrec.encoders.base import check_list
from xdrec.encoders.pretrained import content


def check_paths(items: Sequence[Any], what: str) -> None:
    """Raise ValueError for a single path, and for what is neither a path nor None.

    >>> check_paths(["a.wav", None], "sounds")
    >>> check_paths("a.wav", "sounds")
    Traceback (most recent call last):
    ValueError: one path ('a.wav'): expected a list of the paths of sounds
    """
    if isinstance(items, str | Path):
        raise ValueError(f"one path ({str(items)!r}): expected a list of the paths of {what}")
    check_list(items, f"the paths of {what}")
    strange = [row for row, item in enumerate(items)
               if item is not None and not isinstance(item, str | Path)]  # fmt: skip
    if strange:
        raise ValueError(
            f"{len(strange)} items are no paths of {what}, the first in row {strange[0]} "
            f"({items[strange[0]]!r:.60}): expected a path, or None where there is none"
        )


def path_content(path: str | Path) -> str:
    """What the cache knows a file by, the hash of its bytes; of a folder, of all files in it."""
    place = Path(path)
    try:
        if place.is_dir():
            files = sorted(file for file in place.iterdir() if file.is_file())
            inside = "\n".join(f"{file.name} {content(file)}" for file in files)
            return hashlib.sha256(inside.encode()).hexdigest()
        return content(place) if place.is_file() else "no file"
    except OSError as error:
        return f"no file: {error.strerror}"
