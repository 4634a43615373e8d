"""Ctrl-C at any moment, a full disk, no permission, two at once: what was answered is kept."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.rights import read_only
from tests.stream.feed import catalogue, events
from xdrec.stream import Event, EventLog, Live
from xdrec.stream.events import as_record

ROOT = Path(__file__).parents[2]
FEED = list(islice(events(), 400))
TEA = Event("e1", "ann", "tea", "view", 60)
RICE = Event("e2", "bob", "rice", "view", 61)


def holds(folder: Path, acknowledged: list[str]) -> int:
    """The folder opens, has all that was answered, each event once, and memory is the log's."""
    with Live(folder, catalogue()) as live:
        kept = live.event_ids
        assert acknowledged == [one for one in kept if one in set(acknowledged)]
        assert len(kept) == len(set(kept))
        again = catalogue()
        for event in FEED:
            if event.event_id in set(kept):
                again.fold(event)
        for user in again.users:
            assert np.array_equal(live.interest.vector(user), again.vector(user))
            assert live.interest.count(user) == again.count(user)
        assert not list(folder.glob(".half-*"))
        return len(kept)


class TestTwoAtOnce:
    def test_the_second_is_told_and_the_first_goes_on(self, tmp_path):
        with EventLog(tmp_path / "log") as log:
            log.append(TEA)
            with pytest.raises(BlockingIOError, match="has a writer already"):
                EventLog(tmp_path / "log")
            log.append(RICE)
        with EventLog(tmp_path / "log") as log:
            assert [event for event, _ in log.replay()] == [TEA, RICE]

    def test_the_second_in_another_process(self, tmp_path):
        ask = "import sys; from xdrec.stream import EventLog; EventLog(sys.argv[1])"
        run = [sys.executable, "-c", ask, str(tmp_path / "log")]
        with EventLog(tmp_path / "log"):
            done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "BlockingIOError" in done.stderr
        assert "has a writer already" in done.stderr

    def test_a_line_that_is_being_written_is_not_cut_off_by_who_comes_second(self, tmp_path):
        """Half of a line is there: whoever opened the log now would take it for a torn one."""
        with EventLog(tmp_path / "log") as log:
            line = as_record(TEA)
            os.write(log._file, line[:20])
            with pytest.raises(BlockingIOError):
                EventLog(tmp_path / "log").append(RICE)
            os.write(log._file, line[20:])
        with EventLog(tmp_path / "log") as log:
            assert [event for event, _ in log.replay()] == [TEA]

    def test_who_was_refused_the_file_gives_the_lock_back(self, tmp_path):
        (tmp_path / "log").write_bytes(b"a,b\n1,2\n")
        with pytest.raises(ValueError, match="no event log"):
            EventLog(tmp_path / "log")
        (tmp_path / "log").unlink()
        EventLog(tmp_path / "log").close()


