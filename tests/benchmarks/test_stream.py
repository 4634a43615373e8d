"""Real time: what the record claims, small runs of each part, and the bars."""

from __future__ import annotations

from itertools import islice

import numpy as np
import polars as pl
import pytest

from benchmarks import stream
from benchmarks.records import data_hash
from xdrec.data import Domain
from xdrec.encoders import Features
from xdrec.records import read_record
from xdrec.stream import RunningInterest

DAY = 86_400


def test_events_are_timed() -> None:
    interest = RunningInterest([f"item-{n}" for n in range(20)], Features.of(np.eye(20)))
    found = stream.timed(islice(stream.feed(20, 5), 30), False, interest)
    assert found["events"] == 30
    assert 0 < found["p50_ms"] <= found["p99_ms"]


def test_catching_up_on_a_small_catalogue() -> None:
    found = stream.catching_up(items=200, count=300)
    assert found["largest_difference"] < 1e-10
    assert found["largest_weight"] > 1e-4


def test_three_ways_through_a_small_stream() -> None:
    rng = np.random.default_rng(0)
    ids = [f"i{n}" for n in range(30)]
    table = pl.DataFrame(
        {
            "user_id": [f"u{n}" for n in rng.integers(20, size=400)],
            "item_id": [ids[n] for n in rng.integers(30, size=400)],
            "timestamp": np.sort(rng.integers(40, size=400)) * DAY,
        }
    )
    early = pl.col("timestamp") < 20 * DAY
    known = Domain("t", pl.DataFrame({"item_id": ids, "title": ids}), table.filter(early))
    arms = stream.streamed(known, table.filter(~early), mu=10.0, recency=0.8)
    groups = stream.figures(arms)
    assert set(groups) == {"everybody", "known before"}
    for part in groups.values():
        assert set(part["recall"]) == {"learning", "histories alone", "frozen"}
        gain = part["gain over frozen"]["learning"]
        assert gain["low"] <= gain["mean"] <= gain["high"]
        difference = part["recall"]["learning"] - part["recall"]["frozen"]
        assert gain["mean"] == pytest.approx(difference)


def test_the_bars_are_met_in_the_record() -> None:
    record = read_record(stream.RECORD)
    assert set(record) == {"made", *stream.PARTS}
    events, caught = record["events"], record["catching_up"]
    assert (events["items"], events["dimensions"]) == (stream.ITEMS, stream.WIDTH)
    assert events["flushed"]["p50_ms"] <= 2
    assert events["flushed"]["p99_ms"] <= 10
    assert (caught["items"], caught["events"], caught["anew"]) == (stream.ITEMS, 10_000, 0)
    assert caught["largest_difference"] < 1e-5
    best = max(record["prequential"]["tried_on_valid"], key=lambda each: each["recall"])
    assert (best["mu"], best["recency"]) == tuple(
        record["prequential"][k] for k in ("mu", "recency")
    )
    for part in record["prequential"]["groups"].values():
        assert part["gain over frozen"]["learning"]["low"] > 0


@pytest.mark.long
def test_one_event_is_fast_enough() -> None:
    found = stream.events()
    assert found["flushed"]["p50_ms"] <= 2
    assert found["flushed"]["p99_ms"] <= 10


@pytest.mark.long
def test_learning_on_beats_the_frozen_model_on_real_data() -> None:
    kept = read_record(stream.RECORD)["prequential"]
    assert kept["data"] == data_hash(stream.known_folder())
    groups = stream.prequential_part()["groups"]
    for name, part in groups.items():
        assert part["gain over frozen"]["learning"]["low"] > 0
        assert part["recall"] == pytest.approx(kept["groups"][name]["recall"], abs=1e-3)
