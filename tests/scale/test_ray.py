"""The same work by workers of a local Ray, some of which are killed: what one process makes.

Every process that Ray starts takes seconds of a core before it does anything; so the killed worker
and the killed holder are tried always, the rest is `long`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from tests.scale.test_shards import made_anew, times
from tests.scale.work import Letters, Mortal, catalogue, line
from xdrec.scale import ShardedIndex, Shards, encode_shards, local_cluster, train_on_ray
from xdrec.scale.cluster import running
from xdrec.train import train

ROOT = Path(__file__).parents[2]
# Not imported here: the secret is drawn before.
pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra xdrec[scale]"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL"),
]


@pytest.fixture(scope="module")
def ray():
    # A folder with a short name: a socket's path has no room for a longer one.
    with (
        tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as place,
        local_cluster(2, folder=place) as connected,
    ):
        yield connected


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """What one process makes of the catalogue."""
    place = tmp_path_factory.mktemp("twin")
    catalogue(place / "shop.parquet")
    return place / "shop.parquet", encode_shards(place / "shop.parquet", place / "out", Letters,
                                                 shard=16)  # fmt: skip


def equal_bit_for_bit(one: Shards, two: Shards) -> bool:
    return one.said == two.said and all(
        (one.folder / e["file"]).read_bytes() == (two.folder / e["file"]).read_bytes()
        for e in one.listed
    )


def test_a_worker_killed_in_the_middle_of_a_shard(ray, twin, tmp_path):
    shop, alone = twin
    marks = tmp_path / "marks"
    marks.mkdir()
    out = tmp_path / "out"
    found = encode_shards(shop, out, partial(Mortal, str(marks)), shard=16, workers=2)
    assert len(list(marks.iterdir())) == 1  # it was killed, once
    assert found.items == 100
    assert len(times(out)) == 7
    assert equal_bit_for_bit(found, alone)


@pytest.mark.long
def test_a_shard_that_kills_whoever_touches_it(ray, twin, tmp_path):
    shop, alone = twin
    marks, out = tmp_path / "marks", tmp_path / "out"
    marks.mkdir()
    kill = partial(Mortal, str(marks), times=99)
    with pytest.raises(ValueError, match=r"1 of 7 shards(.|\n)*rows from 48 on: 2 workers died"):
        encode_shards(shop, out, kill, shard=16, workers=2, retries=1)
    assert len(list(marks.iterdir())) == 2
    before = times(out)
    found = encode_shards(shop, out, Letters, shard=16)
    assert made_anew(before, found) == [3]
    assert equal_bit_for_bit(found, alone)


@pytest.mark.long
def test_a_caller_killed_while_its_workers_work(ray, twin, tmp_path):
    shop, alone = twin
    out, marks = tmp_path / "out", tmp_path / "marks"
    marks.mkdir()
    program = (
        "import sys, ray; from functools import partial\n"
        "from tests.scale.work import Slow; from xdrec.scale import encode_shards\n"
        "shop, out, address = sys.argv[1:]\n"
        "ray.init(address, log_to_driver=False)\n"
        "encode_shards(shop, out, Slow, shard=16, workers=2)\n"
    )
    address = ray.get_runtime_context().gcs_address
    run = [sys.executable, "-c", program, str(shop), str(out), address]
    caller = subprocess.Popen(run, cwd=ROOT, stderr=subprocess.DEVNULL, env=os.environ)
    end = time.monotonic() + 120
    while len(list(out.glob("*.parquet"))) < 2 and time.monotonic() < end:
        assert caller.poll() is None
        time.sleep(0.02)
    os.kill(caller.pid, signal.SIGKILL)
    caller.wait()
    with pytest.raises(FileNotFoundError):
        Shards(out)
    left = set(times(out))
    found = encode_shards(shop, out, Letters, shard=16)
    assert 2 <= len(left) < 7
    assert left <= {e["file"] for e in found.listed}
    assert equal_bit_for_bit(found, alone)


def test_a_holder_killed_between_two_questions(ray, twin):
    _, alone = twin
    u = np.random.default_rng(0).normal(size=(9, 16)).astype(np.float32)
    expected = ShardedIndex(alone.folder).top_k(u, 10)
    index = ShardedIndex(alone.folder, workers=2)
    assert np.array_equal(index.top_k(u, 10)[0], expected[0])
    pid = ray.get(index._holders[0].pid.remote())
    os.kill(pid, signal.SIGKILL)
    columns, scores = index.top_k(u, 10)
    assert np.array_equal(columns, expected[0])
    assert np.array_equal(scores, expected[1])
    assert ray.get(index._holders[0].pid.remote()) != pid
    index.close()
    assert np.array_equal(index.top_k(u, 10)[0], expected[0])


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_the_loop_on_ray_is_the_loop(ray, tmp_path, workers):
    alone = line()
    history = train(**alone)
    marks = tmp_path / "marks"
    marks.mkdir()
    # Killed in the second epoch, one or both: they go on from the checkpoint of the first.
    model, found = train_on_ray(partial(line, str(marks)), tmp_path / "out", workers=workers)
    assert 1 <= len(list(marks.iterdir())) <= workers
    losses = [[row["loss"] for row in each.steps] for each in (found, history)]
    weights = alone["model"].state_dict()
    if workers == 1:
        assert losses[0] == losses[1]
        assert all(torch.equal(each, weights[n]) for n, each in model.state_dict().items())
    np.testing.assert_allclose(losses[0], losses[1], atol=1e-5)
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weight, weights[name], atol=1e-5, rtol=0)


@pytest.mark.long
def test_a_stranger_is_not_let_in(ray):
    ask = "import ray, sys; ray.init(sys.argv[1], log_to_driver=False); print('in')"
    address = ray.get_runtime_context().gcs_address
    said = []
    for token in (os.environ["RAY_AUTH_TOKEN"], "0" * 64):
        run = [sys.executable, "-c", ask, address]
        env = os.environ | {"RAY_AUTH_TOKEN": token}
        said.append(subprocess.run(run, env=env, capture_output=True, text=True))
    assert [each.stdout for each in said] == ["in\n", ""]
    assert said[1].returncode


@pytest.mark.long
def test_a_training_that_cannot_be_is_said(ray, tmp_path):
    with pytest.raises(RuntimeError, match="training on 1 workers failed"):
        train_on_ray(nothing, tmp_path / "out", retries=0)


def nothing():
    return line() | {"data": []}


def test_bad_numbers_and_no_cluster(twin, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="workers=0"):
        train_on_ray(line, tmp_path, workers=0)
    with pytest.raises(ValueError, match="cpus=0"), local_cluster(0):
        pass
    import ray

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    shop, alone = twin
    with pytest.raises(RuntimeError, match="no cluster is connected"):
        encode_shards(shop, tmp_path / "out", Letters, workers=2)
    with pytest.raises(RuntimeError, match="no cluster is connected"):
        ShardedIndex(alone.folder, workers=2)
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 2.0})
    running(2)
    with pytest.warns(UserWarning, match=r"workers=3.* has 2: the rest waits"):
        running(3)
    with pytest.raises(RuntimeError, match="connected already"), local_cluster(2):
        pass
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"pip install 'xdrec\[scale\]'"):
        encode_shards(shop, tmp_path / "out", Letters, workers=2)


def test_the_cluster_file_is_one():
    """By Ray's own check, the names in capitals taken as they are."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    said = yaml.safe_load(files("xdrec.scale").joinpath("cluster.yaml").read_text("utf-8"))
    validate_config(prepare_config(said))
