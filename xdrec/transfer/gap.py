"""How far apart are two domains? Measured on the people who live in both."""

from __future__ import annotations

import numpy as np

from xdrec.data.domain import CrossDomain, Domain

MOST = 2000  # people compared: two million pairs
FEWEST = 10  # pairs


def measured_gap(known: CrossDomain, seed: int = 0) -> float:
    """1 - √ρ: 0 where people who are alike in one domain are so in the other, 1 where it is chance.

    ρ is the correlation, over pairs of shared people, of how alike they are in the source and how
    alike in the target (cosines of their rows, popularity taken off). Few events blur both. So each
    history is cut in two at random, and the correlation between the domains' halves is divided by
    that within the domains, √(r_ss · r_tt): what is left of ρ is not for want of data. In [0, 1];
    NaN where the halves of a domain say nothing of each other (r_ss or r_tt below three standard
    errors, 1/√pairs): too few shared people, or too few events. Of more than 2,000 people
    some are drawn by `seed`. On made worlds it comes to about the knob `gap`.
    Source: document T 3.1.3 (domain difference); Spearman, 1904 (correction for attenuation).
    Book: transfer strategies.

    >>> from xdrec.data import make_world
    >>> options = {"users": 200, "items": 80, "sparsity": 0.9, "overlap": 1.0, "images": False}
    >>> near, far = (make_world(gap=gap, **options) for gap in (0.0, 0.8))
    >>> measured_gap(near.cross("books", "films")) < 0.2 < measured_gap(far.cross("books", "films"))
    True
    """
    rng = np.random.default_rng(seed)
    people = known.overlapping
    if len(people) > MOST:
        people = people.gather(np.sort(rng.choice(len(people), MOST, replace=False)))
    rows = [_rows(domain, people) for domain in (known.source, known.target)]
    enough = np.logical_and(*((x.sum(axis=1) >= 2) for x in rows))
    pairs = enough.sum() * (enough.sum() - 1) / 2
    if pairs < FEWEST:
        return float("nan")
    halves = [half for x in rows for half in _halves(x[enough], rng)]
    with np.errstate(invalid="ignore"):  # a half in which nobody has anything
        r = np.corrcoef([_alike(half) for half in halves])
    if not min(r[0, 1], r[2, 3]) > 3 / np.sqrt(pairs):
        return float("nan")
    rho = r[:2, 2:].mean() / np.sqrt(r[0, 1] * r[2, 3])
    return float(1 - np.sqrt(np.clip(rho, 0, 1)))


def _rows(domain: Domain, people: object) -> np.ndarray:
    return np.asarray((domain.matrix(people) > 0).toarray(), float)  # type: ignore[arg-type]


def _halves(x: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    first = rng.random(x.shape) < 0.5
    return x * first, x * ~first


def _alike(x: np.ndarray) -> np.ndarray:
    """Cosines of all pairs of rows, each pair once."""
    x = x - x.mean(axis=0)
    length = np.linalg.norm(x, axis=1, keepdims=True)
    unit = x / np.where(length > 0, length, 1)
    return (unit @ unit.T)[np.triu_indices(len(x), 1)]
