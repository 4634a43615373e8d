"""Predict, then learn: nothing of a day is known before its lists are made."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from xdrec.data import Domain
from xdrec.stream import gained, prequential

DAY = 86_400
IDS = list("vwxyz")
SCHEMA = {"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64}


def table(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def domain(rows):
    return Domain("t", pl.DataFrame({"item_id": IDS, "title": IDS}), table(rows))


class Last:
    """Puts first whatever item anybody had last; remembers what it was asked and told."""

    def __init__(self):
        self.scores, self.log = np.zeros(5), []

    def score(self, users):
        self.log.append(("asked", list(users)))
        return np.tile(self.scores, (len(users), 1))

    def learn(self, events):
        self.log.append(("told", events["item_id"].to_list()))
        for item in events["item_id"]:
            self.scores[IDS.index(item)] = self.scores.max() + 1


KNOWN = [("a", "v", 0), ("b", "w", 10)]
STREAM = [
    ("a", "z", 2 * DAY + 5),
    ("c", "y", 2 * DAY + 1),
    ("b", "y", 3 * DAY),
    ("b", "z", 3 * DAY + 9),
    ("a", "z", 3 * DAY + 3),  # has it already: nothing to find
    ("b", "v", 5 * DAY),
]


def test_by_hand():
    model = Last()
    found = prequential(model, domain(KNOWN), table(STREAM), k=1)
    assert model.log == [
        ("asked", ["a", "c"]), ("told", ["z", "y"]),
        ("asked", ["b"]), ("told", ["y", "z", "z"]),
        ("asked", ["b"]), ("told", ["v"]),
    ]  # fmt: skip
    assert found.rows() == [
        ("a", 2, True, 1, 0, 0.0),  # v is had, so w leads
        ("c", 2, False, 1, 0, 0.0),
        ("b", 3, True, 2, 1, 0.5),  # y, of the evening before
        ("b", 5, True, 1, 1, 1.0),  # y and z are had by now: of v and x the catalogue's first
    ]


def test_frozen_and_the_gain():
    learnt, frozen = (
        prequential(model, domain(KNOWN), table(STREAM), 1, learn)
        for model, learn in ((Last(), None), (Last(), lambda day: None))
    )
    assert frozen["recall"].to_list() == [0, 0, 0, 1]
    gain = gained(learnt, frozen)
    assert gain.mean == pytest.approx((0 + 0 + (0.5 + 0) / 2) / 3)
    assert gain.low == 0 <= gain.mean <= gain.high


def test_an_empty_stream():
    assert len(prequential(Last(), domain(KNOWN), table([]))) == 0


def test_the_day_of_the_cut():
    with pytest.raises(ValueError, match="known already"):
        prequential(Last(), domain(KNOWN), table([("a", "z", DAY - 1)]))


def test_no_time():
    with pytest.raises(ValueError, match="timestamp"):
        prequential(Last(), domain(KNOWN), table(STREAM).drop("timestamp"))


def test_two_streams():
    found = prequential(Last(), domain(KNOWN), table(STREAM))
    with pytest.raises(ValueError, match="two streams"):
        gained(found, found[1:])
