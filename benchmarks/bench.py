"""One table of ratios, each pair measured in one process: `make bench` (minutes).

    python -m benchmarks.bench [NAME ...] [--write]

Ours over a peer's that does the same work and gives the same result: median of several rounds in
turn, the least and the largest ratio of a round, and the most memory that the process had. Below 1
is a gain. The budget says what we hold ourselves to: 1.0 for what we do ourselves, 1.05 for what
wraps a library, 1.1 for the training loop against a bare one, 1.2 against bare operations.
`--write` keeps the table as the record `bench`, which the book's page on speed shows; with names
these pairs alone are measured anew, and every row keeps the commit it was measured at. How long
each chapter takes stands on the page Status.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import closed, encoding, forward, lab_speed, ranking, speed
from benchmarks.times import HEAD, Times, line
from xdrec.records import commit_of_tree, read_record, write_record


@dataclass(frozen=True)
class Pair:
    """What is measured, against whom, the ratio that it is to keep, and what it needs."""

    what: str
    peer: str
    budget: float
    measure: Callable[[], Times]
    needs: str = ""  # XDREC_DATA, or a module that is no part of the library
    threads: int | None = None  # None: as many as there are


def titles() -> Times:
    times, _, agreed = encoding.against(encoding.titles(2000), rounds=3)
    assert agreed > 0.99, f"only {agreed:.3f} of the neighbours are the same"
    return times


PAIRS = {
    "encode": Pair("texts to vectors, float32", "sentence-transformers", 1.0, speed.encode),
    "titles": Pair(
        "2,000 real titles to vectors, as each does by default", "sentence-transformers",
        1 / 2.4, titles, needs="XDREC_DATA"),
    "loop": Pair("training, two epochs", "a bare torch loop", 1.1, speed.loop),
    "rank": Pair("ten best of 5,000, 1,000 people", "a full stable sort", 1.0, speed.rank),
    "knn": Pair("ItemKNN.fit", "implicit", 1.05, lambda: speed.wrapped("ItemKNN")),
    "als": Pair("ALS.fit", "implicit", 1.05, lambda: speed.wrapped("ALS")),
    "batch": Pair(
        "ten best of 3,258 for 6,093 people", "implicit's recommend", 1.0,
        lambda: ranking.batch()[0]),
    "one": Pair(
        "ten best of 1,000,000 for one person", "torch's matmul and topk", 1.2,
        lambda: ranking.one_user()[0]),
    "many": Pair(
        "ten best of 100,000 for 1,000 people", "faiss, exact", 1.0,
        lambda: ranking.many()[0], needs="faiss"),
    # numpy and torch have threads of their own each, which wait for one another's cores.
    "fuse": Pair("fusion of 8,000 items, one thread", "its matrix products and net", 1.2,
                 forward.fusion, threads=1),
    "interest": Pair(
        "interest of 300 people by a transformer", "its net, histories padded before", 1.2,
        forward.interest),
    "world": Pair("a world of 1,200 people", "two of 600", 1.1, forward.world),
    "frame": Pair(
        "a slider moved, 10,000 items ranked anew and shown", "a frame at 60 Hz", 1.0,
        lab_speed.frame, needs="chromium"),
    "path": Pair("20 values of λ, 800 items", "a solve for each", 1.0, closed.path),
    "users": Pair("EASE, 3,000 items of 500 people", "the textbook's inverse", 1.0,
                  closed.by_users),
}  # fmt: skip


def measured(name: str) -> dict[str, Any]:
    """One pair's line, measured in this process."""
    pair = PAIRS[name]
    times = pair.measure()
    ours, theirs = times.medians
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "name": name, "what": pair.what, "peer": pair.peer, "ours_s": ours, "theirs_s": theirs,
        "ratio": times.ratio, "range": list(times.range), "rounds": len(times.ours),
        "budget": pair.budget, "commit": commit_of_tree(),
        "peak_gb": memory / (1e9 if sys.platform == "darwin" else 1e6),
    }  # fmt: skip


def at_hand(needed: str) -> bool:
    """Whether the data, the browser or the module that a pair needs is there."""
    if needed == "XDREC_DATA":
        return bool(os.environ.get(needed))
    if needed == "chromium":
        return Path(os.environ.get("CHROMIUM") or "/usr/bin/chromium").exists()
    return not needed or find_spec(needed) is not None


def beside(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The record's rows, these in place of their namesakes, in PAIRS' order; and as a table."""
    old = read_record("bench")
    kept = {row["name"]: {"commit": old["made"]["commit"]} | row for row in old["rows"]}
    kept |= {row["name"]: row for row in rows}
    ordered = [kept[name] for name in PAIRS if name in kept]
    return ordered, [*HEAD, *map(line, ordered)]


def main() -> None:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PAIRS)}")
    parser.add_argument("--write", action="store_true", help="keep the table as a record")
    parser.add_argument("--json", action="store_true", help="one pair, here, as JSON")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(PAIRS):
        parser.error(f"unknown {sorted(unknown)}: expected some of {', '.join(PAIRS)}")
    if asked.json:
        print(json.dumps(measured(asked.names[0])))
        return
    print(*HEAD, sep="\n", flush=True)
    rows, table = [], [*HEAD]
    for name in asked.names or PAIRS:
        if not at_hand(PAIRS[name].needs):
            print(f"left out, as it needs {PAIRS[name].needs}: {PAIRS[name].what}", file=sys.stderr)
            continue
        # A process each: no pair is helped or hindered, nor charged, by what ran before it.
        program = [sys.executable, "-m", "benchmarks.bench", name, "--json"]
        env = os.environ | {"PYTHONWARNINGS": "ignore"}  # implicit's, of its own conversions
        if PAIRS[name].threads:
            env |= {"OMP_NUM_THREADS": str(PAIRS[name].threads)}
        done = subprocess.run(program, stdout=subprocess.PIPE, text=True, env=env, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        table.append(line(rows[-1]))
        print(table[-1], flush=True)
    if asked.write:
        if asked.names:
            rows, table = beside(rows)
        figures = {"cores": os.cpu_count(), "rows": rows, "table": table}
        print("written:", write_record("bench", figures))


if __name__ == "__main__":
    main()
