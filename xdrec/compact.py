"""Vectors made smaller: fewer directions, fewer bits, and who is still whose neighbour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from scipy import sparse

from xdrec.encoders.features import Features
from xdrec.interest.sequence_net import principal_axes
from xdrec.products import top_k_of_products

KINDS = ("float32", "bfloat16", "int8")


@dataclass(frozen=True, eq=False)
class Truncation:
    """x → A x / |A x|: the first directions of many, and length 1 again.

    `axes` A float32 [width, d] are the principal directions of the unit vectors of the items that
    `of` was shown (the mean is not taken off: cosines are to be kept); `kept` is the share of their
    squared length within A. One A serves both domains. A model that was *trained* so that its own
    first numbers suffice needs no A; this is the same cut for a model that was not.
    Source: Kusupati et al., NeurIPS 2022 (Matryoshka). Book: what it costs.

    >>> cut = Truncation.of(Features.of([[0.6, 0.8, 0.0], [0.8, 0.6, 0.0]]), width=2)
    >>> cut(Features.of([[0.0, 3.0, 4.0], [0.0, 0.0, 0.0]], present=[True, False])).vectors.shape
    (2, 2)
    >>> round(cut.kept, 6)
    1.0
    """

    axes: np.ndarray
    kept: float

    @classmethod
    def of(cls, features: Features, width: int) -> Self:
        """Raises ValueError for a width beyond the vectors' own, or without an item to learn by."""
        if not 1 <= width <= features.vectors.shape[1]:
            raise ValueError(f"width={width}: expected 1 to {features.vectors.shape[1]} directions")
        x = features.unit()[features.present]
        if not x.any():
            raise ValueError("no item has this modality: there is no direction to keep")
        axes = principal_axes(x, width)
        return cls(axes, float(((x @ axes.T) ** 2).sum() / (x**2).sum()))

    def __call__(self, features: Features) -> Features:
        """Unit vectors, float32 [n, width]. Raises ValueError for vectors of another length."""
        if features.vectors.shape[1] != self.axes.shape[1]:
            raise ValueError(
                f"vectors of {features.vectors.shape[1]} numbers: expected {self.axes.shape[1]}, "
                "as of the items that the directions were learnt on"
            )
        cut = Features.of(features.unit() @ self.axes.T, features.present)
        return Features(cut.unit(), cut.present)


@dataclass(frozen=True, eq=False)
class Stored:
    """Vectors as they are kept on a disk or in memory: "float32", "bfloat16" or "int8".

    bfloat16 keeps 8 bits of a number's mantissa. int8 gives each dimension a grid of its own from
    its smallest to its largest number: q = round((x - low) / step) - 128 with step = (high - low) /
    255, so that x is off by at most step / 2, whatever its sign; low and step are kept as well.
    `data` [n, d]; `bytes` counts it and the grid. Raises ValueError for another kind.
    Source: Jacob et al., CVPR 2018 (the affine grid). Book: what it costs.

    >>> kept = Stored.of(Features.of([[-1.0, 7.0], [1.55, 7.0], [0.004, 7.0]]), "int8")
    >>> kept.data[:, 0].tolist(), kept.features().vectors[:, 0].astype(float).round(3).tolist()
    ([-128, 127, -28], [-1.0, 1.55, 0.0])
    >>> kept.bytes
    22
    """

    kind: str
    data: np.ndarray
    present: np.ndarray
    low: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, features: Features, kind: str) -> Self:
        x, none = features.vectors, np.zeros(0, np.float32)
        if kind == "float32":
            return cls(kind, x, features.present, none, none)
        if kind == "bfloat16":
            short = torch.from_numpy(np.ascontiguousarray(x)).bfloat16().view(torch.int16)
            return cls(kind, short.numpy(), features.present, none, none)
        if kind != "int8":
            raise ValueError(f"kind={kind!r}: expected one of {', '.join(KINDS)}")
        there = x[features.present]
        low, high = there.min(axis=0, initial=np.inf), there.max(axis=0, initial=-np.inf)
        if not len(there):
            low, high = np.zeros_like(low), np.zeros_like(high)
        step = (high.astype(float) - low) / 255
        grid = np.divide(x.astype(float) - low, step, out=np.zeros(x.shape), where=step > 0)
        data = (np.rint(grid).clip(0, 255) - 128).astype(np.int8)
        return cls(kind, data, features.present, low, step.astype(np.float32))

    @property
    def bytes(self) -> int:
        return self.data.nbytes + self.low.nbytes + self.step.nbytes

    def features(self) -> Features:
        """The vectors again, float32 [n, d], as far as the bits go."""
        x = self.data
        if self.kind == "bfloat16":
            x = torch.from_numpy(self.data).view(torch.bfloat16).float().numpy()
        elif self.kind == "int8":
            x = (self.data.astype(np.float32) + 128) * self.step + self.low
        return Features.of(x, self.present)


def neighbours(features: Features, k: int = 10) -> np.ndarray:
    """The k nearest other items of each, by cosine, int64 [n, k]; -1 where fewer are there.

    Book: what it costs.

    >>> neighbours(Features.of([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), k=1).tolist()
    [[1], [0], [1]]
    """
    unit = features.unit()
    itself = sparse.identity(len(unit), format="csr")
    return top_k_of_products(unit, unit, k, exclude=itself, device="cpu")[0]


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The share of each list of `a` that is in the same row of `b` too, in any order; float [n].

    Lists [n, k] of numbers, each at most once a list, -1 for an empty place; two empty lists agree.
    Raises ValueError for unequal shapes. Book: what it costs.

    >>> overlap(np.array([[1, 2, 3, 4], [5, 6, -1, -1]]), np.array([[4, 1, 8, 9], [6, 5, -1, -1]]))
    array([0.5, 1. ])
    """
    if a.shape != b.shape or a.ndim != 2:
        raise ValueError(f"lists {a.shape} and {b.shape}: expected two of one shape [n, k]")
    both = ((a[:, :, None] == b[:, None, :]) & (a >= 0)[:, :, None]).sum(axis=(1, 2))
    longest = np.maximum((a >= 0).sum(axis=1), (b >= 0).sum(axis=1))
    return np.divide(both, longest, out=np.ones(len(a)), where=longest > 0)
