"""The transfer loss where it has a closed form: item-item weights B, tied to an anchor B_0.

    min ‖Y - ZB‖² + μ‖B‖² + λ‖B - B_0‖²,  diag B = 0

μ is the target's own ridge, λ the strength of the transfer. One eigendecomposition of G = ZᵀZ
serves every λ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy import sparse
from scipy.optimize import brentq

TINY = 1e-12
INTERPOLATED = 3e-5  # the relative error that `along` adds to B


@dataclass(frozen=True, eq=False)
class Problem:
    """What a linear item-item model is asked: `gram` G = ZᵀZ, `cross` Q = ZᵀY, [items, items].

    `history` [users, items] are the rows that are to be scored by B. EASE is Z = Y = X, so Q = G.
    Book: the strength of transfer.
    """

    gram: np.ndarray
    cross: np.ndarray
    history: sparse.csr_matrix


def item_item(
    gram: np.ndarray, cross: np.ndarray, mu: float, lam: float = 0.0,
    anchor: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """B of one μ and one λ, float64 [items, items]: one Cholesky factor, nothing else.

    With P = (G + (μ + λ)I)⁻¹ and A = P(Q + λB_0): B = A - P · diag(A)/diag(P), the Lagrange
    multipliers of the zero diagonal in closed form. For EASE (Q = G, no anchor) it is -P / diag(P).
    Source: Steck, WWW 2019, with an anchor added here. Book: the strength of transfer.

    >>> g = np.array([[3.0, 2.0], [2.0, 2.0]])
    >>> item_item(g, g, mu=1.0).round(3).tolist()
    [[0.0, 0.5], [0.667, 0.0]]
    """
    anchor = np.zeros_like(gram) if anchor is None else anchor
    a = torch.from_numpy(np.array(gram, np.float64))
    a.diagonal().add_(mu + lam)
    p = torch.cholesky_inverse(torch.linalg.cholesky(a)).numpy()
    b = p @ (cross + lam * anchor)
    b -= p * (np.diag(b) / np.diag(p))
    np.fill_diagonal(b, 0)
    return b


class ItemItemPath:
    """B(λ) for any λ from one eigendecomposition G = V diag(g) Vᵀ.

    P = V diag(1 / (g + μ + λ)) Vᵀ, so P's diagonal, A's diagonal and the length of B - B_0 are
    sums over the eigenbasis, O(items²) a λ; B itself is one matrix product more, and the scores of
    a few histories are vectors times matrices. `norm="squared"` is λ‖B - B_0‖² (L2-SP);
    `norm="plain"` the document's λ‖B - B_0‖, whose solution at λ is the squared one's at
    λ' = λ / (2‖B - B_0‖), and B_0 itself from `critical` λ* on. At λ = ∞ B is B_0.

    `anchor` B_0 [items, items], its diagonal ignored, or None for 0: plain shrinkage, the twin of
    every transfer. `single=True` keeps float32 (twice as fast, 1e-5 in B).
    Raises ValueError for shapes that do not fit, μ <= 0 and λ < 0 or NaN.
    Source: document T 4.2.3; Li et al., ICML 2018 (L2-SP). Book: the strength of transfer.

    >>> g = np.array([[3.0, 2.0], [2.0, 2.0]])
    >>> path = ItemItemPath(g, g, mu=1.0, anchor=np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> [path.weights(lam)[0, 1].round(3).item() for lam in (0, 1, 1e9)]
    [0.5, 0.6, 1.0]
    """

    def __init__(
        self, gram: np.ndarray, cross: np.ndarray, mu: float, anchor: np.ndarray | None = None,
        *, single: bool = False,
    ) -> None:  # fmt: skip
        shapes = {np.shape(m) for m in (gram, cross, *([] if anchor is None else [anchor]))}
        if len(shapes) > 1 or len(gram) != len(gram.T):
            raise ValueError(f"gram, cross and anchor of shapes {sorted(shapes)}: expected one, "
                             "[items, items]")  # fmt: skip
        if not (np.isfinite(mu) and mu > 0):
            raise ValueError(f"mu={mu}: expected a finite ridge > 0")
        kind = torch.float32 if single else torch.float64
        self.mu, self.gram, self.cross = mu, gram, cross
        start = np.zeros_like(gram) if anchor is None else anchor
        self.anchor: np.ndarray = np.array(start, np.float32 if single else np.float64)
        np.fill_diagonal(self.anchor, 0)
        g, v = torch.linalg.eigh(torch.from_numpy(np.ascontiguousarray(gram)).to(kind))
        # All in the eigenbasis and a row an eigenvector, so that no pass reads across the grain.
        self._g, self._v = g.clip(min=0), v.T.contiguous()
        self._anchor = torch.from_numpy(self.anchor)
        self._wq, self._wa = self._v @ torch.from_numpy(cross).to(kind), self._v @ self._anchor
        self._vv, self._vq, self._va = (self._v * w for w in (self._v, self._wq, self._wa))

    def weights(self, lam: float, norm: str = "squared") -> np.ndarray:
        """B, [items, items]."""
        lam = self.squared_strength(lam, norm)
        if np.isinf(lam):
            return self.anchor.copy()
        b = self._v.T @ self._basis(lam)
        b.diagonal().zero_()
        return b.numpy()

    def along(self, lambdas: Sequence[float], norm: str = "squared") -> Iterator[np.ndarray]:
        """B of many λ, one after the other: few are solved, the rest lies on a curve through them.

        B(λ) is smooth in log(μ + λ): its only singularities are at μ + λ = -g, at distance π from
        the real axis. So the polynomial through Chebyshev points there converges at a known rate,
        and the number of points follows from the range (17 for all λ up to 3,000 μ). λ = 0 and ∞
        are exact. Holds that many B at once.
        """
        strengths = [self.squared_strength(lam, norm) for lam in lambdas]
        inner = sorted({self.mu + s for s in strengths if 0 < s < np.inf})
        curve = None
        if inner and len(inner) > (points := _points(inner[0], inner[-1])):
            curve = _Curve(inner[0], inner[-1], points, lambda ridge: self.weights(ridge - self.mu))
        for s in strengths:
            yield curve(self.mu + s) if curve and 0 < s < np.inf else self.weights(s)

    def scores(self, history: np.ndarray, lam: float, norm: str = "squared") -> np.ndarray:
        """hB of some histories, [n, items], without forming B: what a slider asks for."""
        h = torch.from_numpy(np.atleast_2d(history)).to(self._v.dtype)
        lam = self.squared_strength(lam, norm)
        if np.isinf(lam):
            return (h @ self._anchor).numpy()
        z = (h @ self._v.T) * self._inverse(lam)
        return (z @ self._wq + lam * (z @ self._wa) - (z @ self._v) * self._ratio(lam)).numpy()

    def loss(self, lam: float, norm: str = "squared") -> float:
        """The target's own loss ‖Y - ZB‖² + μ‖B‖², less what it is at B = 0."""
        lam = self.squared_strength(lam, norm)
        b = self._wa if np.isinf(lam) else self._basis(lam)
        lengths = torch.linalg.vector_norm(b, dim=1).double().square()
        explained = (b * self._wq).sum(dim=1).double().sum()
        return float(lengths @ (self._g.double() + self.mu)) - 2 * float(explained)

    def drift(self, lam: float, norm: str = "squared") -> float:
        """‖B - B_0‖, how far the target went from its anchor."""
        return self._drift(self.squared_strength(lam, norm))

    @cached_property
    def critical(self) -> float:
        """λ* = 2‖offdiag(Q - G B_0 - μ B_0)‖: the un-squared norm's B is B_0 from there on."""
        rest = self.cross - self.gram @ self.anchor - self.mu * self.anchor
        np.fill_diagonal(rest, 0)
        return 2 * float(np.linalg.norm(rest))

    def squared_strength(self, lam: float, norm: str) -> float:
        """The λ of the squared norm that has the same solution; ∞ where that is B_0 itself."""
        if norm not in ("squared", "plain"):
            raise ValueError(f"norm={norm!r}: expected 'squared' or 'plain'")
        if not lam >= 0:
            raise ValueError(f"lam={lam}: expected a strength λ >= 0")
        if norm == "squared" or lam == 0:
            return float(lam)
        if lam >= self.critical * (1 - TINY):
            return float("inf")

        # 2 s ‖B(s) - B_0‖ grows with s from 0 to λ*: one root, found in log s.
        def short(log_s: float) -> float:
            return 2 * np.exp(log_s) * self._drift(float(np.exp(log_s))) - lam

        low, high = -2.0, 2.0
        while short(low) > 0:
            low -= 4
        while short(high) < 0 and high < 60:
            high += 4
        return float(np.exp(brentq(short, low, high, xtol=1e-10))) if high < 60 else float("inf")

    def _inverse(self, lam: float) -> torch.Tensor:
        """The eigenvalues of P."""
        return 1 / (self._g + self.mu + lam)

    def _ratio(self, lam: float) -> torch.Tensor:
        """diag(A) / diag(P), [items]: the Lagrange multipliers of the zero diagonal."""
        d = self._inverse(lam)
        return (d @ self._vq + lam * (d @ self._va)) / (d @ self._vv)

    def _basis(self, lam: float) -> torch.Tensor:
        """VᵀB, [items, items]; A and P never leave the eigenbasis."""
        basis = torch.add(self._wq, self._wa, alpha=lam)
        basis.addcmul_(self._v, self._ratio(lam)[None], value=-1)
        return basis.mul_(self._inverse(lam)[:, None])

    def _drift(self, lam: float) -> float:
        return 0.0 if np.isinf(lam) else float((self._basis(lam) - self._wa).norm())


def _points(low: float, high: float) -> int:
    """How many Chebyshev points reach `INTERPOLATED` on [log low, log high]."""
    half = max(np.log(high / low) / 2, TINY)
    rate = np.pi / half + np.hypot(np.pi / half, 1)  # the Bernstein ellipse that just touches ±πi
    return 2 + int(np.ceil(-np.log(INTERPOLATED) / np.log(rate)))


class _Curve:
    """A matrix function of x > 0 by barycentric interpolation in log x (Berrut, Trefethen 2004)."""

    def __init__(
        self, low: float, high: float, points: int, of: Callable[[float], np.ndarray]
    ) -> None:
        angle = np.pi * (2 * np.arange(points) + 1) / (2 * points)
        self._at = (np.log(low * high) + np.log(high / low) * np.cos(angle)) / 2
        self._pull = (-1.0) ** np.arange(points) * np.sin(angle)
        for j, log_x in enumerate(self._at):
            value = torch.from_numpy(of(float(np.exp(log_x))))
            if not j:
                self._values = value.new_empty(points, *value.shape)
            self._values[j] = value

    def __call__(self, x: float) -> np.ndarray:
        gap = np.log(x) - self._at
        if (gap == 0).any():
            return self._values[int(np.argmin(abs(gap)))].numpy().copy()
        share = self._pull / gap
        weights = torch.from_numpy(share / share.sum()).to(self._values.dtype)
        return (weights @ self._values.flatten(1)).view(self._values.shape[1:]).numpy()
