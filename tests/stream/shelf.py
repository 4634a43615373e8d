"""A shelf whose truth is known: series that are read in their order, some of them new one day.

Of ten series of eight parts the first five are read before the stream, the others in it alone. What
comes next is never in doubt; the vectors are random, so only the order can tell it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from xdrec.data import CrossDomain, Domain
from xdrec.encoders import Features
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan

DAY = 86_400
SERIES, PARTS, OLD = 10, 8, 5
IDS = [f"s{series}-{part}" for series in range(SERIES) for part in range(PARTS)]
ITEMS = pl.DataFrame({"item_id": IDS, "title": IDS})
SCHEMA = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
VECTORS = Features.of(np.random.default_rng(1).standard_normal((len(IDS), 24)))


def table(rows: list[tuple[str, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("timestamp", "user_id")


def shelf(readers: int = 90, later: int = 40, days: int = 20, seed: int = 0):
    """What is known, the stream, and of everybody who stopped in an old series the next part."""
    rng = np.random.default_rng(seed)
    known, stream, following = [], [], {}
    for n in range(readers):
        first = PARTS * int(rng.integers(OLD))
        begin = int(rng.integers(PARTS - 3))
        end = int(rng.integers(begin + 3, PARTS + 1))
        known += [(f"old{n}", IDS[first + part], part * DAY) for part in range(begin, end)]
        if end < PARTS:
            following[f"old{n}"] = IDS[first + end]
    for n in range(later):
        first, begin = PARTS * int(rng.integers(OLD, SERIES)), int(rng.integers(PARTS - 4))
        day = 20 + int(rng.integers(days))
        stream += [(f"new{n}", IDS[first + part], (day + part) * DAY)
                   for part in range(begin, PARTS)]  # fmt: skip
    return domain(table(known)), table(stream), following


def domain(events: pl.DataFrame) -> Domain:
    return Domain("shelf", ITEMS, events)


def pair(target: Domain) -> CrossDomain:
    return CrossDomain(Domain("none", ITEMS, table([])), target)


def untrained(**settings) -> SequenceTransformer:
    plan = Plan(epochs=50, batch_size=32, lr=5e-3, patience=10)
    settings = {"width": 16, "layers": 1, "heads": 2, "max_length": 8, "dropout": 0.1} | settings
    return SequenceTransformer(VECTORS, plan=plan, device="cpu", **settings)
