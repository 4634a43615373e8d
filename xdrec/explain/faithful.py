"""Is a reason true? Take away what it names, and see whether the score goes, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xdrec.data.domain import CrossDomain
from xdrec.evaluate import Interval, bootstrap, resample
from xdrec.explain.counterfactual import owned, places
from xdrec.explain.rescored import rescored
from xdrec.explain.why import Why
from xdrec.interest.base import Scorer

MEASURES = ("place", "score")
ENOUGH = 0.3  # of the area by chance: what a method must take off to be recommended
BLOCK = 2000  # histories scored at once


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Areas under the curves of some reasons, one number a reason, and under those of chance.

    `deletion` [n]: what the reason names first is taken away first; a small area is good.
    `insertion` [n]: it is given back first, to an empty history; a large area is good. `chance` [n]
    is either's area in random order, the mean of some. `curves` holds the three mean curves over
    `share`, the part of the history that has been taken away or given back. Book: why this item.
    """

    deletion: np.ndarray
    insertion: np.ndarray
    chance: np.ndarray
    share: np.ndarray
    curves: dict[str, np.ndarray]

    def gain(self, draws: int = 2000, seed: int = 0) -> Interval:
        """1 - deletion / chance, how much smaller the area is than by chance; 0.3 is 30 %.

        The ratio of two means over the same people, with its interval (paired bootstrap).
        """
        means = resample(np.column_stack([self.deletion, self.chance]), draws, seed)
        low, high = np.quantile(1 - means[:, 0] / means[:, 1], [0.025, 0.975])
        whole = 1 - self.deletion.mean() / self.chance.mean()
        return Interval(float(whole), float(low), float(high))

    def inserted(self, draws: int = 2000, seed: int = 0) -> Interval:
        """How much larger the area of insertion is than by chance: a difference of areas."""
        return bootstrap(self.insertion - self.chance, draws=draws, seed=seed)

    @property
    def verdict(self) -> str:
        """What may be said of the method, by the interval of `gain`.

        "faithful": at least 0.3 (`ENOUGH`) even at its low end; "weak": above 0, but not so much;
        "no better than chance"; "misleading": worse than chance.
        """
        found = self.gain()
        if found.low > 0:
            return "faithful" if found.low >= ENOUGH else "weak"
        return "misleading" if found.high < 0 else "no better than chance"


def faithfulness(
    model: Scorer,
    known: CrossDomain,
    whys: Sequence[Why],
    *,
    measure: str = "place",
    points: int = 10,
    draws: int = 5,
    seed: int = 0,
) -> Faithfulness:
    """Deletion and insertion curves of reasons for the items they name, against random orders.

    A history is taken away in `points` steps, and the model asked again at each (`rescored`). What
    is measured is 1 / log2(1 + the item's place), what NDCG gives for a place, or with
    `measure="score"` the share of the score that is left, s / s_whole. The area is the mean height.
    A random order taken away is a random order given back, read from the other end, so one area
    serves both. Raises ValueError without reasons, for another measure, and where a score that
    is to be measured is not above 0.
    Source: Petsiuk et al., BMVC 2018 (deletion, insertion). Book: why this item.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure={measure!r}: expected one of {', '.join(MEASURES)}")
    if not whys:
        raise ValueError("no reasons: expected at least one")
    rng = np.random.default_rng(seed)
    orders = [
        [why.order, why.order[::-1], *(rng.permutation(why.order) for _ in range(draws))]
        for why in whys
    ]
    curves = np.empty((len(whys), 2 + draws, points + 1))
    per = max(1, BLOCK // ((2 + draws) * (points + 1)))
    for first in range(0, len(whys), per):
        some = range(first, min(first + per, len(whys)))
        asked = [
            (whys[n].user, order[: round(len(order) * p / points)].tolist())
            for n in some for order in orders[n] for p in range(points + 1)
        ]  # fmt: skip
        scores = rescored(model, known, asked)
        for n, part in zip(some, np.split(scores, len(some)), strict=True):
            curves[n] = _height(part, known, whys[n], measure).reshape(2 + draws, points + 1)
    area = (curves[..., 1:] + curves[..., :-1]).mean(axis=2) / 2
    # Given back in an order is taken away in the opposite one, seen from the other end.
    return Faithfulness(
        area[:, 0], area[:, 1], area[:, 2:].mean(axis=1), np.linspace(0, 1, points + 1),
        {"deletion": curves[:, 0].mean(axis=0), "insertion": curves[:, 1, ::-1].mean(axis=0),
         "chance": curves[:, 2:].mean(axis=(0, 1))},
    )  # fmt: skip


def _height(scores: np.ndarray, known: CrossDomain, why: Why, measure: str) -> np.ndarray:
    """How much of the item is left, [rows], the first row being that of the whole history."""
    if measure == "place":
        return np.asarray(1 / np.log2(1 + places(scores, owned(known, why.user), why.item)))
    whole = scores[0, why.item]
    if not whole > 0:
        raise ValueError(f"a score of {whole:.3g}: expected one above 0 to measure shares of; "
                         "use measure='place'")  # fmt: skip
    return np.asarray(scores[:, why.item] / whole)
