"""Rewrite the leaderboard's records: `make records` (needs XDREC_DATA, an hour on one core).

    python -m benchmarks.records [--gpt]

With `--gpt` the record of the rows that a small GPT generates, alone: another two hours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.leaderboard import CUTS, DOMAINS, known_folder
from benchmarks.models import GENERATED, ROWS
from benchmarks.protocol import CLASSES, SEEDS, Row, encoded, hash_of, measured
from benchmarks.resume import kept
from xdrec.data import benchmark
from xdrec.evaluate import bootstrap, evaluate
from xdrec.records import write_record

BOTH = (DOMAINS, DOMAINS[::-1])


def data_hash(folder: Path) -> str:
    """Of the known data set's two domains."""
    return hash_of(folder, *DOMAINS)


def counts(folder: Path) -> list[dict[str, Any]]:
    """What the two domains of the benchmark hold, and how much of it the most popular tenth has."""
    figures = []
    for name in DOMAINS:
        other = next(domain for domain in DOMAINS if domain != name)
        domain = benchmark(folder, name, other, "warm").known.source  # wholly known
        owners = domain.interactions["item_id"].value_counts(sort=True)["count"]
        head = owners.head(len(owners) // 10).sum() / owners.sum()
        figures.append(domain.summary() | {"share_of_top_tenth": head})
    return figures


# Who is compared with whom, user by user: (better or not, against what), by the rows' names.
PAIRS = {
    "warm": [
        ("content, recent items first", "ItemKNN BM25"),
        ("content, all items alike", "ItemKNN BM25"),
        ("ItemKNN BM25, both domains", "ItemKNN BM25"),
        ("ALS, both domains", "ALS"),
        ("EASE", "ItemKNN BM25"),
        ("EASE, both domains", "EASE"),
        ("EASE, recent, text", "EASE, recent items first"),
        ("EASE by distance, recent, text", "content, recent items first"),
    ],
    "cold": [
        ("ALS, both domains", "popularity"),
        ("EASE, both domains", "popularity"),
        ("ItemKNN BM25, both domains", "popularity"),
        ("content, recent items first", "popularity"),
    ],
}


def differences(folder: Path, source: str, target: str, case: str) -> list[dict[str, Any]]:
    """Paired differences in Recall@10 with intervals over users: class R, means over seeds."""
    split = benchmark(folder, source, target, case).refit()
    texts = encoded(split)
    rows = {row.name: row for row in ROWS if len(row.candidates) == 1}

    def per_user(name: str) -> np.ndarray:
        build, seeds = rows[name].candidates[0].build, rows[name].seeds
        reports = [evaluate(build(texts, seed).fit(split.known), split) for seed in seeds]
        return np.mean([report.of("recall", case) for report in reports], axis=0)

    wanted = sorted({name for pair in PAIRS[case] for name in pair})
    found = {name: per_user(name) for name in wanted}
    return [
        {"model": a, "against": b} | asdict(bootstrap(found[a] - found[b])) for a, b in PAIRS[case]
    ]


def tables(rows: Sequence[Row], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of all rows, a table a direction and case."""
    found: dict[str, list[dict[str, Any]]] = {}
    for source, target in BOTH:
        for case in CLASSES:
            for row in rows:
                if case in row.cases:
                    lines = measured(row, folder, source, target, case, CUTS, keep=True)
                    found.setdefault(f"{source} → {target}, {case}", []).extend(lines)
    return found


def main(asked: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gpt", action="store_true", help="the rows of a small GPT, alone")
    gpt = parser.parse_args(asked).gpt
    folder = known_folder()
    data = data_hash(folder)
    if gpt:
        figures: dict[str, Any] = {"tables": tables(GENERATED, folder)}
        print("written:", write_record("leaderboard_gpt", figures, seeds=SEEDS, data=data))
        return
    pairs = {
        f"{a} → {b}, {case}": kept(
            f"paired-{a}-{b}-{case}-{data[:12]}", partial(differences, folder, a, b, case)
        )
        for a, b in BOTH
        for case in PAIRS
    }
    print("written:", write_record("paired", {"differences": pairs}, seeds=SEEDS, data=data))
    figures = {"counts": counts(folder), "tables": tables(ROWS, folder)}
    print("written:", write_record("leaderboard", figures, seeds=SEEDS, data=data))


if __name__ == "__main__":
    main()
