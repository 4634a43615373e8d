"""One thing that somebody did, as it comes in, and the bytes it is kept as."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import asdict, dataclass

MOST = 500  # characters of an id
HEAD = 16  # bytes before the JSON of a record: checksum, space, length, space
LONGEST = 999_999  # bytes of JSON that the length has room for


@dataclass(frozen=True)
class Event:
    """Somebody did something with an item; `event_id` is chosen by whoever sends it, once.

    The same id sent again means the same event sent again: it is counted once. `timestamp` is in
    Unix seconds. Raises ValueError for ids that are empty, no text or longer than 500 characters,
    and for a timestamp that is no whole number. Source: document T 3.2.7 (feedback).
    Book: real time.

    >>> Event("e1", "ann", "tea", "view", 60).behaviour
    'view'
    """

    event_id: str
    user_id: str
    item_id: str
    behaviour: str
    timestamp: int

    def __post_init__(self) -> None:
        for name in ("event_id", "user_id", "item_id", "behaviour"):
            value = getattr(self, name)
            if not isinstance(value, str) or not 0 < len(value) <= MOST:
                shown = f"{value!r:.60}"
                raise ValueError(f"{name}={shown}: expected text of 1 to {MOST} characters")
        when = self.timestamp
        if isinstance(when, bool) or not isinstance(when, int) or abs(when) >= 2**53:
            raise ValueError(f"timestamp={when!r:.60}: expected whole Unix seconds")


def record(content: dict[str, object]) -> bytes:
    """One line: CRC-32, length, JSON in ASCII. So a line tells whether it is whole.

    >>> record({"a": 1})
    b'561bacaf 000007 {"a":1}\\n'
    """
    text = json.dumps(content, separators=(",", ":")).encode("ascii")
    if len(text) > LONGEST:
        raise ValueError(f"a record of {len(text)} bytes: expected at most {LONGEST}")
    return b"%08x %06d %s\n" % (zlib.crc32(text), len(text), text)


def content(line: bytes) -> dict[str, object] | None:
    """What a line holds, or None where it is not what was written."""
    if not re.fullmatch(rb"[0-9a-f]{8} [0-9]{6} [^\n]*\n", line):
        return None
    text = line[HEAD:-1]
    if int(line[:8], 16) != zlib.crc32(text) or int(line[9:15]) != len(text):
        return None
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):  # whole, and still no JSON: nothing of ours
        return None
    return held if isinstance(held, dict) else None


def is_torn(tail: bytes) -> bool:
    """Whether bytes without a line end may be the beginning of a record that was being written.

    What is as long as a whole record and still none has been damaged, which is another matter.
    After a power cut a file may also end in zeros.

    >>> whole = record({"a": 1})
    >>> is_torn(whole[:-3]), is_torn(b"some other file")
    (True, False)
    """
    tail = tail.rstrip(b"\0")
    if len(tail) < HEAD:
        shape = b"00000000 000000 "[: len(tail)]
        return re.sub(rb"[0-9a-f]", b"0", tail) == shape
    head = re.match(rb"[0-9a-f]{8} ([0-9]{6}) ", tail)
    return head is not None and len(tail) < HEAD + int(head.group(1))


def as_record(event: Event) -> bytes:
    """The line of an event."""
    return record(asdict(event))


def as_event(line: bytes) -> Event | None:
    """The event of a line, or None."""
    held = content(line)
    try:
        return None if held is None else Event(**held)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
