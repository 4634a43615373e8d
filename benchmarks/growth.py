"""How time and memory grow with users, items, interactions and the length of a history.

    python -m benchmarks.growth [--minutes 60] [--write]

Sizes double along an axis, the rest stays; each point is a process of its own, which makes a world
(`benchmarks.crowd`, not counted) and does one thing after the other: processor seconds, of all
threads, and the most memory beyond what was held before. They are fitted by size^exponent, a least
squares line through the logarithms over the upper half of the sizes. Small sizes come first, and no
point begins after `--minutes`; what was measured at this commit is not measured again. `--write`
keeps the record `growth`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import torch

from benchmarks.crowd import Crowd
from benchmarks.resume import kept
from xdrec.cost import Spent, measure
from xdrec.data import CrossDomain, Domain, leave_last_out
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.fusion import Whitening, concatenate
from xdrec.interest import ALS, EASE
from xdrec.products import top_k_of_products
from xdrec.records import write_record

# axis: what it varies, its sizes, and what is measured along it. Interactions are those of the
# target; there, users grow with them and each has 20; "users" has as many interactions throughout.
POINTS: dict[str, tuple[str, list[int], list[str]]] = {
    "interactions": ("20 a person, 2,000 items", [39_062 * 2**n for n in range(9)],
                     ["split", "EASE", "ALS", "evaluate"]),
    "users": ("640,000 interactions, 2,000 items", [4_000 * 2**n for n in range(7)],
              ["split", "EASE", "ALS", "evaluate", "top-k"]),
    "items": ("20,000 people, 20 interactions each", [500 * 2**n for n in range(12)],
              ["split", "EASE", "ALS", "evaluate", "fuse", "top-k"]),
    "history": ("10,000 people, 2,000 items", [8 * 2**n for n in range(7)],
                ["split", "EASE", "ALS", "evaluate"]),
}  # fmt: skip
CLOSED = 8_000  # items of which EASE inverts the matrix, at most: it is cubic in them
RANKED = 2_000  # users who are ranked where users are not what grows
FACTORS, SWEEPS = 32, 5


def crowd_of(axis: str, size: int) -> Crowd:
    if axis == "interactions":
        return Crowd(size // 20, 2_000, 20)
    if axis == "users":
        return Crowd(size, 2_000, 640_000 / size)
    if axis == "items":
        return Crowd(20_000, size, 20)
    return Crowd(10_000, 2_000, size)


def point(axis: str, size: int) -> dict[str, Any]:
    """Everything that is measured at one size, in this process."""
    torch.set_num_threads(1)
    crowd, asked = crowd_of(axis, size), POINTS[axis][2]
    target = crowd.domain("films")
    source = Domain("books", target.items, target.interactions.clear())  # nothing is learnt of it
    cross = CrossDomain(source, target)
    found: dict[str, Any] = {"interactions": len(target.interactions), "load": os.getloadavg()[0]}

    def note(name: str, spent: Spent) -> None:
        found[name] = {"cpu": spent.cpu, "wall": spent.wall, "peak": spent.peak}

    split, spent = measure(partial(leave_last_out, cross))
    note("split", spent)
    known = split.known
    if crowd.items <= CLOSED and "EASE" in asked:
        note("EASE", measure(lambda: EASE(100.0).fit(known))[1])
    model, spent = measure(lambda: ALS(FACTORS, iterations=SWEEPS).fit(known))
    note("ALS", spent)
    some = split
    if axis in ("items", "history"):
        people = split.test["user_id"].unique(maintain_order=True).head(RANKED)
        some = replace(split, test=split.test.filter(pl.col("user_id").is_in(people.implode())))
    note("evaluate", measure(partial(evaluate, model, some))[1])
    if "fuse" in asked:
        rng = np.random.default_rng(0)
        parts = {name: Features.of(rng.normal(size=(size, width)).astype(np.float32))
                 for name, width in (("text", 128), ("image", 64))}  # fmt: skip
        note("fuse", measure(partial(fused, parts))[1])
    if "top-k" in asked:
        u, v = model.user_vectors, model.item_vectors
        u = u if axis == "users" else u[:RANKED]
        note("top-k", measure(lambda: top_k_of_products(u, v, 10, device="cpu"))[1])
    return found


def fused(parts: dict[str, Features]) -> Features:
    return concatenate(parts, whitening={m: Whitening.of(f, 32) for m, f in parts.items()})


def exponent(sizes: list[float], values: list[float]) -> float:
    """b of value ~ size^b, by least squares in the logarithms over the upper half of the sizes.

    >>> round(exponent([1, 2, 4, 8, 16], [9.0, 9.0, 16.0, 64.0, 256.0]), 3)
    2.0
    """
    half = len(sizes) // 2
    x, y = np.log(sizes[half:]), np.log(np.maximum(values[half:], 1e-9))
    return float(np.polyfit(x, y, 1)[0]) if len(x) > 1 else float("nan")


def curves(axis: str, points: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """One curve for each thing that was measured along an axis."""
    found = []
    for what in POINTS[axis][2]:
        sizes = [size for size in points if what in points[size]]
        cpu, wall, peak = (
            [points[size][what][key] for size in sizes] for key in ("cpu", "wall", "peak")
        )
        at: list[float] = [points[s]["interactions"] if axis == "interactions" else s
                           for s in sizes]  # fmt: skip
        found.append({
            "axis": axis, "rest": POINTS[axis][0], "what": what, "sizes": at, "cpu_s": cpu,
            "wall_s": wall, "load": [points[size]["load"] for size in sizes],
            "peak_mb": [None if p is None else p / 1e6 for p in peak],
            "time_exponent": exponent(at, cpu),
            "memory_exponent": None if None in peak else exponent(at, peak),
        })  # fmt: skip
    return found


def apart(axis: str, size: int) -> dict[str, Any]:
    """One point in a process of its own, which has the imports done and nothing else."""
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload(["benchmarks.crowd", "xdrec.evaluate", "xdrec.interest"])
    with ProcessPoolExecutor(1, start) as pool:
        return pool.submit(point, axis, size).result()


def measured(
    minutes: float, run: Callable[[str, int], dict[str, Any]] = apart
) -> list[dict[str, Any]]:
    """All curves, as far as the time lets them go: a round doubles every axis."""
    points: dict[str, dict[int, dict[str, Any]]] = {axis: {} for axis in POINTS}
    end = time.monotonic() + 60 * minutes
    for n in range(max(len(sizes) for _, sizes, _ in POINTS.values())):
        for axis, (_, sizes, _) in POINTS.items():
            if n < len(sizes) and time.monotonic() < end:
                name = f"growth-{axis}-{sizes[n]}"
                points[axis][sizes[n]] = kept(name, partial(run, axis, sizes[n]))
    return [curve for axis in POINTS for curve in curves(axis, points[axis])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="no point begins later")
    parser.add_argument("--write", action="store_true", help="keep the record")
    asked = parser.parse_args()
    figures = {"curves": measured(asked.minutes), "cores": os.cpu_count()}
    if asked.write:
        print("written:", write_record("growth", figures))


if __name__ == "__main__":
    main()
