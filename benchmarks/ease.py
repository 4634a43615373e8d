"""EASE where items outnumber users: `python -m benchmarks.ease` (needs XDREC_DATA).

All kitchen goods and everybody who bought one or some food; and, harder, both whole domains of
amazon-food-kitchen side by side. The textbook form inverts a matrix of items
x items; ours one of users x users. The textbook form is timed on growing parts of the catalogue, as
the whole does not fit into the memory that ours is allowed; its time grows with the cube of the
items, and what that makes of the whole is printed as what it is, a projection.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from xdrec.data import load
from xdrec.data.domain import CrossDomain
from xdrec.interest import EASE
from xdrec.ranking import top_k

BLOCK = 512  # users ranked at once
PARTS = (2000, 4000)


def lists(model: EASE, users: list[str], known: CrossDomain) -> np.ndarray:
    """The ten best new items of each user, int64 [users, 10]."""
    best = []
    for start in range(0, len(users), BLOCK):
        some = users[start : start + BLOCK]
        scores = model.score(some)
        scores[known.target.matrix(some).nonzero()] = -np.inf
        best.append(top_k(scores, 10))
    return np.vstack(best)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def peak() -> float:
    """The most memory that this process ever had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure(which: str) -> dict[str, float]:
    domains = load("amazon-food-kitchen").domains
    known = CrossDomain(source=domains["food"], target=domains["kitchen"])
    users, before = known.users.to_list(), peak()
    model, fit = timed(lambda: EASE(domains=which).fit(known))
    _, ranked = timed(lambda: lists(model, users, known))
    x = known.matrix(which)
    items = x.shape[1]
    figures = {"users": len(users), "items": items, "fit_s": fit, "top10_s": ranked,
               "peak_gb": peak(), "before_gb": before}  # fmt: skip
    gram = (x.T @ x).tocsr()
    for n in PARTS:
        a = gram[:n, :n].toarray().astype(np.float64) + 100.0 * np.eye(n)
        figures[f"textbook_{n}_s"] = timed(lambda a=a: np.linalg.inv(a))[1]
    cubed = (items / PARTS[-1]) ** 3
    figures["textbook_projected_s"] = figures[f"textbook_{PARTS[-1]}_s"] * cubed
    figures["textbook_matrix_gb"] = items**2 * 8 / 1e9
    return figures


def main() -> None:
    for which in ("target", "both"):
        print(which)
        for name, value in measure(which).items():
            print(f"  {name:<22}{value:>12,.1f}")


if __name__ == "__main__":
    main()
