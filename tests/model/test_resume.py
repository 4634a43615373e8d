"""Broken off at random steps and taken up again: the very weights of a training that was not."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from tests.model.test_train import DATA, error, net, same, squared, without_time
from xdrec.plan import Plan
from xdrec.train import train

ROOT = Path(__file__).parents[2]
# Dropout, batch statistics, a best epoch that is kept: what a resumption could get wrong.
PLAN = Plan(epochs=20, batch_size=8, lr=0.02)
EACH = 3  # steps an epoch, of 22 items
STEPS = PLAN.epochs * EACH
PLACES = ("before", "inside", "after")


def learnt(folder: Path, loss=squared, after_step=None):
    """A new model, as a new process would have, trained with the folder's checkpoint."""
    model = net()
    history = train(model, loss, DATA, PLAN, valid=error, device="cpu", checkpoint=folder,
                    after_step=after_step)  # fmt: skip
    return model, history


def breaking(calls: int, place: str, end):
    """`loss` and `after_step` that call `end` in the step number `calls` (from 0) of this run.

    Before the step has done anything, inside its backward pass, or when the weights have moved.
    """
    count = iter(range(calls + 1))
    now = {"step": -1}

    def loss(model: nn.Module, batch):
        now["step"] = next(count, -1)
        if now["step"] == calls and place == "before":
            end()
        value = squared(model, batch)
        if now["step"] == calls and place == "inside":
            value.register_hook(lambda gradient: end())
        return value

    def after_step(_):
        if now["step"] == calls and place == "after":
            end()

    return loss, after_step


def ctrl_c() -> None:
    raise KeyboardInterrupt


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from tests.model.test_resume import breaking, learnt
end = lambda: os.kill(os.getpid(), signal.SIGKILL)
learnt(Path(sys.argv[1]), *breaking(int(sys.argv[2]), sys.argv[3], end))
"""


def resumed(folder: Path, stops: list[int], kill: bool) -> tuple[nn.Module, object]:
    """Broken off at each of these steps, one after the other, then trained to the end.

    Steps count over the whole training; each run begins at the last whole epoch of the one before.
    """
    begun = 0
    for n, stop in enumerate(sorted(stops)):
        calls, place = stop - begun, PLACES[n % len(PLACES)]
        if kill:
            run = [sys.executable, "-c", KILLED, str(folder), str(calls), place]
            done = subprocess.run(run, cwd=ROOT, check=False, capture_output=True, text=True)
            assert done.returncode == -9, done.stderr
        else:
            with pytest.raises(KeyboardInterrupt):
                learnt(folder, *breaking(calls, place, ctrl_c))
        begun = stop // EACH * EACH
    return learnt(folder)


def seal(model: nn.Module) -> str:
    """All weights as bytes, as one number."""
    raw = b"".join(w.numpy().tobytes() for _, w in sorted(model.state_dict().items()))
    return hashlib.sha256(raw).hexdigest()


def alike(folder: Path, stops: list[int], kill: bool) -> bool:
    """Whether the weights, and the history, are those of a training that nobody broke off."""
    whole, expected = learnt(folder / "whole")
    found, history = resumed(folder / "broken", stops, kill)
    assert same(whole, found) == (seal(whole) == seal(found))
    return seal(whole) == seal(found) and without_time(history) == without_time(expected)


def drawn(n: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).choice(STEPS, n, replace=False).tolist()


@pytest.mark.parametrize("stop", [0, 1, 2, 3, 11, STEPS - 1])
def test_ctrl_c_at_a_step(tmp_path, stop):
    assert alike(tmp_path, [stop], kill=False)


def test_ctrl_c_at_every_step_one_training_after_the_other(tmp_path):
    assert alike(tmp_path, list(range(STEPS)), kill=False)


def test_a_training_that_lost_a_random_state_would_be_noticed(tmp_path):
    """The comparison can fail: one step more, and the weights are others."""
    whole, _ = learnt(tmp_path / "whole")
    other = net()
    train(other, squared, DATA, replace(PLAN, seed=1), valid=error,
          device="cpu")  # fmt: skip
    assert seal(whole) != seal(other)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_at_a_random_step(tmp_path):
    assert alike(tmp_path, drawn(1, seed=1), kill=True)


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("kill", [False, True], ids=["Ctrl-C", "kill -9"])
def test_20_random_steps(tmp_path, kill):
    """Each alone, from the start to the end; then all of them in one training."""
    stops = drawn(20, seed=0)
    same_weights = [alike(tmp_path / str(stop), [stop], kill) for stop in stops]
    print(f"{'kill -9' if kill else 'Ctrl-C'} at steps {sorted(stops)} of {STEPS}: "
          f"{sum(same_weights)} of {len(stops)} ended with identical weights")  # fmt: skip
    assert all(same_weights)
    assert alike(tmp_path / "all", stops, kill)
