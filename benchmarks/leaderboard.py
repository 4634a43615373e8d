"""Every model on real data by one protocol: `make leaderboard` (35 minutes on 2 cores).

    python -m benchmarks.leaderboard [--data FOLDER] [--source kitchen --target food] [--jobs 2]

By default the known data set, in both directions. A folder of your own holds, for each domain:

    benchmark/<domain>.parquet   user_id, item_id, position (0 = the user's oldest), warm and
                                 cold: "train", "valid" or "test"; timestamp (Unix seconds), if any
    items_<domain>.parquet       item_id, title

Without timestamps there is no case time, and no setting that counts days. The protocol is in
`protocol.py`; `--peers` adds other systems (`peers.py`). With `--jobs` so many rows are measured at
once, each by one thread in a process of its own. All rows are also written as JSON (`--out`), table
by table as they are done.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import torch

from benchmarks.models import GENERATED, ROWS
from benchmarks.peers import peer_rows
from benchmarks.protocol import CLASSES, Cuts, Row, measured, timed
from xdrec.data import DataError, benchmark, load

DOMAINS = ("kitchen", "food")
OUT = Path("build/leaderboard.json")
CUTS = ("2014-01-25", "2014-04-23")  # of the known data set, fixed once


def show(table: pl.DataFrame) -> Iterator[str]:
    """The table as lines of text, a block a class and group of users, best recall first."""
    for (klass, users), block in table.group_by("class", "users", maintain_order=True):
        yield f"  class {klass}, {block['n'][0]:,} {users} users"
        yield (
            f"    {'model':<32}{'Recall@10':>9}  {'95 % interval':<16}{'±seed':>7}"
            f"{'NDCG@10':>9}{'MRR@10':>8}{'cover':>7}{'CPU s':>7}  setting"
        )
        for r in block.sort("recall", descending=True, maintain_order=True).iter_rows(named=True):
            spread = f"{r['between_seeds'] / 2:.4f}" if r["seeds"] > 1 else ""
            seeds = f", mean of {r['seeds']} seeds" if r["seeds"] > 1 else ""
            yield (
                f"    {r['model']:<32}{r['recall']:>9.4f}"
                f"  [{r['low']:.4f}, {r['high']:.4f}]{spread:>7}"
                f"{r['ndcg']:>9.4f}{r['mrr']:>8.4f}{r['coverage']:>7.3f}{r['cpu_s']:>7.1f}"
                f"  {r['setting']}{seeds}"
            )


def rows_of(table: pl.DataFrame, direction: str, case: str) -> Iterator[dict[str, Any]]:
    """A table's rows for a file: what was measured, how surely, and with what settings."""
    for r in table.iter_rows(named=True):
        yield {
            "direction": direction, "split": case, "class": r["class"], "users": r["users"],
            "model": r["model"], "recall": r["recall"], "ndcg": r["ndcg"],
            "interval": [r["low"], r["high"]], "chosen": r["setting"], "seeds": r["seeds"],
        }  # fmt: skip


def known_folder() -> Path:
    """Where the known data set lies; without it the program ends and says how to get it."""
    try:
        folder = load("amazon-food-kitchen").folder
    except FileNotFoundError as error:
        raise SystemExit(f"{error}\nor name a folder: make leaderboard DATA=...") from None
    assert folder is not None
    return folder


def domains(folder: Path) -> tuple[str, str]:
    """The two domains of a folder that has just two, the known pair in its usual order."""
    there = sorted(path.stem for path in (folder / "benchmark").glob("*.parquet"))
    if set(there) == set(DOMAINS):
        return DOMAINS
    if len(there) != 2:
        raise SystemExit(
            f"{folder}/benchmark has {len(there)} domains ({', '.join(there) or 'no table'}): "
            "say which two, SOURCE=... TARGET=..."
        )
    return there[0], there[1]


def cases_of(folder: Path, source: str, target: str, cuts: Cuts) -> Iterator[tuple[str, str, str]]:
    """The cases that these two tables allow; what is wrong with them ends the program, said."""
    for case in CLASSES:
        if case == "time" and not timed(folder, source, target):
            print(f"{source} → {target}, {case}")
            print("  left out: both tables would need timestamps", flush=True)
            continue
        try:
            benchmark(folder, source, target, case, *cuts)
        except DataError as error:
            raise SystemExit(str(error)) from None
        yield source, target, case