class Failing:
    """The n-th of the system's calls that change a file fails: with an error, or by Ctrl-C."""

    CALLS = ("write", "fsync", "ftruncate", "replace", "mkdir")

    def __init__(self, patch: pytest.MonkeyPatch, error: BaseException, nth: int) -> None:
        self.error, self.left = error, nth
        for name in self.CALLS:
            patch.setattr(os, name, self.counted(name, getattr(os, name)))

    def counted(self, name, work):
        def working(*given, **options):
            self.left -= 1
            if self.left:
                return work(*given, **options)
            if name == "write":  # half of it is on the disk already
                work(given[0], bytes(given[1])[: len(given[1]) // 2])
            raise self.error

        return working


TROUBLE = {
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "forbidden": PermissionError(errno.EACCES, "Permission denied"),
    "Ctrl-C": KeyboardInterrupt(),
}


@pytest.mark.parametrize("fsync", [False, True])
@pytest.mark.parametrize("name", TROUBLE)
def test_whichever_call_fails_what_was_answered_is_kept(tmp_path, monkeypatch, name, fsync):
    """Two events, a snapshot, two more: for every one of the calls, a folder where it fails."""
    failed = 0
    for nth in range(1, 100):
        folder, answered = tmp_path / str(nth), []
        with Live(folder, catalogue(), fsync=fsync) as live:
            live.accept(FEED[0])
            answered.append(FEED[0].event_id)
            live.snapshot()
            with monkeypatch.context() as patch:
                failing = Failing(patch, TROUBLE[name], nth)
                with suppress(type(TROUBLE[name]), OSError):
                    for event in FEED[1:5]:
                        live.accept(event)
                        answered.append(event.event_id)
                        if event is FEED[2]:
                            live.snapshot()
            # There is room again; whoever got no answer sends it once more, or opens anew.
            with suppress(OSError):
                for event in FEED[len(answered) : 6]:
                    live.accept(event)
                    answered.append(event.event_id)
                live.snapshot()
        assert holds(folder, answered) >= len(answered)
        if failing.left > 0:
            break
        failed += 1
    assert failed >= 6 + 3 * fsync


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Ctrl-C so many seconds from now, wherever the program then is."""

    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def rounds_of_ctrl_c(folder: Path, rounds: int, seed: int) -> int:
    """Accept and snapshot until Ctrl-C, go on with the same `Live` as long as it lets one."""
    rng, answered, anew = np.random.default_rng(seed), [], 0
    live = Live(folder, catalogue())
    for _ in range(rounds):
        try:
            with interrupted_after(float(rng.uniform(1e-4, 4e-3))):
                while True:
                    for event in FEED[len(answered) : len(answered) + 2]:
                        live.accept(event)
                        answered.append(event.event_id)
                    live.snapshot()
                    if len(answered) > len(FEED) - 3:
                        answered.clear()  # sent from the start again: all of it is known
        except KeyboardInterrupt:
            pass
        except OSError:  # it says so: open it anew
            live.close()
            live, anew = Live(folder, catalogue()), anew + 1
        # An answer that Ctrl-C kept from being noted is sent once more.
    live.close()
    holds(folder, answered)
    return anew


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")
def test_ctrl_c_at_random_moments(tmp_path):
    assert rounds_of_ctrl_c(tmp_path, rounds=150, seed=0) >= 0


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs setitimer")
def test_ctrl_c_at_many_random_moments(tmp_path):
    anew = sum(rounds_of_ctrl_c(tmp_path / str(seed), 500, seed) for seed in range(8))
    print(f"4,000 times Ctrl-C; opened anew after {anew} of them")
    assert anew > 0


def test_ctrl_c_between_log_and_memory(tmp_path, monkeypatch):
    """The log has the event, memory not or half of it: nothing goes on from there."""
    live = Live(tmp_path, catalogue())
    live.accept(FEED[0])
    with monkeypatch.context() as patch:
        patch.setattr(live.interest, "fold", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            live.accept(FEED[1])
    with pytest.raises(OSError, match="open it anew"):
        live.accept(FEED[2])
    with pytest.raises(OSError, match="open it anew"):
        live.snapshot()
    live.close()
    assert holds(tmp_path, ["e0"]) == 2


def test_ctrl_c_after_the_line_is_written(tmp_path, monkeypatch):
    """Before the log has counted the line: the place of the next one must not be wrong."""
    log, write = EventLog(tmp_path / "log"), os.write

    def then_ctrl_c(file, data):
        write(file, data)
        raise KeyboardInterrupt

    monkeypatch.setattr("xdrec.stream.log.os.write", then_ctrl_c)
    monkeypatch.setattr("xdrec.stream.log.os.ftruncate", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        log.append(TEA)
    monkeypatch.undo()
    with pytest.raises(OSError, match="open it anew"):
        log.append(RICE)
    log.close()
    with EventLog(tmp_path / "log") as log:
        end = log.append(RICE)
        assert [event for event, _ in log.replay()] == [TEA, RICE]
        assert end == (tmp_path / "log").stat().st_size


@pytest.mark.parametrize("cut", [1, 9])
def test_no_room_to_mend_a_torn_end(tmp_path, monkeypatch, cut):
    with EventLog(tmp_path / "log") as log:
        log.append(TEA)
        log.append(RICE)
    torn = (tmp_path / "log").read_bytes()[:-cut]
    (tmp_path / "log").write_bytes(torn)
    with EventLog(tmp_path / "log") as log:
        with monkeypatch.context() as patch:
            for name in ("write", "ftruncate"):
                patch.setattr(f"xdrec.stream.log.os.{name}", _full)
            with pytest.raises(OSError, match="not kept: No space left"):
                log.append(TEA)
        assert (tmp_path / "log").read_bytes() == torn
        log.append(Event("e3", "ann", "salt", "view", 62))  # there is room again
    with EventLog(tmp_path / "log") as log:
        kept = [event.event_id for event, _ in log.replay()]
    assert kept == (["e1", "e2", "e3"] if cut == 1 else ["e1", "e3"])


def test_what_a_killed_snapshot_left_is_swept(tmp_path):
    with Live(tmp_path, catalogue()) as live:
        live.accept(FEED[0])
    (tmp_path / ".half-xyz").mkdir()
    (tmp_path / ".half-xyz" / "new").write_bytes(b"half")
    assert holds(tmp_path, ["e0"]) == 1


@pytest.mark.skipif(os.name != "posix", reason="needs the rights of POSIX")
def test_a_folder_where_nothing_may_be_written():
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "live")
        with Live(folder, catalogue()) as live:
            live.accept(FEED[0])
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        Path(place).chmod(0o755)
        with read_only(folder), pytest.raises(PermissionError, match="Permission denied"):
            Live(folder, catalogue())
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
        assert holds(folder, ["e0"]) == 1


def _interrupted(*_):
    raise KeyboardInterrupt


def _full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")
