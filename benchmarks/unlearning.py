"""Forgetting one person against fitting again: `python -m benchmarks.unlearning`.

With XDREC_DATA the benchmark of amazon-food-kitchen with food as the target (3,258 items); without
it a made matrix of that size. Prints, for `EASE` and for `NextItem`, the seconds of a fit,
of a person forgotten lazily (low rank), of the same carried out on B, and the largest difference
between the two Bs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from xdrec.closed_form import item_item
from xdrec.data import benchmark, load
from xdrec.data.domain import CrossDomain, Domain
from xdrec.interest import EASE, NextItem
from xdrec.interest.ease import newest
from xdrec.interest.next_item import examples
from xdrec.privacy import Unlearner

MU, RECENCY, PEOPLE = 100.0, 0.9, 5


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def made(users: int = 8000, items: int = 3258, each: int = 8) -> Domain:
    rng = np.random.default_rng(0)
    chance = 1 / np.arange(10, items + 10)
    who = np.repeat(np.arange(users), each)
    what = rng.choice(items, len(who), p=chance / chance.sum())
    events = pl.DataFrame({"user_id": who, "item_id": what, "timestamp": np.arange(len(who))})
    names = pl.DataFrame({"item_id": [str(i) for i in range(items)], "title": "made"})
    return Domain("food", names, events.with_columns(pl.col("user_id", "item_id").cast(pl.String)))


def pair() -> CrossDomain:
    if os.environ.get("XDREC_DATA"):
        return benchmark(load("amazon-food-kitchen").folder, "kitchen", "food", "warm").known
    food = made()
    return CrossDomain(replace(food, name="nothing").with_interactions(food.interactions[:0]), food)


def measure(name: str, model: Any, known: CrossDomain) -> dict[str, float]:
    target = newest(known.target)
    busy = target.interactions["user_id"].value_counts(sort=True)["user_id"]
    # From the busiest to the idlest: what forgetting costs grows with what there is to forget.
    people = [busy[int(p)] for p in np.linspace(0, len(busy) - 1, PEOPLE)]

    def rows(user: str) -> tuple[Any, Any]:
        if name == "EASE":
            return target.matrix([user]), None
        own = target.interactions.filter(pl.col("user_id") == user)
        return examples(target.with_interactions(own), RECENCY)

    problem = model.problem(known)
    history = problem.history[:100]
    kept, begin = timed(lambda: Unlearner(problem.gram, problem.cross, MU))
    lazy, whole = [], []
    for user in people:
        gone = rows(user)
        _, seconds = timed(lambda gone=gone: kept.forget(*gone))
        lazy.append(seconds)
        _, seconds = timed(kept.weights)
        whole.append(seconds)
    events = known.target.interactions.filter(~pl.col("user_id").is_in(people))
    rest = replace(known, target=known.target.with_interactions(events))
    again, gather = timed(lambda: model.problem(rest))
    b, solve = timed(lambda: item_item(again.gram, again.cross, MU))
    _, settle = timed(lambda: kept.settle())
    figures = {
        "items": len(b),
        "people": len(busy),
        "largest difference in B": float(abs(kept.weights() - b).max()),
        "largest difference in scores": float(abs(kept.scores(history) - history @ b).max()),
        "refit, solving alone (s)": solve,
        "refit, with counting (s)": gather + solve,
        "begin (s)": begin,
        "forget one, lazily (ms, median)": 1e3 * median(lazy),
        "forget one, lazily (ms, slowest)": 1e3 * max(lazy),
        "B written out (ms, median)": 1e3 * median(whole),
        "settle all (ms)": 1e3 * settle,
        "ratio, lazily": solve / median(lazy),
        "ratio, slowest lazily": solve / max(lazy),
        "ratio, B written out": solve / (median(lazy) + median(whole)),
    }
    return figures


def main() -> None:
    known = pair()
    for name, model in {"EASE": EASE(MU), "NextItem": NextItem(MU, RECENCY)}.items():
        print(name)
        for what, value in measure(name, model, known).items():
            print(f"  {what:<34}{value:>14,.4g}")


if __name__ == "__main__":
    main()
