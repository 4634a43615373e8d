"""Real time in figures: one event, the model's catching up, and what learning on is worth.

    python -m benchmarks.stream            # a few minutes on one core; the last part: XDREC_DATA
    python -m benchmarks.stream events     # one part; the others stay in the record

Writes the record `stream`. `events`: the time of `Live.accept` with 3,258 items of 384 dimensions,
list of ten included, durable against a killed process, and with fsync against a power cut.
`catching_up`: `RunningEASE` over 10,000 events on as many items against a fit of all of them.
`prequential`: kitchen → food; the last tenth of the interactions by time, day by day. What the
model leaves open (μ, γ) is chosen on the tenth before, in the same way; the frozen model is the
same model that learns nothing from the first day on.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice, product
from typing import Any

import numpy as np
import polars as pl

from benchmarks.leaderboard import known_folder
from benchmarks.records import data_hash
from xdrec.data import CrossDomain, Domain, benchmark
from xdrec.encoders import Features
from xdrec.interest import EASE
from xdrec.records import read_record, write_record
from xdrec.stream import (
    LIVE_WEIGHTS,
    Event,
    Live,
    RunningEASE,
    RunningInterest,
    gained,
    prequential,
)

RECORD = "stream"
ITEMS, WIDTH, PEOPLE = 3258, 384, 1000
EVENTS, SYNCED = 5000, 500
CATCH_UP, AT_ONCE = 10_000, 50
SETTINGS = tuple(product((30.0, 100.0), (1.0, 0.9, 0.7, 0.5, 0.3)))  # μ, γ


def feed(items: int, people: int, seed: int = 0) -> Iterator[Event]:
    rng = np.random.default_rng(seed)
    kinds = list(LIVE_WEIGHTS)
    for n in range(10**9):
        user, item, kind = (int(rng.integers(size)) for size in (people, items, len(kinds)))
        yield Event(f"event-{n}", f"person-{user}", f"item-{item}", kinds[kind], n)


def timed(events: Iterator[Event], fsync: bool, interest: RunningInterest) -> dict[str, float]:
    """Milliseconds of one event: keep it, fold it in, list ten.

    By the clock, which other work on the machine stretches (`load` says how many wanted its
    processors), and in processor time, which it does not.
    """
    with tempfile.TemporaryDirectory() as place, Live(place, interest, fsync=fsync) as live:
        spent = []
        for event in events:
            start = time.perf_counter(), time.process_time()
            live.accept(event)
            spent.append([time.perf_counter() - start[0], time.process_time() - start[1]])
    (p50, cpu50), (p99, cpu99) = 1000 * np.percentile(spent, [50, 99], axis=0)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {"events": len(spent), "p50_ms": p50, "p99_ms": p99, "p50_processor_ms": cpu50,
            "p99_processor_ms": cpu99, "load": load}  # fmt: skip


def events() -> dict[str, Any]:
    vectors = np.random.default_rng(0).standard_normal((ITEMS, WIDTH))
    ids = [f"item-{n}" for n in range(ITEMS)]
    found = {}
    for name, count, fsync in (("flushed", EVENTS, False), ("fsync", SYNCED, True)):
        interest = RunningInterest(ids, Features.of(vectors), recency=0.9)
        found[name] = timed(islice(feed(ITEMS, PEOPLE), count), fsync, interest)
    return {"items": ITEMS, "dimensions": WIDTH, "people": PEOPLE} | found


def catching_up(items: int = ITEMS, count: int = CATCH_UP) -> dict[str, Any]:
    """10,000 events after as many that are known: by Woodbury, and by a fit of all.

    In processor seconds of one thread, which other work on the machine does not stretch.
    """
    rng = np.random.default_rng(0)
    ids, popular = [f"i{n}" for n in range(items)], rng.dirichlet(np.ones(items))
    table = pl.DataFrame(
        {
            "user_id": [f"u{n}" for n in rng.integers(count // 5, size=2 * count)],
            "item_id": [ids[n] for n in rng.choice(items, 2 * count, p=popular)],
            "timestamp": np.arange(2 * count),
        }
    )  # fmt: skip
    model = RunningEASE(ids).learn(table[:count])
    started, spent = model.anew, []
    for at in range(count, 2 * count, AT_ONCE):
        start = time.process_time()
        model.learn(table[at : at + AT_ONCE])
        spent.append(time.process_time() - start)
    goods = pl.DataFrame({"item_id": ids, "title": ids})
    known = CrossDomain(Domain("s", goods, table.clear()), Domain("t", goods, table))
    start = time.process_time()
    batch = EASE(form="items").fit(known)
    fit = time.process_time() - start
    lonely = table[-1:].with_columns(item_id=pl.lit(ids[0]), timestamp=2 * count)
    difference = float(np.abs(model.weights() - batch.weights()).max())
    start = time.process_time()
    model.learn(lonely)
    one = time.process_time() - start
    return {
        "items": items, "events": count, "at_once": AT_ONCE, "anew": model.anew - started,
        "seconds_at_once": float(np.median(spent)), "seconds_one": one, "seconds_fit": fit,
        "largest_difference": difference, "largest_weight": float(batch.weights().max()),
    }  # fmt: skip


def streamed(
    known: Domain, stream: pl.DataFrame, mu: float, recency: float
) -> dict[str, pl.DataFrame]:
    """Three ways through one stream: learning, with the histories alone, and frozen."""

    def through(learn: Callable[[RunningEASE], Callable[[pl.DataFrame], Any]]) -> pl.DataFrame:
        model = RunningEASE(known.item_ids, mu, recency).learn(known.interactions)
        return prequential(model, known, stream, learn=learn(model))

    return {
        "learning": through(lambda model: model.learn),
        "histories alone": through(lambda model: lambda day: model.learn(day, weights=False)),
        "frozen": through(lambda model: lambda day: None),
    }


def recall(found: pl.DataFrame) -> float:
    """Mean over people of the mean over their days."""
    return float(
        found.group_by("user_id", maintain_order=True).agg(pl.col("recall").mean())["recall"].mean()
        or 0.0
    )


def figures(arms: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """For everybody, and for who had history before the stream: means and paired gains."""
    groups = {}
    for group in ("everybody", "known before"):
        some = {
            name: found if group == "everybody" else found.filter("warm")
            for name, found in arms.items()
        }
        groups[group] = {
            "people": some["frozen"]["user_id"].n_unique(),
            "people_days": len(some["frozen"]),
            "recall": {name: recall(found) for name, found in some.items()},
            "gain over frozen": {
                name: asdict(gained(found, some["frozen"]))
                for name, found in some.items()
                if name != "frozen"
            },
            "gain of the weights": asdict(gained(some["learning"], some["histories alone"])),
        }
    return groups


def hardly_known(known: pl.DataFrame, stream: pl.DataFrame, few: int) -> float:
    """The share of the stream's events whose item had at most so many events before."""
    counts = known.group_by("item_id").len()
    met = stream.join(counts, on="item_id", how="left")["len"].fill_null(0)
    return float((met <= few).mean())  # type: ignore[arg-type]