def asked_rows(gpt: bool, peers: str | None) -> list[Row]:
    """The rows, by name everywhere the same: a process finds there what cannot be sent to it."""
    return [*ROWS, *(GENERATED if gpt else []), *others(peers)]


def others(pythons: str | None) -> list[Row]:
    """The rows of the peers in these environments, named one after the other as in PATH."""
    return [row for python in (pythons or "").split(os.pathsep) if python for row in _peers(python)]


_peers = cache(peer_rows)  # it starts every peer to ask what it has


def one_row(
    gpt: bool, peers: str | None, n: int, folder: Path, source: str, target: str, case: str,
    cuts: Cuts, keep: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """The lines of the row at place n, by one thread: others have the other cores."""
    torch.set_num_threads(1)
    rows = asked_rows(gpt, peers)
    ours = n < len(rows) - len(others(peers))  # whether a peer is still the same nobody knows
    return measured(rows[n], folder, source, target, case, cuts, keep and ours)


@contextmanager
def workers(jobs: int) -> Iterator[Callable[..., Callable[[], list[dict[str, Any]]]]]:
    """What begins a call and gives what waits for its answer; one job: in this process, later."""
    if jobs == 1:
        yield lambda call, *words: lambda: call(*words)
        return
    os.environ["OMP_NUM_THREADS"] = "1"  # for the processes that come; here it is too late
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("forkserver"))
    try:
        yield lambda call, *words: pool.submit(call, *words).result
    finally:
        pool.shutdown(cancel_futures=True)


def main() -> None:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--data", type=Path, help="default: the known data set amazon-food-kitchen")
    parser.add_argument("--source", help="with --target: this direction alone")
    parser.add_argument("--target")
    for cut in ("--valid-from", "--test-from"):
        parser.add_argument(
            cut, help="a day, for the case time; default: by 80 %%, 90 %% of the data"
        )
    parser.add_argument(
        "--out", type=Path, default=OUT, help="the rows as JSON; default: %(default)s"
    )
    parser.add_argument(
        "--gpt", action="store_true", help="also a small GPT, taught by the histories (hours)"
    )
    parser.add_argument(
        "--peers",
        metavar="PYTHON",
        help="also other systems, installed in that environment; several as in PATH",
    )
    parser.add_argument(
        "--keep", action="store_true", help="what this commit has measured is not measured again"
    )
    parser.add_argument("--jobs", type=int, default=1, help="rows at once; default: %(default)s")
    asked = parser.parse_args()
    if bool(asked.source) != bool(asked.target):
        parser.error("say both --source and --target, or neither")
    if asked.jobs < 1:
        parser.error(f"--jobs {asked.jobs}: expected 1 or more")
    folder = asked.data or known_folder()
    cuts = (asked.valid_from, asked.test_from) if asked.data else CUTS
    chosen = (asked.source, asked.target) if asked.source else domains(folder)
    try:
        rows = asked_rows(asked.gpt, asked.peers)
    except ValueError as error:
        parser.error(str(error))
    ways = [chosen] if asked.source else [chosen, chosen[::-1]]
    cases = [way for pair in ways for way in cases_of(folder, *pair, cuts)]
    lines: list[dict[str, Any]] = []
    with workers(asked.jobs) as begin:
        waiting = {
            (*pair, case): [
                begin(one_row, asked.gpt, asked.peers, n, folder, *pair, case, cuts, asked.keep)
                for n, row in enumerate(rows)
                if case in row.cases
            ]
            for *pair, case in cases
        }
        for (source, target, case), answers in waiting.items():
            print(f"{source} → {target}, {case}", flush=True)
            found = [line for answer in answers for line in answer()]
            table = pl.DataFrame(found, infer_schema_length=None)
            print(*show(table), "", sep="\n", flush=True)
            lines += rows_of(table, f"{source} → {target}", case)
            asked.out.parent.mkdir(parents=True, exist_ok=True)
            asked.out.write_text(json.dumps(lines, indent=1, ensure_ascii=False) + "\n")
    print("written:", asked.out)


if __name__ == "__main__":
    main()
