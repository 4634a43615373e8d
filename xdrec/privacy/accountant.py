"""What ε a number of noisy steps comes to: Rényi privacy, added up, then read off.

One example is what is protected: add or take away one, and whatever the training shows of itself
has nearly the same chances as before. Here one example is all that one person did.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp

ORDERS = (*range(2, 65), 80, 96, 128, 192, 256, 384, 512)


def renyi(rate: float, noise: float, order: int) -> float:
    """Rényi divergence of one step, at a whole order α >= 2: Poisson sampling, Gaussian noise.

    Each example is in with chance q (`rate`), the sum of what the examples say, each no longer than
    1, gets noise of standard deviation σ (`noise`), and one example more or less makes

        R(α) = 1/(α - 1) log Σ_k C(α, k) (1 - q)^(α - k) q^k exp(k (k - 1) / 2σ²),  k = 0 … α.

    At q = 1 that is α / 2σ², the plain Gaussian's. Divergences of steps add up.
    Raises ValueError for q outside [0, 1], σ <= 0 and orders that are no whole number >= 2.
    Source: Mironov, Talwar and Zhang, 2019. Book: what it gives away.

    >>> renyi(rate=1.0, noise=2.0, order=8)
    1.0
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate={rate}: expected a chance from 0 to 1")
    if not (np.isfinite(noise) and noise > 0):
        raise ValueError(f"noise={noise}: expected a finite number > 0; without noise no ε holds")
    if order != int(order) or order < 2:
        raise ValueError(f"order={order}: expected a whole number >= 2")
    if rate == 1:
        return order / (2 * noise**2)
    if rate == 0:
        return 0.0
    k = np.arange(order + 1)
    ways = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
    chance = (order - k) * np.log1p(-rate) + k * np.log(rate)
    total = logsumexp(ways + chance + k * (k - 1) / (2 * noise**2))
    return max(0.0, float(total) / (order - 1))


def epsilon(
    rate: float, noise: float, steps: int, delta: float, orders: Sequence[int] = ORDERS
) -> float:
    """The ε of (ε, δ)-differential privacy after so many steps, the best over the orders.

    ε = min over α of steps · R(α) + log((α - 1) / α) - (log δ + log α) / (α - 1). Who sees the
    weights of every single step learns no more than that. δ must be well below 1 / people.
    Raises ValueError for δ outside (0, 1), steps < 0, and what `renyi` refuses.
    Source: Balle et al., AISTATS 2020 (from Rényi to ε). Book: what it gives away.

    >>> round(epsilon(rate=0.1, noise=2.0, steps=100, delta=1e-4), 2)
    2.21
    """
    if not 0 < delta < 1:
        raise ValueError(f"delta={delta}: expected a chance between 0 and 1, below 1 / people")
    if steps != int(steps) or steps < 0:
        raise ValueError(f"steps={steps}: expected a whole number >= 0")
    if steps == 0 or rate == 0:
        return 0.0
    found = []
    for a in orders:
        gap = np.log1p(-1 / a) - (np.log(delta) + np.log(a)) / (a - 1)
        found.append(steps * renyi(rate, noise, a) + gap)
    return max(0.0, float(min(found)))


def noise_for(target: float, rate: float, steps: int, delta: float) -> float:
    """The σ with which so many steps come to an ε of `target`: `epsilon` turned round.

    Raises ValueError for a target that is no number > 0 or that no σ from 0.1 to 1,000 reaches.
    Source: found by bisection. Book: what it gives away.

    >>> sigma = noise_for(4.0, rate=0.1, steps=100, delta=1e-4)
    >>> round(epsilon(0.1, sigma, 100, 1e-4), 3)
    4.0
    """
    if not (np.isfinite(target) and target > 0):
        raise ValueError(f"target={target}: expected an ε > 0")

    def over(log_noise: float) -> float:
        return epsilon(rate, float(np.exp(log_noise)), steps, delta) - target

    low, high = np.log(0.1), np.log(1000.0)
    if over(low) < 0 or over(high) > 0:
        raise ValueError(
            f"target={target}: no noise from 0.1 to 1,000 gives this ε at rate={rate}, "
            f"steps={steps}, delta={delta}"
        )
    return float(np.exp(brentq(over, low, high, xtol=1e-9)))
