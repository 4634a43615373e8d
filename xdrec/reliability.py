"""Is a probability kept? What was said against what happened, in bins and as single numbers."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import norm

from xdrec.evaluate import Interval, bootstrap


def reliability(p: np.ndarray, hits: np.ndarray, bins: int = 10) -> pl.DataFrame:
    """A row a bin, lowest probabilities first, of as many places each: said, seen, and its range.

    `p` float and `hits` bool of one shape; NaN in `p` (a place that is not there) is left out.
    Columns: `bin` from 1, `n`, `hits`, `predicted` (the mean p), `observed` (share of hits), `low`
    and `high` (95 % Wilson interval of the share), `ratio` (predicted / observed, infinite without
    a hit). Raises ValueError for shapes that differ, and for fewer places than bins.
    Source: Wilson, JASA 1927. Book: recommendation.

    >>> reliability(np.array([0.1, 0.5, 0.3, 0.5]), np.array([0, 1, 0, 0], bool), bins=2).select(
    ...     "predicted", "observed").rows()
    [(0.2, 0.0), (0.5, 0.5)]
    """
    p, hits = _there(p, hits)
    if not 1 <= bins <= len(p):
        raise ValueError(f"{bins} bins for {len(p)} places: expected at least one place a bin")
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    n, hit = (np.array([f(part) for part in parts]) for f in (len, lambda part: hits[part].sum()))
    z = norm.ppf(0.975)
    rate = hit / n
    middle = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    predicted = np.array([p[part].mean() for part in parts])
    ratio = np.divide(predicted, rate, out=np.full(bins, np.inf), where=rate > 0)
    return pl.DataFrame(
        {"bin": np.arange(1, bins + 1), "n": n, "hits": hit, "predicted": predicted,
         "observed": rate, "low": middle - half, "high": middle + half, "ratio": ratio}
    )  # fmt: skip


def slope(p: np.ndarray, hits: np.ndarray) -> float:
    """The calibration slope b of logit P(hit) = a + b · logit(p), by maximum likelihood.

    1 is right; below 1 the probabilities are too extreme, above too timid. Shapes as in
    `reliability`. Source: Cox, Biometrika 1958. Book: recommendation.
    """
    p, hits = _there(p, hits)
    x = np.column_stack([np.ones(len(p)), logit(p)])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        value = np.logaddexp(0, z).sum() - z[hits].sum()
        return value / len(x), x.T @ (expit(z) - hits) / len(x)

    return float(minimize(loss, [0.0, 1.0], jac=True, method="BFGS").x[1])


def log_loss_gain(p: np.ndarray, hits: np.ndarray, base: np.ndarray, **options: int) -> Interval:
    """How much lower the log-loss of p is than that of each rank's base rate, with its interval.

    `p`, `hits` [users, k], `base` [k]. In nats a place, mean over users of the mean over their
    places; the interval is over users (`bootstrap` takes the options): the places of one list are
    not independent. Book: recommendation.
    """
    there = ~np.isnan(p)
    gain = np.where(there, _log_loss(np.broadcast_to(base, p.shape), hits) - _log_loss(p, hits), 0)
    people = there.any(axis=1)
    return bootstrap(gain[people].sum(axis=1) / there[people].sum(axis=1), **options)


def _log_loss(p: np.ndarray, hits: np.ndarray) -> np.ndarray:
    return -np.where(hits, np.log(p), np.log1p(-p))


def _there(p: np.ndarray, hits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p, hits = np.asarray(p, float), np.asarray(hits, bool)
    if p.shape != hits.shape:
        raise ValueError(f"p {p.shape} and hits {hits.shape}: expected one shape")
    there = ~np.isnan(p)
    return p[there], hits[there]
