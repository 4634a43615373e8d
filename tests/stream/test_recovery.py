"""A writer that is killed at random moments: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.stream.feed import catalogue, events
from xdrec.stream import Live

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")


def survive(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    run = [sys.executable, "-m", "tests.stream.feed", str(folder), str(rounds), str(seed)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    acknowledged = done.stdout.split()
    with Live(folder, catalogue()) as live:
        kept, cut = live.event_ids, live._log.cut
        lines = (folder / "events.log").read_bytes().splitlines()[1:]
        logged = [json.loads(line[16:])["event_id"] for line in lines]
        assert set(acknowledged) <= set(kept)
        assert logged == kept == [f"e{n}" for n in range(len(kept))]  # each once, and in order
        again = catalogue()
        for event in islice(events(), len(kept)):
            again.fold(event)
        assert live.interest.users == again.users
        for user in again.users:
            assert np.array_equal(live.interest.vector(user), again.vector(user))
            assert live.interest.count(user) == again.count(user)
            assert live.interest.top(user) == again.top(user)
    return {
        "acknowledged": len(acknowledged),
        "different": len(set(acknowledged)),
        "kept": len(kept),
        "recovered": live.recovered,
        "cut": cut,
    }


def test_a_few_kills(tmp_path):
    figures = survive(tmp_path, rounds=8, seed=1)
    assert figures["kept"] >= figures["different"] > 0


@pytest.mark.long
def test_200_kills(tmp_path):
    figures = survive(tmp_path, rounds=200, seed=0)
    print(figures)
    assert figures["different"] > 1000
