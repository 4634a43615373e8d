"""Before a table leaves the house: new names, no rarities, nobody alone in a group."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from xdrec.data.domain import Domain

SHORTEST_KEY = 16  # bytes: what cannot be tried out one by one
STEPS = Mapping[str, Sequence[Callable[[pl.Expr], pl.Expr]]]


def pseudonymised(domain: Domain, key: bytes) -> Domain:
    """The same domain with other user ids: the HMAC-SHA256 of each id under a secret key.

    Deterministic: one key gives one person the same pseudonym in every table, so that domains can
    still be joined; two keys, two pseudonyms that nobody can join. Whoever has the key can name
    people again (it is a pseudonym, no anonymity), so it is the caller's to keep; it is not stored.
    A hash without a key is no protection: all ids can be hashed and compared.
    Raises ValueError for a key that is not bytes or shorter than 16.
    Source: Krawczyk, Bellare and Canetti, 1997 (HMAC). Book: what it gives away.

    >>> items = pl.DataFrame({"item_id": ["x"], "title": ["Tea"]})
    >>> shop = Domain("shop", items, pl.DataFrame({"user_id": ["a", "b", "a"], "item_id": "x"}))
    >>> new = pseudonymised(shop, b"sixteen bytes or more").interactions["user_id"]
    >>> new.str.len_chars().to_list(), new.n_unique()
    ([32, 32, 32], 2)
    """
    if not isinstance(key, bytes) or len(key) < SHORTEST_KEY:
        raise ValueError(
            f"a key of {len(key)} {type(key).__name__}: expected at least {SHORTEST_KEY} bytes, "
            "say secrets.token_bytes(32)"
        )
    known = domain.user_ids.to_list()
    names = {u: hmac.digest(key, u.encode(), "sha256").hex()[:32] for u in known}
    column = pl.col("user_id").replace_strict(names, return_dtype=pl.String)
    users = domain.users
    if users is not None:  # sorted by the new name: the old order would tell the old name
        users = users.with_columns(column).sort("user_id")
    return replace(
        domain,
        interactions=domain.interactions.with_columns(column).sort("user_id", maintain_order=True),
        users=users,
    )


def without_rare(domain: Domain, least: int) -> Domain:
    """The domain without what fewer than `least` people touched: rare items point at people.

    The catalogue keeps its rows only where the item stays; the events of the others go.
    Raises ValueError for `least` < 1, and if nothing would be left.
    Source: document T 9.4 names the worry. Book: what it gives away.

    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Tea", "A very odd cup"]})
    >>> events = pl.DataFrame({"user_id": ["a", "b", "b"], "item_id": ["x", "x", "y"]})
    >>> without_rare(Domain("shop", items, events), least=2).items["item_id"].to_list()
    ['x']
    """
    if least != int(least) or least < 1:
        raise ValueError(f"least={least}: expected a whole number of people >= 1")
    people = domain.interactions.group_by("item_id").agg(pl.col("user_id").n_unique())
    kept = people.filter(pl.col("user_id") >= least)["item_id"]
    if not len(kept):
        raise ValueError(f"least={least}: no item was touched by so many; nothing would be left")
    here = pl.col("item_id").is_in(kept.implode())
    return replace(
        domain, items=domain.items.filter(here), interactions=domain.interactions.filter(here)
    )


def k_anonymous(
    table: pl.DataFrame, k: int, by: Sequence[str], coarser: STEPS | None = None,
    *, user: str = "user_id", lost: float = 0.05,
) -> pl.DataFrame:  # fmt: skip
    """The table so that every combination of `by` that is left is shared by k users or more.

    `by` are the quasi-identifiers, what an outsider may know of somebody. `coarser` gives some of
    them steps from finer to coarser, each a function of the column as it was. While more than the
    share `lost` of the rows stand in groups that are too small, the column with the most different
    values takes its next step, for everybody (generalisation). The rows still in small groups are
    then left out (suppression), be they few or, with no step left, many.

    What it does not promise: that a group does not agree in what is *not* in `by`, and that several
    rows of one person, taken together, do not single them out. Drop the ids, or release one row a
    person. Raises ValueError for k < 1, unknown columns and `lost` outside [0, 1].
    Source: Sweeney, 2002. Book: what it gives away.

    >>> people = pl.DataFrame({"user_id": list("abcd"), "age": [31, 38, 34, 71]})
    >>> decade = lambda age: age // 10 * 10
    >>> k_anonymous(people, k=2, by=["age"], coarser={"age": [decade]}, lost=0.3)["age"].to_list()
    [30, 30, 30]
    """
    coarser = dict(coarser or {})
    unknown = {user, *by, *coarser} - set(table.columns) | (set(coarser) - set(by))
    if unknown or not by or isinstance(by, str):
        raise ValueError(
            f"by={by!r}, coarser for {sorted(coarser)}, user={user!r}: expected columns of the "
            f"table ({', '.join(table.columns)}), steps only for those in by"
        )
    if k != int(k) or k < 1 or not 0 <= lost <= 1:
        raise ValueError(f"k={k}, lost={lost}: expected a whole k >= 1 and a share from 0 to 1")
    now, taken = table, dict.fromkeys(coarser, 0)
    while True:
        crowd = now.select(pl.col(user).n_unique().over(list(by)))[user]
        small = crowd < k
        left = [c for c in coarser if taken[c] < len(coarser[c])]
        if small.sum() <= lost * len(now) or not left:
            return now.filter(~small)
        widest = max(left, key=lambda c: now[c].n_unique())
        step = coarser[widest][taken[widest]]
        now = now.with_columns(table.with_columns(step(pl.col(widest)).alias(widest))[widest])
        taken[widest] += 1


def smallest_group(table: pl.DataFrame, by: Sequence[str], user: str = "user_id") -> int:
    """How many users share the rarest combination of `by`: the k that a table has; 0 if empty.

    Source: Sweeney, 2002. Book: what it gives away.

    >>> people = pl.DataFrame({"user_id": list("abc"), "city": ["Rome", "Rome", "Oslo"]})
    >>> smallest_group(people, by=["city"])
    1
    """
    if not len(table):
        return 0
    return int(table.group_by(list(by)).agg(pl.col(user).n_unique())[user].min())  # type: ignore
