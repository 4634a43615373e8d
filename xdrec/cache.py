"""A disk cache of arrays, addressed by content: same model and same input, same file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import warnings
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xdrec.data.cache import cache_dir, write_whole

GIGABYTES = 5.0  # how much is kept where $XDREC_CACHE_GB says nothing
DAY = 24 * 3600.0
Arrays = dict[str, np.ndarray]
Kinds = Mapping[str, tuple[type, tuple[int, ...]]]


def address(*parts: Any) -> str:
    """The SHA-256 of anything JSON can write, in a form that no two different inputs share.

    >>> address("minilm", ["a", None]) == address("minilm", ["a", None]) != address("minilm", ["a"])
    True
    """
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def remembered(key: str, compute: Callable[[], Mapping[str, np.ndarray]], kinds: Kinds) -> Arrays:
    """The arrays stored under `key`, or what `compute()` gives, which is then stored.

    `kinds` names type and shape of each, as they must be. A file is written whole or not at all, so
    threads and processes may share the cache. One that cannot be read, whose bytes are no longer
    those that were written, or that holds something else, is computed again. Beyond
    `$XDREC_CACHE_GB` (default 5; 0: nothing is stored) what was used longest ago goes. A warning
    says where nothing can be written. The cost of document X 8.3, paid once. Book: encoders.
    """
    path, limit = _folder() / f"{key}.safetensors", _limit()
    stored = _read(path, kinds)
    if stored is not None:
        return stored
    # safetensors writes a buffer as it lies in memory, so it must be contiguous.
    arrays = {name: np.ascontiguousarray(array) for name, array in compute().items()}
    data = save(arrays, {"crc32": checksum(arrays)})
    if len(data) <= limit:
        try:
            write_whole(path, data)
        except OSError as error:
            warnings.warn(f"features are not kept in {path.parent}: {error}", stacklevel=2)
        _trim(limit, keep=path)
    return arrays


def checksum(arrays: Mapping[str, np.ndarray]) -> str:
    """The CRC-32 of names, kinds, shapes and numbers, in hexadecimal: notices what a disk forgets.

    >>> checksum({"a": np.zeros(2)}) == checksum({"a": np.zeros(3)})
    False
    """
    value = 0
    for name, array in sorted(arrays.items()):
        value = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), value)
        value = zlib.crc32(array.reshape(-1).view(np.uint8).data, value)
    return f"{value:08x}"


def info() -> dict[str, Any]:
    """Where the cache lies, how many files it holds, and how large it is and may become.

    Book: encoders.

    >>> sorted(info())
    ['bytes', 'files', 'folder', 'limit']
    """
    sizes = [size for _, size, _ in _entries()]
    return {
        "folder": str(_folder()), "files": len(sizes), "bytes": sum(sizes), "limit": _limit(),
    }  # fmt: skip


def clear() -> int:
    """Delete every stored array and say how many files went; nothing but time is lost.

    Book: encoders.
    """
    entries = _entries()
    for path, _, _ in entries:
        path.unlink(missing_ok=True)
    _sweep(older=0.0)
    return len(entries)


def _folder() -> Path:
    return cache_dir() / "features"


def _limit() -> int:
    said = os.environ.get("XDREC_CACHE_GB", "").strip() or GIGABYTES
    try:
        size = float(said) * 1e9
        if not 0 <= size < float("inf"):
            raise ValueError
    except ValueError:
        raise ValueError(f"XDREC_CACHE_GB={said!r}: expected a number of gigabytes, >= 0") from None
    return int(size)


def _read(path: Path, kinds: Kinds) -> Arrays | None:
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            said = (file.metadata() or {}).get("crc32")
    except OSError:  # not there, or not for us to read
        return None
    except (SafetensorError, ValueError):
        return None  # to be written anew
    found = {name: (array.dtype.type, array.shape) for name, array in arrays.items()}
    if found != dict(kinds) or said != checksum(arrays):
        return None
    with suppress(OSError):  # a cache that may only be read
        os.utime(path)  # used just now: among the last to go
    return arrays


def _entries() -> list[tuple[Path, int, float]]:
    """Path, bytes and time of last use of every file; one that just went is left out."""
    found = []
    for path in _folder().glob("*.safetensors"):
        with suppress(FileNotFoundError):
            status = path.stat()
            found.append((path, status.st_size, status.st_mtime))
    return found


def _trim(limit: int, keep: Path) -> None:
    entries = sorted(_entries(), key=lambda entry: entry[2])
    excess = sum(size for _, size, _ in entries) - limit
    for path, size, _ in entries:
        if excess > 0 and path != keep:
            with suppress(OSError):  # a cache that may only be read stays as large as it is
                path.unlink(missing_ok=True)
                excess -= size
    _sweep(older=DAY)


def _sweep(older: float) -> None:
    """Take away what a process that was killed while writing has left."""
    for half in _folder().glob(".half-*"):
        with suppress(OSError):
            if abs(time.time() - half.stat().st_mtime) >= older:  # the clock may have been set back
                shutil.rmtree(half)
