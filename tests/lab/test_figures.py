"""The pictures say what they were given, and refuse what does not fit."""

import numpy as np
import polars as pl
import pytest

from xdrec.lab.figures import (
    heat_map,
    importance_bars,
    score_parts,
    training_curve,
    tuning_curve,
)
from xdrec.train import History
from xdrec.tune import Tuned


def test_training_curve():
    rows = [{"epoch": 1, "loss": 2.0, "valid": 0.5}, {"epoch": 2, "loss": 1.0, "valid": 0.6}]
    figure = training_curve(History(epochs=rows, best=1))
    assert [list(trace.y) for trace in figure.data] == [[2.0, 1.0], [0.5, 0.6]]
    assert figure.layout.shapes[0].x0 == 1
    assert len(training_curve(History(epochs=[{"epoch": 1, "loss": 2.0}])).data) == 1
    with pytest.raises(ValueError, match="no epoch"):
        training_curve(History())


def test_tuning_curve_and_importances():
    trials = pl.DataFrame({"trial": [1, 2, 3], "value": [0.2, 0.1, 0.3], "seconds": 1.0,
                           "k": [5, 10, 20]})  # fmt: skip
    tuned = Tuned({"k": 20}, 0.3, trials, {"k": 1.0})
    figure = tuning_curve(tuned)
    assert list(figure.data[1].y) == [0.2, 0.2, 0.3]
    assert list(figure.data[0].hovertext) == ["k 5", "k 10", "k 20"]
    assert list(importance_bars(tuned).data[0].x) == [1.0]


def test_heat_map():
    figure = heat_map(np.array([[1.0, -0.5], [0.0, 2.0]]), ["a", "a"])
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-2, 2)
    # Long names once: on a phone they would take all the room for both axes.
    assert figure.layout.yaxis.ticktext == ("a (1)", "a (2)")
    assert figure.layout.xaxis.ticktext == ("1", "2")
    assert np.shape(heat_map(np.zeros((1, 2)), ["a"], ["x", "y"]).data[0].z) == (1, 2)
    with pytest.raises(ValueError, match=r"shape \(2, 2\): expected a row for each of 1 names"):
        heat_map(np.zeros((2, 2)), ["a"])


def test_score_parts():
    figure = score_parts({"text": np.array([1.0, 2.0]), "image": np.array([-1.0, 0.0])}, ["x", "y"])
    assert [trace.name for trace in figure.data] == ["text", "image"]
    assert list(figure.data[1].x) == [-1.0, 0.0]
    with pytest.raises(ValueError, match="expected 2, one for each title"):
        score_parts({"text": np.ones(3)}, ["x", "y"])
