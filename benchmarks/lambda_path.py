"""λ from 0 to ∞ on real data: `python -m benchmarks.lambda_path` (XDREC_DATA).

`NextItem` of the target with the μ that valid chooses at λ = 0, tied to B_0 by the squared norm:
read off the target's texts by a map learnt in the source, and, as the twin, B_0 = 0. Both
directions, warm users. λ is chosen by Recall@10 on valid; then everything is fitted on train and
valid (class R), and every λ of the path is asked the test question, for the curve; the chosen one
is the result. One eigendecomposition serves all λ.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.leaderboard import DOMAINS, known_folder
from benchmarks.protocol import Texts, encoded
from benchmarks.records import data_hash
from xdrec.closed_form import ItemItemPath, Problem
from xdrec.data import Split, benchmark
from xdrec.evaluate import Report, bootstrap, evaluate
from xdrec.interest import NextItem
from xdrec.records import write_record
from xdrec.transfer import TextAnchor
from xdrec.tune import rehearsal

LAMBDAS = (0.0, *np.geomspace(100, 1e6, 23).round(1), float("inf"))
MUS = (100.0, 300.0, 1000.0)


class Weighted:
    """An item-item model whose B is known already."""

    def __init__(self, problem: Problem, b: np.ndarray, index: Any) -> None:
        self.problem, self.b, self.index = problem, b, index

    def score(self, users: Any) -> np.ndarray:
        return np.asarray(self.problem.history[self.index(users)] @ self.b)


def model(mu: float) -> NextItem:
    return NextItem(mu, half_days=30.0, back=0.3)


def along(split: Split, mu: float, texts: Texts | None) -> list[Report]:
    """A report for each λ; without texts B_0 is 0."""
    of, known = model(mu), split.known
    problem = of.problem(known)
    anchor = None if texts is None else TextAnchor(texts.target, texts.source).matrix(known, of)
    path = ItemItemPath(problem.gram, problem.cross, mu, anchor)
    return [evaluate(Weighted(problem, path.weights(lam), known.user_index), split)
            for lam in LAMBDAS]  # fmt: skip


def points(reports: list[Report]) -> list[dict[str, float]]:
    return [{"recall": r.mean("warm")["recall"], "ndcg": r.mean("warm")["ndcg"]} for r in reports]


def direction(folder: Path, source: str, target: str) -> dict[str, Any]:
    split = benchmark(folder, source, target, "warm")
    texts, practice, final = encoded(split), rehearsal(split), split.refit()

    def alone(mu: float) -> float:
        return evaluate(model(mu).fit(practice.known), practice).mean("warm")["recall"]

    mu, start = max(MUS, key=alone), time.process_time()
    valid = {"texts": along(practice, mu, texts), "nothing": along(practice, mu, None)}
    test = {"texts": along(final, mu, texts), "nothing": along(final, mu, None)}
    seconds = time.process_time() - start
    recalls = [report.mean("warm")["recall"] for report in valid["texts"]]
    at = int(np.argmax(recalls))
    chosen, own = (test["texts"][i].of("recall", "warm") for i in (at, 0))
    print(source, target, mu, LAMBDAS[at], float(chosen.mean()), float(own.mean()), flush=True)
    return {
        "direction": f"{source} → {target}",
        "mu": mu,
        "lambdas": [lam if np.isfinite(lam) else None for lam in LAMBDAS],
        "paths": {n: {"valid": points(valid[n]), "test": points(test[n])} for n in valid},
        "chosen": {"lam": LAMBDAS[at], "recall": float(chosen.mean()), "alone": float(own.mean()),
                   "gain": asdict(bootstrap(chosen - own))},
        "cpu_s": round(seconds, 1),
    }  # fmt: skip


def main() -> None:
    folder = known_folder()
    found = [direction(folder, *pair) for pair in (DOMAINS, DOMAINS[::-1])]
    print("written:", write_record("lambda_path", {"directions": found}, data=data_hash(folder)))


if __name__ == "__main__":
    main()
