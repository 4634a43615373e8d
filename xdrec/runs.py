"""Past runs, kept as small JSON files, so that today's figures can be held against last week's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from xdrec.cache import address
from xdrec.data.cache import cache_dir, write_whole
from xdrec.evaluate import Report


def keep_run(
    report: Report, settings: Mapping[str, Any] | None = None, folder: str | Path | None = None
) -> Path:
    """Write down what was measured and with which settings; returns the file.

    It holds the model's and the split's names, k, the settings (whatever JSON can write) and, for
    all users, warm and cold, every metric's mean and the 95 % interval of the recall. `folder`
    defaults to `runs` in the cache folder. The same run kept twice is one file. Raises TypeError
    for settings that JSON cannot write. Book: recommendation.
    """
    groups = {"all": None, "warm": "warm", "cold": "cold"}
    figures = {}
    for name, group in groups.items():
        users = len(report.of("recall", group))
        if users:
            interval = report.interval("recall", group)
            figures[name] = {"users": users, "low": interval.low, "high": interval.high,
                             **report.mean(group)}  # fmt: skip
    said = {"model": report.model, "split": report.split, "k": report.k,
            "settings": dict(settings or {}), "figures": figures}  # fmt: skip
    plain = re.sub(r"\W+", "-", report.model).strip("-").lower() or "run"
    path = _folder(folder) / f"{plain}-{address(said)[:10]}.json"
    made = {"made": datetime.now(UTC).isoformat(timespec="seconds")}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(made | said, indent=1, ensure_ascii=False).encode())
    return path


def past_runs(
    folder: str | Path | None = None, split: str | None = None, users: str = "all"
) -> pl.DataFrame:
    """A row a run that was kept, the best recall first; `users` is "all", "warm" or "cold".

    Columns: `model`, `split`, `k`, `settings` (as text), `users`, every metric, `low` and `high` of
    the recall, `made`. Runs that have no such users are left out, and so is a file that is no run.
    Raises ValueError for other users. Book: recommendation.

    >>> past_runs("nowhere").columns
    ['model', 'split', 'k', 'settings', 'users', 'recall', 'low', 'high', 'made']
    """
    if users not in ("all", "warm", "cold"):
        raise ValueError(f"users={users!r}: expected 'all', 'warm' or 'cold'")
    first = ["model", "split", "k", "settings", "users", "recall", "low", "high"]
    tables = []
    for path in sorted(_folder(folder).glob("*.json")):
        try:
            row = _row(json.loads(path.read_text(encoding="utf-8")), users)
            if row is not None and split in (None, row["split"]):
                tables.append(pl.DataFrame(row))
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError, RecursionError):
            continue  # somebody else's file
    if not tables:
        return pl.DataFrame(schema=[*first, "made"])
    table = pl.concat(tables, how="diagonal")
    rest = [name for name in table.columns if name not in first and name != "made"]
    return table.select(*first, *rest, "made").sort("recall", descending=True, maintain_order=True)


def _row(run: dict[str, Any], users: str) -> dict[str, Any] | None:
    """A run's row of the table; None if it has no such users."""
    figures = run["figures"].get(users)
    if figures is None:
        return None
    numbers = {name: float(value) for name, value in figures.items()}
    about = {name: str(run[name]) for name in ("model", "split", "made")}
    settings = ", ".join(f"{name}={value}" for name, value in run["settings"].items())
    needed = {name: numbers[name] for name in ("recall", "low", "high")}
    whole = {"k": int(run["k"]), "users": int(numbers["users"])}
    return numbers | needed | whole | about | {"settings": settings}


def _folder(folder: str | Path | None) -> Path:
    return cache_dir() / "runs" if folder is None else Path(folder)
