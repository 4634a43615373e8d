"""The event log: nothing is ever changed in it, only added at its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from filelock import FileLock, Timeout

from xdrec.stream.events import (
    HEAD,
    LONGEST,
    Event,
    as_event,
    as_record,
    content,
    is_torn,
    record,
)

FORMAT, VERSION = "xdrec events", 1
LINE = HEAD + LONGEST + 1  # bytes of a line, at most: what is longer is not read to its end


class EventLog:
    """An append-only file of events, one checksummed line each.

    `append` returns when the operating system has the line: it is kept whatever becomes of this
    process, `kill -9` included. `fsync=True` waits until the disk has it, too: kept through a power
    cut. A last line that was being written when the process died was never acknowledged; it is
    cut off before the next write, and `cut` says how many bytes went. `end` is the file's length.

    A log is open once at a time: whoever comes second, in this process or another, gets a
    BlockingIOError at once (a second one might take the line that the first is writing for a torn
    one). The lock, a file beside the log, goes with the process, `kill -9` included.

    Raises ValueError for a file that is no event log, one of another version, and one that is
    damaged before its end (nothing is changed then), OSError where nothing can be written: the
    event is then not in the log, not even a part of it. After Ctrl-C inside `append` that is so
    too, or the log takes no more events until it is opened anew.
    Source: Mohan et al., TODS 1992 (write-ahead logging). Book: real time.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place, EventLog(Path(place, "events.log")) as log:
    ...     end = log.append(Event("e1", "ann", "tea", "view", 60))
    ...     [event.item_id for event, _ in log.replay()], end == log.end
    (['tea'], True)
    """

    def __init__(self, path: str | Path, *, fsync: bool = False) -> None:
        self.path, self.fsync, self.cut, self._broken = Path(path), fsync, 0, False
        self._mend: Callable[[], object] | None = None
        self._file = -1
        self._lock = FileLock(f"{self.path}.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise BlockingIOError(
                f"{self.path} has a writer already; close that one, or choose another place"
            ) from None
        try:
            how = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._file = os.open(self.path, how, 0o644)
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """Look, and change nothing: what has to be mended is, before the next write."""
        self.end = os.fstat(self._file).st_size
        with self.path.open("rb") as file:
            first = file.readline(LINE)
        tail = self._tail()
        if tail and content(tail + b"\n") is not None:
            self.end += 1
            self._mend = lambda: os.write(self._file, b"\n")  # whole but for its line end
        elif tail and is_torn(tail):
            self.cut = len(tail)
            self.end -= self.cut
            self._mend = lambda: os.ftruncate(self._file, self.end)
        elif tail and b"\n" in first:
            self._check(first)
            raise ValueError(self._damaged(self.end - len(tail)))
        if not self.end:
            self.log_id = uuid4().hex
            first = record({"format": FORMAT, "version": VERSION, "log": self.log_id})
            self._write(first)
            if self.fsync:
                sync_folder(self.path.parent)
        self._check(first if first.endswith(b"\n") else first + b"\n")

    def _check(self, first: bytes) -> None:
        """The first line says what the file is."""
        said = content(first)
        if said is None or said.get("format") != FORMAT:
            raise ValueError(
                f"{self.path} is no event log, or its first line is damaged; choose another file, "
                "or bring back a copy of this one (nothing was changed)"
            )
        if said.get("version") != VERSION:
            raise ValueError(
                f"{self.path} is of version {said.get('version')!r}: expected {VERSION}; "
                "read it with the xdrec that wrote it"
            )
        self.log_id, self.start = str(said.get("log")), len(first)

    def append(self, event: Event) -> int:
        """Keep one event; returns the file's length with it."""
        self._write(as_record(event))
        return self.end

    def replay(self, start: int | None = None) -> Iterator[tuple[Event, int]]:
        """Every event from a position on, oldest first, and the position behind it."""
        at = self.start if start is None else start
        if at > self.end:
            raise ValueError(
                f"{self.path} ends at byte {self.end}, before {at}: events that were there are "
                "gone; bring back the whole file"
            )
        with self.path.open("rb") as file:
            file.seek(at)
            while at < self.end:
                line = file.readline(LINE)
                line += b"" if line.endswith(b"\n") else b"\n"  # the last, not mended yet
                event = as_event(line)
                if event is None:
                    raise ValueError(self._damaged(at))
                at += len(line)
                yield event, at

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _tail(self) -> bytes:
        """What stands after the last line end."""
        with self.path.open("rb") as file:
            tail, at = b"", self.end
            while at and b"\n" not in tail and len(tail) <= LINE:
                step = min(at, 1 << 16)
                at -= step
                file.seek(at)
                tail = file.read(step) + tail
        return tail.rpartition(b"\n")[2]

    def _write(self, data: bytes) -> None:
        if self._broken or self._file < 0:
            raise OSError(f"{self.path} takes no more events; open it anew")
        # Wherever it breaks off, Ctrl-C included: what is not known to be whole takes no more.
        self._broken = True
        try:
            if self._mend:
                self._mend()
        except OSError as error:
            self._broken = False  # all is as it was
            raise self._not_kept(error) from error
        self._mend = None
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if self.fsync:
                os.fsync(self._file)
        except BaseException as error:
            # After a failed fsync nobody knows what the disk has: whoever goes on must look first.
            with suppress(OSError):
                os.ftruncate(self._file, self.end)
                self._broken = isinstance(error, OSError) and self.fsync
            if isinstance(error, OSError):
                raise self._not_kept(error) from error
            raise
        self.end += len(data)
        self._broken = False

    def _not_kept(self, error: OSError) -> OSError:
        said = f"the event was not kept: {error.strerror}"
        return OSError(error.errno, said, str(self.path))

    def _damaged(self, at: int) -> str:
        return (
            f"{self.path} is damaged at byte {at} of {self.end}: what stands there is not what was "
            "written; bring back a copy of the file (nothing was changed)"
        )


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
