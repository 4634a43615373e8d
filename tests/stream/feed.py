"""A small catalogue, events about it, and a writer that gets killed.

    python -m tests.stream.feed FOLDER ROUNDS SEED

Forks a writer ROUNDS times on one folder and kills it with SIGKILL at a random moment. What the
writer has acknowledged comes back through a pipe and is printed, one event id a line.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from xdrec.encoders import Features
from xdrec.stream import Event, Live, RunningInterest

ITEMS, WIDTH, PEOPLE = 60, 8, 12
KINDS = ("view", "favourite", "purchase", "not interested")


def catalogue() -> RunningInterest:
    vectors = np.random.default_rng(0).standard_normal((ITEMS, WIDTH))
    return RunningInterest([f"i{n}" for n in range(ITEMS)], Features.of(vectors), recency=0.8)


def events(start: int = 0) -> Iterator[Event]:
    """The n-th event is the same in every process; every third second nothing happens."""
    n = start
    while True:
        rng = np.random.default_rng([1, n])
        user, item, kind = (int(rng.integers(size)) for size in (PEOPLE, ITEMS, len(KINDS)))
        yield Event(f"e{n}", f"u{user}", f"i{item}", KINDS[kind], 1000 + n // 3 * 3)
        n += 1


def write(folder: Path, pipe: int) -> None:
    """Go on where the folder ends, a few known events again first; acknowledge each."""
    with Live(folder, catalogue()) as live:
        done = len(live.event_ids)
        for n, event in enumerate(events(max(0, done - 3))):
            live.accept(event)
            os.write(pipe, f"{event.event_id}\n".encode())
            if n % 40 == 39:
                live.snapshot()


def killed_rounds(folder: Path, rounds: int, seed: int) -> Iterator[str]:
    """The ids that were acknowledged, in the order in which they were."""
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        read, pipe = os.pipe()
        child = os.fork()
        if not child:
            with suppress(BaseException):
                os.close(read)
                write(folder, pipe)
            os._exit(1)
        os.close(pipe)
        time.sleep(float(rng.uniform(0, 0.08)))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the writer ended by itself"
        with os.fdopen(read) as acknowledged:
            yield from acknowledged.read().split()


if __name__ == "__main__":
    print(*killed_rounds(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])), sep="\n")
