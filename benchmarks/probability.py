"""Is the probability beside a recommendation kept? `python -m benchmarks.probability` (XDREC_DATA).

Warm users of the benchmark, kitchen → food. The event: the item shown at rank r of ten is the one
held out. Each calibrator is fitted on valid, with its model fitted on train (and helped by the two
events before: when these foretold valid, the slope came nearer to 1 that way), and judged on test,
with the model fitted anew on train and valid (class R): in both cases the held-out item is the next
one after all that the model knows. Every model of the list is reported, whatever comes out; the
first is the one of the highest recall on valid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from benchmarks.leaderboard import known_folder
from benchmarks.protocol import Texts, encoded
from benchmarks.records import data_hash
from xdrec.data import Split, benchmark
from xdrec.interest import EASE, BehaviourMean, ItemKNN, Scorer
from xdrec.probability import Calibrator, earlier_events
from xdrec.records import write_record
from xdrec.reliability import log_loss_gain, reliability, slope

MODELS: dict[str, Callable[[Texts], Scorer]] = {
    "EASE by distance, recent, text": lambda texts: EASE(
        100.0, 0.5, decay=0.8, content=texts.target
    ),
    "EASE, recent items first": lambda _: EASE(100.0, 0.7),
    "content, recent items first": lambda texts: BehaviourMean(texts.target, recency=0.3),
    "ItemKNN BM25": lambda _: ItemKNN(500),
}


def judged(make: Callable[[], Scorer], split: Split, k: int = 10) -> dict[str, Any]:
    """A calibrator fitted on valid and judged on test: its table and the numbers of the bar."""
    before = earlier_events(make, split.known)
    calibrator = Calibrator().fit(
        make().fit(split.known), split.known, split.valid, k, earlier=before
    )
    final = split.refit()
    p, hits = calibrator.places(make().fit(final.known), final.known, final.test)
    table = reliability(p, hits)
    kept = table["ratio"].is_between(0.9, 1.1) | (
        (table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])
    )
    expected = (table["predicted"] * table["n"]).to_numpy()
    # Hosmer and Lemeshow: all bins at once, where each single one may be out by chance.
    far = ((table["hits"].to_numpy() - expected) ** 2 / (expected * (1 - table["predicted"]))).sum()
    return {
        "weights": calibrator.weights,
        "hits_valid": float(calibrator.base.sum()),
        "hits_test": float(hits.any(axis=1).mean()),
        "bins": table.to_dicts(),
        "kept": kept.to_list(),
        "slope": slope(p, hits),
        "log_loss_gain": asdict(log_loss_gain(p, hits, calibrator.base)),
        "places": int((~np.isnan(p)).sum()),
        "hosmer_lemeshow": {"statistic": float(far), "p": float(chi2.sf(far, len(table)))},
    }


def measure(folder: Path, models: dict[str, Callable[[Texts], Scorer]] = MODELS) -> dict[str, Any]:
    split = benchmark(folder, "kitchen", "food", "warm")
    texts = encoded(split)
    return {name: judged(lambda b=build: b(texts), split) for name, build in models.items()}


def main() -> None:
    folder = known_folder()
    found = measure(folder)
    for name, figures in found.items():
        gain, whole = figures["log_loss_gain"], figures["hosmer_lemeshow"]
        print(f"{name}: hits {figures['hits_valid']:.4f} on valid, {figures['hits_test']:.4f} test")
        print(
            f"  slope {figures['slope']:.3f}, log-loss gain {gain['mean']:.5f} "
            f"[{gain['low']:.5f}, {gain['high']:.5f}] nats a place, "
            f"all bins: χ² {whole['statistic']:.1f}, p {whole['p']:.3f}"
        )
        for bin_, kept in zip(figures["bins"], figures["kept"], strict=True):
            print(
                f"  {bin_['bin']:>2}{bin_['n']:>7}{bin_['hits']:>5}{bin_['predicted']:>9.4f}"
                f"{bin_['observed']:>9.4f} [{bin_['low']:.4f}, {bin_['high']:.4f}]"
                f"{bin_['ratio']:>6.2f}{'' if kept else '  out'}"
            )
    print("written:", write_record("probability", {"models": found}, data=data_hash(folder)))


if __name__ == "__main__":
    main()
