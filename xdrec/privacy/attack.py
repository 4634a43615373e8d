"""Attacks on what was learnt: who was in the training, and what somebody never told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import rankdata

from xdrec.evaluate import Interval, bootstrap


def membership_attack(members: np.ndarray, others: np.ndarray) -> Interval:
    """AUC of the attack by a threshold: the chance that a member's score is above another's.

    `members` [n] and `others` [m] hold what the model says of those who were in the training and
    of those who were not, large where it knows them well (the score, or minus the loss). Ties count
    half. 0.5 tells nothing. The 95 % interval is DeLong's, over both samples.
    Raises ValueError for fewer than two on a side and for NaN.
    Source: Yeom et al., CSF 2018 (the threshold); DeLong et al., 1988 (the interval).
    Book: what it gives away.

    >>> membership_attack(np.array([3.0, 1.0]), np.array([2.0, 0.0])).mean
    0.75
    """
    a, b = (np.asarray(side, float).ravel() for side in (members, others))
    if min(len(a), len(b)) < 2 or np.isnan(a).any() or np.isnan(b).any():
        raise ValueError(
            f"{len(a)} members and {len(b)} others: expected two or more of each, without NaN"
        )
    ranks = rankdata(np.concatenate([a, b]))
    # How much of the other side each one beats.
    above = (ranks[: len(a)] - rankdata(a)) / len(b)
    below = 1 - (ranks[len(a) :] - rankdata(b)) / len(a)
    mean = float(above.mean())
    error = 1.96 * np.sqrt(above.var(ddof=1) / len(a) + below.var(ddof=1) / len(b))
    return Interval(mean, max(0.0, mean - float(error)), min(1.0, mean + float(error)))


@dataclass(frozen=True, eq=False)
class Inferred:
    """What an attribute inference found: `right` bool [users], each when not learnt from.

    `majority` is what always saying the most frequent label would reach; `gain` what the vectors
    add to that, with its interval. Book: what it gives away.
    """

    right: np.ndarray
    majority: float

    @property
    def gain(self) -> Interval:
        return bootstrap(self.right - self.majority)


def attribute_inference(
    vectors: np.ndarray, labels: np.ndarray, folds: int = 5, penalty: float = 1.0, seed: int = 0
) -> Inferred:
    """Guess a label of each user from the vector, by logistic regression, in folds.

    `vectors` [users, d], `labels` [users] of any kind. A user's label is guessed by a regression
    learnt on the other folds: an attacker who knows some people's label, and wants the rest's.
    Columns are standardised; `penalty` is that of ½‖W‖².
    Raises ValueError for shapes that do not fit, folds < 2 and labels that are all the same.
    Source: the attack is the plainest of its kind. Book: what it gives away.

    >>> x = np.random.default_rng(0).standard_normal((200, 3))
    >>> bool(attribute_inference(x, x[:, 0] > 0).right.mean() > 0.9)
    True
    """
    vectors = np.asarray(vectors, float)
    names, label = np.unique(np.asarray(labels), return_inverse=True)
    if vectors.ndim != 2 or len(vectors) != len(label):
        raise ValueError(
            f"vectors of shape {vectors.shape} and {len(label)} labels: expected [users, d] and "
            "[users]"
        )
    if len(names) < 2:
        raise ValueError("all labels are the same: there is nothing to infer")
    if not 2 <= folds <= len(label):
        raise ValueError(f"folds={folds}: expected 2 to {len(label)}")
    fold = np.random.default_rng(seed).permutation(len(label)) % folds
    guess = np.empty(len(label), int)
    for now in range(folds):
        rest = fold != now
        mean, spread = vectors[rest].mean(axis=0), vectors[rest].std(axis=0)
        x = (vectors - mean) / np.where(spread > 0, spread, 1)
        x = np.column_stack([x, np.ones(len(x))])
        w = logistic(x[rest], label[rest], len(names), penalty)
        guess[~rest] = (x[~rest] @ w).argmax(axis=1)
    return Inferred(guess == label, float(np.bincount(label).max() / len(label)))


def logistic(x: np.ndarray, label: np.ndarray, labels: int, penalty: float) -> np.ndarray:
    """W [d, labels] of a softmax regression: Σ -log p(label) + penalty · ½‖W‖², the last row free.

    >>> w = logistic(np.array([[-1.0, 1.0], [1.0, 1.0]]), np.array([0, 1]), 2, 1.0)
    >>> bool(w[0, 1] > 0 > w[0, 0])
    True
    """
    aim = np.eye(labels)[label]
    weigh = np.full((x.shape[1], 1), penalty)
    weigh[-1] = 0

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(-1, labels)
        z = x @ w
        loss = -(aim * log_softmax(z, axis=1)).sum() + 0.5 * (weigh * w**2).sum()
        return float(loss), (x.T @ (softmax(z, axis=1) - aim) + weigh * w).ravel()

    start = np.zeros(x.shape[1] * labels)
    return minimize(value, start, jac=True, method="L-BFGS-B").x.reshape(-1, labels)
