"""The record of two ranks, and what its table is made of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import ranks
from xdrec.history import History
from xdrec.records import read_record


def test_the_record_says_that_two_ranks_train_as_one() -> None:
    rows = {row["name"]: row for row in read_record("ranks")["rows"]}
    assert rows.keys() == ranks.TRAININGS.keys()
    for row in rows.values():
        one, two = np.array(row["one"]), np.array(row["two"])
        assert row["steps"] == len(one) == len(two) == ranks.STEPS
        assert row["loss_gap"] == abs(one - two).max() <= 1e-4
        assert row["weight_gap"] <= 1e-3
        assert one[-1] < 0.6 * one[0]


def test_gaps_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 2.0)

    def alone() -> ranks.Trained:
        return History(steps=[{"loss": 4.0}, {"loss": 1.0}]), model

    monkeypatch.setattr(ranks, "TRAININGS", {"a": ("a net", alone, alone)})
    monkeypatch.setattr(ranks, "tiny_gpt", lambda *_, **__: "nowhere")
    monkeypatch.setenv(ranks.MODEL, "")
    two = {"a": [4.5, 1.0]}, {"a/weight": torch.tensor([[1.75]])}
    monkeypatch.setattr(ranks, "by_two", lambda: two)
    (row,) = ranks.measured()
    assert (row["loss_gap"], row["weight_gap"], row["fell"]) == (0.5, 0.25, 0.25)
