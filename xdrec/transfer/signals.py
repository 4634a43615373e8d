"""What is measured of a pair of domains by their texts or by few people, before any training."""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import svds
from scipy.stats import rankdata

from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders.features import Features
from xdrec.transfer.gap import MOST


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
