"""Every model on real data by one protocol, printed: `make leaderboard` (half an hour on 2 cores).

    python -m benchmarks.leaderboard [--data FOLDER] [--source kitchen --target food]

By default the known data set, in both directions. A folder of your own holds, for each domain:

    benchmark/<domain>.parquet   user_id, item_id, timestamp (Unix seconds), position (0 = the
                                 user's oldest), warm and cold: "train", "valid" or "test"
    items_<domain>.parquet       item_id, title

The protocol is in `protocol.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.protocol import CLASSES, SEEDS, Candidate, Row, Texts, measure
from xdrec.data import DataError, load
from xdrec.interest import (
    ALS,
    BPR,
    EASE,
    BehaviourMean,
    ItemKNN,
    MatrixFactorization,
    NextItem,
    Popularity,
    Scorer,
    UserKNN,
)
from xdrec.train import Plan
from xdrec.transfer import Anchored, TextAnchor

DOMAINS = ("kitchen", "food")
CUTS = ("2014-01-25", "2014-04-23")  # of the known data set, fixed once
DOMAINS_READ = ("target", "both")
ALS_GRID = [(factors, alpha) for factors in (64, 128, 256) for alpha in (1.0, 10.0)]
BPR_GRID = [(factors, reg) for factors in (32, 128) for reg in (0.001, 0.01, 0.1)]
MF_GRID = [(factors, decay) for factors in (32, 128) for decay in (0.001, 0.03, 1.0)]
RECENCY = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def _als(domains: str, factors: int, alpha: float) -> Candidate:
    setting = f"{domains}, {factors} factors, α {alpha:g}, reg 0.1"
    return Candidate(setting, lambda _, seed: ALS(factors, alpha, domains=domains, seed=seed))


def _knn(domains: str, k: int) -> Candidate:
    return Candidate(f"{domains}, K = {k}", lambda *_: ItemKNN(k, domains))


def _users(domains: str, k: int) -> Candidate:
    return Candidate(f"{domains}, K = {k}", lambda *_: UserKNN(k, domains))


def _bpr(domains: str, factors: int, regularization: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return BPR(factors, regularization=regularization, domains=domains, seed=seed)

    return Candidate(f"{domains}, {factors} factors, reg {regularization:g}", build)


def _mf(domains: str, factors: int, decay: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        plan = Plan(epochs=20, batch_size=1024, lr=0.02, weight_decay=decay, seed=seed)
        return MatrixFactorization(factors, domains, plan)

    return Candidate(f"{domains}, {factors} factors, decay {decay:g}", build)


def _next(mu: float, half_days: float | None, back: float) -> Candidate:
    setting = f"μ {mu:g}, γ 0.9, τ {half_days}, ρ {back:g}"
    return Candidate(setting, lambda *_: NextItem(mu, half_days=half_days, back=back))


def _anchored(mu: float, half_days: float | None, times: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        model = NextItem(mu, half_days=half_days, back=0.3)
        return Anchored(model, TextAnchor(texts.target, texts.source), lam=times * mu)

    return Candidate(f"μ {mu:g}, γ 0.9, τ {half_days}, ρ 0.3, λ {times * mu:g}", build)


def _content(history: str, recency: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return BehaviourMean(texts.target, texts.source, history=history, recency=recency)

    return Candidate(f"history {history}, γ {recency:g}", build)


def _ease(
    mu: float = 100.0,
    recency: float = 1.0,
    decay: float = 1.0,
    content: bool = False,
    domains: str = "target",
) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        said = texts.target if content else None
        return EASE(mu, recency, decay=decay, content=said, domains=domains)

    said = f"{domains}, μ {mu:g}, γ {recency:g}" + f", δ {decay:g}" * (decay < 1)
    return Candidate(said + ", text" * content, build)


# Tuned alike: twelve settings each, and valid chooses.
CHOSEN = [
    Row(f"{model}, chosen on valid", candidates, seeds)
    for model, candidates, seeds in [
        (
            "ItemKNN",
            [_knn(d, k) for d in DOMAINS_READ for k in (20, 50, 100, 200, 500, 1000)],
            SEEDS[:1],
        ),
        (
            "UserKNN",
            [_users(d, k) for d in DOMAINS_READ for k in (20, 50, 100, 200, 500, 1000)],
            SEEDS[:1],
        ),
        ("ALS", [_als(d, *g) for d in DOMAINS_READ for g in ALS_GRID], SEEDS),
        ("BPR", [_bpr(d, *g) for d in DOMAINS_READ for g in BPR_GRID], SEEDS),
        ("factorization in torch", [_mf(d, *g) for d in DOMAINS_READ for g in MF_GRID], SEEDS),
        (
            "EASE",
            [
                _ease(mu, g, d, content)
                for mu in (30.0, 100.0, 300.0)
                for g, d in ((0.7, 1.0), (0.5, 0.8))
                for content in (False, True)
            ],
            SEEDS[:1],
        ),
        (
            "EASE of both",
            [
                _ease(mu, g, domains="both")
                for mu in (100.0, 300.0, 1000.0, 3000.0)
                for g in (0.5, 0.7, 1.0)
            ],
            SEEDS[:1],
        ),
        (
            "next item",
            [
                _next(mu, days, back)
                for mu in (100.0, 300.0, 1000.0)
                for days in (None, 30.0)
                for back in (0.0, 0.3)
            ],
            SEEDS[:1],
        ),
        (
            "next item, anchored in the source's texts",
            [
                _anchored(mu, days, times)
                for mu in (100.0, 300.0)
                for days in (None, 30.0)
                for times in (5.0, 20.0, 60.0)
            ],
            SEEDS[:1],
        ),
        ("content", [_content(h, g) for h in ("either", "both") for g in RECENCY], SEEDS[:1]),
    ]
]
ROWS = [
    Row("popularity", [Candidate("", lambda *_: Popularity())]),
    Row("ItemKNN BM25", [_knn("target", 500)]),
    Row("ItemKNN BM25, both domains", [_knn("both", 500)]),
    Row("ALS", [_als("target", 128, 10.0)], SEEDS),
    Row("ALS, both domains", [_als("both", 128, 10.0)], SEEDS),
    Row("EASE", [_ease()]),
    Row("EASE, both domains", [_ease(300.0, domains="both")]),
    Row("EASE, recent items first", [_ease(recency=0.7)]),
    Row("EASE, recent, text", [_ease(recency=0.7, content=True)]),
    Row("EASE by distance, recent", [_ease(recency=0.5, decay=0.8)]),
    Row("EASE by distance, recent, text", [_ease(recency=0.5, decay=0.8, content=True)]),
    Row("content, recent items first", [_content("either", 0.3)]),
    Row("content, all items alike", [_content("either", 1.0)]),
    *CHOSEN,
]


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
    asked = parser.parse_args()
    if bool(asked.source) != bool(asked.target):
        parser.error("say both --source and --target, or neither")
    folder = asked.data or known_folder()
    cuts = (asked.valid_from, asked.test_from) if asked.data else CUTS
    chosen = (asked.source, asked.target) if asked.source else domains(folder)
    for source, target in [chosen] if asked.source else [chosen, chosen[::-1]]:
        for case in CLASSES:
            print(f"{source} → {target}, {case}", flush=True)
            try:
                table = measure(folder, source, target, case, ROWS, cuts)
            except DataError as error:
                raise SystemExit(str(error)) from None
            print(*show(table), "", sep="\n", flush=True)


if __name__ == "__main__":
    main()
