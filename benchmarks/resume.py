"""What takes minutes is made once a commit: a benchmark that was broken off goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from xdrec.records import commit_of_tree

KEPT = Path("build/kept")
Made = TypeVar("Made")


def kept(name: str, make: Callable[[], Made]) -> Made:
    """`make()`, as JSON, or what it gave before at this commit; anew while the tree has changes."""
    commit = commit_of_tree()
    path = KEPT / f"{name}-{commit}.json"
    if commit is None or commit.endswith("+") or not path.is_file():
        start = time.perf_counter()
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
        print(f"{time.perf_counter() - start:>6.0f} s  {name}", flush=True)
        return made
    read: Made = json.loads(path.read_text(encoding="utf-8"))
    return read
