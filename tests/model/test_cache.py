"""The cache of features: the same arrays come back, from a whole file, or they are made again."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

import xdrec.cache
from xdrec.cache import address, checksum, clear, info, remembered
from xdrec.data.cache import write_whole

SHAPE = (40, 25)
KINDS = {"vectors": (np.float32, SHAPE), "present": (np.uint8, SHAPE[:1])}


def arrays(seed):
    rng = np.random.default_rng(seed)
    return {
        "vectors": rng.normal(size=SHAPE).astype(np.float32),
        "present": rng.integers(0, 2, SHAPE[:1]).astype(np.uint8),
    }


def same(found, seed):
    return all(np.array_equal(found[name], each) for name, each in arrays(seed).items())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    monkeypatch.delenv("XDREC_CACHE_GB", raising=False)
    return tmp_path / "features"


class Asked:
    """How often something had to be made."""

    def __init__(self):
        self.times = 0

    def __call__(self, seed, key="key"):
        def compute():
            self.times += 1
            return arrays(seed)

        return remembered(key, compute, KINDS)


@pytest.fixture
def ask():
    return Asked()


def test_made_once(ask):
    assert same(ask(1), 1)
    assert same(ask(1), 1)
    assert ask.times == 1
    assert same(ask(2, "another"), 2)
    assert ask.times == 2


def test_what_does_not_lie_in_one_piece_is_stored_as_it_is():
    turned = np.arange(12.0).reshape(3, 4).T
    for _ in range(2):
        found = remembered("turned", lambda: {"a": turned}, {"a": (np.float64, (4, 3))})
        assert np.array_equal(found["a"], turned)


def test_every_flipped_bit_is_noticed(ask, folder):
    ask(1)
    file = folder / "key.safetensors"
    whole = file.read_bytes()
    places = np.random.default_rng(0).integers(0, len(whole), 150)
    for made, at in enumerate([0, 8, len(whole) - 1, *places], start=2):
        broken = bytearray(whole)
        broken[at] ^= 1 << int(at) % 8
        file.write_bytes(broken)
        assert same(ask(1), 1)
        assert ask.times == made
        assert file.read_bytes() == whole


@pytest.mark.parametrize("share", [0, 0.001, 0.05, 0.5, 0.999])
def test_a_torn_file_is_made_again(ask, folder, share):
    ask(1)
    file = folder / "key.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    assert same(ask(1), 1)
    assert file.read_bytes() == whole


def test_what_is_not_what_was_asked_for_is_made_again(ask, folder):
    right = arrays(1)
    wrong = [
        {"vectors": right["vectors"]},
        right | {"more": right["present"]},
        {"vector": right["vectors"], "present": right["present"]},
        right | {"vectors": right["vectors"][1:]},
        right | {"vectors": right["vectors"].T.copy()},
        right | {"vectors": right["vectors"].astype(np.float64)},
    ]
    for made, each in enumerate([None, *wrong], start=1):
        # A file in order, only not of these arrays.
        if each is not None:
            save_file(each, folder / "key.safetensors", {"crc32": checksum(each)})
        assert same(ask(1), 1)
        assert ask.times == made


def test_an_error_leaves_nothing_behind(folder):
    def fail():
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        remembered("key", fail, KINDS)
    assert info()["files"] == 0
    assert not folder.exists() or not list(folder.iterdir())


def test_what_was_used_longest_ago_goes(ask, monkeypatch):
    ask(0, "0")
    one = info()["bytes"]
    monkeypatch.setenv("XDREC_CACHE_GB", str(3.5 * one / 1e9))
    for seed in (1, 2):
        ask(seed, str(seed))
        time.sleep(0.01)
    ask(0, "0")  # read just now, so it stays
    ask(3, "3")
    assert ask.times == 4
    assert info()["files"] == 3
    assert info()["bytes"] <= info()["limit"]
    for seed in (0, 2, 3):
        ask(seed, str(seed))
    assert ask.times == 4
    assert same(ask(1, "1"), 1)
    assert ask.times == 5


def test_nothing_is_kept_that_is_larger_than_the_cache_may_be(ask, monkeypatch):
    monkeypatch.setenv("XDREC_CACHE_GB", "0")
    assert same(ask(1), 1)
    assert same(ask(1), 1)
    assert ask.times == 2
    assert info()["files"] == 0


@pytest.mark.parametrize("said", ["many", "-1", "nan", "inf"])
def test_a_limit_that_is_none_is_told_before_the_work(ask, monkeypatch, said):
    monkeypatch.setenv("XDREC_CACHE_GB", said)
    with pytest.raises(ValueError, match=f"XDREC_CACHE_GB='{said}': expected a number of gigab"):
        ask(1)
    assert ask.times == 0


def test_info_and_clear(ask, folder):
    assert info() == {"folder": str(folder), "files": 0, "bytes": 0, "limit": 5_000_000_000}
    for seed in range(3):
        ask(seed, str(seed))
    (folder / "somebody's own").write_text("not ours to delete")
    (folder / ".half-killed").mkdir()
    assert info()["files"] == 3
    assert info()["bytes"] == sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    assert clear() == 3
    assert [file.name for file in folder.iterdir()] == ["somebody's own"]
    assert clear() == 0


def test_litter_of_the_killed_goes_after_a_day(ask, folder):
    old, young = folder / ".half-old", folder / ".half-young"
    for half in (old, young):
        half.mkdir(parents=True)
        (half / "new").write_bytes(b"half a file")
    os.utime(old, (0, 0))
    ask(1)
    assert young.exists()
    assert not old.exists()


def test_a_cache_that_cannot_be_written_is_no_obstacle(ask, folder):
    folder.write_text("a file where the folder should be")
    for _ in range(2):
        with pytest.warns(UserWarning, match="features are not kept in"):
            assert same(ask(1), 1)
    assert ask.times == 2


def test_threads_share_it(ask):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: (i // 8, ask(i // 8, str(i // 8))), range(64)))
    assert all(same(each, seed) for seed, each in found)
    assert info()["files"] == 8


def _worker(number):
    """Store, read, damage and clear, over and over; say how often something wrong came back."""
    rng, wrong = np.random.default_rng(number), 0
    for turn in range(150):
        seed = int(rng.integers(6))
        wrong += not same(remembered(str(seed), lambda seed=seed: arrays(seed), KINDS), seed)
        if turn % 10 == 5 and number == 0:
            for path, _, _ in xdrec.cache._entries()[:2]:
                # Whole files only: one cut short under a reader's memory map ends the reader.
                with suppress(FileNotFoundError):  # the other process took it away
                    write_whole(path, path.read_bytes()[: int(rng.integers(1, 4000))])
        if turn % 25 == 20 and number == 1:
            clear()
    return wrong


def test_processes_share_it(monkeypatch):
    monkeypatch.setenv("XDREC_CACHE_GB", str(4.5 * 4500 / 1e9))  # there is trimming, too
    # An executor, as it notices a worker that was killed; a pool would wait for it for ever.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(_worker, range(2))) == [0, 0]
    assert all(same(remembered(str(n), lambda n=n: arrays(n), KINDS), n) for n in range(6))


WRITING = """
import sys
from tests.model.test_cache import *
n = 0
while True:
    remembered(str(n), lambda: {"a": np.full(3_000_000, n, np.float32)},
               {"a": (np.float32, (3_000_000,))})
    n += 1
    print(n, flush=True)
