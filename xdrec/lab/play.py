"""One made world and what each strategy of transfer reaches on it: models that take no training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
import polars as pl

from xdrec.data import CrossDomain, make_world, thin
from xdrec.data.worlds import Truth, World
from xdrec.data.worlds.ceiling import themes_shown
from xdrec.encoders import Features
from xdrec.evaluate import true_ndcg
from xdrec.interest import EASE, Popularity, Scorer
from xdrec.transfer import Anchored, TextAnchor, UserAnchor, UserRidge
from xdrec.transfer.anchors import Linear

# Steps of the knobs in the lab; those of the record are some of them.
KNOBS: dict[str, tuple[float, ...]] = {
    "overlap": (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    "share": (0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0),
    "gap": (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    "noise": (0.0, 0.1, 0.3, 0.5, 0.7, 1.0),
    "missing": (0.0, 0.3, 0.5, 0.7, 0.9),
}
START = {"overlap": 0.5, "share": 0.1, "gap": 0.2, "noise": 0.1, "missing": 0.0}
ROWS = 15  # distinct items a person touches in each domain, on average, before any are taken away
MU, LAM = 30.0, 100.0  # fixed: what a strength chosen on valid does is another page
CHARTS, ALONE = "the charts", "the target alone"
NOBODY = "needs people with rows in both domains, and there are none"


class Once:
    """An anchor whose B_0 is made once for all who are tied to it."""

    def __init__(self, anchor: TextAnchor) -> None:
        self._anchor, self._made = anchor, np.empty(0)

    def matrix(self, known: CrossDomain, model: Linear) -> np.ndarray:
        if not len(self._made):
            self._made = self._anchor.matrix(known, model)
        return self._made


@dataclass(frozen=True, eq=False)
class Game:
    """A pair of domains with its truth, and the item vectors of (target, source).

    The texts are read perfectly, a count for each theme that their phrases show (`themes_shown`):
    no encoder stands between the knobs and the strategies. Nothing of the truth is in them.
    """

    known: CrossDomain
    truth: Truth
    texts: tuple[Features, Features]

    @cached_property
    def anchor(self) -> Once:
        return Once(TextAnchor(*self.texts))


Strategies = Mapping[str, Callable[[Game], Scorer]]
STRATEGIES: Strategies = {
    CHARTS: lambda game: Popularity(),
    ALONE: lambda game: EASE(MU),
    "tied by texts": lambda game: Anchored(EASE(MU), game.anchor, LAM),
    "the source, by texts": lambda game: Anchored(EASE(MU), game.anchor, np.inf),
    "tied by people": lambda game: Anchored(EASE(MU), UserAnchor(), LAM),
    "people's own books": lambda game: UserRidge(MU),
}


def deal(settings: Mapping[str, float], people: int, items: int, seed: int) -> Game:
    """The world of these settings: books are the source, films the target, thinned to its share.

    A row is an item that somebody touched (its view). Noise and gaps of the texts change nothing
    else, so that the world itself need not be made again for them.
    """
    made = _world(people, items, settings["overlap"], settings["gap"], seed)
    told = {of: made.knobs[of] | {"text": settings[of]} for of in ("noise", "missing")}
    world = replace(made, knobs=made.knobs | told)
    books, films = (
        domain.with_interactions(domain.interactions.filter(behaviour="view"))
        for domain in (world.domains["books"], world.domains["films"])
    )
    known = CrossDomain(books, thin(films, settings["share"], seed))
    counts = [themes_shown(world, domain, "text") for domain in ("films", "books")]
    target, source = (Features.of(each, each.any(axis=1)) for each in counts)
    return Game(known, world.truth["films"], (target, source))


@lru_cache(maxsize=4)
def _world(people: int, items: int, overlap: float, gap: float, seed: int) -> World:
    return make_world(
        people, items, overlap=overlap, gap=gap, sparsity=1 - ROWS / items, images=False, seed=seed
    )


class Backed:
    """A model, and the charts for those whom it says nothing about."""

    def __init__(self, model: Scorer, charts: Popularity) -> None:
        self.model, self.charts = model, charts

    def fit(self, known: CrossDomain) -> Self:
        self.model.fit(known)
        self.charts.fit(known)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        own = np.array(self.model.score(users), float)
        silent = ~own.any(axis=1)
        own[silent] = self.charts.counts
        return own


def play(game: Game, strategies: Strategies = STRATEGIES) -> dict[str, Any]:
    """NDCG@10 against the truth over all people of the target, by strategy.

    Whom a model says nothing about gets the charts. A strategy that raises ValueError is left out:
    its value is the reason, a text.
    """
    known, found = game.known, dict[str, Any]()
    for name, build in strategies.items():
        try:
            model = Backed(build(game), Popularity()).fit(known)
        except ValueError as error:
            found[name] = NOBODY if len(known.overlapping) < 2 else str(error)
        else:
            found[name] = round(float(true_ndcg(model, known, game.truth).mean()), 4)
    return found
