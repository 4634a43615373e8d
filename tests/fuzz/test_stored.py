"""What the library keeps and reads again: cache entries, checkpoints, records, runs, sums."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import nn

from tests.fuzz.hostile import changed, damaged, holds, thing, told, word
from xdrec import records
from xdrec.cache import info, remembered
from xdrec.checkpoint import Checkpoint
from xdrec.data.checksums import check_files, parse_sums
from xdrec.plan import Plan
from xdrec.runs import past_runs

KINDS = {"a": (np.float32, (3, 2)), "b": (np.uint8, (3,))}
RIGHT = {"a": np.arange(6, dtype=np.float32).reshape(3, 2), "b": np.ones(3, np.uint8)}
RUN = {"made": "2026-01-01", "model": "EASE", "split": "last", "k": 10, "settings": {"mu": 1.0},
       "figures": {"all": {"users": 3, "low": 0.1, "high": 0.3, "recall": 0.2}}}  # fmt: skip


def cache_entries(rng: Random, _: Path) -> None:
    """A damaged entry is made again: what comes back is always what was computed."""
    remembered("fuzz", lambda: RIGHT, KINDS)
    file = Path(info()["folder"], "fuzz.safetensors")
    file.write_bytes(damaged(rng, file.read_bytes()))
    again = told(lambda: remembered("fuzz", lambda: RIGHT, KINDS))
    assert all(np.array_equal(again[name], RIGHT[name]) for name in RIGHT)


def limits(rng: Random, _: Path) -> None:
    """The settings that come from the environment and from the caller's plan."""
    said = word(rng).replace("\0", "") if rng.randrange(2) else str(thing(rng, 0))[:80]
    before = os.environ.pop("XDREC_CACHE_GB", None)
    try:
        os.environ["XDREC_CACHE_GB"] = said.replace("\0", "")
        told(lambda: info(), "XDREC_CACHE_GB=")
    finally:
        del os.environ["XDREC_CACHE_GB"]
        if before is not None:
            os.environ["XDREC_CACHE_GB"] = before
    name = rng.choice(sorted(vars(Plan())))
    plan = told(lambda: Plan(**{name: thing(rng)}), f"{name}=")
    if plan is not None:
        assert plan.rate(0, 3) >= 0


def checkpoints(rng: Random, place: Path) -> None:
    """A damaged checkpoint is refused; it is never deleted, and never believed."""
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    checkpoint = Checkpoint(place, {"a": 1})
    checkpoint.write(model, optimizer, None, {"steps": 0})
    whole = checkpoint.path.read_bytes()
    broken = damaged(rng, whole)
    checkpoint.path.write_bytes(broken)
    found = told(lambda: checkpoint.read(model, optimizer), "checkpoint.safetensors")
    assert found is None or found == ({"steps": 0}, None)
    assert checkpoint.path.read_bytes() == broken


def runs(rng: Random, place: Path) -> None:
    """A file that is no run is passed over; the whole one beside it is still there."""
    for name, said in (("whole", RUN), ("other", changed(rng, RUN))):
        data = json.dumps(said).encode("utf-8", "replace")
        if name == "other" and rng.randrange(2):
            data = rng.choice((damaged(rng, data), b"[" * 100_000))
        (place / f"{name}.json").write_bytes(data)
    table = told(lambda: past_runs(place))
    assert "EASE" in table["model"].to_list()


def record_files(rng: Random, place: Path) -> None:
    folder, records.FOLDER = records.FOLDER, place
    try:
        data = json.dumps({"made": {}, "recall": 0.2}).encode()
        (place / "one.json").write_bytes(damaged(rng, data))
        told(lambda: records.read_record("one"), "one")
        name = word(rng, surrogates=True)
        found = told(lambda: records.read_record(name), repr(name), name)
        assert found is None, "a record of another folder"
    finally:
        records.FOLDER = folder


def sums(rng: Random, place: Path) -> None:
    text = "\n".join(f"{word(rng)} {word(rng)}" for _ in range(rng.randrange(4)))
    found = told(lambda: parse_sums(text), "expected a sum")
    (place / "a").write_bytes(b"abc")
    wanted = (found or {}) | {"a": rng.choice(("ab12", word(rng)))}
    told(lambda: check_files(place, wanted))
    assert (place / "a").read_bytes() == b"abc"


ENTRIES = {
    "cache": (cache_entries, 80), "limits": (limits, 100), "checkpoints": (checkpoints, 40),
    "runs": (runs, 40), "records": (record_files, 100), "sums": (sums, 60),
}  # fmt: skip
test_cache_entries = holds(cache_entries, 80)
test_limits = holds(limits, 150)
test_checkpoints = holds(checkpoints, 50)
test_runs = holds(runs, 60)
test_records = holds(record_files, 80)
test_sums = holds(sums, 60)
