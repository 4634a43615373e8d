"""Which strategy? From what can be measured before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import svds
from scipy.stats import rankdata

from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders.features import Features
from xdrec.transfer.gap import MOST, measured_gap


@dataclass(frozen=True)
class Facts:
    """What is known of a pair of domains before training. Book: transfer strategies.

    People: `known` in the target, `new` there (in the source alone), `shared` by both; `events` of
    the target. `coverage`: share of its items with a text. `told`: `text_signal` of the source.
    How near the domains are, three times, as each needs something else: `gap` (`measured_gap`) many
    shared people, `kept` (`own_taste`) texts, `foretold` (the function) a few shared people. NaN
    where there is nothing to measure.
    """

    known: int
    new: int
    shared: int
    events: int
    coverage: float
    told: float
    gap: float
    kept: float
    foretold: float


@dataclass(frozen=True)
class Advice:
    """A strategy, one of `STRATEGIES`, and why. Book: transfer strategies."""

    strategy: str
    because: str


STRATEGIES = {
    "popularity": "the charts, until there is something to learn from",
    "scratch": "a model of the target's own events",
    "scratch, texts": "a net that reads what the target's items say, of its own events alone",
    "tied": "the net that the source has taught, reading both histories, tied to it by λ",
    "tied by people": "item-item weights, tied by λ to what shared people have in common",
    "mapping": "people's own factors; who is new gets theirs by a map from the source",
}
# Made on worlds of other seeds than those they are judged on (`benchmarks/strategies.py`).
FEW_PEOPLE, FEW_EVENTS, SOME_EVENTS, SHARED = 60, 400, 800, 4
NEAR_GAP, NEAR_FORETOLD, NEAR_KEPT, TELLING = 0.5, 0.61, 0.7, 0.72


def facts(known: CrossDomain, target: Features, source: Features) -> Facts:
    """Measure them: on training events and item vectors alone. Book: transfer strategies."""
    people = known.source.interactions["user_id"].n_unique()
    return Facts(
        known=known.target.interactions["user_id"].n_unique(),
        new=people - len(known.overlapping),
        shared=len(known.overlapping),
        events=len(known.target.interactions),
        coverage=float(target.present.mean()),
        told=text_signal(known.source, source),
        gap=measured_gap(known),
        kept=own_taste(known, target, source),
        foretold=foretold(known),
    )


def advise(facts: Facts) -> Advice:
    """Which strategy these facts speak for.

    1. Nobody is shared (fewer than 4): nothing can be carried over by people. The charts while the
       target has fewer than 400 events; a net over texts, where these tell, below 800; then a model
       of its own.
    2. Are the domains near? By the gap, where it can be measured (below 0.5); else, where texts
       tell, by `kept` (from 0.7), and where they do not by `foretold` (from 0.61).
    3. Far: the charts below 400 events; then its own model, with a map for the new if they are many
       (at least a quarter as many as are known).
    4. Near: few new people (less than half as many as are known): tied by shared people. Few known
       (below 60) and telling texts: the source's net, tied. Else the map between people.

    Source: documents T 2.2.2, T 3.1.3. Book: transfer strategies.

    >>> advise(Facts(known=20, new=300, shared=20, events=900, coverage=1.0, told=0.5, gap=0.9,
    ...              kept=0.5, foretold=0.5)).strategy
    'mapping'
    """
    f = facts
    telling = f.told >= TELLING and f.coverage >= 0.5
    if f.shared < SHARED:
        how = f"{f.shared} people are shared, {f.events} events"
        if f.events < FEW_EVENTS:
            return Advice("popularity", f"{how}: too few to learn from")
        if telling and f.events < SOME_EVENTS:
            return Advice("scratch, texts", f"{how}: few, but texts tell much")
        return Advice("scratch", f"{how}: enough of its own, and nobody to carry more over")
    if not np.isnan(f.gap):
        near, how = f.gap < NEAR_GAP, f"measured gap {f.gap:.2f}"
    elif telling:
        near, how = f.kept >= NEAR_KEPT, f"texts keep {f.kept:.2f} of a taste (0.5 is chance)"
    else:
        near = f.foretold >= NEAR_FORETOLD
        how = f"the source foretells {f.foretold:.2f} (0.5 is chance)"
    how = ("near: " if near else "far: ") + how
    if not near and f.events < FEW_EVENTS:
        return Advice("popularity", f"{how}; {f.events} events are too few to learn from")
    if not near and f.new < f.known / 4:
        return Advice("scratch", f"{how}; {f.events} events of its own, few new people")
    if not near:
        return Advice("mapping", f"{how}; who is known ({f.known}) keeps their own factors, and a "
                      "map that finds nothing falls back to the charts")  # fmt: skip
    if f.new < f.known / 2:
        return Advice("tied by people", f"{how}; {f.known} people are known, few are new")
    if f.known < FEW_PEOPLE and telling:
        return Advice("tied", f"{how}; few people are known ({f.known}), and texts tell much")
    return Advice("mapping", f"{how}; {f.new} new people, {f.shared} shared to learn a map from")


def text_signal(domain: Domain, texts: Features) -> float:
    """How often an item of one's own reads more like the rest of one's history than a stranger's.

    In [0, 1]: an AUC over people with two items or more; 0.5 is chance, NaN without such people.
    """
    x = (domain.matrix(domain.user_ids) > 0).astype(float)
    v = texts.unit().astype(float)
    total = x @ v
    rows, columns = x.nonzero()
    rest = total[rows] - v[columns]  # the history without the item itself
    several = np.asarray(x.sum(axis=1)).ravel()[rows] >= 2
    if not several.any():
        return float("nan")
    own = (rest[several] * v[columns[several]]).sum(axis=1)
    # Against all items of the catalogue that people have, as often as they have them.
    others = rest[several] @ v[np.sort(columns)[:: max(1, len(columns) // 500)]].T
    return float(((own[:, None] > others) + 0.5 * (own[:, None] == others)).mean())


def own_taste(known: CrossDomain, target: Features, source: Features) -> float:
    """How often a person's target history reads more like their own source history than another's.

    In [0, 1]: an AUC over pairs of shared people, popularity taken off both; 0.5 is chance.
    """
    people = known.overlapping
    if len(people) < 2:
        return float("nan")
    u = []
    for domain, features in ((known.target, target), (known.source, source)):
        mean = Features.of((domain.matrix(people) > 0).astype(float) @ features.unit()).unit()
        u.append(Features.of(mean - mean.mean(axis=0)).unit())
    alike = u[0] @ u[1].T
    own = np.diagonal(alike)[:, None]
    off = ~np.eye(len(people), dtype=bool)
    return float(((own > alike) + 0.5 * (own == alike))[off].mean())


def foretold(known: CrossDomain, rank: int = 8, ridge: float = 3.0, seed: int = 0) -> float:
    """How well a shared person's source history foretells their target history; 0.5 is chance.

    Everybody's source row is turned into `rank` numbers (the first right singular vectors, length
    1, mean off). Among the shared people a ridge regression on these foretells the target's rows,
    each person left out in turn. The AUC: how often somebody who has an item is expected to have it
    more than somebody who has not, so that popularity cancels. NaN with fewer than four shared
    people, or where everybody has the same. Of more than 2,000 some are drawn by `seed`.
    Book: transfer strategies.
    """
    people = known.overlapping
    if len(people) < 4:
        return float("nan")
    if len(people) > MOST:
        rng = np.random.default_rng(seed)
        people = people.gather(np.sort(rng.choice(len(people), MOST, replace=False)))
    s = (known.source.matrix(known.users) > 0).astype(float)
    kept = min(rank, min(s.shape) - 1)
    if kept < 1:
        return float("nan")
    axes = svds(s, k=kept, random_state=seed)[2]
    z = Features.of(s @ axes.T).unit().astype(float)
    z -= z[np.diff(s.tocsr().indptr) > 0].mean(axis=0)
    z = z[known.user_index(people)]
    x = (known.target.matrix(people) > 0).toarray().astype(float)
    hat = z @ np.linalg.solve(z.T @ z + ridge * np.eye(kept), z.T)
    own = np.diagonal(hat)[:, None]
    rest = x - x.mean(axis=0)
    expected = (hat @ rest - own * rest) / (1 - own)  # as if the person had not been there
    have = x.sum(axis=0)
    both = (have > 0) & (have < len(x))
    if not both.any():
        return float("nan")
    ranks = (rankdata(expected[:, both], axis=0) * x[:, both]).sum(axis=0)
    have = have[both]
    auc = (ranks - have * (have + 1) / 2) / (have * (len(x) - have))
    return float(np.average(auc, weights=have))
