"""Prequential evaluation: predict, be told, learn; day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl

from xdrec.data.domain import Domain
from xdrec.data.splits import DAY
from xdrec.evaluate import Interval, bootstrap
from xdrec.ranking import top_k


class Learner(Protocol):
    """What predicts and goes on learning. Book: real time."""

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray: ...

    def learn(self, events: pl.DataFrame) -> Any: ...


def prequential(
    model: Learner,
    known: Domain,
    stream: pl.DataFrame,
    k: int = 10,
    learn: Callable[[pl.DataFrame], Any] | None = None,
) -> pl.DataFrame:
    """For each person and day: how much of what was new to them that day stood in their list.

    `known` is the target as the model knows it, `stream` its later interactions. A day at a time
    everybody who acts that day is given a list of k, made of what was known in the evening before
    (what they had by then is left out); then the whole day is learnt: the order inside a day means
    nothing. `learn` takes a day's events, by default `model.learn`; `lambda day: None` freezes it.

    Returns a row a person and day on which they met something new: `user_id`, `day` (days since
    1970), `warm` (had history before the stream), `relevant`, `hits`, `recall`.
    Raises ValueError for a stream without time, or that begins before what is known ends.
    Source: Dawid, JRSS 1984; Gama et al., Machine Learning 2013. Book: real time.
    """
    events = known.interactions
    if any("timestamp" not in table.columns for table in (events, stream)):
        raise ValueError(
            "no column 'timestamp': expected the time of what is known and of the rest"
        )
    day = (pl.col("timestamp") // DAY).alias("day")
    last, first = events.select(day)["day"].max(), stream.select(day)["day"].min()
    if last is not None and first is not None and first <= last:  # type: ignore[operator]
        raise ValueError("the stream begins on a day that is known already; cut between two days")
    teach = model.learn if learn is None else learn
    pairs = zip(events["user_id"], known.item_index(events["item_id"]).tolist(), strict=True)
    had: dict[str, set[int]] = {}
    for user, item in pairs:
        had.setdefault(user, set()).add(item)
    warm, rows = set(had), []
    for (now,), today in (
        stream.with_columns(day)
        .sort("day", maintain_order=True)
        .group_by("day", maintain_order=True)
    ):
        met: dict[str, set[int]] = {}
        columns = known.item_index(today["item_id"]).tolist()
        for user, item in zip(today["user_id"], columns, strict=True):
            if item not in had.get(user, ()):
                met.setdefault(user, set()).add(item)
        users = sorted(met)
        if users:
            scores = np.array(model.score(users), float)
            for row, user in enumerate(users):
                scores[row, list(had.get(user, ()))] = -np.inf
            for user, listed in zip(users, top_k(scores, k).tolist(), strict=True):
                hits = len(met[user].intersection(listed))
                rows.append((user, now, user in warm, len(met[user]), hits, hits / len(met[user])))
        teach(today.drop("day"))
        for user, items in met.items():
            had.setdefault(user, set()).update(items)
    schema = {"user_id": pl.String, "day": pl.Int64, "warm": pl.Boolean, "relevant": pl.Int64,
              "hits": pl.Int64, "recall": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def gained(a: pl.DataFrame, b: pl.DataFrame, **options: int) -> Interval:
    """How much higher the recall of `a` is than that of `b`, with its interval over people.

    Both from `prequential` over one stream. The differences of one person's days are averaged
    first: the days of a person are not independent. `options` go to `bootstrap`.
    Raises ValueError where the two did not see the same people and days. Book: real time.
    """
    keys = ["user_id", "day"]
    if not a.select(keys).equals(b.select(keys)):
        raise ValueError("two streams: expected figures of the same people on the same days")
    differences = a.select("user_id", gain=a["recall"] - b["recall"])
    return bootstrap(differences.group_by("user_id", maintain_order=True).mean()["gain"].to_numpy(),
                     **options)  # fmt: skip
