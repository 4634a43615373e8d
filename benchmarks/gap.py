"""The farther the domains, the weaker the best λ: `python -m benchmarks.gap` (five minutes).

Worlds of ten seeds and nine gaps. In each, EASE's μ is chosen on valid at λ = 0; then λ goes from 0
to ∞ towards B_0 from people, and the truth says which was best. The record holds the best λ of each
world, and the mean curve of each gap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import spearmanr

from xdrec.closed_form import ItemItemPath
from xdrec.data import leave_last_out, make_world
from xdrec.evaluate import evaluate
from xdrec.interest import EASE
from xdrec.records import write_record
from xdrec.transfer import UserAnchor
from xdrec.tune import rehearsal

GAPS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
SEEDS = range(10)
MUS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
LAMBDAS = (0.0, *np.geomspace(1, 1e5, 26).round(2), float("inf"))
# The fewer the people, the more of the best λ is chance: over worlds ρ was -0.86 with 800 of them,
# -0.88 with 2,000.
WORLD = {"users": 4000, "items": 150, "sparsity": 0.96, "overlap": 1.0, "images": False}


def curve(gap: float, seed: int) -> tuple[float, list[float]]:
    """μ of one world, and NDCG@10 against the truth at each λ."""
    world = make_world(**WORLD, gap=gap, seed=seed)
    known, truth = world.cross("books", "films"), world.truth["films"]
    practice = rehearsal(leave_last_out(known))

    def alone(mu: float) -> float:
        return evaluate(EASE(mu).fit(practice.known), practice).mean("warm")["ndcg"]

    model = EASE(max(MUS, key=alone))
    problem = model.problem(known)
    path = ItemItemPath(problem.gram, problem.cross, model.mu, UserAnchor().matrix(known, model))
    history = problem.history[known.user_index(truth.user_ids)]
    owned = known.target.matrix(truth.user_ids).nonzero()
    reached = []
    for lam in LAMBDAS:
        scores = np.asarray(history @ path.weights(lam))
        scores[owned] = -np.inf
        reached.append(float(truth.expected_ndcg(scores, users=truth.user_ids).mean()))
    return model.mu, reached


def correlations(best: np.ndarray, mean: np.ndarray) -> dict[str, float]:
    """Spearman's ρ of gap and best λ: over all worlds, and of the gaps' mean curves."""
    of_all = np.repeat(GAPS, best.shape[1])
    return {
        "worlds": float(spearmanr(of_all, best.ravel()).statistic),
        "mean_curves": float(spearmanr(GAPS, [LAMBDAS[i] for i in mean.argmax(axis=1)]).statistic),
    }


def main() -> None:
    found = [[curve(gap, seed) for seed in SEEDS] for gap in GAPS]
    curves = np.array([[reached for _, reached in row] for row in found])
    best = np.array(LAMBDAS)[curves.argmax(axis=2)]
    mean = curves.mean(axis=1).round(5)
    figures: dict[str, Any] = {
        "gaps": GAPS,
        "lambdas": [lam if np.isfinite(lam) else None for lam in LAMBDAS],
        "mu": [[mu for mu, _ in row] for row in found],
        "best": [[lam if np.isfinite(lam) else None for lam in row] for row in best.tolist()],
        "mean": mean.tolist(),
        "spearman": correlations(best, mean),
    }
    print(figures["spearman"], best.tolist())
    print("written:", write_record("gap", figures, seeds=list(SEEDS)))


if __name__ == "__main__":
    main()
