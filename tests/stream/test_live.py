"""Live: the state survives, ids count once, and every obstacle is named."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.stream.feed import catalogue, events
from xdrec.encoders import Features
from xdrec.stream import Event, Live, RunningInterest, read_snapshot, write_snapshot

ROOT = Path(__file__).parents[2]
FEED = list(islice(events(), 120))


def same(a: RunningInterest, b: RunningInterest) -> bool:
    return a.users == b.users and all(
        np.array_equal(a.vector(user), b.vector(user)) and a.had(user) == b.had(user)
        for user in a.users
    )


@pytest.fixture
def folder(tmp_path):
    with Live(tmp_path, catalogue()) as live:
        for event in FEED[:80]:
            live.accept(event)
        live.snapshot()
        for event in FEED[80:]:
            live.accept(event)
    return tmp_path


@pytest.fixture
def whole():
    interest = catalogue()
    for event in FEED:
        interest.fold(event)
    return interest


class TestRecovery:
    def test_snapshot_and_the_rest_of_the_log_give_the_same_bits(self, folder, whole):
        with Live(folder, catalogue()) as live:
            assert live.recovered == 40
            assert same(live.interest, whole)
            assert live.event_ids == [event.event_id for event in FEED]

    def test_the_log_alone_gives_them_too(self, folder, whole):
        (folder / "snapshot.safetensors").unlink()
        with Live(folder, catalogue()) as live:
            assert live.recovered == 120
            assert same(live.interest, whole)

    def test_before_there_was_anything(self, tmp_path):
        with Live(tmp_path / "new" / "folder", catalogue()) as live:
            live.snapshot()
        with Live(tmp_path / "new" / "folder", catalogue()) as live:
            assert (live.recovered, live.event_ids) == (0, [])

    def test_after_recovery_it_goes_on_as_if_nothing_had_happened(self, folder, whole):
        more = list(islice(events(120), 30))
        with Live(folder, catalogue()) as live:
            for event in more:
                live.accept(event)
            for event in more:
                whole.fold(event)
            assert same(live.interest, whole)

    def test_an_event_that_is_twice_in_the_log_counts_once(self, folder, whole):
        log = folder / "events.log"
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join([*lines, lines[-1], lines[5]]))
        with Live(folder, catalogue()) as live:
            assert same(live.interest, whole)


class TestAnswers:
    def test_the_list_is_the_new_one(self, tmp_path):
        with Live(tmp_path, catalogue()) as live:
            for event in FEED[:20]:
                answer = live.accept(event, k=5)
                assert answer.items == live.interest.top(event.user_id, 5)
                assert answer.new
                assert event.item_id not in answer.items

    def test_the_same_event_again_is_acknowledged_and_not_counted(self, folder):
        with Live(folder, catalogue()) as live:
            size = (folder / "events.log").stat().st_size
            before = live.interest.count(FEED[3].user_id)
            assert not live.accept(FEED[3]).new
            assert live.interest.count(FEED[3].user_id) == before
            assert (folder / "events.log").stat().st_size == size

    def test_one_id_for_two_events(self, folder):
        other = replace(FEED[3], item_id="i1", timestamp=5)
        with (
            Live(folder, catalogue()) as live,
            pytest.raises(ValueError, match="'e3' stands for another event"),
        ):
            live.accept(other)

    @pytest.mark.parametrize(
        ("changed", "said"), [({"item_id": "zz"}, "no item 'zz'"), ({"behaviour": "x"}, "'x'")]
    )
    def test_what_does_not_fit_is_not_kept(self, folder, changed, said):
        size = (folder / "events.log").stat().st_size
        with Live(folder, catalogue()) as live:
            with pytest.raises(ValueError, match=said):
                live.accept(replace(FEED[0], event_id="new", **changed))
            assert "new" not in live.event_ids
        assert (folder / "events.log").stat().st_size == size

    @pytest.mark.parametrize("k", [0, -1, 2.5])
    def test_a_length_that_is_none(self, folder, k):
        with Live(folder, catalogue()) as live:
            with pytest.raises(ValueError, match="whole number"):
                live.accept(Event("new", "ann", "i1", "view", 9000), k)
            assert "new" not in live.event_ids

    def test_fsync_answers_the_same(self, tmp_path, whole):
        with Live(tmp_path, catalogue(), fsync=True) as live:
            for event in FEED:
                live.accept(event)
            live.snapshot()
            assert same(live.interest, whole)


class TestObstacles:
    def test_two_writers(self, folder):
        with Live(folder, catalogue()) as live:
            with pytest.raises(BlockingIOError, match="has a writer already"):
                Live(folder, catalogue())
            live.accept(Event("more", "ann", "i1", "view", 5000))  # the first is not disturbed
        Live(folder, catalogue()).close()

    def test_a_writer_in_another_process(self, folder):
        ask = (
            "import sys; from pathlib import Path; from tests.stream.feed import catalogue\n"
            "from xdrec.stream import Live\nLive(Path(sys.argv[1]), catalogue())"
        )
        with Live(folder, catalogue()):
            done = subprocess.run(
                [sys.executable, "-c", ask, str(folder)], cwd=ROOT, capture_output=True, text=True
            )
        assert done.returncode == 1
        assert "has a writer already" in done.stderr

    def test_a_failed_opening_gives_the_lock_back(self, folder, whole):
        snapshot = folder / "snapshot.safetensors"
        kept = snapshot.read_bytes()
        snapshot.write_bytes(kept[:-9])
        with pytest.raises(ValueError, match="is damaged"):
            Live(folder, catalogue())
        snapshot.write_bytes(kept)
        with Live(folder, catalogue()) as live:
            assert same(live.interest, whole)

    def test_a_full_disk_takes_no_event_and_loses_none(self, folder, monkeypatch, whole):
        with Live(folder, catalogue()) as live:
            monkeypatch.setattr("xdrec.stream.log.os.write", _full)
            with pytest.raises(OSError, match="not kept: No space left"):
                live.accept(Event("more", "u1", "i1", "view", 5000))
            assert same(live.interest, whole)
            monkeypatch.undo()
        with Live(folder, catalogue()) as live:
            assert same(live.interest, whole)

    def test_a_full_disk_leaves_the_old_snapshot(self, folder, monkeypatch):
        before = (folder / "snapshot.safetensors").read_bytes()
        with Live(folder, catalogue()) as live:
            monkeypatch.setattr("xdrec.stream.snapshot.os.replace", _full)
            with pytest.raises(OSError, match="No space left"):
                live.snapshot()
        assert (folder / "snapshot.safetensors").read_bytes() == before
        assert not list(folder.glob(".half-*"))

    def test_a_folder_that_may_only_be_read(self, folder, monkeypatch):
        opened = os.open

        def read_only(path, flags, *rest, **more):
            if str(path).endswith(("lock", "events.log")) and flags & (os.O_RDWR | os.O_CREAT):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return opened(path, flags, *rest, **more)

        monkeypatch.setattr(os, "open", read_only)
        with pytest.raises(PermissionError, match="Permission denied"):
            Live(folder, catalogue())

    def test_a_clock_that_goes_back(self, tmp_path):
        with Live(tmp_path, catalogue()) as live:
            live.accept(Event("a", "ann", "i1", "view", 100))
            live.accept(Event("b", "ann", "i2", "view", 50))
            late = live.interest.vector("ann")
        together = catalogue()
        together.fold(Event("a", "ann", "i1", "view", 100))
        together.fold(Event("b", "ann", "i2", "view", 100))
        assert np.array_equal(late, together.vector("ann"))


class TestSnapshots:
    def test_other_vectors(self, folder):
        other = RunningInterest(catalogue().items, Features.of(np.eye(60)), recency=0.8)
        with pytest.raises(ValueError, match="other items, vectors, weights"):
            Live(folder, other)
        (folder / "snapshot.safetensors").unlink()  # as the error says
        with Live(folder, RunningInterest(catalogue().items, Features.of(np.eye(60)))) as live:
            assert live.recovered == 120

    def test_of_another_log(self, folder, tmp_path):
        with Live(tmp_path / "other", catalogue()) as live:
            live.accept(FEED[0])
        (tmp_path / "other" / "snapshot.safetensors").write_bytes(
            (folder / "snapshot.safetensors").read_bytes()
        )
        with pytest.raises(ValueError, match="belongs to another log"):
            Live(tmp_path / "other", catalogue())

    def test_a_log_that_lost_its_end(self, folder):
        log = folder / "events.log"
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(b"".join(lines[:50]))
        with pytest.raises(ValueError, match="are gone"):
            Live(folder, catalogue())

    def test_every_damaged_byte_is_noticed(self, tmp_path):
        path = tmp_path / "s"
        write_snapshot(path, {"n": np.arange(3)}, {"position": 7})
        whole = path.read_bytes()
        for at in range(len(whole)):
            damaged = bytearray(whole)
            damaged[at] ^= 4
            path.write_bytes(damaged)
            try:
                arrays, said = read_snapshot(path)
            except ValueError:
                continue
            # A blank of the header's padding may change without a trace, and changes nothing.
            assert (arrays["n"].tolist(), said) == ([0, 1, 2], {"position": 7})

    @pytest.mark.parametrize("size", [0, 1, 8, 30, 100])
    def test_cut_short(self, tmp_path, size):
        path = tmp_path / "s"
        write_snapshot(path, {"n": np.arange(3)}, {"position": 7})
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(ValueError, match="is damaged"):
            read_snapshot(path)

    def test_another_version_and_another_file(self, tmp_path):
        path = tmp_path / "s"
        save_file({"n": np.arange(3)}, path, {"format": "xdrec snapshot", "version": "2"})
        with pytest.raises(ValueError, match="version '2': expected '1'"):
            read_snapshot(path)
        save_file({"n": np.arange(3)}, path)
        with pytest.raises(ValueError, match="is damaged"):
            read_snapshot(path)

    @pytest.mark.parametrize("name", ["faded", "latest", "sizes", "had", "users", "position"])
    def test_whole_but_made_up(self, folder, name):
        path = folder / "snapshot.safetensors"
        arrays, said = read_snapshot(path)
        if name in arrays:
            arrays[name] = arrays[name][:-1]
        else:
            said.pop(name)
        write_snapshot(path, arrays, said)
        with pytest.raises(ValueError, match=r"does not fit|no snapshot"):
            Live(folder, catalogue())

    def test_an_interest_that_is_not_new(self, tmp_path, whole):
        with pytest.raises(ValueError, match="expected a new RunningInterest"):
            Live(tmp_path, whole)


def _full(*what, **more):
    raise OSError(errno.ENOSPC, "No space left on device")