def prequential_part() -> dict[str, Any]:
    folder = known_folder()
    split = benchmark(folder, "kitchen", "food", "time")
    target = split.known.target
    tried = []
    for mu, recency in SETTINGS:
        model = RunningEASE(target.item_ids, mu, recency).learn(target.interactions)
        found = prequential(model, target, split.valid)
        tried.append({"mu": mu, "recency": recency, "recall": recall(found)})
        print(tried[-1], flush=True)
    best = max(tried, key=lambda each: each["recall"])
    known, stream = split.refit().known.target, split.test
    arms = streamed(known, stream, best["mu"], best["recency"])
    days = stream.select(pl.col("timestamp") // 86_400).to_series()
    return {
        "data": data_hash(folder), "tried_on_valid": tried, "mu": best["mu"],
        "recency": best["recency"], "days": days.n_unique(), "events": len(stream),
        "known_events": len(known.interactions),
        "share_with_item_met_before": {
            f"at most {few}": hardly_known(known.interactions, stream, few) for few in (0, 4)
        }, "groups": figures(arms),
    }  # fmt: skip


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "events": events, "catching_up": catching_up, "prequential": prequential_part,
}  # fmt: skip


def main(wanted: list[str]) -> None:
    try:
        kept = {name: part for name, part in read_record(RECORD).items() if name in PARTS}
    except FileNotFoundError:
        kept = {}
    for name in wanted or PARTS:
        kept[name] = PARTS[name]()
        print(name, kept[name], flush=True)
        write_record(RECORD, {part: kept[part] for part in PARTS if part in kept})


if __name__ == "__main__":
    main(sys.argv[1:])
