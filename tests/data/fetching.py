"""One file and how the download tests fetch it."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

from tests.data.server import Server
from xdrec.data.download import fetch

BODY = random.Random(0).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY).hexdigest()


def get(server: Server, path: Path, **settings: Any) -> Path:
    options = {"pause": 0.0, "progress": False, "timeout": 5.0} | settings
    return fetch(server.url("/f"), path, **options)


def part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def left(path: Path) -> set[str]:
    """What stands in the folder; the lock may stay."""
    return {f.name for f in path.parent.iterdir()} - {f"{path.name}.lock"}
