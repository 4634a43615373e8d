"""Interest that outlives its process: keep the event, fold it in, answer; in this order."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path
from typing import Any, NamedTuple, Self

from xdrec.ranking import checked_length
from xdrec.stream.events import Event, as_record
from xdrec.stream.interest import RunningInterest
from xdrec.stream.log import EventLog
from xdrec.stream.snapshot import read_snapshot, write_snapshot


class Answer(NamedTuple):
    """The list after an event, and whether the event was `new` or had been counted before.

    Book: real time.

    >>> Answer(["tea"], new=True).items
    ['tea']
    """

    items: list[str]
    new: bool


class Live:
    """A `RunningInterest` whose events are kept in a folder, one writer at a time.

    `accept` appends the event to the log, folds it in and answers with the person's new list. Once
    it has answered, the event is kept: through `kill -9`, and with `fsync=True` through a power cut
    as well. Opening reads the snapshot, if there is one, and the rest of the log; `recovered` is
    how many events that rest had. An event whose id was accepted before is not folded in again, so
    whoever got no answer just sends it once more. The log is never cut: a snapshot saves time and
    nothing else. All ids are held in memory. For one thread, and one process at a time: who comes
    second is told so at once. Broken off by Ctrl-C inside `accept`, it takes no more until it is
    opened anew, as the log may then have the event and memory not. The clock may go back: an event
    dated before the person's newest is kept with its date and counts as of that newest moment.

    Raises ValueError for an event that does not fit, an id that stands for another event already,
    a log or snapshot that is damaged or foreign; BlockingIOError where another writer holds the
    folder; OSError where nothing can be written, and then the event is not accepted. In every case
    the files stay as they were. Source: documents X 8.2.3, T 3.2.7. Book: real time.

    >>> import numpy as np
    >>> from tempfile import TemporaryDirectory
    >>> from xdrec.encoders import Features
    >>> interest = lambda: RunningInterest(["tea", "rice"], Features.of(np.eye(2)))
    >>> with TemporaryDirectory() as place:
    ...     with Live(place, interest()) as live:
    ...         print(live.accept(Event("e1", "ann", "tea", "view", 60)))
    ...     with Live(place, interest()) as live:  # another day, another process
    ...         print(live.recovered, live.accept(Event("e1", "ann", "tea", "view", 60)))
    Answer(items=['rice'], new=True)
    1 Answer(items=['rice'], new=False)
    """

    def __init__(
        self, folder: str | Path, interest: RunningInterest, *, fsync: bool = False
    ) -> None:
        if interest.users:
            raise ValueError("the interest has events already: expected a new RunningInterest")
        self.folder, self.interest, self.fsync = Path(folder), interest, fsync
        self._apart = False  # whether log and memory may hold different events
        self.folder.mkdir(parents=True, exist_ok=True)
        self._log = EventLog(self.folder / "events.log", fsync=fsync)  # ours alone from here on
        try:
            for half in self.folder.glob(".half-*"):  # of a snapshot whose writer was killed
                shutil.rmtree(half, ignore_errors=True)
            self.recovered = self._recover()
        except BaseException:
            self._log.close()
            raise

    def accept(self, event: Event, k: int = 10) -> Answer:
        """Keep an event, fold it in, and return the person's k best new items."""
        checked_length(k)
        self.interest.check(event)
        self._look()
        new = self._is_new(event)
        if new:
            self._apart = True
            try:
                self._log.append(event)
            except OSError:
                self._apart = False  # neither has it
                raise
            self._fold(event)
            self._apart = False
        return Answer(self.interest.top(event.user_id, k), new)

    def snapshot(self) -> None:
        """Write the state down; recovery then starts here. Takes as long as the state is large."""
        self._look()
        arrays, users = self.interest.state()
        said = {"log": self._log.log_id, "position": self._log.end, "users": users,
                "events": self._events, "interest": self.interest.fingerprint()}  # fmt: skip
        write_snapshot(self._snapshot, arrays, said, fsync=self.fsync)

    @property
    def event_ids(self) -> list[str]:
        """The ids of all events that were folded in, in their order."""
        return list(self._events)

    def close(self) -> None:
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _look(self) -> None:
        """After Ctrl-C between the log and the fold nobody may go on from what is in memory."""
        if self._apart:
            raise OSError(
                f"{self.folder}: an event was broken off, memory may lack what the log has; close "
                "this one and open it anew"
            )

    @property
    def _snapshot(self) -> Path:
        return self.folder / "snapshot.safetensors"

    def _recover(self) -> int:
        self._events: dict[str, int] = {}
        position, recovered = None, 0
        if self._snapshot.exists():
            arrays, said = read_snapshot(self._snapshot)
            if not _is_ours(said):
                raise ValueError(f"{self._snapshot} is no snapshot of a Live folder; delete it")
            if said["log"] != self._log.log_id:
                raise ValueError(
                    f"{self._snapshot} belongs to another log than {self._log.path}; bring the two "
                    "back together, or delete the snapshot"
                )
            if said["interest"] != self.interest.fingerprint():
                raise ValueError(
                    f"{self._snapshot} was made with other items, vectors, weights or γ; delete it "
                    "to fold the whole log in with these"
                )
            try:
                self.interest.restore(arrays, said["users"])
            except ValueError as error:
                raise ValueError(f"{self._snapshot}: {error}; delete it") from error
            self._events, position = said["events"], said["position"]
        for event, _ in self._log.replay(position):
            if self._is_new(event):  # a failed write may have been sent again
                self.interest.check(event)
                self._fold(event)
                recovered += 1
        return recovered

    def _is_new(self, event: Event) -> bool:
        known = self._events.get(event.event_id)
        if known is not None and known != _sum(event):
            raise ValueError(
                f"event_id={event.event_id!r:.60} stands for another event: expected an id of its "
                "own for each"
            )
        return known is None

    def _fold(self, event: Event) -> None:
        self.interest.fold(event)
        self._events[event.event_id] = _sum(event)


def _is_ours(said: Any) -> bool:
    """Whether what a snapshot says has the form of what `Live.snapshot` writes."""
    forms = {"log": str, "interest": str, "users": list, "events": dict, "position": int}
    return (
        isinstance(said, dict)
        and all(type(said.get(name)) is form for name, form in forms.items())
        and all(isinstance(user, str) for user in said["users"])
        and all(type(number) is int for number in said["events"].values())
        and said["position"] >= 0
    )


def _sum(event: Event) -> int:
    return zlib.crc32(as_record(event))
