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
    """A column as it should be, as it nearly is, or of any type and holding anything."""
    kind = rng.randrange(10)
    if kind < 5 and name.endswith("_id"):
        return pl.Series(name, [f"{name[0]}{rng.randrange(6)}" for _ in range(rows)], pl.String)
    if kind < 5 and name in ("timestamp", "position"):
        return pl.Series(name, [rng.randrange(2**31) for _ in range(rows)], pl.Int64)
    if kind < 5 and name in ("title", "behaviour", "category"):
        return pl.Series(name, [rng.choice((word(rng), None)) for _ in range(rows)], pl.String)
    numeric = kind % 2 == 0
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


def table(rng: Random, kind: str) -> pl.DataFrame:
    rows = rng.choice((0, 1, 2, 3, 5, 8))
    names = [n for n in COLUMNS[kind] if rng.randrange(12) > (6 if n != COLUMNS[kind][0] else 0)]
    if rng.randrange(3):
        names = [*COLUMNS[kind][:2], *(n for n in names if n not in COLUMNS[kind][:2])]
    if rng.randrange(10) == 0:
        names.append(word(rng))
    made = [column(rng, name, rows) for name in dict.fromkeys(names)]
    if kind == "items" and rng.randrange(2) and rows and made:
        made[0] = pl.Series("item_id", [f"i{n}" for n in range(rows)])
    return pl.DataFrame(made)


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
    given: dict[str, Any] = {kind: table(rng, kind) for kind in COLUMNS}
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
