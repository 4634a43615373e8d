"""A bandit on top of the list: try what might be good, and learn from what became of it."""

from __future__ import annotations

import numpy as np


class ThompsonSampling:
    """Bayesian ridge regression of the reward on item vectors; what is shown is best in a draw.

    Belief about one person: θ ~ N(A⁻¹b, noise² A⁻¹), A = `ridge` I + Σ v vᵀ, b = `ridge` θ_0 + Σ r
    v over the items v that were shown and their rewards r. `choose` draws a θ and takes the item
    with the highest ⟨θ, v⟩: what is uncertain is tried as often as it may be the best. With
    `explore=0` it takes the belief's mean, and is greedy; numbers above 1 try more.

    `vectors` [items, d] (a column of ones gives the belief a constant); `prior` θ_0 [d] is what is
    believed before, 0 by default: another domain's interest, say, and `ridge` how firmly.
    Raises ValueError for shapes that do not fit, a ridge or noise that is not positive, a negative
    `explore`, a reward that is no number, and where nothing may be shown.
    Source: Agrawal and Goyal, ICML 2013. Book: real time.

    >>> bandit = ThompsonSampling(np.eye(2), explore=0)
    >>> bandit.learn(1, reward=1.0)
    >>> bandit.choose(), bandit.mean.tolist()
    (1, [0.0, 0.5])
    """

    def __init__(
        self, vectors: np.ndarray, *, prior: np.ndarray | None = None, ridge: float = 1.0,
        noise: float = 0.5, explore: float = 1.0, seed: int = 0,
    ) -> None:  # fmt: skip
        self.vectors = np.asarray(vectors, float)
        if self.vectors.ndim != 2 or not np.isfinite(self.vectors).all():
            raise ValueError(f"vectors {self.vectors.shape}: expected finite numbers [items, d]")
        d = self.vectors.shape[1]
        start = np.zeros(d) if prior is None else np.asarray(prior, float)
        if start.shape != (d,):
            raise ValueError(f"prior {start.shape}: expected [{d}], as many as a vector has")
        for name, value in (("ridge", ridge), ("noise", noise)):
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name}={value}: expected a finite number > 0")
        if not (np.isfinite(explore) and explore >= 0):
            raise ValueError(f"explore={explore}: expected a finite number >= 0; 0 is greedy")
        self.spread = noise * explore
        self._inverse, self._b = np.eye(d) / ridge, ridge * start
        self._rng = np.random.default_rng(seed)

    @property
    def mean(self) -> np.ndarray:
        """What θ is believed to be, [d]."""
        return self._inverse @ self._b

    def choose(self, allowed: np.ndarray | None = None) -> int:
        """The item to show, among those that `allowed` (bool [items]) lets through."""
        theta = self.mean
        if self.spread:
            root = np.linalg.cholesky(self._inverse)
            theta = theta + self.spread * root @ self._rng.standard_normal(len(theta))
        scores = self.vectors @ theta
        if allowed is not None:
            scores = np.where(allowed, scores, -np.inf)
        best = int(scores.argmax())
        if np.isneginf(scores[best]):
            raise ValueError("no item may be shown: expected one at least that is allowed")
        return best

    def learn(self, item: int, reward: float) -> None:
        """What became of showing an item: 1 for a click, 0 for none, or any number."""
        if not np.isfinite(reward):
            raise ValueError(f"reward={reward}: expected a finite number")
        v = self.vectors[item]
        pv = self._inverse @ v
        self._inverse -= np.outer(pv, pv) / (1 + v @ pv)  # Sherman-Morrison: rank one
        self._b += reward * v
