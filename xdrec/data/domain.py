"""The nouns: a domain, and two of them side by side.

Everything else in the library takes these tables as they are; a row of `items` is a column of every
user-item matrix, in table order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from xdrec.data.checks import DataError, check_tables
from xdrec.data.ids import index_of, places, texts_of

TEXT_FIELDS = ("title", "category", "brand", "description")


def ages(interactions: pl.DataFrame) -> pl.Series:
    """How many of the same user's interactions are strictly later, one whole number a row.

    The newest interaction has age 0. Rows that share a moment share an age: two purchases on one
    day have no order. Counted by `position` where the table has it, else by `timestamp`; a table
    with neither has no order at all and every age is 0. Shape [rows], Int64.
    Source: the weights w_i of document T 4.2.1, as `xdrec.interest.BehaviourMean` reads them.
    Book: the e-commerce case.

    >>> table = pl.DataFrame({"user_id": ["a", "a", "a"], "item_id": ["x", "y", "z"],
    ...                       "timestamp": [10, 20, 20]})
    >>> ages(table).to_list()
    [2, 0, 0]
    """
    for order in ("position", "timestamp"):
        if order in interactions.columns:
            later = pl.col(order).rank("min", descending=True).over("user_id") - 1
            return interactions.select(later.cast(pl.Int64).alias("age"))["age"]
    return pl.zeros(len(interactions), dtype=pl.Int64, eager=True).alias("age")


@dataclass(frozen=True, eq=False)
class Domain:
    """A catalogue and what people did with it: three polars tables that fit together.

    Shapes: `items` has one row an item (`item_id`, `title`, and optionally `description`,
    `category`, `brand`, `price`, `image_path`, ...); `interactions` one row an event (`user_id`,
    `item_id`, optionally `timestamp` in Unix seconds, `position`, `behaviour`, `rating`);
    `users`, if given, one row a person (`user_id`, ...). Ids are strings; those of `interactions`
    may be pl.Categorical, 4 bytes each (`read_domain(..., dictionary=True)`).

    Raises `DataError` with every fault at once if the tables do not fit (`xdrec.data.checks`).
    Source: document X 2.2, T 2.2.1. Book: names and notation.

    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"]})
    >>> events = pl.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "x"]})
    >>> shop = Domain("shop", items, events)
    >>> shop.matrix(["a", "b", "c"]).toarray().tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    """

    name: str
    items: pl.DataFrame
    interactions: pl.DataFrame
    users: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        check_tables(self.name, self.items, self.interactions, self.users)

    @property
    def item_ids(self) -> pl.Series:
        return self.items["item_id"]

    @cached_property
    def user_ids(self) -> pl.Series:
        """Everybody who acted or is described here, sorted."""
        known = texts_of(self.interactions["user_id"])
        if self.users is not None:
            known = texts_of(pl.concat([known, self.users["user_id"]]))
        return known

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {item: j for j, item in enumerate(self.item_ids)}

    def item_index(self, item_ids: Iterable[str]) -> np.ndarray:
        """The matrix column of each id, shape [n]; an unknown id is a `DataError`."""
        return index_of(item_ids, self._columns, f"item of domain {self.name!r}")

    def matrix(self, user_ids: Sequence[str] | pl.Series, weights: Any = None) -> sparse.csr_matrix:
        """The user-item matrix X, CSR float32 of shape [len(user_ids), items].

        Entry (u, i) sums the weights of u's events with i; without `weights` (one number a row of
        `interactions`) it is 1 where there was any event. Events of people not asked for are left
        out.
        """
        rows = {user: r for r, user in enumerate(user_ids)}
        if len(rows) < len(user_ids):
            raise DataError(
                [f"{len(user_ids)} user ids, but only {len(rows)} different; use .unique()"]
            )
        if weights is not None and len(weights) != len(self.interactions):
            raise DataError(
                [f"{len(weights)} weights for {len(self.interactions)} interactions of "
                 f"{self.name!r}; give one for each, in table order"]
            )  # fmt: skip
        at = places(self.interactions["user_id"], rows)
        here = at >= 0
        items = self.item_index(self.interactions["item_id"].filter(here))
        values = np.ones(len(items), np.float32)
        if weights is not None:
            values = np.asarray(weights, float)[here].astype(np.float32)
        shape = (len(rows), len(self.items))
        x = sparse.coo_matrix((values, (at[here], items)), shape=shape).tocsr()
        if weights is None:
            x.data[:] = 1.0
        return x

    def texts(self, fields: Sequence[str] | None = None) -> list[str | None]:
        """One text an item, the given columns joined by ". "; None where it has no word at all.

        By default title, category, brand and description, as far as they are there; a column that
        is asked for by name and is not there is a `DataError`.
        """
        there = self.items.columns
        if fields is not None and (isinstance(fields, str) or not set(fields) <= set(there)):
            raise DataError(
                [f"texts of {fields!r}: expected a list of columns that the items of domain "
                 f"{self.name!r} have: {', '.join(there)}"]
            )  # fmt: skip
        return joined_texts(self.items, fields)

    def with_interactions(self, interactions: pl.DataFrame) -> Domain:
        """The same catalogue and people with other events: a training part, say."""
        other = replace(self, interactions=interactions)
        other.__dict__["_columns"] = self._columns  # of the same items
        return other

    def summary(self) -> dict[str, Any]:
        """The counts everybody asks for first."""
        users, items = self.interactions["user_id"].n_unique(), len(self.items)
        seen = self.interactions.select("user_id", "item_id").n_unique() if users else 0
        return {
            "domain": self.name,
            "users": users,
            "items": items,
            "interactions": len(self.interactions),
            "sparsity": 1 - seen / (users * items) if users and items else 1.0,
        }


def joined_texts(items: pl.DataFrame, fields: Sequence[str] | None = None) -> list[str | None]:
    """One text a row, as `Domain.texts` says it, from a table that need be no domain's.

    Raises ValueError where none of the columns is there. Book: past one machine.

    >>> joined_texts(pl.DataFrame({"title": ["Tea", " "], "brand": ["Leaf", None]}))
    ['Tea. Leaf', None]
    """
    chosen = [f for f in TEXT_FIELDS if f in items.columns] if fields is None else fields
    if not chosen:
        raise ValueError(f"columns {items.columns}: expected one or more of {TEXT_FIELDS}")
    # A blank field is no field: it must not leave a lone separator behind.
    words = [pl.col(f).cast(pl.String).str.strip_chars().replace("", None) for f in chosen]
    joined = pl.concat_str(words, separator=". ", ignore_nulls=True).replace("", None)
    return items.select(joined.alias("text"))["text"].to_list()


@dataclass(frozen=True, eq=False)
class CrossDomain:
    """A source domain, a target domain, and the people they share.

    `users` (sorted) is the row order of every matrix; `overlapping` are those who acted in both.
    Raises `DataError` if both domains have one name.
    Source: document X 2.2, T 2.2.1. Book: names and notation.

    >>> items = pl.DataFrame({"item_id": ["x"], "title": ["Tea"]})
    >>> cup = Domain("kitchen", items, pl.DataFrame({"user_id": ["a", "b"], "item_id": "x"}))
    >>> tea = Domain("food", items, pl.DataFrame({"user_id": ["b", "c"], "item_id": "x"}))
    >>> cross = CrossDomain(source=cup, target=tea)
    >>> cross.users.to_list(), cross.overlapping.to_list(), cross.user_index(["c", "a"]).tolist()
    (['a', 'b', 'c'], ['b'], [2, 0])
    """

    source: Domain
    target: Domain

    def __post_init__(self) -> None:
        if self.source.name == self.target.name:
            raise DataError([f"source and target are both called {self.source.name!r}; rename one"])

    @cached_property
    def users(self) -> pl.Series:
        return pl.concat([self.source.user_ids, self.target.user_ids]).unique().sort()

    @cached_property
    def overlapping(self) -> pl.Series:
        source, target = (texts_of(d.interactions["user_id"]) for d in (self.source, self.target))
        return source.filter(source.is_in(target.implode()))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {user: r for r, user in enumerate(self.users)}

    def user_index(self, user_ids: Iterable[str]) -> np.ndarray:
        """The matrix row of each id, shape [n]; an unknown id is a `DataError`."""
        return index_of(user_ids, self._rows, "user")

    def user_places(self, user_ids: Iterable[str]) -> np.ndarray:
        """As `user_index`, and -1 for an unknown id."""
        return places(user_ids, self._rows)

    def matrix(self, which: str = "target") -> sparse.csr_matrix:
        """X over `users`, of the `source`, the `target`, or `both` (target columns first)."""
        if which == "both":
            return sparse.hstack([self.matrix("target"), self.matrix("source")], format="csr")
        if which not in ("source", "target"):
            raise ValueError(f"which={which!r}: expected 'source', 'target' or 'both'")
        domain: Domain = getattr(self, which)
        return domain.matrix(self.users)


def pair_of(domains: Mapping[str, Domain], source: str, target: str, what: str) -> CrossDomain:
    """Two of the domains as source and target; `what` says in the error whose domains they are."""
    for name in (source, target):
        if name not in domains:
            raise ValueError(f"{what} has no domain {name!r}; it has {', '.join(domains)}")
    return CrossDomain(domains[source], domains[target])
