"""Two processes train as one: the same curve and weights, files by one, decisions alike."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from tests.model.ranks_work import (
    DATA,
    PLAN,
    StopError,
    contrast,
    error,
    net,
    of_most,
    of_some,
    said,
    squared,
    stopping,
)  # fmt: skip
from xdrec.ranks import Ranks, gathered
from xdrec.train import train

CLOSE = 1e-4  # the bar; rounding alone is 1e-7


def launched(folder, *arguments):
    """The work by torchrun in two processes on this machine (gloo)."""
    run = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    work = ["-m", "tests.model.ranks_work", str(folder), *arguments]
    return subprocess.run([*run, *work], capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two ranks found, its weights, the folder, and what they printed."""
    folder = tmp_path_factory.mktemp("ranks")
    with pytest.raises(StopError):  # one process begins what two end
        train(net(), stopping(22), DATA, PLAN, valid=error, device="cpu",
              checkpoint=folder / "one")  # fmt: skip
    done = launched(folder)
    assert done.returncode == 0, done.stderr[-4000:]
    found = [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]
    weights = [load_file(folder / f"{rank}.safetensors") for rank in range(2)]
    return found, weights, folder, done


def one(loss=squared, **options):
    model = net()
    return said(train(model, loss, DATA, PLAN, device="cpu", **options)), model.state_dict()


def assert_alike(two, name, expected, weights):
    """Curve and weights of a training by two ranks are those of one, on each rank."""
    for found, held in zip(*two[:2], strict=True):
        for part in ("steps", "epochs"):
            assert len(found[name][part]) == len(expected[part])
            for row, other in zip(found[name][part], expected[part], strict=True):
                assert row == pytest.approx(other, abs=CLOSE)
        assert found[name]["best"] == expected["best"]
        for weight, value in weights.items():
            torch.testing.assert_close(held[f"{name}/{weight}"], value, atol=CLOSE, rtol=0)


def test_fifty_steps_are_those_of_one_process(two):
    expected, weights = one(valid=error)
    assert len(expected["steps"]) == 50
    assert expected["steps"][-1]["loss"] < 0.6 * expected["steps"][0]["loss"]
    assert_alike(two, "fifty", expected, weights)
    assert all(torch.equal(two[1][0][name], two[1][1][name]) for name in two[1][0]
               if not name.startswith("norm"))  # fmt: skip


def test_a_mean_over_some_counts_each_of_them_once(two):
    expected, weights = one(of_some)
    assert_alike(two, "of_some", expected, weights)
    alone, _ = one(lambda model, batch: of_some(model, batch)[0])
    assert alone == expected  # in one process the weight says nothing
    # In two it does: where parts count by their items, the curve is another.
    first, other = (
        np.array([row["loss"] for row in told["steps"]])
        for told in (one(of_most)[0], two[0][0]["of_most"])
    )
    assert abs(first - other).max() > 10 * CLOSE


def test_items_are_held_against_those_of_the_other_process_too(two):
    assert_alike(two, "contrast", *one(contrast))


def test_batches_that_are_given_are_parted_too(two):
    expected = one(groups=[range(0, 11), range(11, 44)])
    assert len(expected[0]["steps"]) == 20
    assert_alike(two, "grouped", *expected)


def test_broken_off_by_one_ended_by_two(two):
    assert_alike(two, "two_of_one", *one(valid=error))


def test_broken_off_by_two_ended_by_one(two, tmp_path):
    _, _, folder, _ = two
    expected, weights = one(valid=error)
    for name in ("two", "fifty", "sharded"):
        history, found = one(valid=error, checkpoint=folder / name)
        assert [row["loss"] for row in history["steps"]] == pytest.approx(
            [row["loss"] for row in expected["steps"]], abs=CLOSE
        )
        for weight, value in weights.items():
            torch.testing.assert_close(found[weight], value, atol=CLOSE, rtol=0)


