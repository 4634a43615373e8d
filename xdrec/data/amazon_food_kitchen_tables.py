"""The tables of amazon-food-kitchen from its nine raw files, and the fixed benchmark split."""

from __future__ import annotations

import html
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.checks import DataError

DOMAINS = ("food", "kitchen")  # 0 and 1 in MERIT's files, A and B in LLMCDSR's


class PlainUnpickler(pickle.Unpickler):
    """Reads dictionaries, lists, strings and numbers; a pickle that asks for any class is refused.

    A pickle can run whatever it likes only by way of a class or a function it names.
    """

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"refused: the pickle asks for {module}.{name}")


def read_pickle(path: Path, values: type) -> dict[str, Any]:
    """A pickled dictionary from str to `values` (str or int); anything else is a `DataError`."""
    data = path.read_bytes()
    try:
        found = PlainUnpickler(io.BytesIO(data)).load()
    except Exception as error:  # a damaged pickle can fail in any way at all
        raise DataError([f"{path}: cannot be read as a plain pickle: {error}"]) from error
    if not isinstance(found, dict) or not all(
        type(k) is str and type(v) is values for k, v in found.items()
    ):
        raise DataError([f"{path}: expected a dictionary from str to {values.__name__}"])
    return found


def build(raw: Path) -> dict[str, pl.DataFrame]:
    """All tables from the nine raw files of one folder, by file name."""
    interactions = _interactions(raw)
    single = _single_domain(raw, pl.concat(interactions.values()))
    items: dict[str, pl.DataFrame] = {}
    for domain, letter in zip(DOMAINS, "AB", strict=True):
        titles = {k: tidy(v) for k, v in read_pickle(raw / f"text_{letter}.pkl", str).items()}
        items[domain] = _items(interactions[domain], single[domain], titles)
    tables: dict[str, pl.DataFrame] = {}
    for kind, found in (
        ("interactions", interactions),
        ("items", items),
        ("single_domain", single),
    ):
        tables |= {f"{kind}_{domain}.parquet": table for domain, table in found.items()}
    split = benchmark_split(interactions, items)
    return tables | {f"benchmark/{domain}.parquet": table for domain, table in split.items()}


def tidy(title: str) -> str:
    """HTML entities as characters, every run of white space as one space.

    >>> tidy("Tea &amp; \\u00a0 biscuits ")
    'Tea & biscuits'
    """
    return " ".join(html.unescape(title).split())


def _interactions(raw: Path) -> dict[str, pl.DataFrame]:
    """People of both domains: `user item|time item|time ...` a line, numbered by two maps."""
    items = json.loads((raw / "map_item_50.txt").read_text("utf-8"))
    users = json.loads((raw / "map_user_50.txt").read_text("utf-8"))
    item_of = {number: (asin, domain) for asin, (number, domain) in items.items()}
    user_of = {number: user for user, number in users.items()}
    rows: list[list[tuple[str, str, int]]] = [[], []]
    for line in (raw / "afk_50_preprocessed.txt").read_text("utf-8").splitlines():
        user, *events = line.split()
        for event in events:
            number, time = event.split("|")
            asin, domain = item_of[int(number)]
            rows[domain].append((user_of[int(user)], asin, int(time)))
    schema = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}
    return {
        domain: pl.DataFrame(found, schema, orient="row").sort("user_id", "timestamp", "item_id")
        for domain, found in zip(DOMAINS, rows, strict=True)
    }


def _single_domain(raw: Path, both: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """People of one domain: `user<TAB>item,item,...` a line, oldest first, without times.

    Whoever's items are all among one overlapping person's is dropped: it might be that person.
    """
    owners: dict[str, set[str]] = {}
    for user, item in both.select("user_id", "item_id").iter_rows():
        owners.setdefault(item, set()).add(user)
    tables: dict[str, pl.DataFrame] = {}
    offset = 0
    for domain, letter in zip(DOMAINS, "AB", strict=True):
        numbers = read_pickle(raw / f"item_set_{letter}.pkl", int)
        item_of = {number + offset: asin for asin, number in numbers.items()}
        offset += len(numbers)  # the second domain's numbers go on where the first one's end
        rows = []
        for line in (raw / f"train_{letter}.txt").read_text("utf-8").splitlines():
            user, numbered = line.split("\t")
            sequence = [item_of[int(number)] for number in numbered.split(",")]
            if not set.intersection(*(owners.get(item, set()) for item in sequence)):
                rows += [
                    (f"{domain}_only_{int(user):05d}", item, p) for p, item in enumerate(sequence)
                ]
        schema = {"user_id": pl.String, "item_id": pl.String, "position": pl.Int64}
        tables[domain] = pl.DataFrame(rows, schema, orient="row")
    return tables


def _items(
    interactions: pl.DataFrame, single: pl.DataFrame, titles: dict[str, str]
) -> pl.DataFrame:
    """Everything anybody touched, by id; the title is null where its source has none."""
    ids = pl.concat([interactions["item_id"], single["item_id"]]).unique().sort()
    named = pl.DataFrame({"item_id": list(titles), "title": list(titles.values())})
    items = ids.to_frame().join(named, on="item_id", how="left", maintain_order="left")
    for column, events in (("n_interactions", interactions), ("n_single_domain", single)):
        counts = events.group_by("item_id").agg(pl.len().cast(pl.Int32).alias(column))
        items = items.join(counts, on="item_id", how="left", maintain_order="left")
        items = items.with_columns(pl.col(column).fill_null(0))
    return items


def benchmark_split(
    interactions: dict[str, pl.DataFrame], items: dict[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """The fixed benchmark: titled items with 5 events, people with 3 events in each domain, split.

    `position` is the user's own order, ties inside a day broken once by the legacy generator with
    seed 0 (numpy froze its stream, so everybody gets the same split); `warm` is leave-last-out,
    `cold` hides the whole domain of one person in five.
    """
    titled = []
    for domain in DOMAINS:
        known = items[domain].drop_nulls("title")["item_id"]
        mine = interactions[domain].filter(pl.col("item_id").is_in(known.implode()))
        titled.append(mine.with_columns(domain=pl.lit(domain)))
    events, before = pl.concat(titled), -1
    while before != len(events):  # each rule can break another one
        before = len(events)
        events = events.filter(pl.len().over("item_id") >= 5)
        events = events.filter(pl.len().over("user_id", "domain") >= 3)
        events = events.filter(pl.col("domain").n_unique().over("user_id") == len(DOMAINS))
    events = events.with_columns(tie=np.random.RandomState(0).rand(len(events)))
    users = events["user_id"].unique().sort()
    drawn = np.random.RandomState(42).choice(len(users), int(0.2 * len(users)), replace=False)
    cold = pl.col("user_id").is_in(users.gather(np.sort(drawn)).implode())
    back = pl.col("position").max().over("user_id") - pl.col("position")
    train, valid, test = (pl.lit(part) for part in ("train", "valid", "test"))
    return {
        domain: events.filter(pl.col("domain") == domain)
        .sort("user_id", "timestamp", "tie")
        .with_columns(position=pl.int_range(pl.len(), dtype=pl.Int32).over("user_id"))
        .select(
            *("user_id", "item_id", "timestamp", "position"),
            warm=pl.when(back == 0).then(test).when(back == 1).then(valid).otherwise(train),
            cold=pl.when(cold).then(test).when(back == 0).then(valid).otherwise(train),
        )
        for domain in DOMAINS
    }
