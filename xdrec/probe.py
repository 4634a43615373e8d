"""How much of the truth a straight line reads out of feature vectors: ridge, and its R².

An encoder is never trained on the factors of a world; the probe asks afterwards what its vectors
hold of them. It is linear on purpose: what it finds lies open in the vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

PENALTIES = 10.0 ** np.arange(-5, 4)  # times the mean eigenvalue of ZᵀZ
FOLD = 5  # every fifth of the rows for fitting chooses the penalty
FAR = 10.0  # standard deviations: what is farther from the mean is taken for no farther
BLOCK = 8192  # columns at a time, so that wide features are never copied whole


def r_squared(truth: np.ndarray, guess: np.ndarray) -> float:
    """R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)² over all rows and columns, ȳ the mean of each column.

    Each column so weighs by its variance. `truth` and `guess`: [rows, columns]. 1 is exact, 0 is
    what the columns' means would get, and less is worse than those. Raises ValueError for another
    shape and for a truth that does not vary. Book: encoders.

    >>> r_squared(np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [2.0], [3.0]]))
    0.75
    """
    truth, guess = np.asarray(truth, float), np.asarray(guess, float)
    if truth.shape != guess.shape or truth.ndim != 2:
        raise ValueError(
            f"truth of shape {truth.shape} and guess of {guess.shape}: expected the same two, "
            "[rows, columns]"
        )
    spread = ((truth - truth.mean(axis=0)) ** 2).sum() if len(truth) else 0.0
    if not spread > 0:
        raise ValueError("the truth is the same in all rows: R² needs something that varies")
    return float(1 - ((truth - guess) ** 2).sum() / spread)


def r_squared_of_ridge(
    features: np.ndarray, factors: np.ndarray, train_rows: np.ndarray, test_rows: np.ndarray
) -> float:
    """R² on the test rows of a ridge from feature vectors to factors, fitted on the train rows.

    `features` [rows, width], `factors` [rows, columns], rows by index or as a mask. Details and
    errors: `ridge`. Book: encoders.

    >>> x = np.random.default_rng(0).standard_normal((90, 3))
    >>> y = x @ [[1.0], [2.0], [0.0]] + 5
    >>> round(r_squared_of_ridge(x, y, np.arange(60), np.arange(60, 90)), 6)
    1.0
    """
    guess = ridge(features, factors, train_rows, test_rows)
    return r_squared(np.asarray(factors)[test_rows], guess)


def ridge(
    features: np.ndarray, factors: np.ndarray, train_rows: np.ndarray, test_rows: np.ndarray
) -> np.ndarray:
    """What a ridge fitted on the train rows says of the test rows' factors; [test rows, columns].

    W = (ZᵀZ + μI)⁻¹ Zᵀ (Y - ȳ), Z the features less the train rows' means, over their standard
    deviations (a constant column is left out) and never beyond ±10. Of nine penalties μ, a power of
    ten apart, that one is taken which does best on every fifth train row after a fit on the others.
    With more columns than train rows, Z is first replaced by its coordinates in the span of the
    train rows, which is exact, since W lies in it. Raises ValueError for numbers that are not
    finite, lengths that differ, rows in both parts and fewer than 10 train rows.
    Source: Hoerl and Kennard, Technometrics 1970. Book: encoders.

    >>> x = np.arange(20.0)[:, None]
    >>> ridge(x, 3 * x + 1, np.arange(18), np.array([18, 19])).round(3).tolist()
    [[55.0], [58.0]]
    """
    x, y = np.asarray(features), np.asarray(factors, float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(
            f"features of shape {x.shape} and factors of {y.shape}: expected a row an item in both"
        )
    train, test = (np.arange(len(x))[rows] for rows in (train_rows, test_rows))
    if np.intersect1d(train, test).size:
        raise ValueError("some rows are in train_rows and in test_rows: the probe would be told")
    if len(train) < 2 * FOLD:
        raise ValueError(f"{len(train)} train rows: expected at least {2 * FOLD}")
    z, z_test = _in_the_span(x, train, test) if x.shape[1] > len(train) else _few(x, train, test)
    if not all(np.isfinite(part).all() for part in (z, z_test, y[train])):
        raise ValueError("features or factors that are not finite: leave such rows out")
    mean = y[train].mean(axis=0)
    wanted = y[train] - mean
    held = np.arange(len(train)) % FOLD == FOLD - 1
    varying = int(z.any(axis=0).sum())
    scale = float((z**2).sum()) / max(varying, 1) or 1.0
    left = [((wanted[held] - z[held] @ w) ** 2).sum()
            for w in _fits(z[~held], wanted[~held], scale * PENALTIES)]  # fmt: skip
    (w,) = _fits(z, wanted, [scale * PENALTIES[int(np.argmin(left))]])
    return z_test @ w + mean


def _fits(z: np.ndarray, y: np.ndarray, penalties: Iterable[float]) -> Iterator[np.ndarray]:
    """(ZᵀZ + μI)⁻¹ Zᵀ Y for each μ: in the eigenbasis of ZᵀZ a division each."""
    squares, axes = np.linalg.eigh(z.T @ z)
    right = axes.T @ (z.T @ y)
    for mu in penalties:
        yield axes @ (right / (squares.clip(0) + mu)[:, None])


def _standard(x: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and 1 / standard deviation of each column over the train rows, 0 where constant."""
    part = x[train].astype(np.float64)
    mean, std = part.mean(axis=0), part.std(axis=0)
    # Equal numbers may have a standard deviation of rounding errors.
    varies = std > 1e-7 * np.maximum(np.abs(mean), 1e-30)
    return mean, np.divide(1, std, out=np.zeros_like(std), where=varies)


def _few(x: np.ndarray, train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, scale = _standard(x, train)
    # A pixel that is white in all train rows but one may be 1000 standard deviations off in a test
    # row, and would rule what is said of it.
    z, z_test = (((x[rows] - mean) * scale).clip(-FAR, FAR) for rows in (train, test))
    return z, z_test


def _in_the_span(
    x: np.ndarray, train: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in an orthonormal basis of the span of the train rows, by their inner products.

    ZZᵀ = U S² Uᵀ gives US for the train rows and Z_test Zᵀ U S⁻¹ for the test rows.
    """
    inner = np.zeros((len(train), len(train)))
    across = np.zeros((len(test), len(train)))
    for start in range(0, x.shape[1], BLOCK):
        z, z_test = (part.astype(np.float32)
                     for part in _few(x[:, start : start + BLOCK], train, test))  # fmt: skip
        inner += z @ z.T  # of one array with itself: numpy takes half the time
        across += z_test @ z.T
    squares, u = np.linalg.eigh(inner)
    kept = squares > 1e-6 * squares.max()  # what float32 can tell from nothing
    u, s = u[:, kept], np.sqrt(squares[kept])
    return u * s, across @ u / s
