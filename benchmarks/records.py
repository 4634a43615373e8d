"""Rewrite the committed records: `make records` (needs XDREC_DATA, takes minutes)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchmarks.leaderboard import DOMAINS, ROWS, known_folder
from benchmarks.protocol import CLASSES, SEEDS, measure
from xdrec.records import write_record


def data_hash(folder: Path) -> str:
    """One SHA-256 over the tables that the figures rest on."""
    digest = hashlib.sha256()
    for domain in sorted(DOMAINS):
        for part in (f"benchmark/{domain}.parquet", f"items_{domain}.parquet"):
            digest.update((folder / part).read_bytes())
    return digest.hexdigest()


def main() -> None:
    folder = known_folder()
    tables = {
        f"{source} → {target}, {case}": measure(folder, source, target, case, ROWS).to_dicts()
        for source, target in (DOMAINS, DOMAINS[::-1])
        for case in CLASSES
    }
    path = write_record("leaderboard", {"tables": tables}, seeds=SEEDS, data=data_hash(folder))
    print("written:", path)


if __name__ == "__main__":
    main()
