"""How fast the λ path is: `python -m benchmarks.path_speed [kitchen food]` (XDREC_DATA).

50 values of λ, each fitted and measured on valid and test, against as many direct float64 solves
(five are made, and timed); the error of B at these five; and how long one λ takes from the slider
to a new list for one user. Run it with nothing else going on.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from benchmarks.lambda_path import model
from benchmarks.leaderboard import DOMAINS, known_folder
from benchmarks.protocol import encoded
from xdrec.closed_form import item_item
from xdrec.data import benchmark
from xdrec.ranking import top_k
from xdrec.transfer import Anchored, TextAnchor, transfer_path

LAMBDAS = [0.0, *np.geomspace(100, 1e6, 48), float("inf")]
MU = 300.0


def speed(source: str, target: str) -> dict[str, Any]:
    """Seconds, relative Frobenius errors and milliseconds of one direction."""
    split = benchmark(known_folder(), source, target, "warm")
    texts, known = encoded(split), split.known
    tied = Anchored(model(MU), TextAnchor(texts.target, texts.source), 0)
    start = time.perf_counter()
    path = transfer_path(tied, split, LAMBDAS)
    whole = time.perf_counter() - start

    problem, anchor = tied.model.problem(known), tied.anchor.matrix(known, tied.model)
    solved = tied.path(known, single=True)
    checked = LAMBDAS[1:-1:11]
    curve = dict(zip(LAMBDAS, solved.along(LAMBDAS), strict=True))
    errors, direct = [], []
    for lam in checked:
        start = time.perf_counter()
        b = item_item(problem.gram, problem.cross, MU, lam, anchor)
        direct.append(time.perf_counter() - start)
        errors.append(float(np.linalg.norm(curve[lam] - b) / np.linalg.norm(b)))

    one, moved = problem.history[:1].toarray(), []
    for lam in np.geomspace(150, 9e5, 20):
        start = time.perf_counter()
        top_k(solved.scores(one, float(lam)), 10)
        moved.append(1000 * (time.perf_counter() - start))
    return {
        "direction": f"{source} → {target}", "lambdas": len(LAMBDAS),
        "path_s": whole, "direct_s": float(np.median(direct)) * len(LAMBDAS),
        "largest_error": max(errors), "errors": len(errors),
        "one_list_ms": float(np.median(moved)), "slowest_list_ms": max(moved),
        "chosen": path.chosen,
    }  # fmt: skip


def main() -> None:
    pairs = [tuple(sys.argv[1:3])] if len(sys.argv) > 2 else [DOMAINS, DOMAINS[::-1]]
    for source, target in pairs:
        found = speed(source, target)
        print(found.pop("chosen"))
        print(found, f"direct / path {found['direct_s'] / found['path_s']:.1f}", flush=True)


if __name__ == "__main__":
    main()
