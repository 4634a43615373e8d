"""The accountant, against values worked out by hand and against numerical integration."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from xdrec.privacy import epsilon, noise_for, renyi


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("order", [2, 7, 64])
def test_without_sampling_it_is_the_plain_gaussian(noise, order):
    assert renyi(1.0, noise, order) == pytest.approx(order / (2 * noise**2))
    # the formula itself goes there, too, and not just its shortcut
    assert renyi(1 - 1e-12, noise, order) == pytest.approx(order / (2 * noise**2), rel=1e-6)


@pytest.mark.parametrize(("rate", "noise"), [(0.01, 1.0), (0.3, 0.7), (0.5, 4.0)])
def test_order_two_by_hand(rate, noise):
    """k = 0, 1: (1 - q)² + 2q(1 - q) = 1 - q²; k = 2: q² exp(1 / σ²)."""
    assert renyi(rate, noise, 2) == pytest.approx(np.log1p(rate**2 * np.expm1(1 / noise**2)))


@pytest.mark.parametrize(("rate", "noise", "order"), [(0.1, 1.0, 3), (0.2, 2.0, 8), (0.05, 1.5, 5)])
def test_it_is_the_divergence_that_it_says(rate, noise, order):
    """E over N(0, σ²) of (mixture / N(0, σ²))^α, by quadrature."""

    def inside(z):
        ratio = 1 - rate + rate * np.exp((2 * z - 1) / (2 * noise**2))
        return norm.pdf(z, scale=noise) * ratio**order

    value, _ = quad(inside, -20 * noise, 20 * noise + order, limit=500)
    assert renyi(rate, noise, order) == pytest.approx(np.log(value) / (order - 1), rel=1e-6)


def test_nobody_sampled_nothing_said():
    assert renyi(0.0, 1.0, 5) == 0
    assert epsilon(0.0, 1.0, 100, 1e-5) == 0
    assert epsilon(0.5, 1.0, 0, 1e-5) == 0


def test_one_step_without_sampling_lies_between_the_exact_value_and_the_older_bound():
    sigma, delta = 2.0, 1e-5
    found = epsilon(1.0, sigma, 1, delta)

    def exact(e):  # the δ of the Gaussian at ε, sensitivity 1
        a, b = 1 / (2 * sigma), e * sigma
        return norm.cdf(a - b) - np.exp(e) * norm.cdf(-a - b)

    assert exact(found) <= delta  # a true bound
    # α / 2σ² + log(1/δ) / (α - 1) at its best α: 1 / 2σ² + √(2 log(1/δ)) / σ
    assert found < 1 / (2 * sigma**2) + np.sqrt(2 * np.log(1 / delta)) / sigma


def test_it_falls_with_noise_and_grows_with_steps_and_rate():
    at = [epsilon(0.1, s, 100, 1e-5) for s in (0.6, 1.0, 2.0, 5.0)]
    assert at == sorted(at, reverse=True)
    at = [epsilon(0.1, 1.0, n, 1e-5) for n in (1, 10, 100)]
    assert at == sorted(at)
    at = [epsilon(q, 1.0, 100, 1e-5) for q in (0.01, 0.1, 1.0)]
    assert at == sorted(at)


@pytest.mark.parametrize("target", [0.3, 2.0, 30.0])
def test_noise_for_turns_it_round(target):
    noise = noise_for(target, 0.2, 200, 1e-4)
    assert epsilon(0.2, noise, 200, 1e-4) == pytest.approx(target, rel=1e-6)


@pytest.mark.parametrize(
    "bad",
    [
        {"rate": 1.1}, {"rate": -0.1}, {"noise": 0.0}, {"noise": np.inf}, {"steps": -1},
        {"steps": 1.5}, {"delta": 0.0}, {"delta": 1.0},
    ],
)  # fmt: skip
def test_bad_input(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        epsilon(**({"rate": 0.1, "noise": 1.0, "steps": 10, "delta": 1e-5} | bad))
    with pytest.raises(ValueError, match="order"):
        renyi(0.1, 1.0, 1)
    for target in (0, -1, np.nan, 1e12):
        with pytest.raises(ValueError, match="target"):
            noise_for(target, 0.1, 10, 1e-5)
