"""The probe: R² and ridge against values worked out by hand and against the textbook's formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec import probe
from xdrec.probe import PENALTIES, r_squared, r_squared_of_ridge, ridge


def data(rows: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, width)) @ np.diag(rng.uniform(0.1, 30, width)) + 7
    y = (x - 7) @ rng.standard_normal((width, 3)) / width + rng.standard_normal((rows, 3))
    return x, y


def test_r_squared_by_hand() -> None:
    # Column 1 varies by 8, column 2 by 2; the guess is off by 1 + 1 in the one, 0 in the other.
    truth = np.array([[0.0, 1.0], [4.0, 3.0]])
    assert r_squared(truth, np.array([[1.0, 1.0], [3.0, 3.0]])) == pytest.approx(1 - 2 / 10)
    assert r_squared(truth, truth) == 1
    assert r_squared(truth, np.tile(truth.mean(axis=0), (2, 1))) == 0
    assert r_squared(truth, truth[::-1]) == pytest.approx(-3)


def test_ridge_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """With z = ±1 in ten rows, y = ±2 and μ = 10, w = Σzy / (Σz² + μ) = 20 / 20 = 1."""
    monkeypatch.setattr(probe, "PENALTIES", np.array([1.0]))  # times the mean eigenvalue, 10
    x = np.array([[1.0], [5.0]] * 5 + [[3.0], [7.0], [9.0]])
    y = np.array([[-2.0], [2.0]] * 5 + [[0.0], [0.0], [0.0]]) + 100
    # The train rows have mean 3 and standard deviation 2, so the test rows are at z = 0, 2 and 3.
    got = ridge(x, y, np.arange(10), np.arange(10, 13))
    np.testing.assert_allclose(got, [[100], [102], [103]])


def best_of_the_textbook(x: np.ndarray, y: np.ndarray, train: int, scale: float) -> np.ndarray:
    """Ridge by augmented least squares, its penalty chosen on every fifth row."""
    z = (x - x[:train].mean(axis=0)) / x[:train].std(axis=0)
    mean = y[:train].mean(axis=0)

    def fit(rows: np.ndarray, mu: float) -> np.ndarray:
        tall = np.concatenate([z[rows], np.sqrt(mu) * np.eye(z.shape[1])])
        right = np.concatenate([y[rows] - mean, np.zeros((z.shape[1], y.shape[1]))])
        return np.linalg.lstsq(tall, right)[0]

    rows = np.arange(train)
    held = rows[rows % 5 == 4]
    rest = np.setdiff1d(rows, held)
    losses = [((z[held] @ fit(rest, mu) + mean - y[held]) ** 2).sum() for mu in PENALTIES * scale]
    return z[train:] @ fit(rows, PENALTIES[np.argmin(losses)] * scale) + mean


def test_few_columns_agree_with_least_squares_on_stacked_rows() -> None:
    x, y = data(70, 6)
    want = best_of_the_textbook(x, y, 50, scale=50)  # Σz² of a column is the number of rows
    np.testing.assert_allclose(ridge(x, y, np.arange(50), np.arange(50, 70)), want, rtol=1e-8)


def test_many_columns_agree_too_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "BLOCK", 37)
    x, y = data(60, 150, seed=1)
    # 40 centred rows span 39 dimensions, among which 40 · 150 is shared out.
    want = best_of_the_textbook(x, y, 40, scale=40 * 150 / 39)
    got = ridge(x.astype(np.float32), y, np.arange(40), np.arange(40, 60))
    np.testing.assert_allclose(got, want, atol=2e-4)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 999), st.floats(1e-3, 1e3), st.sampled_from([4, 80]))
def test_the_scale_of_a_column_and_constant_columns_change_nothing(
    seed: int, factor: float, width: int
) -> None:
    x, y = data(60, width, seed)
    rows = np.arange(40), np.arange(40, 60)
    want = ridge(x, y, *rows)
    np.testing.assert_allclose(ridge(x * factor - 3, y, *rows), want, atol=1e-3)
    if width < 40:
        constant = np.full((60, 1), 0.1)
        np.testing.assert_allclose(ridge(np.hstack([x, constant]), y, *rows), want, atol=1e-6)


def test_noise_reads_nothing_and_masks_do_as_rows() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((600, 900)), rng.standard_normal((600, 2))
    train = np.arange(600) < 400
    got = r_squared_of_ridge(x, y, train, ~train)
    assert abs(got) < 0.05
    assert got == r_squared_of_ridge(x, y, np.arange(400), np.arange(400, 600))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features": np.zeros(30)}, r"features of shape \(30,\) and factors of \(30, 3\)"),
        ({"factors": np.zeros((29, 3))}, r"factors of \(29, 3\): expected a row an item"),
        ({"features": np.full((30, 4), np.nan)}, "not finite"),
        ({"train_rows": np.arange(21)}, "told"),
        ({"train_rows": np.arange(9)}, "9 train rows: expected at least 10"),
    ],
)
def test_what_cannot_be_probed_is_refused(change: dict[str, np.ndarray], said: str) -> None:
    x, y = data(30, 4)
    given_ = {"features": x, "factors": y, "train_rows": np.arange(20),
              "test_rows": np.arange(20, 30)} | change  # fmt: skip
    with pytest.raises(ValueError, match=said):
        r_squared_of_ridge(**given_)


def test_r_squared_refuses_other_shapes_and_a_truth_that_stands_still() -> None:
    with pytest.raises(ValueError, match=r"truth of shape \(2, 1\) and guess of \(2,\)"):
        r_squared(np.zeros((2, 1)), np.zeros(2))
    with pytest.raises(ValueError, match="varies"):
        r_squared(np.ones((3, 2)), np.zeros((3, 2)))


def test_a_column_that_hardly_varies_is_not_blown_up():
    """Seen with covers: a pixel that is white in all train rows but one ruled the test rows."""
    rng = np.random.default_rng(0)
    for width in (5, 300):  # fewer columns than train rows, and more
        x = rng.standard_normal((160, width))
        y = x[:, :2] @ np.array([[1.0], [-1.0]])
        rare = np.zeros((160, 40))
        rare[np.arange(40), np.arange(40)] = 1e-3
        rare[[100, 120, 140], [3, 7, 11]] = 1.0  # a thousand times what training showed
        train, test = np.arange(100), np.arange(100, 160)
        alone = r_squared_of_ridge(x, y, train, test)
        beside = r_squared_of_ridge(np.hstack([x, rare]), y, train, test)
        assert beside > alone - 0.2
