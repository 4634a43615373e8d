"""The event log: whole records only, damage told apart from a torn end, nothing half kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.stream import Event, EventLog
from xdrec.stream.events import as_event, as_record, content, is_torn, record

TEA = Event("e1", "ann", "tea", "view", 60)
RICE = Event("e2", "bob", "rice", "purchase", 61)


@pytest.fixture
def path(tmp_path):
    with EventLog(tmp_path / "events.log") as log:
        log.append(TEA)
        log.append(RICE)
    return log.path


def kept(path):
    with EventLog(path) as log:
        return [event for event, _ in log.replay()]


class TestEvent:
    @pytest.mark.parametrize("name", ["event_id", "user_id", "item_id", "behaviour"])
    @pytest.mark.parametrize("value", ["", None, 3, "x" * 501])
    def test_ids_are_text(self, name, value):
        with pytest.raises(ValueError, match=name):
            Event(**{**TEA.__dict__, name: value})

    @pytest.mark.parametrize("when", [1.5, "60", None, True, 2**53, float("nan")])
    def test_time_is_a_whole_number(self, when):
        with pytest.raises(ValueError, match="timestamp"):
            Event("e", "u", "i", "view", when)

    @given(st.text(min_size=1, max_size=500), st.integers(-(2**53) + 1, 2**53 - 1))
    def test_any_text_comes_back(self, text, when):
        event = Event(text, text, text, text, when)
        line = as_record(event)
        assert as_event(line) == event
        assert line.count(b"\n") == 1

    @given(st.binary(max_size=80))
    def test_any_bytes_are_read_as_none_or_as_an_event(self, line):
        assert as_event(line) is None

    @given(st.data())
    def test_a_changed_byte_is_noticed(self, data):
        line = bytearray(as_record(TEA))
        at = data.draw(st.integers(0, len(line) - 1))
        line[at] ^= data.draw(st.integers(1, 255))
        assert as_event(bytes(line)) is None

    @pytest.mark.parametrize("held", [{}, {"event_id": "e"}, {**TEA.__dict__, "more": 1}])
    def test_a_whole_record_of_something_else_is_no_event(self, held):
        assert content(record(held)) == held
        assert as_event(record(held)) is None


class TestTorn:
    def test_every_beginning_of_a_record_is_torn_and_is_cut_off(self, path):
        whole = path.read_bytes()
        last = as_record(RICE)
        for size in range(len(last) - 1):
            path.write_bytes(whole[: len(whole) - len(last) + size])
            with EventLog(path) as log:
                assert log.cut == size
                assert [event for event, _ in log.replay()] == [TEA]
                log.append(RICE)
            assert path.read_bytes() == whole

    def test_a_record_without_its_line_end_is_whole(self, path):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        assert kept(path) == [TEA, RICE]
        assert path.read_bytes() == whole[:-1]  # to look changes nothing
        with EventLog(path) as log:
            assert log.cut == 0
            log.append(TEA)
        assert path.read_bytes() == whole + as_record(TEA)

    def test_zeros_at_the_end_are_torn(self, path):
        whole = path.read_bytes()
        path.write_bytes(whole + b"\0" * 4096)
        assert kept(path) == [TEA, RICE]
        with EventLog(path) as log:
            log.append(TEA)
        assert path.read_bytes() == whole + as_record(TEA)

    def test_a_snapshot_behind_a_line_that_has_no_end_yet(self, path):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with EventLog(path) as log:
            assert log.end == len(whole)
            assert list(log.replay(log.end)) == []

    def test_after_the_cut_it_goes_on(self, path):
        with path.open("ab") as file:
            file.write(as_record(TEA)[:20])
        later = Event("e3", "ann", "salt", "view", 62)
        with EventLog(path) as log:
            log.append(later)
        assert kept(path) == [TEA, RICE, later]

    def test_a_beginning_that_never_got_its_first_line(self, tmp_path):
        path = tmp_path / "events.log"
        path.write_bytes(record({"format": "xdrec events", "version": 1, "log": "a"})[:9])
        with EventLog(path) as log:
            assert log.cut == 9
            log.append(TEA)
        assert kept(path) == [TEA]

    def test_what_is_as_long_as_a_record_is_not_torn(self):
        line = as_record(TEA)
        assert not is_torn(line[:-1] + b"x")


class TestDamage:
    def test_anywhere_before_the_end_it_is_an_error_and_nothing_is_changed(self, path):
        whole = path.read_bytes()
        begin = len(whole) - len(as_record(RICE))
        for at in range(len(whole) - len(as_record(RICE) + as_record(TEA)), begin):
            damaged = bytearray(whole)
            damaged[at] ^= 1
            path.write_bytes(damaged)
            with pytest.raises(ValueError, match="damaged at byte"):
                kept(path)
            assert path.read_bytes() == damaged

    def test_a_last_line_end_that_was_damaged_is_not_taken_for_torn(self, path):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        with pytest.raises(ValueError, match="damaged"):
            EventLog(path)

    @pytest.mark.parametrize("other", [b"user,item\nann,tea\n", b"\x80\x04pickle", b'{"a": 1}\n'])
    def test_another_file(self, tmp_path, other):
        path = tmp_path / "events.log"
        path.write_bytes(other)
        with pytest.raises(ValueError, match=r"no event log|damaged"):
            EventLog(path)
        assert path.read_bytes() == other

    def test_a_large_file_without_lines(self, tmp_path):
        path = tmp_path / "events.log"
        path.write_bytes(b"x" * 3_000_000)
        with pytest.raises(ValueError, match="no event log"):
            EventLog(path)

    def test_another_version(self, tmp_path):
        path = tmp_path / "events.log"
        path.write_bytes(record({"format": "xdrec events", "version": 2, "log": "a"}))
        with pytest.raises(ValueError, match="version 2: expected 1"):
            EventLog(path)

    def test_a_shorter_file_than_was_asked_for(self, path):
        with EventLog(path) as log, pytest.raises(ValueError, match="are gone"):
            next(log.replay(10_000))


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_whatever_happens_to_the_file_it_is_an_error_or_a_beginning(data):
    events = [Event(f"e{n}", "ann", f"i{n}", "view", n) for n in range(4)]
    with TemporaryDirectory() as place:
        path = Path(place, "events.log")
        with EventLog(path) as log:
            for event in events:
                log.append(event)
        held = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(held)))
            what = data.draw(st.sampled_from(["cut", "flip", "insert", "drop"]))
            if what == "cut":
                del held[at:]
            elif what == "flip" and at < len(held):
                held[at] ^= data.draw(st.integers(1, 255))
            elif what == "insert":
                held[at:at] = data.draw(st.binary(max_size=5))
            else:
                del held[at : at + data.draw(st.integers(1, 9))]
        path.write_bytes(held)
        try:
            found = kept(path)
        except ValueError:
            assert path.read_bytes() == held
        else:
            assert found == events[: len(found)]


class TestNoRoom:
    def test_a_write_that_fails_half_way_leaves_nothing(self, path, monkeypatch):
        whole, written = path.read_bytes(), os.write

        def half(file, data):
            if len(data) > 20:
                return written(file, data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")

        with EventLog(path) as log:
            monkeypatch.setattr("xdrec.stream.log.os.write", half)
            with pytest.raises(OSError, match="not kept: No space left"):
                log.append(Event("e3", "ann", "salt", "view", 62))
            assert path.read_bytes() == whole
            monkeypatch.undo()
            log.append(Event("e3", "ann", "salt", "view", 62))  # there is room again
        assert [event.event_id for event in kept(path)] == ["e1", "e2", "e3"]

    def test_ctrl_c_inside_a_write(self, path, monkeypatch):
        whole = path.read_bytes()
        with EventLog(path) as log:
            monkeypatch.setattr("xdrec.stream.log.os.write", _interrupted)
            with pytest.raises(KeyboardInterrupt):
                log.append(TEA)
        assert path.read_bytes() == whole

    def test_a_disk_that_does_not_answer_for_its_bytes(self, path, monkeypatch):
        with EventLog(path, fsync=True) as log:
            monkeypatch.setattr("xdrec.stream.log.os.fsync", _failing)
            with pytest.raises(OSError, match="not kept: Input/output error"):
                log.append(TEA)
            monkeypatch.undo()
            with pytest.raises(OSError, match="open it anew"):
                log.append(TEA)
        assert kept(path) == [TEA, RICE]

    def test_a_full_device(self, tmp_path):
        if not os.path.exists("/dev/full"):
            pytest.skip("no /dev/full here")
        (tmp_path / "full").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left"):
            EventLog(tmp_path / "full")

    def test_a_closed_log(self, path):
        log = EventLog(path)
        log.close()
        log.close()
        with pytest.raises(OSError, match="open it anew"):
            log.append(TEA)


def _interrupted(file, data):
    raise KeyboardInterrupt


def _failing(file):
    raise OSError(errno.EIO, "Input/output error")
