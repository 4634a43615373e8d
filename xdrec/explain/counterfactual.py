"""Without which few things would this item not be on the list?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xdrec.data.domain import CrossDomain
from xdrec.explain.rescored import rescored
from xdrec.explain.why import Why, met
from xdrec.interest.base import Scorer


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """Without `columns`, some of a history, the item is in place `after` instead of `before`.

    Places count from 1; `instead` is the column that stands in the last place of the list then, -1
    where nothing does. `counterfactual` finds one. Book: why this item.
    """

    columns: tuple[int, ...]
    before: float
    after: float
    instead: int


def counterfactual(
    model: Scorer, known: CrossDomain, why: Why, k: int = 10
) -> Counterfactual | None:
    """A smallest set of a history's items without which `why.item` is not among the k best.

    The order of `why` says what to leave out first, one more at a time, until the model, which is
    asked again (`rescored`), has the item off the list. Then each one of these is put back if the
    item stays away all the same; so none of what is left can be spared. The set is found by greed:
    now and then another one is smaller still. What the person has stays off the list throughout.
    None where the item is not on the list to begin with, and where it stays whatever is left out,
    as what stands there for everybody does.
    Source: after Tran et al., SIGIR 2021. Book: why this item.
    """
    order, have = why.order.tolist(), owned(known, why.user)
    asked = [(why.user, order[:n]) for n in range(len(order) + 1)]
    scores = rescored(model, known, asked)
    before = places(scores[:1], have, why.item)[0]
    if before > k:
        return None
    out = next((n for n in range(1, len(order) + 1) if _off(scores[n], have, why.item, k)), None)
    if out is None:
        return None
    left = order[:out]
    while len(left) > 1:
        fewer = [[c for c in left if c != column] for column in left]
        again = rescored(model, known, [(why.user, columns) for columns in fewer])
        spare = [n for n, row in enumerate(again) if _off(row, have, why.item, k)]
        if not spare:
            break
        left = fewer[spare[-1]]  # what gives least is put back first
    without = rescored(model, known, [(why.user, left)])
    after = float(places(without, have, why.item)[0])
    shown = np.where(have, -np.inf, without[0])
    last = np.argsort(-shown, kind="stable")[k - 1] if k <= (~have).sum() else -1
    return Counterfactual(tuple(left), float(before), after, int(last))


def owned(known: CrossDomain, user: str) -> np.ndarray:
    """What the person has in the target, bool [items]. Book: why this item."""
    have = np.zeros(len(known.target.items), bool)
    have[met(known.target, user)] = True
    return have


def places(scores: np.ndarray, have: np.ndarray, item: int) -> np.ndarray:
    """The place of an item among what the person does not have, [rows], from 1.

    `scores` [rows, items], `have` bool [items] (`owned`). Of equals it has the middle place: where
    all scores are alike it is as good as any. Book: why this item.
    """
    own = scores[:, item, None]
    others = ~have
    others[item] = False
    above, alike = (scores > own)[:, others].sum(axis=1), (scores == own)[:, others].sum(axis=1)
    return np.asarray(1 + above + alike / 2)


def _off(scores: np.ndarray, have: np.ndarray, item: int, k: int) -> bool:
    return bool(places(scores[None], have, item)[0] > k)
