"""What may be fitted on, what is chosen on, and what is measured on: three ways to cut.

All cuts are of the *target's* interactions; a cut by time also cuts the source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.data.ids import texts_of

DAY = 86_400  # seconds
TRAIN, VALID, TEST = "train", "valid", "test"
PART = pl.Enum([TRAIN, VALID, TEST])  # one byte an event
BLOCK = 1 << 20  # events that are ranked at once: some 300 MB of working columns


@dataclass(frozen=True, eq=False)
class Split:
    """A cut of a pair of domains: `known` to fit on, `valid` to choose on, `test` to measure on.

    `known` holds both domains with training interactions only. `valid` and `test` are interactions
    of the target, in its own columns. `valid_source` holds the source's interactions of the
    validation time; it is empty unless the split is by time.
    Source: document T 3.1.5, T 3.2.6. Book: names and notation.

    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": ["x", "y", "z"], "title": ["Tea", "Rice", "Salt"]})
    >>> events = pl.DataFrame({"user_id": "ann", "item_id": ["x", "y", "z"], "position": [0, 1, 2]})
    >>> split = leave_last_out(CrossDomain(Domain("kitchen", items, events.clear()),
    ...                                    Domain("food", items, events)))
    >>> len(split.known.target.interactions), len(split.refit().known.target.interactions)
    (1, 2)
    """

    name: str
    known: CrossDomain
    valid: pl.DataFrame
    test: pl.DataFrame
    valid_source: pl.DataFrame

    def refit(self) -> Split:
        """Class R: what was held out for choosing is known too; the test part stays untouched."""
        source, target = self.known.source, self.known.target
        known = CrossDomain(
            source.with_interactions(pl.concat([source.interactions, self.valid_source])),
            target.with_interactions(pl.concat([target.interactions, self.valid])),
        )
        return replace(
            self, known=known, valid=self.valid.clear(), valid_source=self.valid_source.clear()
        )

    @property
    def cold_users(self) -> pl.Series:
        """The test users, sorted, of whom the target knows nothing."""
        users = texts_of(self.test["user_id"])
        warm = texts_of(self.known.target.interactions["user_id"])
        return users.filter(~users.is_in(warm.implode()))


def leave_last_out(cross: CrossDomain, seed: int = 42) -> Split:
    """Each user's last new item of the target is test, the one before it valid, the rest train.

    An item counts from when the user first met it, and all they did with it goes into one part: a
    purchase is no discovery if its view is known. The order is `position` where the target has it,
    else `timestamp`; ties have no order and are broken at random by `seed`. Users with fewer than
    3 target items stay in train whole. The source is wholly known, its future included: this split
    is not free of look-ahead, `global_time` is. Raises `DataError` if the target has no order, or
    nobody has 3 items.
    Source: document T 3.1.5, T 3.2.6. Book: names and notation.

    >>> from xdrec.data.domain import Domain
    >>> def shop(name, rows):
    ...     events = pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row")
    ...     ids = events["item_id"].unique().sort()
    ...     return Domain(name, pl.DataFrame({"item_id": ids, "title": ids}), events)
    >>> food = shop("food", [("ann", "tea", 1), ("ann", "rice", 2), ("ann", "salt", 3)])
    >>> split = leave_last_out(CrossDomain(shop("kitchen", [("ann", "cup", 9)]), food))
    >>> [part["item_id"].to_list() for part in (split.known.target.interactions, split.valid,
    ...                                         split.test)]
    [['tea'], ['rice'], ['salt']]
    """
    events = cross.target.interactions
    if not {"position", "timestamp"} & set(events.columns):
        raise DataError(
            [f"domain {cross.target.name!r} has neither 'position' nor 'timestamp', so nothing is "
             "last; add one of them, or use cold_start"]
        )  # fmt: skip
    back, enough = pl.col("back"), pl.col("many") >= 3
    part = (
        pl.when(enough & (back == 0))
        .then(pl.lit(TEST))
        .when(enough & (back == 1))
        .then(pl.lit(VALID))
        .otherwise(pl.lit(TRAIN))
    )
    return cut("leave-last-out", cross, _parts(events, part, seed))


def cold_start(cross: CrossDomain, share: float = 0.2, seed: int = 42) -> Split:
    """A share of the overlapping users lose all they did in the target: it becomes test.

    Only their source history is left to recommend from. Of everybody else with at least two target
    items the last new one is valid (without any order: one at random), the rest train; the source
    is wholly known. `share` lies strictly between 0 and 1 and is rounded down to whole
    users. Raises `ValueError` for another share, `DataError` if it comes to no user.
    Source: document T 1 (cold start), T 3.2.6. Book: names and notation.

    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": ["x"], "title": ["Tea"]})
    >>> events = pl.DataFrame({"user_id": ["ann", "bob"], "item_id": ["x", "x"]})
    >>> split = cold_start(CrossDomain(Domain("kitchen", items, events),
    ...                                Domain("food", items, events)), share=0.5)
    >>> len(split.cold_users), len(split.known.target.interactions)
    (1, 1)
    """
    if not 0 < share < 1:
        raise ValueError(f"share={share!r}: expected a number between 0 and 1, such as 0.2")
    people = cross.overlapping
    count = int(share * len(people))
    if not count:
        raise DataError(
            [f"share {share} of {len(people)} overlapping users is nobody; raise it, or bring "
             f"users who acted in both {cross.source.name!r} and {cross.target.name!r}"]
        )  # fmt: skip
    drawn = np.random.default_rng(seed).choice(len(people), count, replace=False)
    cold = pl.col("user_id").is_in(people.gather(np.sort(drawn)).implode())
    events = cross.target.interactions
    last = (pl.col("back") == 0) & (pl.col("many") >= 2)
    part = _parts(events, pl.when(last).then(pl.lit(VALID)).otherwise(pl.lit(TRAIN)), seed)
    all_of_it = pl.when(cold).then(pl.lit(TEST, PART)).otherwise(part).alias("part")
    return cut("cold-start", cross, events.select(all_of_it).to_series())


def global_time(cross: CrossDomain, valid_from: int | str, test_from: int | str) -> Split:
    """One moment for everybody: no training interaction lies on or after `valid_from`.

    Before `valid_from` is train, in both domains; the target's interactions from there up to
    `test_from` are valid, the later ones test; the source's of that same time are `valid_source`.
    A cut is Unix seconds or "YYYY-MM-DD" (UTC); a moment inside a day means the day's beginning,
    as the order inside a day is not to be trusted. `valid` and `test` keep only users with history,
    which is any training interaction in either domain. Left out altogether: the source from
    `test_from` on, and the target's later interactions of people without history.

    Raises `ValueError` for a cut that is no day or two cuts in the wrong order, `DataError` for a
    domain without timestamps or an empty test part. Source: document T 3.1.5.
    Book: names and notation.

    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": ["x"], "title": ["Tea"]})
    >>> events = pl.DataFrame({"user_id": ["ann", "ann", "ann"], "item_id": ["x", "x", "x"],
    ...                        "timestamp": [0, 86_400, 172_800]})
    >>> split = global_time(CrossDomain(Domain("kitchen", items, events),
    ...                                 Domain("food", items, events)), "1970-01-02", "1970-01-03")
    >>> [len(part) for part in (split.known.target.interactions, split.valid, split.test)]
    [1, 1, 1]
    """
    begin, end = day_start(valid_from, "valid_from"), day_start(test_from, "test_from")
    if not begin < end:
        raise ValueError(
            f"valid_from={valid_from!r} is not before test_from={test_from!r}; "
            "cuts are whole days, give two different ones in order"
        )
    faults = [
        f"domain {domain.name!r} has no column 'timestamp', which a cut by time needs"
        for domain in (cross.source, cross.target)
        if "timestamp" not in domain.interactions.columns
    ]
    if faults:
        raise DataError(faults)
    now = pl.col("timestamp")
    source, target = cross.source.interactions, cross.target.interactions
    known = CrossDomain(
        cross.source.with_interactions(source.filter(now < begin)),
        cross.target.with_interactions(target.filter(now < begin)),
    )
    history = pl.concat(
        [texts_of(d.interactions["user_id"]) for d in (known.source, known.target)]
    ).unique()
    met = pl.col("user_id").is_in(history.implode())
    later = (now >= begin) & (now < end)
    test = target.filter(met & (now >= end))
    if test.is_empty():
        first, last = (_written(t) for t in (target["timestamp"].min(), target["timestamp"].max()))
        raise DataError(
            [f"nobody with history acts in {cross.target.name!r} on or after {_written(end)}; its "
             f"interactions run from {first} to {last}: move the cuts, or bring later data"]
        )  # fmt: skip
    return Split("global-time", known, target.filter(met & later), test, source.filter(later))


def cut(name: str, cross: CrossDomain, part: pl.Series) -> Split:
    """The split that `part` ("train", "valid" or "test", one a target interaction) describes."""
    events = cross.target.interactions
    if not (part == TEST).any():
        raise DataError(
            [f"{name}: no interaction of {cross.target.name!r} is left to test on "
             f"({len(events)} interactions of {events['user_id'].n_unique()} users); "
             "bring more data, or cut in another way"]
        )  # fmt: skip
    known = CrossDomain(cross.source, cross.target.with_interactions(events.filter(part == TRAIN)))
    nothing = cross.source.interactions.clear()
    return Split(name, known, events.filter(part == VALID), events.filter(part == TEST), nothing)


def _parts(events: pl.DataFrame, part: pl.Expr, seed: int) -> pl.Series:
    """`part` of every event, told by `back` and `many`: `PART` [events].

    `many` is how many items the user met, `back` how many of them were first met after this one,
    ties broken at random. All goes by codes, and a long table by blocks of users: nobody's events
    are told apart by another's.
    """
    order = [column for column in ("position", "timestamp") if column in events.columns][:1]
    tie = np.random.default_rng(seed).permutation(len(events)).astype(np.uint32)
    keys = [pl.col(c).cast(pl.Categorical).to_physical() for c in ("user_id", "item_id")]
    table = events.select(*keys, *order).with_columns(pl.Series("tie", tie))
    blocks = max(1, -(-len(table) // BLOCK))
    found = np.empty(len(table), np.uint8)
    block = (table["user_id"] % blocks).to_numpy()
    for n in range(blocks):
        rows = np.flatnonzero(block == n)
        found[rows] = _parts_of(table[rows], part).to_physical().to_numpy()
    return pl.Series("part", found).cat.to(PART)


def _parts_of(table: pl.DataFrame, part: pl.Expr) -> pl.Series:
    """The same for a table of user, item, the column of time, if any, and tie."""
    pair = ["user_id", "item_id"]
    met = table.group_by(pair).agg(pl.all().min())
    late = [column for column in met.columns if column not in pair]
    met = met.sort("user_id", *late, descending=[False, *(True for _ in late)])
    many = met["user_id"].rle().struct.field("len").to_numpy()
    back = np.arange(len(met)) - np.repeat(many.cumsum() - many, many)
    met = met.with_columns(back=back, many=np.repeat(many, many)).select(
        *pair, part.cast(PART).alias("part")
    )
    return table.select(pair).join(met, on=pair, how="left", maintain_order="left")["part"]


def day_start(moment: int | str, name: str) -> int:
    """The Unix second at which the day of `moment` begins."""
    if isinstance(moment, str):
        try:
            day = date.fromisoformat(moment)
        except ValueError:
            raise ValueError(
                f'{name}={moment!r}: expected Unix seconds or a day as "YYYY-MM-DD"'
            ) from None
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return int(moment) // DAY * DAY


def _written(seconds: object) -> str:
    if not isinstance(seconds, int):
        return "nothing"  # an empty table has no first moment
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