def test_weights_spread_over_two_give_the_same(two):
    expected = one(valid=error)
    assert_alike(two, "sharded", *expected)
    assert_alike(two, "gathered_up", *expected)
    for found in two[0]:
        at_work, whole = found["parts"]
        assert at_work == whole / 2  # before a layer is asked for, half of it is here
    left, right = (load_file(two[2] / name / "checkpoint.safetensors")
                   for name in ("fifty", "sharded"))  # fmt: skip
    assert left.keys() == right.keys()
    for name, value in left.items():
        torch.testing.assert_close(value, right[name], atol=CLOSE, rtol=0)


def test_rank_0_s_weights_are_where_all_begin(two):
    assert_alike(two, "first", *one())


def test_both_stop_when_rank_0_says_so(two):
    for found in two[0]:
        assert [row["valid"] for row in found["early"]["epochs"]] == [3.0, 1.0, 2.0, 1.5]
        assert found["early"]["best"] == 2


def test_chance_is_each_process_s_own_and_statistics_are_rank_0_s(two):
    drawn = [found["drawn"] for found in two[0]]
    assert len(set(drawn[0] + drawn[1])) == len(drawn[0]) + len(drawn[1])
    means = [weights["norm/1.running_mean"] for weights in two[1]]
    assert torch.equal(*means)
    assert two[0][0]["norm"] == two[0][1]["norm"]


def test_rank_0_alone_writes_and_shows_the_bar(two):
    _, _, folder, done = two
    assert done.stderr.count("50/50") <= 3  # one bar's last updates
    assert "50/50" in done.stderr
    files = {path.name for path in folder.rglob("*") if path.is_file()}
    assert files == {"0.json", "1.json", "0.safetensors", "1.safetensors", "checkpoint.safetensors"}


def test_faults_are_told_on_both(two):
    for found in two[0]:
        assert "a batch of 1 for 2 processes: expected one item each" in found["few"]
        assert "not about the same training: rank 0 has" in found["differ"]
        assert "'items': 43" in found["differ"]
        assert "the loss of step 1 (epoch 1) is nan" in found["nan"]
        assert "sharded=True, but model.scale has no dimension" in found["scalar"]
        assert "after_step with sharded=True" in found["moved"]


def test_a_killed_rank_ends_the_other_and_leaves_the_checkpoint_whole(tmp_path):
    done = launched(tmp_path, "killed")
    assert done.returncode != 0
    assert "Signal 9 (SIGKILL) received by PID" in done.stderr
    assert "rank 0 of 2 lost touch with another process" in done.stderr
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["checkpoint.safetensors"]
    history, found = one(valid=error, checkpoint=tmp_path / "killed")
    expected, weights = one(valid=error)
    assert history["steps"] != expected["steps"]  # its first ten are those of two processes
    assert [row["loss"] for row in history["steps"]] == pytest.approx(
        [row["loss"] for row in expected["steps"]], abs=CLOSE
    )
    for weight, value in weights.items():
        torch.testing.assert_close(found[weight], value, atol=CLOSE, rtol=0)


@given(st.integers(1, 5), st.integers(0, 40))
def test_parts_make_the_batch(size, more):
    rows = list(range(size + more))
    parts = [Ranks(rank, size).own(rows) for rank in range(size)]
    assert [row for part in parts for row in part] == rows
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_one_process_is_left_alone():
    x = torch.ones(2, requires_grad=True)
    assert gathered(x) is x
    ranks, value = Ranks(), x.sum()
    assert ranks.mean(value, 3)[0] is value
    assert ranks.first(0.5, "cpu") == 0.5
    ranks.agree(np.nan)
    with pytest.raises(RuntimeError, match="sharded=True in one process: expected several"):
        train(net(), squared, DATA, PLAN, device="cpu", sharded=True)
    with pytest.raises(RuntimeError, match="of its own"), ranks.watched():
        raise RuntimeError("of its own, gloo or not")
