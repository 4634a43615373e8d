"""A hundred million interactions read and split on one small machine: seconds and memory.

    python -m benchmarks.big_table [--rows 100000000] [--folder FOLDER] [--write]

Two domains of half the rows each are written as Parquet, some at a time, ids as text and drawn at
random (a fifth as many people as rows, a hundredth as many items, all of them in both domains), and
deleted at the end. A process of its own then reads them with `dictionary=True`, splits by time, and
counts: that is what is measured. `--write` keeps the record `big_table`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.crowd import DOMAINS, numbered, read
from xdrec.cost import Spent, measure
from xdrec.data import global_time, leave_last_out
from xdrec.data.worlds.people import DAY, DAYS, START
from xdrec.data.worlds.streams import stream
from xdrec.records import write_record

PART = 5_000_000  # rows a file


def write(folder: Path, rows: int) -> None:
    users, items = numbered("user-", max(rows // 20, 2)), max(rows // 200, 4)
    for name in DOMAINS:
        (folder / name).mkdir()
        ids = numbered(f"{name}-", items)
        ids.to_frame("item_id").with_columns(title=pl.lit(None, pl.String)).write_parquet(
            folder / f"{name}_items.parquet"
        )
        for n, start in enumerate(range(0, rows // 2, PART)):
            rng, many = stream(0, name, n), min(PART, rows // 2 - start)
            # The square of a uniform number: some people and items are met far more often.
            who, what = ((rng.random(many) ** 2 * len(of)).astype(np.uint32) for of in (users, ids))
            when = START + (rng.random(many) * DAYS * DAY).astype(np.int64)
            pl.DataFrame(
                {"user_id": users.gather(who), "item_id": ids.gather(what), "timestamp": when}
            ).write_parquet(folder / name / f"{n:05d}.parquet")


def measured(folder: Path) -> dict[str, Any]:
    """Read, split by time, split by each person's last items: in this process."""
    cross, reading = measure(lambda: read(folder))
    later = START + int(0.8 * DAYS) * DAY, START + int(0.9 * DAYS) * DAY
    by_time, cutting = measure(lambda: global_time(cross, *later))
    counts = {
        "source": len(by_time.known.source.interactions),
        "target": len(by_time.known.target.interactions),
        "valid": len(by_time.valid), "test": len(by_time.test),
        "valid_source": len(by_time.valid_source),
    }  # fmt: skip
    del by_time
    last, last_out = measure(lambda: leave_last_out(cross))
    counts["last"] = len(last.test)
    spent = {"read": reading, "split by time": cutting, "leave last out": last_out}
    return {"counts": counts, "stages": {name: seconds(one) for name, one in spent.items()}}


def seconds(spent: Spent) -> dict[str, float | None]:
    """A stage, as records have it."""
    peak = None if spent.peak is None else spent.peak / 1e9
    return {"cpu_s": spent.cpu, "wall_s": spent.wall, "peak_gb": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, help="where the tables are put for the while")
    parser.add_argument("--write", action="store_true", help="keep the record")
    parser.add_argument("--read", type=Path, help="measure what lies here, as JSON")
    asked = parser.parse_args()
    if asked.read:
        print(json.dumps(measured(asked.read)))
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as place:
        write(Path(place), asked.rows)
        size = sum(file.stat().st_size for file in Path(place).rglob("*.parquet"))
        program = [sys.executable, "-m", "benchmarks.big_table", "--read", place]
        done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(done.stdout.splitlines()[-1]) | {
        "rows": asked.rows, "parquet_gb": size / 1e9, "cores": os.cpu_count(),
        "load": os.getloadavg()[1],
    }  # fmt: skip
    print(json.dumps(figures, indent=1))
    if asked.write:
        print("written:", write_record("big_table", figures))


if __name__ == "__main__":
    main()
