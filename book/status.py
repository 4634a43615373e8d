"""What the page Status says: what the book was made from, with what, and how long each chapter ran.

Nothing here is the time of the build: two builds with nothing changed between them say the same.
"""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from places import ROOT

# What a page may depend on. A commit that touches none of these leaves the book as it is.
SOURCES = ["xdrec", "benchmarks", "requirements", "book", "notebooks"]
SOURCES += ["_config.yml", "_toc.yml", "CHANGELOG.md"]
PACKAGES = ["torch", "transformers", "numpy", "polars", "implicit", "plotly"]


def git(*asked: str) -> str:
    """What git says; nothing where there is no git, or no repository."""
    command = ["git", "-C", str(ROOT), *asked, "--", *SOURCES]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def commit(url: str | None) -> str:
    """The last commit that touched the book, and whether something has changed since."""
    found = git("log", "-1", "--format=%H %cs")
    if not found:
        return "unknown, for this copy is no git repository"
    full, day = found.split()
    name = f"[`{full[:9]}`]({url}/commit/{full})" if url else f"`{full[:9]}`"
    changed = " +changes" if git("status", "--porcelain") else ""
    return f"{name}{changed}, {day}"


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def facts(url: str | None, with_data: bool) -> dict[str, str]:
    """What all pages have in common."""
    import xdrec

    found = {
        "xdrec": xdrec.__version__,
        "Commit": commit(url),
        "Real data": "were there" if with_data else "were not there: recorded figures are shown",
        "Python": platform.python_version(),
    }
    return found | {package: installed(package) for package in PACKAGES}


def spoken(seconds: float) -> str:
    """A length of time as one says it: `0.4 s`, `23 s`, `2 min 05 s`.

    >>> spoken(0.42), spoken(23.4), spoken(124.6)
    ('0.4 s', '23 s', '2 min 05 s')
    """
    if seconds < 9.5:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def text(found: dict[str, str], executed: list[Path]) -> str:
    """The body of the page, as Markdown."""
    lines = ["## Made from", "", "| what | which |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in found.items()]
    lines += ["", "## Chapters", "", "| chapter | took | on | day (UTC) |", "|---|---:|---|---|"]
    total = 0.0
    for path in executed:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        run = notebook["metadata"]["xdrec"]
        total += run["seconds"]
        chapter = f"[](../notebooks/{path.stem}.ipynb)"
        lines.append(f"| {chapter} | {spoken(run['seconds'])} | {run['on']} | {run['day']} |")
    lines.append(f"| **all** | {spoken(total)} | | |")
    return "\n".join(lines) + "\n"
