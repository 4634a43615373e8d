"""Every model on real data by one protocol, printed: `make leaderboard`.

    python -m benchmarks.leaderboard [--data FOLDER] [--source kitchen --target food]

FOLDER holds `benchmark/<domain>.parquet` and `items_<domain>.parquet`, as `xdrec.data.benchmark`
reads them; by default the known data set, in both directions. The protocol is in `protocol.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.protocol import CLASSES, SEEDS, Candidate, Row, Texts, measure
from xdrec.data import load
from xdrec.interest import ALS, BehaviourMean, ItemKNN, Popularity, Scorer

DOMAINS = ("kitchen", "food")
RECENCY = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
ALS_GRID = [(factors, alpha) for factors in (64, 128, 256) for alpha in (1.0, 10.0, 40.0)]


def _als(domains: str, factors: int, alpha: float) -> Candidate:
    setting = f"{domains}, {factors} factors, α {alpha:g}, reg 0.1"
    return Candidate(setting, lambda _, seed: ALS(factors, alpha, domains=domains, seed=seed))


def _knn(domains: str, k: int) -> Candidate:
    return Candidate(f"{domains}, K = {k}", lambda *_: ItemKNN(k, domains))


def _content(history: str, recency: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return BehaviourMean(texts.target, texts.source, history=history, recency=recency)

    return Candidate(f"history {history}, γ {recency:g}", build)


ROWS = [
    Row("popularity", [Candidate("", lambda *_: Popularity())]),
    Row("ItemKNN BM25", [_knn("target", 500)]),
    Row("ItemKNN BM25, both domains", [_knn("both", 500)]),
    Row("ALS", [_als("target", 128, 10.0)], SEEDS),
    Row("ALS, both domains", [_als("both", 128, 10.0)], SEEDS),
    Row("content, recent items first", [_content("either", 0.3)]),
    Row("content, all items alike", [_content("either", 1.0)]),
    Row(
        "ItemKNN, chosen on valid", [_knn(d, k) for d in ("target", "both") for k in (50, 200, 500)]
    ),
    Row("ALS, chosen on valid", [_als(d, *g) for d in ("target", "both") for g in ALS_GRID], SEEDS),
    Row("content, chosen on valid", [_content(h, g) for h in ("either", "both") for g in RECENCY]),
]


def show(table: pl.DataFrame) -> Iterator[str]:
    """The table as lines of text, a block a class and group of users, best recall first."""
    for (klass, users), block in table.group_by("class", "users", maintain_order=True):
        yield f"  class {klass}, {block['n'][0]:,} {users} users"
        yield (
            f"    {'model':<28}{'Recall@10':>9}  {'95 % interval':<16}{'±seed':>7}"
            f"{'NDCG@10':>9}{'MRR@10':>8}{'cover':>7}{'CPU s':>7}  setting"
        )
        for r in block.sort("recall", descending=True, maintain_order=True).iter_rows(named=True):
            spread = f"{r['between_seeds'] / 2:.4f}" if r["seeds"] > 1 else ""
            seeds = f", mean of {r['seeds']} seeds" if r["seeds"] > 1 else ""
            yield (
                f"    {r['model']:<28}{r['recall']:>9.4f}"
                f"  [{r['low']:.4f}, {r['high']:.4f}]{spread:>7}"
                f"{r['ndcg']:>9.4f}{r['mrr']:>8.4f}{r['coverage']:>7.3f}{r['cpu_s']:>7.1f}"
                f"  {r['setting']}{seeds}"
            )


def known_folder() -> Path:
    """Where the known data set lies; without it the program ends and says how to get it."""
    try:
        folder = load("amazon-food-kitchen").folder
    except FileNotFoundError as error:
        raise SystemExit(f"{error}\nor name a folder: make leaderboard DATA=...") from None
    assert folder is not None
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="default: the known data set amazon-food-kitchen")
    parser.add_argument("--source", help="with --target: this direction alone")
    parser.add_argument("--target")
    asked = parser.parse_args()
    if bool(asked.source) != bool(asked.target):
        parser.error("say both --source and --target, or neither")
    chosen = (asked.source, asked.target) if asked.source else None
    for source, target in [chosen] if chosen else [DOMAINS, DOMAINS[::-1]]:
        for case in CLASSES:
            print(f"{source} → {target}, {case}", flush=True)
            table = measure(asked.data or known_folder(), source, target, case, ROWS)
            print(*show(table), "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
