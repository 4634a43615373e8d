"""Tables in memory: a domain that works, or one error with every fault."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from tests.fuzz.hostile import NUMBERS, WORDS, holds, told, word
from xdrec.data import Domain, ages, prepare, read_domain
from xdrec.data.domain import CrossDomain

COLUMNS = {
    "items": ("item_id", "title", "description", "category", "brand", "price", "image_path"),
    "interactions": ("user_id", "item_id", "timestamp", "position", "behaviour", "rating", "share"),
    "users": ("user_id", "age", "income", "gender"),
}
TYPES = (
    pl.String, pl.Int64, pl.Int8, pl.UInt64, pl.Float64, pl.Float32, pl.Boolean, pl.Date,
    pl.Datetime, pl.Duration, pl.Time, pl.Categorical, pl.Binary, pl.Null, pl.List(pl.Int8),
    pl.Struct({"a": pl.Int8}), pl.Decimal(38, 4), pl.Object,
)  # fmt: skip


def column(rng: Random, name: str, rows: int) -> pl.Series:
    """A column of any type that holds anything."""
    numeric = rng.randrange(2) == 0
    values = [None if rng.randrange(5) == 0 else rng.choice(NUMBERS if numeric else WORDS)
              for _ in range(rows)]  # fmt: skip
    made = pl.Series(name, values, pl.Float64 if numeric else pl.String, strict=False)
    wanted = rng.choice(TYPES)
    if wanted == pl.Object:
        return pl.Series(name, [object() for _ in range(rows)], pl.Object)
    try:
        return made.cast(wanted, strict=False)
    except pl.exceptions.PolarsError:
        return made


def sound(rng: Random, name: str, rows: int, own: bool) -> pl.Series:
    """A column as it should be; in its `own` table an id stands once."""
    if name.endswith("_id"):
        ids = [f"{name[0]}{n if own else rng.randrange(4)}" for n in range(rows)]
        return pl.Series(name, ids, pl.String)
    if name in ("timestamp", "position"):
        return pl.Series(name, [rng.randrange(2**31) for _ in range(rows)], pl.Int64)
    if name in ("price", "rating", "share", "age", "income"):
        return pl.Series(name, [rng.choice((0.0, 0.5, 1.0, None)) for _ in range(rows)], pl.Float64)
    return pl.Series(name, [rng.choice((word(rng), None)) for _ in range(rows)], pl.String)


def table(rng: Random, kind: str, wild: int) -> pl.DataFrame:
    """A table of which no column, some or nearly all are not as they should be."""
    rows, own = rng.choice((4, 5, 8)), COLUMNS[kind][0] if kind != "interactions" else ""
    names = [*COLUMNS[kind][:2], *(name for name in COLUMNS[kind][2:] if rng.randrange(2))]
    if wild > 1:
        rows = rng.choice((0, 1, rows))
        names = [*names[rng.randrange(2) :], *([word(rng)] if rng.randrange(4) == 0 else [])]
    return pl.DataFrame([
        column(rng, name, rows) if rng.randrange(8) < (0, 1, 4)[wild]
        else sound(rng, name, rows, name == own)
        for name in dict.fromkeys(names)
    ])  # fmt: skip


def use(domain: Domain) -> None:
    """All that a domain gives is of the promised shape."""
    people, n = domain.user_ids, len(domain.items)
    assert domain.matrix(people).shape == (len(people), n)
    assert len(domain.texts()) == n
    assert 0 <= domain.summary()["sparsity"] <= 1
    age = ages(domain.interactions)
    assert (age >= 0).all()
    if "timestamp" in domain.interactions.columns:
        told(lambda: prepare(domain, normalize=["price"], k_core=1), "price", "core")
    other = Domain("other", domain.items, domain.interactions, domain.users)
    everybody = domain.interactions["user_id"].unique().sort()
    assert np.array_equal(CrossDomain(domain, other).overlapping, everybody)


def tables(rng: Random, _: Path) -> None:
    wild = rng.randrange(3)
    given: dict[str, Any] = {kind: table(rng, kind, wild) for kind in COLUMNS}
    if rng.randrange(2):
        del given["users"]
    before = {kind: frame.clone() for kind, frame in given.items()}
    if rng.randrange(3) == 0:
        domain = told(lambda: Domain(word(rng), **given), "in the data")
    else:
        renames = {word(rng): rng.choice(COLUMNS["items"])} if rng.randrange(6) == 0 else None
        domain = told(lambda: read_domain(word(rng), **given, columns=renames), "in the data")
    for kind, frame in given.items():
        assert frame.schema == before[kind].schema
    if domain is not None:
        use(domain)


def pandas_tables(rng: Random, _: Path) -> None:
    def frame(kind: str) -> pd.DataFrame:
        rows = rng.randrange(1, 4)
        return pd.DataFrame({
            name: [rng.choice((word(rng, surrogates=True), rng.choice(NUMBERS), None, f"i{row}"))
                   for row in range(rows)] if rng.randrange(3) else [f"i{n}" for n in range(rows)]
            for name in COLUMNS[kind][: rng.randrange(1, 5)]
        }, dtype=object)  # fmt: skip

    domain = told(lambda: read_domain("d", frame("items"), frame("interactions")), "in the data")
    if domain is not None:
        use(domain)


ENTRIES = {"tables": (tables, 150), "pandas": (pandas_tables, 30)}
test_tables = holds(tables, 150)
test_pandas = holds(pandas_tables, 60)
