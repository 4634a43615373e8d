"""Where everything that can be made again is kept: downloads, built tables, encoded features."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path


def cache_dir() -> Path:
    """The cache folder: `$XDREC_CACHE`, else the user's own cache folder; it may not exist yet.

    Deleting it loses time, never data.

    >>> cache_dir().is_absolute()
    True
    """
    chosen = os.environ.get("XDREC_CACHE", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else user_cache_path("xdrec")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, its folders included, so that nobody ever sees half of it.

    The bytes go into a place of their own beside `path` and get their name by one renaming: threads
    and processes may write the same file, the last one wins. A failure leaves what was there.

    >>> with tempfile.TemporaryDirectory() as place:
    ...     write_whole(Path(place, "new", "a.txt"), b"whole")
    ...     Path(place, "new", "a.txt").read_bytes()
    b'whole'
    """
    write_together(path.parent, {path.name: data})


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files of one folder as `write_whole` does, all of them before the first gets its name.

    So a full disk or a user who breaks off leaves what was there of every one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A folder and not temporary files, which nobody but their owner could read.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".half-") as half:
        for name, data in files.items():
            Path(half, name).write_bytes(data)
        for name in files:
            os.replace(Path(half, name), folder / name)


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """Lend a path to make a folder at; if all goes well it becomes `folder`, by one renaming.

    So a folder in the cache is whole or not there, whatever was interrupted. One process at a time:
    whoever waited looks whether `folder` is there now, and if so makes nothing.

    >>> with tempfile.TemporaryDirectory() as place:
    ...     with made_whole(Path(place, "tables")) as new:
    ...         new.mkdir()
    ...     Path(place, "tables").is_dir()
    True
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        FileLock(folder.with_name(f".{folder.name}.lock")),
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=".half-") as half,
    ):
        new = Path(half, "new")
        yield new
        if new.exists():
            old = Path(half, "old")  # goes with the rest of this place
            try:
                if folder.exists():
                    folder.rename(old)
                new.rename(folder)
            except BaseException:
                if old.exists() and not folder.exists():
                    old.rename(folder)
                raise
