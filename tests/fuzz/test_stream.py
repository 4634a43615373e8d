"""The stream: events, log files and snapshots; damaged, torn, forged with checksums that fit."""

from __future__ import annotations

import json
import shutil
import tempfile
import zlib
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
from safetensors.numpy import save

from tests.fuzz.hostile import changed, damaged, holds, thing, told, word
from tests.stream.feed import catalogue
from tests.stream.feed import events as feed
from xdrec.cache import checksum
from xdrec.stream import Event, EventLog, Live, read_snapshot, write_snapshot
from xdrec.stream.events import as_event, as_record, record

SOME = list(islice(feed(), 12))
NEW = Event("new", "u1", "i2", "view", 9_000)


@cache
def folder() -> dict[str, bytes]:
    """The files of a folder in which eight events are in the snapshot and twelve in the log."""
    with tempfile.TemporaryDirectory() as place:
        with Live(place, catalogue()) as live:
            for n, event in enumerate(SOME):
                live.accept(event)
                if n == 7:
                    live.snapshot()
        return {name: Path(place, name).read_bytes()
                for name in ("events.log", "snapshot.safetensors")}  # fmt: skip


def forged(rng: Random) -> bytes:
    """A line whose checksum and length are right, whatever stands in it."""
    kind = rng.randrange(4)
    if kind == 0:
        text = rng.choice((b"[" * 50_000, b"{}", b"null", b"1e999", b'{"a":', b"\xff\xfe", b""))
    else:
        said = changed(rng, asdict(rng.choice(SOME)))
        text = json.dumps(said, ensure_ascii=kind != 1).encode("utf-8", "replace")
    text = text.replace(b"\n", b" ")
    return b"%08x %06d %s\n" % (zlib.crc32(text), len(text), text)


def single(rng: Random, _: Path) -> None:
    """An event made by hand, and one read from a line."""
    name = rng.choice(sorted(asdict(NEW)))
    event = told(lambda: Event(**{**asdict(NEW), name: thing(rng)}), f"{name}=")
    if event is not None:
        assert as_event(as_record(event)) == event
    line = rng.choice((forged(rng), damaged(rng, as_record(NEW))))
    found = as_event(line)  # never an error, and never half an event
    assert found is None or as_event(as_record(found)) == found
    kept = thing(rng)
    told(lambda: record({"a": kept}), "a record of", "JSON")


def logs(rng: Random, place: Path) -> None:
    """Opened, read and written to; or refused, and then the file is as it was."""
    whole = folder()["events.log"]
    lines = whole.splitlines(keepends=True)
    if rng.randrange(2):
        for _ in range(rng.randrange(1, 4)):
            lines.insert(rng.randrange(1, len(lines) + 1), forged(rng))
        if rng.randrange(6) == 0:
            lines[0] = forged(rng)
        data = b"".join(lines)
    else:
        data = damaged(rng, whole)
    file = place / "events.log"
    file.write_bytes(data)

    def read() -> list[Event]:
        with EventLog(file) as log:
            return [event for event, _ in log.replay()]

    found = told(read, file)
    # A first line that was never there is written by who opens; nothing else changes.
    assert file.read_bytes() == data or not data.strip(b"\0") or len(found or []) == 0
    if found is not None:
        with EventLog(file) as log:
            log.append(NEW)
        assert read() == [*found, NEW]
    file.unlink()


def folders(rng: Random, place: Path) -> None:
    """`Live` over a log or a snapshot that was tampered with: all of it, or an error and no change.

    Half of the snapshots carry a checksum that fits, as a forger would write it.
    """
    files = dict(folder())
    name = rng.choice(("events.log", "snapshot.safetensors", "snapshot.safetensors"))
    if name == "snapshot.safetensors" and rng.randrange(2):
        files[name] = forged_snapshot(rng, files[name], place)
    else:
        files[name] = damaged(rng, files[name])
    home = place / "live"
    home.mkdir()
    for each, data in files.items():
        (home / each).write_bytes(data)

    def use() -> int:
        with Live(home, catalogue()) as live:
            live.accept(NEW)
            return len(live.event_ids)

    found = told(use, home, "event_id=")
    if found is None:
        assert (home / "snapshot.safetensors").read_bytes() == files["snapshot.safetensors"]
        kept = (home / "events.log").read_bytes()  # only a first line that broke off goes
        assert b"\n" not in files["events.log"] or kept.startswith(files["events.log"][:-130])
    shutil.rmtree(home)


def forged_snapshot(rng: Random, data: bytes, place: Path) -> bytes:
    file = place / "s"
    file.write_bytes(data)
    arrays, said = read_snapshot(file)
    if rng.randrange(3):
        said = changed(rng, said)
    else:
        name = rng.choice(sorted(arrays))
        arrays[name] = rng.choice((
            arrays[name][:-1], arrays[name].astype(rng.choice((np.float32, np.int8, np.uint64))),
            np.full_like(arrays[name], rng.choice((-1, 0, 127))), arrays[name][None],
        ))  # fmt: skip
        if rng.randrange(3) == 0:
            arrays[word(rng) or "x"] = np.zeros(2)
    text = np.frombuffer(json.dumps(said).encode("ascii", "replace"), np.uint8)
    held = {name: np.ascontiguousarray(array) for name, array in arrays.items()} | {"said": text}
    file.unlink()
    return save(held, {"format": "xdrec snapshot", "version": "1", "crc32": checksum(held)})


def snapshots(rng: Random, place: Path) -> None:
    """The file by itself: what was written, or an error that names it."""
    said = thing(rng)
    arrays = {name: np.arange(rng.randrange(4)) for name in ("a", "b")}
    file = place / "s"
    if told(lambda: write_snapshot(file, arrays, {"said": said}) or True) is None:
        return  # nothing that JSON knows
    file.write_bytes(damaged(rng, file.read_bytes()))
    found = told(lambda: read_snapshot(file), file)
    if found is not None:
        assert {name: list(each) for name, each in found[0].items()} == {
            name: list(each) for name, each in arrays.items()
        }
    file.unlink()


ENTRIES = {
    "events": (single, 100), "event logs": (logs, 60), "live folders": (folders, 60),
    "snapshots": (snapshots, 60),
}  # fmt: skip
test_events = holds(single, 150)
test_event_logs = holds(logs, 60)
test_live_folders = holds(folders, 60)
test_snapshots = holds(snapshots, 60)
