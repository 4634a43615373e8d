"""A folder in which nothing may be written, for root too: it becomes somebody else for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write in the folder or change its files; the folders above must be open to all."""
    root = os.geteuid() == 0
    files = [file for file in folder.iterdir() if file.is_file()]
    folder.chmod(0o555)
    for file in files:
        file.chmod(0o444)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        for file in files:
            file.chmod(0o644)