"""


@pytest.mark.long
def test_a_process_killed_at_any_moment_leaves_whole_files(monkeypatch):
    rng = np.random.default_rng(0)
    monkeypatch.setenv("XDREC_CACHE_GB", "1")
    for _ in range(5):
        clear()
        writer = subprocess.Popen([sys.executable, "-c", WRITING], stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"1\n"
        time.sleep(rng.uniform(0, 0.3))
        writer.kill()
        seen = 1 + len(writer.communicate()[0].splitlines())
        for n in range(seen):  # none of them has to be made, and it could not be
            found = remembered(str(n), lambda: {}, {"a": (np.float32, (3_000_000,))})
            assert (found["a"] == n).all()


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_addresses_differ_where_the_inputs_do(a, b):
    assert (address(a) == address(b)) == (a == b)


def test_checksums_differ_where_the_arrays_do():
    one = {"a": np.zeros(4, np.float32)}
    others = [
        {}, {"b": one["a"]}, {"a": np.zeros(5, np.float32)}, {"a": np.zeros(4, np.int32)},
        {"a": np.zeros((2, 2), np.float32)}, {"a": np.eye(1, 4, dtype=np.float32)[0]},
    ]  # fmt: skip
    sums = {checksum(each) for each in [one, *others]}
    assert len(sums) == 7
    assert checksum({"a": np.array(1.0)}) != checksum({"a": np.array(2.0)})
