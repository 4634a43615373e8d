"""Does a sequence model beat the mean where interest drifts? On worlds, and on real data as it is.

    python -m benchmarks.sequence            # both parts; about half an hour on one core
    python -m benchmarks.sequence worlds     # one; the other stays in the record

Writes the record `sequence`. On the worlds of `interest_worlds` every person's last item of the
target judges (class R), and so does the truth (expected NDCG: what they want at the end). Rivals
are the behaviour mean with γ = 1, and with the γ of `TRIED` that is best on valid; the sequence
model gets half as many tries (`SETTINGS`). All read the same vectors (MiniLM of an item's texts).
 The real data are kitchen → food, warm, class T.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.interest_worlds import DRIFTING, STEADY
from benchmarks.leaderboard import DOMAINS, known_folder
from benchmarks.protocol import Texts, encoded
from benchmarks.records import data_hash
from xdrec.data import Split, benchmark, leave_last_out
from xdrec.data.worlds import World, make_world
from xdrec.evaluate import Report, bootstrap, compare, evaluate, true_ndcg
from xdrec.interest import BehaviourMean, Scorer
from xdrec.interest.sequence import PLAN, SequenceTransformer
from xdrec.records import read_record, write_record
from xdrec.tune import rehearsal

RECORD = "sequence"
SEEDS = (0, 1, 2)
WORLDS = {"steady": STEADY, "drifting": DRIFTING}
TRIED = (0.99, 0.95, 0.9, 0.8)  # γ of the behaviour mean
SETTINGS: tuple[dict[str, Any], ...] = (
    {"layers": 1, "dropout": 0.1},
    {"layers": 2, "dropout": 0.2},
)
METRICS = ("recall", "ndcg")


def mean(texts: Texts, recency: float) -> Scorer:
    return BehaviourMean(texts.target, recency=recency)


def sequence(texts: Texts, setting: dict[str, Any], seed: int) -> Scorer:
    return SequenceTransformer(texts.target, plan=replace(PLAN, seed=seed), **setting)


def chosen(practice: Split, build: Callable[[Any], Scorer], settings: Sequence[Any]) -> Any:
    """The setting of the highest NDCG@10 on the rehearsal, warm users; of equals the first."""

    def quality(setting: Any) -> float:
        return evaluate(build(setting).fit(practice.known), practice).mean("warm")["ndcg"]

    return max(settings, key=quality)


def world_figures(knobs: dict[str, Any], seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """One world: means of all models, and the sequence model against each mean, user by user."""
    world = make_world(**knobs)
    split = leave_last_out(world.cross(*knobs["domains"]))
    texts = encoded(split)
    practice = rehearsal(split)
    recency = chosen(practice, lambda g: mean(texts, g), TRIED)
    setting = chosen(practice, lambda s: sequence(texts, s, seeds[0]), SETTINGS)
    final = split.refit()
    means = {"mean": mean(texts, 1.0), "mean, γ chosen": mean(texts, recency)}
    found = {name: measured(world, final, model) for name, model in means.items()}
    runs, seconds = [], []
    for seed in seeds:
        start = time.process_time()
        runs.append(measured(world, final, sequence(texts, setting, seed)))
        seconds.append(round(time.process_time() - start))
        print(setting, seed, averages(runs[-1]), flush=True)
    ours = {metric: np.mean([run[metric] for run in runs], axis=0) for metric in runs[0]}
    differences = [
        {"against": name, "metric": metric} | asdict(bootstrap(ours[metric] - rival[metric]))
        for name, rival in found.items()
        for metric in ours
    ]
    return {
        "chosen": {"γ": recency, "sequence": setting},
        "cpu_s": seconds,
        "means": {name: averages(of) for name, of in (found | {"sequence": ours}).items()},
        "by_seed": [averages(run) for run in runs],
        "differences": differences,
    }


def averages(values: dict[str, np.ndarray]) -> dict[str, float]:
    return {metric: float(of.mean()) for metric, of in values.items()}


def measured(world: World, final: Split, model: Scorer) -> dict[str, np.ndarray]:
    """Fitted and measured: one number a user and metric."""
    model.fit(final.known)
    report = evaluate(model, final)
    values = {metric: report.of(metric, "warm") for metric in METRICS}
    return values | {"truth": true_ndcg(model, final.known, world.truth[final.known.target.name])}


def world_part() -> dict[str, Any]:
    return {name: world_figures(knobs) for name, knobs in WORLDS.items()}


def real_part(folder: Path | None = None, seeds: Sequence[int] = SEEDS[:1]) -> dict[str, Any]:
    """Kitchen → food, warm, class T: the default settings, against the tuned mean."""
    folder = folder or known_folder()
    split = benchmark(folder, *DOMAINS, "warm")
    texts = encoded(split)
    recency = chosen(rehearsal(split), lambda g: mean(texts, g), (1.0, 0.7, 0.5, 0.3, 0.2, 0.1))
    rival = evaluate(mean(texts, recency).fit(split.known), split)
    reports: list[Report] = []
    lines = []
    for seed in seeds:
        start = time.process_time()
        model = sequence(texts, {}, seed).fit(split.known)
        seconds = round(time.process_time() - start)
        reports.append(evaluate(model, split))
        lines.append({"seed": seed, "cpu_s": seconds} | reports[-1].mean("warm"))
        print(lines[-1], flush=True)
    return {
        "data": data_hash(folder),
        "mean": {"γ": recency} | rival.mean("warm"),
        "sequence": lines,
        "differences": [{"metric": m} | asdict(compare(reports[0], rival, m)) for m in METRICS],
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {"worlds": world_part, "real": real_part}


def main(parts: Sequence[str]) -> None:
    unknown = set(parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"no part {sorted(unknown)}: expected some of {', '.join(PARTS)}")
    for name in parts or PARTS:
        made = PARTS[name]()
        try:  # now, and not before: the other part may have been measured meanwhile
            figures = {p: f for p, f in read_record(RECORD).items() if p in PARTS}
        except FileNotFoundError:
            figures = {}
        write_record(RECORD, figures | {name: made}, seeds=SEEDS, plan=asdict(PLAN))
        print("written:", name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
