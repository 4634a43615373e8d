"""The transfer loss where it has a closed form: item-item weights B, tied to an anchor B_0.

    min ‖Y - ZB‖² + μ‖B‖² + λ‖B - B_0‖²,  diag B = 0

μ is the target's own ridge, λ the strength of the transfer. With G = ZᵀZ, Q = ZᵀY and R = Q - (G +
μ)B_0, what the anchor leaves over, B = B_0 + D and (G + μ + λ)D = R but for the diagonal: one
eigendecomposition of G serves every λ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy import sparse
from scipy.optimize import brentq

from xdrec.curve import Curve, few_points

TINY = 1e-12


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
    anchor: np.ndarray | None = None, *, single: bool = False,
) -> np.ndarray:  # fmt: skip
    """B of one μ and one λ, float64 [items, items]: one Cholesky factor, nothing else.

    With P = (G + (μ + λ)I)⁻¹ and A = P(Q + λB_0): B = A - P · diag(A)/diag(P), the Lagrange
    multipliers of the zero diagonal in closed form. For EASE (Q = G, no anchor) it is -P / diag(P).
    `single` computes in float32 (half the time, 1e-6 in B).
    Source: Steck, WWW 2019, with an anchor added here. Book: the strength of transfer.

    >>> g = np.array([[3.0, 2.0], [2.0, 2.0]])
    >>> item_item(g, g, mu=1.0).round(3).tolist()
    [[0.0, 0.5], [0.667, 0.0]]
    """
    kind = np.float32 if single else np.float64
    aim = cross if anchor is None else cross + lam * anchor
    g, aimed = (torch.from_numpy(np.array(matrix, kind)) for matrix in (gram, aim))
    g.diagonal().add_(mu + lam)
    p = torch.cholesky_inverse(torch.linalg.cholesky(g))
    b = p @ aimed
    b -= p.mul_(b.diagonal() / p.diagonal())
    b.diagonal().zero_()
    return b.numpy()


class ItemItemPath:
    """B(λ) for any λ from one eigendecomposition G = V diag(g) Vᵀ.

    B = B_0 + D, and D = P(R - diag c), P = V diag(1 / (g + μ + λ)) Vᵀ. c, the Lagrange multipliers
    of the zero diagonal, are diag(PR) / diag(P). So c, the length of D and the loss are sums over
    the eigenbasis, O(items²) a λ; B itself is one matrix product more, and the scores of a few
    histories are vectors times matrices. `norm="squared"` is λ‖B - B_0‖² (L2-SP); `norm="plain"`
    the document's λ‖B - B_0‖, whose solution at λ is the squared one's at λ' = λ / (2‖B - B_0‖),
    and B_0 itself from `critical` λ* on. At λ = ∞ B is B_0.

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
        self.mu = mu
        start = np.zeros_like(gram) if anchor is None else anchor
        self.anchor: np.ndarray = np.array(start, np.float32 if single else np.float64)
        np.fill_diagonal(self.anchor, 0)
        g, v = torch.linalg.eigh(torch.from_numpy(np.ascontiguousarray(gram)).to(kind))
        # All in the eigenbasis and a row an eigenvector, so that no pass reads across the grain.
        self._g, self._v = g.clip(min=0), v.T.contiguous()
        self._anchor = torch.from_numpy(self.anchor)
        q, b_0 = self._v @ torch.from_numpy(cross).to(kind), self._v @ self._anchor
        self._r = q - (self._g + mu)[:, None] * b_0
        self._vv, self._vr = self._v.square(), self._v * self._r
        self._rr = self._r.square().sum(dim=1, dtype=torch.float64)
        self._loss_of_anchor = -float((b_0 * (self._r + q)).sum(dtype=torch.float64))

    def weights(self, lam: float, norm: str = "squared") -> np.ndarray:
        """B, [items, items]."""
        lam = self.squared_strength(lam, norm)
        return self.anchor.copy() if np.isinf(lam) else self.anchor + self._difference(lam)

    def along(self, lambdas: Sequence[float], norm: str = "squared") -> Iterator[np.ndarray]:
        """B of many λ, one after the other: few are solved, the rest lies on a curve through them.

        As a function of μ + λ, D = B - B_0 has poles between -max(g) and 0 and nowhere else, so a
        rational curve with a few poles there, through as many points, is next to it (`few_points`:
        seven for all λ up to 3,000 μ). λ = 0 and ∞ are exact. Holds that many D at once.
        """
        strengths = [self.squared_strength(lam, norm) for lam in lambdas]
        inner = sorted({self.mu + s for s in strengths if 0 < s < np.inf})
        curve = None
        if len(inner) > 1:
            top = max(float(self._g[-1]), TINY * self.mu)
            nodes, poles = few_points(inner[0], inner[-1], top)
            if len(nodes) < len(inner):
                curve = Curve(nodes, poles, lambda ridge: self._difference(ridge - self.mu))
        for s in strengths:
            if curve is not None and 0 < s < np.inf:
                yield self.anchor + curve(self.mu + s)
            else:
                yield self.weights(s)

    def scores(self, history: np.ndarray, lam: float, norm: str = "squared") -> np.ndarray:
        """hB of some histories, [n, items], without forming B: what a slider asks for."""
        h = torch.from_numpy(np.atleast_2d(history)).to(self._v.dtype)
        lam, of_anchor = self.squared_strength(lam, norm), h @ self._anchor
        if np.isinf(lam):
            return of_anchor.numpy()
        z = (h @ self._v.T) * self._inverse(lam)
        return (of_anchor + z @ self._r - (z @ self._v) * self._multipliers(lam)).numpy()

    def loss(self, lam: float, norm: str = "squared") -> float:
        """The target's own loss ‖Y - ZB‖² + μ‖B‖², less what it is at B = 0.

        That of B_0 less ⟨D, R⟩ + λ‖D‖², since (G + μ + λ)D is R but for the diagonal.
        """
        lam = self.squared_strength(lam, norm)
        if np.isinf(lam):
            return self._loss_of_anchor
        gained = self._inverse(lam).double() @ (self._rr - self._vr @ self._multipliers(lam))
        return self._loss_of_anchor - float(gained) - lam * self._drift(lam) ** 2

    def drift(self, lam: float, norm: str = "squared") -> float:
        """‖B - B_0‖, how far the target went from its anchor."""
        return self._drift(self.squared_strength(lam, norm))

    @cached_property
    def critical(self) -> float:
        """λ* = 2‖offdiag(R)‖: the un-squared norm's B is B_0 from there on."""
        diagonal = self._vr.sum(dim=0, dtype=torch.float64)
        return 2 * float((self._rr.sum() - diagonal.square().sum()).clip(min=0).sqrt())

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

    def _multipliers(self, lam: float) -> torch.Tensor:
        """c = diag(PR) / diag(P), [items]."""
        d = self._inverse(lam)
        return (d @ self._vr) / (d @ self._vv)

    def _difference(self, lam: float) -> np.ndarray:
        """D, [items, items]: P never leaves the eigenbasis."""
        basis = torch.addcmul(self._r, self._v, self._multipliers(lam)[None], value=-1)
        d = self._v.T @ basis.mul_(self._inverse(lam)[:, None])
        d.diagonal().zero_()
        return d.numpy()

    def _drift(self, lam: float) -> float:
        if np.isinf(lam):
            return 0.0
        c = self._multipliers(lam)
        squares = self._rr - 2 * (self._vr @ c) + self._vv @ c.square()  # of the rows of R - diag c
        return float((self._inverse(lam).double().square() @ squares.clip(min=0)).sqrt())
