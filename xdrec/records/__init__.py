"""Records: figures that took long, or took data that may not be shipped, kept as small JSON files.

`make records` writes them; a notebook that cannot recompute a figure shows the record and says so.
They hold aggregate figures and how these were made: never a title, an id or a picture.
"""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PACKAGES = ("numpy", "polars", "torch", "transformers", "implicit")


def read_record(name: str) -> dict[str, Any]:
    """The figures stored under a name, and under "made" how they came about.

    Raises FileNotFoundError that lists the records there are, ValueError for a damaged one.
    Book: real data.
    """
    there = sorted(p.stem for p in FOLDER.glob("*.json"))
    if name not in there:
        raise FileNotFoundError(
            f"no record {name!r}; there are {there}; `make records` writes them"
        )
    path = FOLDER / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged ({error}); `make records` writes it anew") from error


def write_record(name: str, figures: dict[str, Any], **made: Any) -> Path:
    """Store figures with commit, its day, versions, machine; `made` adds seeds, data hash etc."""
    origin = {
        "commit": commit_of_tree(),
        "committed": _git("log", "-1", "--format=%cs"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": {package: version(package) for package in PACKAGES},
    }
    path = FOLDER / f"{name}.json"
    text = json.dumps({"made": origin | made} | figures, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def commit_of_tree() -> str | None:
    """The commit the figures were made at, "+" if the tree had changes; None outside git."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    return commit and commit + ("+" if _git("status", "--porcelain", "--", ":/", ":!.") else "")


def _git(*words: str) -> str | None:
    run = ["git", "-C", str(FOLDER), *words]
    try:
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
