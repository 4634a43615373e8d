"""A function whose poles are known to lie below zero, from a handful of its values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ellipj, ellipk

ERROR = 1e-5  # about how far a curve through `few_points` is off, of the function's size


def few_points(low: float, high: float, top: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in [low, high] and as many poles in [-top, 0], for a rational curve of error 1e-5.

    They are Zolotarev's: of all products s(x) = Π (x - node) / (x - pole), the one that is least on
    [low, high] for its size on [-top, 0], which bounds the error of a function whose own poles are
    all in [-top, 0]. Each point more divides it by the same number. `low` < `high`, `top` > 0.
    Source: Beckermann and Townsend, SIAM Review 2019. Book: the strength of transfer.

    >>> nodes, poles = few_points(400.0, 1e6, top=5000.0)
    >>> len(nodes), nodes.min().round().item(), poles.max().round().item()
    (7, 415.0, -14.0)
    """
    # A Möbius map takes the two stretches to [-1, -k] and [k, 1], where the points are known.
    ratio = np.sqrt(top * (high - low) / ((low + top) * high))
    k = (1 - ratio) / (1 + ratio)
    quarter = ellipk(1 - k**2)
    rate = np.exp(2 * np.pi * ellipk(k**2) / quarter)
    points = int(np.ceil(np.log(4 / ERROR) / np.log(rate)))
    at = ellipj((np.arange(points) + 0.5) / points * quarter, 1 - k**2)[2]

    def back(w: np.ndarray) -> np.ndarray:
        return low / (1 - (w - k) * (1 + k) * (high - low) / ((w + k) * (1 - k) * high))

    return back(at), back(-at)


class Curve:
    """An array as a function of x > 0, falling to 0, by its values at nodes and by its poles.

    >>> curve = Curve(np.array([1.0]), np.array([-2.0]), lambda x: np.array([1 / (x + 2)]))
    >>> curve(2.0).tolist()
    [0.25]
    """

    def __init__(
        self, nodes: np.ndarray, poles: np.ndarray, of: Callable[[float], np.ndarray]
    ) -> None:
        self._nodes, self._poles = nodes, poles
        first = of(float(nodes[0]))
        self._values = np.empty((len(nodes), *first.shape), first.dtype)
        for row, node in enumerate(nodes):
            self._values[row] = of(float(node)) if row else first

    def __call__(self, x: float) -> np.ndarray:
        own = np.eye(len(self._nodes), dtype=bool)
        steps = (x - self._nodes) / np.where(own, 1, self._nodes[:, None] - self._nodes)
        falls = (self._nodes[:, None] - self._poles) / (x - self._poles)
        shares = np.where(own, 1, steps).prod(axis=1) * falls.prod(axis=1)
        value: np.ndarray = np.tensordot(shares.astype(self._values.dtype), self._values, 1)
        return value
