"""A snapshot: where the state stood at one position of the log, so that recovery is short."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from xdrec.cache import checksum
from xdrec.stream.log import sync_folder

FORMAT, VERSION = "xdrec snapshot", "1"


def write_snapshot(
    path: Path, arrays: Mapping[str, np.ndarray], said: Mapping[str, Any], *, fsync: bool = False
) -> None:
    """Put arrays and JSON in place of the file that was there, whole or not at all.

    safetensors and JSON: nothing in the file can run. `fsync` makes it last through a power cut.
    Raises OSError where it cannot be written; the old file is then as it was. Book: real time.

    >>> with tempfile.TemporaryDirectory() as place:
    ...     write_snapshot(Path(place, "s"), {"n": np.arange(2)}, {"position": 7})
    ...     read_snapshot(Path(place, "s"))[1]
    {'position': 7}
    """
    text = np.frombuffer(json.dumps(said).encode("ascii"), np.uint8)
    held = {name: np.ascontiguousarray(array) for name, array in arrays.items()} | {"said": text}
    data = save(held, {"format": FORMAT, "version": VERSION, "crc32": checksum(held)})
    # In a place of its own beside the file, then renamed: nobody ever sees half of it.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".half-") as half:
        new = Path(half, "new")
        with new.open("wb") as file:
            file.write(data)
            if fsync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(new, path)
    if fsync:
        sync_folder(path.parent)


def read_snapshot(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What `write_snapshot` was given.

    Raises ValueError for a file that is damaged, and for one of another format or version.
    Book: real time.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            made = file.metadata() or {}
            if made.get("format") == FORMAT and made.get("version") != VERSION:
                raise ValueError(
                    f"{path} is of version {made.get('version')!r}: expected {VERSION!r}; read it "
                    "with the xdrec that wrote it, or delete it: the log has everything"
                )
            held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(_damaged(path)) from error
    if made.get("format") != FORMAT or made.get("crc32") != checksum(held):
        raise ValueError(_damaged(path))
    try:
        said = json.loads(held.pop("said").tobytes())
    except (KeyError, ValueError, RecursionError) as error:
        raise ValueError(_damaged(path)) from error
    return held, said


def _damaged(path: Path) -> str:
    return (
        f"{path} is damaged: its bytes are not those that were written; delete it, the log has "
        "everything and is folded in anew"
    )
