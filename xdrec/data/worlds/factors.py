"""What is true in a world: themes, what items are made of, what people like, how the two meet."""

from __future__ import annotations

import numpy as np

THEMES = ("sea", "forest", "city", "hearth", "space", "journey", "mystery", "craft")
TEMPERATURE = 0.15  # how sharply people choose by true score; smaller is sharper
QUALITY = 0.08  # standard deviation of the part of the true score that everybody agrees on


def item_factors(rng: np.random.Generator, items: int) -> np.ndarray:
    """v_i: each item is one theme with up to two more mixed in; [items, themes], >= 0, length 1."""
    themes = len(THEMES)
    draws = rng.random((items, themes + 4))  # a row an item: more items leave the first ones alone
    order = np.argsort(draws[:, :themes], axis=1)
    second = np.where(draws[:, themes] < 0.7, 0.8 * draws[:, themes + 1], 0)
    third = np.where(draws[:, themes + 2] < 0.3, 0.4 * draws[:, themes + 3], 0)
    v = np.zeros((items, themes))
    rows = np.arange(items)
    for place, weight in enumerate((np.ones(items), second, third)):
        v[rows, order[:, place]] = weight
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def interests(rng: np.random.Generator, users: int) -> np.ndarray:
    """A person's interest in each theme; [users, themes], >= 0, length 1, a few themes each."""
    draws = rng.random((users, len(THEMES)))
    # A high power of a uniform number is small most of the time: few themes matter to one person.
    p = draws**5 + 1e-6
    return p / np.linalg.norm(p, axis=1, keepdims=True)


def mix(shared: np.ndarray, own: np.ndarray, gap: float) -> np.ndarray:
    """a_u in a domain: r · shared + √(1 - r²) · own with r = 1 - gap, at length 1; [users, themes].

    At gap 0 a person wants the same here as in the first domain, at gap 1 something unrelated. The
    weights are chosen so that between, the correlation of the two is about r, as with normal
    variables.

    >>> mix(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), gap=0.4).round(3).tolist()
    [[0.6, 0.8]]
    """
    r = 1 - gap
    a = r * shared + np.sqrt(1 - r * r) * own
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def true_scores(a: np.ndarray, v: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """s(u, i) = ⟨a_u, v_i⟩ + q_i: interest met, plus the quality everybody sees; [users, items]."""
    return a @ v.T + quality
