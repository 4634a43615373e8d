"""What people would do with the lists they are shown: a small model of choice."""

from __future__ import annotations

import numpy as np
import polars as pl

from xdrec.data.worlds.streams import stream
from xdrec.data.worlds.truth import Truth

APPETITE = 0.3  # how likely the favourite itself is taken, in the first place of a list
PATIENCE = 5  # barren visits in a row, and the person is gone


def act_chances(truth: Truth, users: pl.Series, lists: np.ndarray, bias: float = 1.0) -> np.ndarray:
    """P(act | user, list, place r) = 0.3 · r^-`bias` · gain(u, i), float [users, k].

    r^-bias, r = 1, 2, ..., is how likely somebody looks so far down: 1 for all places at bias 0.
    gain(u, i) in (0, 1] is the true taste (`Truth.gains`), 1 for the person's favourite. `lists`
    int [users, k] holds catalogue columns; -1, a place left empty, has chance 0.
    Raises ValueError for a bias below 0 and for lists that do not fit the users or the catalogue;
    `DataError` for people who do not live here. Source: Craswell et al., WSDM 2008 (position bias);
    documents T 3.4, T 6 (the outcomes claimed). Book: applications.

    >>> from xdrec.data import make_world
    >>> truth = make_world(users=60, items=40, sparsity=0.8, images=False).truth["films"]
    >>> best = truth.scores.argmax(axis=1)[:, None]  # the favourite, twice
    >>> act_chances(truth, truth.user_ids, best.repeat(2, axis=1))[0].tolist()
    [0.3, 0.15]
    """
    if not bias >= 0:
        raise ValueError(f"bias={bias}: expected a number >= 0; 0 is a list read to its end")
    lists, gains = np.asarray(lists), truth.gains[truth.rows(users)]
    if lists.ndim != 2 or len(lists) != len(gains):
        raise ValueError(f"lists of shape {lists.shape}: expected [{len(gains)} users, k]")
    if lists.size and not (lists.min() >= -1 and lists.max() < gains.shape[1]):
        raise ValueError(f"lists hold {lists.min()} to {lists.max()}: expected columns from 0 to "
                         f"{gains.shape[1] - 1}, or -1 for none")  # fmt: skip
    liked = np.where(lists >= 0, np.take_along_axis(gains, np.maximum(lists, 0), axis=1), 0)
    return APPETITE * np.arange(1.0, lists.shape[1] + 1) ** -bias * liked


def visits(
    truth: Truth, users: pl.Series, lists: np.ndarray, n: int = 30, bias: float = 1.0, seed: int = 0
) -> np.ndarray:
    """n visits of everybody: on which places of their list they act; bool [visits, users, k].

    Each place is a draw of its own, by `act_chances`. The draws depend on the seed, the visit, the
    user's row and the place only: two lists meet the same luck, so their difference is paired.
    Raises as `act_chances`. Book: applications.

    >>> from xdrec.data import make_world
    >>> truth = make_world(users=60, items=40, sparsity=0.8, images=False).truth["films"]
    >>> best = truth.scores.argmax(axis=1)[:, None]
    >>> visits(truth, truth.user_ids, best, n=1000).mean().round(2)
    np.float64(0.3)
    """
    chances = act_chances(truth, users, lists, bias)
    return stream(seed, "visits").random((n, *chances.shape)) < chances


def outcome(kind: str, acts: np.ndarray, worth: np.ndarray | None = None) -> np.ndarray:
    """One number a person, from their acts bool [visits, users, k]; float [users].

    "acts": what they do in a visit, each act counted by its `worth` [users, k] (default 1: clicks;
    or the minutes watched, or the good it does). "any": the share of visits with at least one act
    (a conversion, a problem solved). "stay": the share of visits that still take place if five
    barren ones in a row are the last (retention). Raises ValueError for another kind, and for a
    worth of another shape or of "any" and "stay". Book: applications.

    >>> acts = np.array([[[True, True]], [[False, False]], [[True, False]], [[False, True]]])
    >>> [outcome(kind, acts).item() for kind in ("acts", "any", "stay")]
    [1.0, 0.75, 1.0]
    >>> outcome("acts", acts, np.array([[10.0, 2.0]])).item()
    6.0
    """
    if worth is not None and (kind != "acts" or np.shape(worth) != acts.shape[1:]):
        raise ValueError(f"worth of shape {np.shape(worth)} for kind={kind!r}: expected "
                         f"{acts.shape[1:]} and 'acts'")  # fmt: skip
    some: np.ndarray = np.asarray(acts.any(axis=2))
    if kind == "acts":
        return (acts if worth is None else acts * worth).sum(axis=2).mean(axis=0)
    if kind == "any":
        return some.mean(axis=0)
    if kind == "stay":
        made, barren = np.ones(some.shape), np.zeros(some.shape[1])
        here = np.ones(some.shape[1], bool)
        for visit, found in enumerate(some):
            made[visit] = here
            barren = np.where(found, 0, barren + 1)
            here &= barren < PATIENCE
        return made.mean(axis=0)
    raise ValueError(f"kind={kind!r}: expected 'acts', 'any' or 'stay'")


def liking(truth: Truth) -> np.ndarray:
    """The true score between each person's worst item, 0, and best, 1; float [users, items].

    Of a video they watch the share liking². Book: applications.

    >>> from xdrec.data import make_world
    >>> truth = make_world(users=60, items=40, sparsity=0.8, images=False).truth["films"]
    >>> liking(truth).min(), liking(truth).max()
    (np.float64(0.0), np.float64(1.0))
    """
    low, high = (f(truth.scores, axis=1, keepdims=True) for f in (np.min, np.max))
    return (truth.scores - low) / (high - low)
