"""One table of ratios, each pair measured in one process: `make bench` (minutes).

    python -m benchmarks.bench [NAME ...] [--write]

Ours over a peer's that does the same work and gives the same result: median of several rounds in
turn, the least and the largest ratio of a round, and the most memory that the process had. Below 1
is a gain. The budget says what we hold ourselves to: 1.0 for what we do ourselves, 1.05 for what
wraps a library, 1.1 for the training loop against a bare one, 1.2 against bare operations.
`--write` keeps the table as the record `bench`, which the book's page on speed shows.
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
from typing import Any

from benchmarks import closed, encoding, ranking, speed
from benchmarks.times import HEAD, Times, line
from xdrec.records import write_record


@dataclass(frozen=True)
class Pair:
    """What is measured, against whom, the ratio that it is to keep, and whether it needs data."""

    what: str
    peer: str
    budget: float
    measure: Callable[[], Times]
    data: bool = False


def titles() -> Times:
    times, _, agreed = encoding.against(encoding.titles(2000), rounds=3)
    assert agreed > 0.99, f"only {agreed:.3f} of the neighbours are the same"
    return times


PAIRS = {
    "encode": Pair("texts to vectors, float32", "sentence-transformers", 1.0, speed.encode),
    "titles": Pair(
        "2,000 real titles to vectors, as each does by default", "sentence-transformers",
        1 / 2.4, titles, data=True),
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
        "budget": pair.budget, "peak_gb": memory / (1e9 if sys.platform == "darwin" else 1e6),
    }  # fmt: skip


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
        if PAIRS[name].data and not os.environ.get("XDREC_DATA"):
            print(f"left out, as it needs XDREC_DATA: {PAIRS[name].what}", file=sys.stderr)
            continue
        # A process each: no pair is helped or hindered, nor charged, by what ran before it.
        program = [sys.executable, "-m", "benchmarks.bench", name, "--json"]
        env = os.environ | {"PYTHONWARNINGS": "ignore"}  # implicit's, of its own conversions
        done = subprocess.run(program, stdout=subprocess.PIPE, text=True, env=env, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        table.append(line(rows[-1]))
        print(table[-1], flush=True)
    if asked.write:
        figures = {"cores": os.cpu_count(), "rows": rows, "table": table}
        print("written:", write_record("bench", figures))


if __name__ == "__main__":
    main()
