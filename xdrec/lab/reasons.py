"""What a ReasonView is made of: the parts of a model's scores, and the sentence of a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain
from xdrec.explain.additive import Additive
from xdrec.explain.why import met
from xdrec.interest.base import Scorer

NAMED, LONG = 2, 60  # things that a sentence names, letters of their titles
Arrays = dict[str, np.ndarray]


def of_model(
    model: Scorer | Additive, known: CrossDomain, users: Sequence[str]
) -> tuple[Arrays, pl.DataFrame, dict[str, list[str]], Arrays, pl.DataFrame]:
    """Parts [m, n], items, history, rest [n] and other items, as a ReasonView wants them."""
    additive = model if isinstance(model, Additive) else Additive(model, known)
    items, others = (d.items.select("item_id", pl.col("title").cast(pl.String))
                     for d in (known.target, known.source))  # fmt: skip
    twice = pl.col("item_id").is_in(items["item_id"].implode())
    named = pl.lit(f"{known.source.name}: ") + pl.col("item_id")
    others = others.with_columns(item_id=pl.when(twice).then(named).otherwise("item_id"))
    ids = pl.concat([items["item_id"], others["item_id"]])
    parts: Arrays = {}
    rest: Arrays = {}
    history = {}
    for user in users:
        told = additive.parts(user)
        parts[user] = np.sum(list(told.parts.values()), axis=0)
        rest[user] = told.rest.astype(float)
        rest[user][met(known.target, user)] = -np.inf
        history[user] = ids[told.columns].to_list()
    return parts, items, history, rest, others


def checked(
    user: str, parts: Any, history: Sequence[int | None], rest: Any, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts and rest of the items that can be listed, and which these are; `history` are rows."""
    own = np.array(parts, float)
    base = np.zeros(n) if rest is None else np.array(rest, float)
    if own.shape != (len(history), n) or base.shape != (n,):
        raise ValueError(
            f"{user!r}: parts {own.shape}, rest {base.shape}: expected "
            f"[{len(history)} things, {n} items] and [{n} items]"
        )
    if None in history or len(set(history)) < len(history):
        raise ValueError(f"{user!r}: a history with an id that is twice there, or of no item")
    base[[at for at in history if at is not None and at < n]] = -np.inf
    free = np.flatnonzero(base != -np.inf)
    if not (np.isfinite(own[:, free]).all() and np.isfinite(base[free]).all()):
        raise ValueError(f"{user!r}: parts or rest are not finite; a rest alone may be -inf")
    return own[:, free], base[free], free


def sentence(names: Sequence[str], parts: Sequence[int], rest: int, said: tuple[int, int]) -> str:
    """Because of what: two things by name, how many more, what is against it, and the rest.

    Numbers are whole, `said` their decimals and how many of these are written.

    >>> sentence(["Tea", "Oak", "Cup", "Elm"], [310, 20, 120, -50], 0, (3, 2))
    'because of Tea (+0.31), Cup (+0.12), and 1 more; 1 against it (−0.05)'
    """
    decimals, digits = said

    def written(n: int) -> str:  # rounded from the whole number as JavaScript does it
        rounded = math.floor(abs(n) / 10.0 ** (decimals - digits) + 0.5)
        return f"{'−' if n < 0 else '+'}{rounded / 10.0**digits:.{digits}f}"

    for_it = sorted((j for j, n in enumerate(parts) if n > 0), key=lambda j: -parts[j])
    against = [n for n in parts if n < 0]
    short = [name if len(name) <= LONG else name[:LONG] + "…" for name in names]
    named = [f"{short[j]} ({written(parts[j])})" for j in for_it[:NAMED]]
    text = f"because of {', '.join(named)}" if named else "nothing that is on speaks for it"
    more = len(for_it) - len(named)
    text += f", and {more} more" if more else ""
    text += f"; {len(against)} against it ({written(sum(against))})" if against else ""
    return text + (f"; the rest {written(rest)}" if rest else "")
