"""The best λ and the gap: what the record says, and that a small run is of its kind."""

import numpy as np
import pytest

from benchmarks import gap
from benchmarks.gap import GAPS, LAMBDAS, SEEDS, correlations, curve
from xdrec.records import read_record


@pytest.fixture(scope="module")
def record():
    return read_record("gap")


def test_near_domains_want_a_strong_tie_and_far_ones_none(monkeypatch):
    monkeypatch.setattr(gap, "WORLD", gap.WORLD | {"users": 150, "items": 60, "sparsity": 0.93})
    near, far = (curve(g, 0)[1] for g in (0.0, 1.0))
    assert len(near) == len(far) == len(LAMBDAS)
    assert LAMBDAS[int(np.argmax(near))] > LAMBDAS[int(np.argmax(far))]
    assert far[-1] < far[0] - 0.2  # negative transfer
    assert curve(0.0, 0)[1] == near  # one seed, same numbers


def test_the_record_fits_together(record):
    best = np.array([[np.inf if lam is None else lam for lam in row] for row in record["best"]])
    mean = np.array(record["mean"])
    assert best.shape == (len(GAPS), len(SEEDS))
    assert mean.shape == (len(GAPS), len(LAMBDAS))
    assert correlations(best, mean) == pytest.approx(record["spearman"])
    assert set(np.ravel(record["mu"])) <= set(gap.MUS)


def test_the_farther_the_weaker_in_the_record(record):
    assert record["spearman"]["mean_curves"] <= -0.9
    assert record["spearman"]["worlds"] <= -0.9
    best = np.median([[lam or 0 for lam in row] for row in record["best"]], axis=1)
    assert best[:5].min() > 10 * best[5:].max()
