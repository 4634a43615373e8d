"""Rewrite the committed records: `make records` (needs XDREC_DATA, takes minutes)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from benchmarks.leaderboard import CUTS, DOMAINS, ROWS, known_folder
from benchmarks.protocol import CLASSES, SEEDS, measure
from xdrec.data import benchmark
from xdrec.records import write_record


def data_hash(folder: Path) -> str:
    """One SHA-256 over the tables that the figures rest on."""
    digest = hashlib.sha256()
    for domain in sorted(DOMAINS):
        for part in (f"benchmark/{domain}.parquet", f"items_{domain}.parquet"):
            digest.update((folder / part).read_bytes())
    return digest.hexdigest()


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


def main() -> None:
    folder = known_folder()
    tables = {
        f"{source} → {target}, {case}": measure(folder, source, target, case, ROWS, CUTS).to_dicts()
        for source, target in (DOMAINS, DOMAINS[::-1])
        for case in CLASSES
    }
    figures = {"counts": counts(folder), "tables": tables}
    path = write_record("leaderboard", figures, seeds=SEEDS, data=data_hash(folder))
    print("written:", path)


if __name__ == "__main__":
    main()
