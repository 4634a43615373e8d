"""Worlds too large for `make_world`, which draws a number for every person and item.

The truth is the same: interests a_u, item factors v_i, quality q_i and exposure, from the same
functions and streams, and the catalogue too. And so is the law by which people choose: item i, each
time among those that are left, with a chance proportional to exp((⟨a_u, v_i⟩ + q_i) / τ +
exposure_i). It is drawn by rejection: propose i by exp(q_i / τ + exposure_i), keep it with the
chance exp((⟨a_u, v_i⟩ - 1) / τ), which is at most 1 as both have length 1; one in twenty stays.
What differs: the draws themselves, views only, and no drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from xdrec.data import CrossDomain, Domain, read_domain
from xdrec.data.worlds import factors, people
from xdrec.data.worlds.knobs import with_defaults
from xdrec.data.worlds.streams import bell, stream
from xdrec.data.worlds.world import interests, make_items, residents

DOMAINS = ("books", "films")
BLOCK = 20_000  # people at once
KEPT = 20  # proposals for one that stays, about


@dataclass(frozen=True)
class Crowd:
    """How many, and how: `mean` items a person touches in each domain where they live."""

    users: int
    items: int
    mean: float
    overlap: float = 1.0
    gap: float = 0.2
    popularity: float = 0.5
    words: bool = False  # titles, descriptions, categories, brands and prices, as a world has them
    seed: int = 0

    def user_ids(self) -> pl.Series:
        return numbered("u", self.users)

    def catalogue(self, name: str) -> tuple[pl.DataFrame, np.ndarray]:
        """The items table and the factors v behind it."""
        if self.words:
            knobs = {"seed": self.seed, "items": self.items, "captions": False}
            knobs |= dict.fromkeys(("images", "audio", "video", "series"), False)
            return make_items(name, knobs | with_defaults(None, None), None)
        ids = numbered(f"{name}-", self.items).alias("item_id")
        table = ids.to_frame().with_columns(title=pl.lit(None, pl.String))
        return table, factors.item_factors(stream(self.seed, name, "items"), self.items)

    def events(self, name: str, v: np.ndarray) -> Iterator[pl.DataFrame]:
        """The interactions of one domain, some people at a time: user and item by number."""
        place, seed = DOMAINS.index(name), self.seed
        a = interests(seed, self.users, DOMAINS, self.gap)[place].astype(np.float32)
        here = np.flatnonzero(residents(seed, self.users, len(DOMAINS), self.overlap)[place])
        draws = stream(seed, name, "appeal").random((self.items, 4))
        quality = factors.QUALITY * bell(draws[:, :2])
        shown = np.exp(quality / factors.TEMPERATURE + self.popularity * bell(draws[:, 2:]))
        activity = stream(seed, name, "activity").standard_normal(self.users)
        wanted = np.rint(self.mean * np.exp(0.5 * activity - 0.125)).astype(int)
        # Rejection draws the last of a small catalogue slowly: a quarter of it at most.
        wanted = wanted.clip(people.FEWEST, max(people.FEWEST, self.items // 4))
        for start in range(0, len(here), BLOCK):
            who = here[start : start + BLOCK]
            rng = stream(seed, name, "crowd", start)
            row, item = chosen(rng, a[who], v.astype(np.float32), shown / shown.sum(), wanted[who])
            day = rng.random(len(row)) * people.DAYS
            when = people.START + (people.DAY * day).astype(np.int64)
            yield pl.DataFrame({"user": who[row], "item": item, "timestamp": when})

    def domain(self, name: str) -> Domain:
        """One domain in memory, the ids of its interactions as dictionary codes."""
        items, v = self.catalogue(name)
        return Domain(name, items, pl.concat(
            [named(part, self.user_ids(), items["item_id"]) for part in self.events(name, v)]
        ))  # fmt: skip

    def cross(self) -> CrossDomain:
        return CrossDomain(*(self.domain(name) for name in DOMAINS))

    def write(self, folder: Path) -> dict[str, int]:
        """Both domains as Parquet in `folder`, ids as text; how many interactions each has."""
        counts, user_ids = {}, self.user_ids()
        for name in DOMAINS:
            items, v = self.catalogue(name)
            items.write_parquet(folder / f"{name}_items.parquet")
            (folder / name).mkdir()
            counts[name] = 0
            for n, part in enumerate(self.events(name, v)):
                table = named(part, user_ids, items["item_id"], pl.String)
                table.write_parquet(folder / name / f"{n:05d}.parquet")
                counts[name] += len(part)
        return counts


def numbered(before: str, count: int) -> pl.Series:
    """Ids of one width, in order: u0000, u0001, ..."""
    width = max(4, len(str(count - 1)))
    number = pl.int_range(count).cast(pl.String).str.zfill(width)
    return pl.select((pl.lit(before) + number).alias("user_id")).to_series()


def named(
    part: pl.DataFrame, user_ids: pl.Series, item_ids: pl.Series, kind: type = pl.Categorical
) -> pl.DataFrame:
    """Numbers become ids."""
    return part.select(
        user_ids.gather(part["user"]).cast(kind).alias("user_id"),
        item_ids.gather(part["item"]).cast(kind).alias("item_id"),
        "timestamp",
    )


def chosen(
    rng: np.random.Generator, a: np.ndarray, v: np.ndarray, shown: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`wanted` [users] different items for each row of `a` [users, themes]: rows and columns."""
    items = len(v)
    pairs = np.empty(0, np.int64)  # user · items + item, in the order in which they were met
    while True:
        have = np.bincount(pairs // items, minlength=len(a))
        short = np.maximum(wanted - have, 0)
        if not short.any():
            break
        row = np.repeat(np.arange(len(a)), np.where(short > 0, KEPT * short + KEPT, 0))
        # As many independent draws, made at once: how often each comes, then in any order.
        column = rng.permutation(np.repeat(np.arange(items), rng.multinomial(len(row), shown)))
        meets = np.einsum("nd,nd->n", a[row], v[column])
        stays = rng.random(len(row), np.float32) < np.exp((meets - 1) / factors.TEMPERATURE)
        pairs = np.concatenate([pairs, row[stays] * items + column[stays]])
        first = np.sort(np.unique(pairs, return_index=True)[1])  # what comes again is no choice
        pairs = pairs[first]
        pairs = pairs[np.argsort(pairs // items, kind="stable")]
        ends = np.bincount(pairs // items, minlength=len(a)).cumsum()
        place = np.arange(len(pairs)) - np.concatenate([[0], ends[:-1]])[pairs // items]
        pairs = pairs[place < wanted[pairs // items]]
    return pairs // items, pairs % items


def read(folder: Path) -> CrossDomain:
    """Both domains from the files of a folder, their ids as codes."""
    return CrossDomain(*(
        read_domain(name, folder / f"{name}_items.parquet",
                    pl.scan_parquet(folder / name / "*.parquet"), dictionary=True)
        for name in DOMAINS
    ))  # fmt: skip
