"""The protocol of the leaderboard: choose on valid, refit, rank everything, count per user.

Cases: *warm* (each user's last item), *cold* (users without target history), *time* (a global cut).
Class T is fitted on train; class R refitted on train + valid. What a row leaves open is chosen by
Recall@10 on valid (cold: on warm users held out as if they were cold), never on test.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.resume import kept
from xdrec.data import Split, benchmark
from xdrec.encoders import Features, LanguageModel
from xdrec.evaluate import Report, bootstrap, evaluate
from xdrec.interest import Scorer
from xdrec.tune import rehearsal

CLASSES = {"warm": "TR", "cold": "R", "time": "TR"}
SEEDS = (42, 43, 44)
Cuts = tuple[str | None, str | None]  # valid from, test from: days; None is left to the data
METRICS = ("recall", "ndcg", "mrr", "f1", "novelty")


@dataclass(frozen=True, eq=False)
class Texts:
    """The language model's vectors of the two catalogues; one object a run."""

    target: Features
    source: Features


@dataclass(frozen=True)
class Candidate:
    """One setting; `build` gets the texts' vectors and a seed. `timed`: it needs timestamps."""

    setting: str
    build: Callable[[Texts, int], Scorer]
    timed: bool = False


@dataclass(frozen=True)
class Row:
    """A line of some cases' tables: one fixed setting, or several of which valid chooses."""

    name: str
    candidates: Sequence[Candidate]
    seeds: tuple[int, ...] = SEEDS[:1]
    cases: tuple[str, ...] = tuple(CLASSES)


def measure(
    folder: Path,
    source: str,
    target: str,
    case: str,
    rows: Sequence[Row],
    cuts: Cuts = (None, None),
) -> pl.DataFrame:
    """One line a row, class and group of users; `cuts` are the days of the case time."""
    split = benchmark(folder, source, target, case, *cuts)
    texts = encoded(split)
    practice = rehearsal(split)
    clock = timed(folder, source, target)
    lines: list[dict[str, Any]] = []
    for row in rows:
        candidates = [c for c in row.candidates if clock or not c.timed]
        if case not in row.cases or not candidates:
            continue
        chosen = choose(replace(row, candidates=candidates), practice, texts)
        for klass in CLASSES[case]:
            final = split.refit() if klass == "R" else split
            start = time.process_time()
            fitted = [chosen.build(texts, seed).fit(final.known) for seed in row.seeds]
            seconds = (time.process_time() - start) / len(fitted)
            reports = [evaluate(model, final, name=row.name) for model in fitted]
            said = {"class": klass, "model": row.name, "setting": chosen.setting, "cpu_s": seconds}
            lines += [said | figures for figures in summarise(reports)]
    return pl.DataFrame(lines, infer_schema_length=None).with_columns(pl.selectors.float().round(6))


def hash_of(folder: Path, *names: str) -> str:
    """One SHA-256 over the tables that the figures of these domains rest on."""
    digest = hashlib.sha256()
    for name in sorted(names):
        for part in (f"benchmark/{name}.parquet", f"items_{name}.parquet"):
            digest.update((folder / part).read_bytes())
    return digest.hexdigest()


def measured(
    row: Row, folder: Path, source: str, target: str, case: str, cuts: Cuts, keep: bool
) -> list[dict[str, Any]]:
    """`measure` of one row; with `keep` what this commit has already measured on these data."""

    def made() -> list[dict[str, Any]]:
        return measure(folder, source, target, case, [row], cuts).to_dicts()

    if not keep:
        return made()
    name = re.sub(r"\W+", "-", f"{source} {target} {case} {row.name} {cuts}")
    return kept(f"{name}-{hash_of(folder, source, target)[:12]}", made)


def timed(folder: Path, *names: str) -> bool:
    """Whether the tables of all these domains have timestamps."""
    tables = [folder / "benchmark" / f"{name}.parquet" for name in names]
    return all(t.is_file() and "timestamp" in pl.read_parquet_schema(t) for t in tables)


def encoded(split: Split) -> Texts:
    encoder = LanguageModel()
    return Texts(*(encoder.encode(d.texts()) for d in (split.known.target, split.known.source)))


def choose(row: Row, practice: Split, texts: Texts) -> Candidate:
    """The candidate of the highest recall on the rehearsal; of equals the first, so the simpler."""
    if len(row.candidates) == 1:
        return row.candidates[0]

    def quality(candidate: Candidate) -> float:
        model = candidate.build(texts, SEEDS[0]).fit(practice.known)
        # Warm and cold are never pooled; the cold ones have a rehearsal of their own.
        group = "cold" if practice.name == "cold-start" else "warm"
        return evaluate(model, practice).mean(group)["recall"]

    return max(row.candidates, key=quality)


def summarise(reports: list[Report]) -> Iterator[dict[str, Any]]:
    """Means over users and seeds for each group of users; the interval is over users."""
    for group in ("warm", "cold"):
        per_user = sum(report.of("recall", group) for report in reports) / len(reports)
        people = reports[0].per_user.filter(pl.col("group") == group)
        if people["silent"].all():
            continue  # nobody there, or nobody of whom the model has anything to say
        interval = bootstrap(per_user)
        means = pl.DataFrame([report.mean(group) for report in reports])
        yield {
            "users": group,
            "n": len(per_user),
            "low": interval.low,
            "high": interval.high,
            "seeds": len(reports),
            "first_seed": means["recall"][0],
            "between_seeds": means["recall"].max() - means["recall"].min(),
            "coverage": np.mean([report.coverage(group) for report in reports]),
            **{metric: means[metric].mean() for metric in METRICS},
        }
