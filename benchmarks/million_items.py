"""A catalogue of a million items: exact lists, approximate ones, and everybody's at once.

    python -m benchmarks.million_items [--items 1000000] [--write]

The vectors are those of a fitted model, `ALS` with 64 factors on a generated world of that
catalogue (`benchmarks.crowd`), as random ones would be far apart from each other and easy or hard
in another way. Exact and bare (torch's matmul and topk) in turn in one process, one user a time;
approximate by `ApproximateIndex`, one user a time, its recall of the exact ten; then the lists of
100,000 users in blocks (exact: of a tenth of them), with the memory beyond what is held.
`--write` keeps the record.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

import numpy as np
import torch

from benchmarks.big_table import seconds
from benchmarks.crowd import Crowd
from benchmarks.times import in_turn
from xdrec.approximate import ApproximateIndex
from xdrec.compact import overlap
from xdrec.cost import measure
from xdrec.data import CrossDomain, Domain
from xdrec.interest import ALS
from xdrec.products import top_k_of_products
from xdrec.records import write_record

K, FACTORS, SWEEPS, MEAN, ASKED = 10, 64, 5, 30.0, 200
PROBES = (4, 8, 16, 32, 64)


def vectors(users: int, items: int) -> tuple[np.ndarray, np.ndarray]:
    """u and v of a model that is fitted to a world, float32, people with a history alone."""
    target = Crowd(users, items, MEAN).domain("films")
    source = Domain("books", target.items, target.interactions.clear())
    model = ALS(FACTORS, iterations=SWEEPS).fit(CrossDomain(source, target))
    return model.user_vectors.astype(np.float32), model.item_vectors.astype(np.float32)


def exact(u: np.ndarray, v: np.ndarray, rounds: int) -> dict[str, Any]:
    """One user against the whole catalogue, ours and bare, in CPU seconds."""
    user, items = torch.from_numpy(u[:1]), torch.from_numpy(v)
    times = in_turn(
        lambda: top_k_of_products(u[:1], v, K, device="cpu"),
        lambda: torch.topk(user @ items.T, K).indices.numpy(),
        rounds,
        clock=time.process_time,
    )
    return {"ours_s": times.medians[0], "bare_s": times.medians[1], "ratio": times.ratio,
            "range": list(times.range)}  # fmt: skip


def approximate(u: np.ndarray, v: np.ndarray) -> dict[str, Any]:
    """One user a time, for more and more probes."""
    index, building = measure(lambda: ApproximateIndex(v))
    right = top_k_of_products(u, v, K, device="cpu")[0]
    found = []
    for probes in PROBES:
        index.probes = probes
        lists, spent = measure(lambda: np.concatenate([index.top_k(one[None], K)[0] for one in u]))
        ms = {"cpu_ms": 1000 * spent.cpu / len(u), "wall_ms": 1000 * spent.wall / len(u)}
        found.append({"probes": probes, "recall": float(overlap(right, lists).mean())} | ms)
    return {"cells": index.cells, "build": seconds(building), "searches": found}


def measured(users: int, items: int, lists: int, rounds: int = 30) -> dict[str, Any]:
    torch.set_num_threads(2)
    u, v = vectors(users, items)
    rng = np.random.default_rng(0)
    figures: dict[str, Any] = {"users": len(u), "items": len(v), "factors": FACTORS,
                               "without_events": int((~v.any(axis=1)).sum())}  # fmt: skip
    figures["exact"] = exact(u, v, rounds)
    print(figures, flush=True)
    some = u[rng.choice(len(u), min(ASKED, len(u)), replace=False)]
    figures["approximate"] = approximate(some, v)
    print(figures["approximate"], flush=True)
    everybody, index = u[rng.choice(len(u), lists)], ApproximateIndex(v)
    few = everybody[: -(-lists // 10)]  # exact lists of all of them are minutes, in the same blocks
    for name, people, make in (
        ("approximate", everybody, lambda: index.top_k(everybody, K)),
        ("exact", few, lambda: top_k_of_products(few, v, K, device="cpu")),
    ):
        figures[f"lists, {name}"] = {"users": len(people)} | seconds(measure(make)[1])
        print(name, figures[f"lists, {name}"], flush=True)
    return figures | {"cores": os.cpu_count(), "load": os.getloadavg()[1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--users", type=int, default=200_000, help="the world's")
    parser.add_argument("--lists", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="keep the record")
    asked = parser.parse_args()
    figures = measured(asked.users, asked.items, asked.lists)
    print(json.dumps(figures, indent=1))
    if asked.write:
        print("written:", write_record("million_items", figures))


if __name__ == "__main__":
    main()
