"""fit_categories: one way to teach every encoder, here one whose items are pairs of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from xdrec.encoders.base import Encoder, Unreadable
from xdrec.encoders.supervised import fit_categories
from xdrec.train import Plan


class Points(Encoder):
    """A point [x, y] in, eight numbers out; a point with a NaN cannot be read."""

    width = 8

    def __init__(self, **options: Any) -> None:
        super().__init__(device="cpu", **options)
        torch.manual_seed(0)
        self.net = _Net()
        self.prepared = 0

    def settings(self) -> dict[str, Any]:
        return {}

    def content(self, item: list[float]) -> str:
        return str(item)

    def prepare(self, items: Sequence[list[float]]) -> list[Any]:
        self.prepared += len(items)
        return [Unreadable("not a number") if np.isnan(item).any() else item for item in items]

    def collate(self, things: Sequence[list[float]]) -> dict[str, Tensor]:
        return {"points": torch.tensor(things, dtype=torch.float32)}


class _Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 8), nn.Tanh())

    def forward(self, points: Tensor) -> Tensor:
        return self.layers(points)


PLAN = Plan(epochs=12, batch_size=16, lr=0.02)


def world(n: int = 200) -> tuple[list[Any], list[Any]]:
    """Points on a disc; what matters is the quadrant."""
    points = np.random.default_rng(0).uniform(-1, 1, (n, 2))
    names = ["south-west", "south-east", "north-west", "north-east"]
    labels = [names[int(x > 0) + 2 * int(y > 0)] for x, y in points]
    return points.tolist(), labels


def test_it_learns_and_says_how_well():
    encoder = Points()
    history = fit_categories(encoder, *world(), PLAN)
    rows = history.epochs
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]
    assert rows[(history.best or 0) - 1]["accuracy"] >= 0.9
    assert all(row["accuracy"] == 1 - row["valid"] for row in rows)
    # 20 of the 200 are held out, so the accuracy is a multiple of 1/20.
    assert all(abs(row["accuracy"] * 20 - round(row["accuracy"] * 20)) < 1e-9 for row in rows)


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    first, second, other = Points(), Points(), Points()
    for encoder, seed in ((first, 0), (second, 0), (other, 1)):
        fit_categories(encoder, *world(), Plan(epochs=2, seed=seed))
    v, same, others = (e.encode(world()[0], cache=False).vectors for e in (first, second, other))
    assert (v == same).all()
    assert not np.allclose(v, others)


def test_kept_or_prepared_anew_the_weights_are_the_same():
    kept, anew = Points(), Points()
    fit_categories(kept, *world(), Plan(epochs=2))
    fit_categories(anew, *world(), Plan(epochs=2), keep=False)
    a, b = (encoder.encode(world()[0], cache=False).vectors for encoder in (kept, anew))
    assert a == pytest.approx(b, abs=1e-6)
    assert (kept.prepared, anew.prepared) == (200 + 200, 200 + 2 * 200 + 200)


def test_what_is_missing_or_has_no_label_takes_no_part():
    points, labels = world()
    plain, holed = Points(), Points()
    fit_categories(plain, points, labels, Plan(epochs=2))
    more = [None, [0.3, 0.4], *points]
    fit_categories(holed, more, ["north-east", None, *labels], Plan(epochs=2))
    a, b = (encoder.encode(points, cache=False).vectors for encoder in (plain, holed))
    assert (a == b).all()


def test_what_cannot_be_read_is_listed_or_masked():
    points, labels = world()
    points[7] = [float("nan"), 0.0]
    with pytest.raises(ValueError, match="1 item cannot be read:\n  row 7: not a number"):
        fit_categories(Points(), points, labels, PLAN)
    masked = Points(unreadable="mask")
    fit_categories(masked, points, labels, Plan(epochs=1))
    assert torch.isfinite(masked.net.layers[0].weight).all()


def test_no_validation_no_accuracy():
    history = fit_categories(Points(), *world(), Plan(epochs=1), valid=0)
    assert "accuracy" not in history.epochs[0]
    assert history.best is None


def test_bad_input():
    points, labels = world()
    with pytest.raises(ValueError, match="200 items and 3 labels"):
        fit_categories(Points(), points, labels[:3])
    with pytest.raises(ValueError, match="valid=1: expected a share"):
        fit_categories(Points(), points, labels, valid=1)
    with pytest.raises(ValueError, match="name 1 categories: expected at least two"):
        fit_categories(Points(), points, ["tea"] * 200)
