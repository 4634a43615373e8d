"""One file from the web: resumed, checked, and put in place whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests
from filelock import FileLock, Timeout
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from xdrec.data.checksums import digest

CHUNK = 1 << 14  # bytes; a break loses at most one piece
# Answers that a later attempt may better: the server is busy, slow or broken for the moment.
PASSING = {408, 425, 429, 500, 502, 503, 504}


class DownloadError(RuntimeError):
    """A download that did not succeed; the message says what was asked, what came, what to do."""


class _PassingError(Exception):
    """This attempt failed, the next one may succeed."""


def fetch(
    url: str,
    path: Path | str,
    sha256: str | None = None,
    md5: str | None = None,
    *,
    attempts: int = 5,
    timeout: float = 30.0,
    pause: float = 1.0,
    progress: bool = True,
) -> Path:
    """Download `url` to `path` and return the path; a file already there (and right) is kept.

    Bytes arrive in `<path>.part`, as they are sent: a .gz file stays packed. A broken connection is
    resumed where it broke (HTTP Range, and If-Range, so that two versions are never glued
    together), by this call (`attempts` times in all, `pause`, 2 `pause`, ... seconds between) or by
    a later one: the part is kept. Sums are checked before the part is renamed to `path`. Two
    processes with one path download once: the second waits for the first (`<path>.lock`).
    `timeout` is in seconds of silence, not of the whole.

    Raises `DownloadError`: scheme other than http(s), 404 and its like, a wrong sum (the part is
    removed), no space (the part is kept), no success after all attempts (the part is kept).
    Source: RFC 9110, sections 13.1.5 (If-Range) and 14 (Range).

    >>> fetch("ftp://example.org/ratings.csv", "ratings.csv")
    Traceback (most recent call last):
    xdrec.data.download.DownloadError: ftp://example.org/ratings.csv: expected http:// or https://
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{url}: expected http:// or https://")
    if attempts < 1:
        raise ValueError(f"attempts={attempts}: expected at least 1")
    path = Path(path)
    sums = {kind: value for kind, value in (("sha256", sha256), ("md5", md5)) if value}
    if _right(path, sums):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"{path.name}: another process is downloading it; waiting for that one")
        lock.acquire()
    try:
        if _right(path, sums):  # the other process finished it
            return path
        part = path.with_name(f"{path.name}.part")
        _attempt_all(
            lambda: _attempt(url, part, bool(sums), timeout, progress), attempts, pause, part
        )
        for kind, expected in sums.items():
            found = digest(part, kind)
            if found != expected.lower():
                _discard(part)
                raise DownloadError(
                    f"{url}: {kind} is {found}, expected {expected}; the file was removed. Try "
                    "once more; if it stays so, the host has changed the file"
                )
        os.replace(part, path)
        _tag(part).unlink(missing_ok=True)
        return path
    finally:
        lock.release()


def _right(path: Path, sums: dict[str, str]) -> bool:
    return path.is_file() and all(digest(path, kind) == s.lower() for kind, s in sums.items())


def _attempt_all(attempt: Callable[[], None], attempts: int, pause: float, part: Path) -> None:
    for n in range(attempts):
        try:
            return attempt()
        except (requests.RequestException, HTTPError, _PassingError) as error:
            failure = error
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise DownloadError(
                f"{part}: the disk is full; free some space and call again: the part is kept"
            ) from error
        if isinstance(failure, (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)):
            raise DownloadError(f"{failure}; expected an http(s) address") from failure
        if n + 1 < attempts:
            time.sleep(pause * 2**n)
    raise DownloadError(
        f"no success in {attempts} attempts: {failure}. What arrived is kept in {part}; call again "
        "to go on from there"
    ) from failure


def _attempt(url: str, part: Path, summed: bool, timeout: float, progress: bool) -> None:
    """Ask once, for what `part` still lacks; return when it is whole."""
    have = part.stat().st_size if part.exists() else 0
    tag = _tag(part).read_text("ascii") if _tag(part).exists() else ""
    if not tag and not summed:
        have = 0  # nothing would tell a new version's end from the old one's
    # Compressed transfer would make byte positions meaningless.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if tag:
            headers["If-Range"] = tag
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as answer:
        _refuse(url, answer)
        ranged = re.match(
            r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", answer.headers.get("Content-Range", "")
        )
        if answer.status_code == 416:
            if ranged and ranged[2] == str(have):
                return  # the part was whole already
            _discard(part)
            raise _PassingError(f"{url}: the part was longer than the file; starting again")
        if answer.status_code != 206:
            have = 0  # the whole file comes: Range was ignored, or the file has changed
            _discard(part)
        elif not ranged or ranged[1] != str(have):
            _discard(part)
            raise _PassingError(f"{url}: asked for bytes from {have} on and got others")
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        _keep_tag(part, answer)
        _room(part, (total or have) - have)
        _receive(answer, part, have, total, progress)


def _refuse(url: str, answer: requests.Response) -> None:
    status, what = (
        answer.status_code,
        f"{url}: the server answered {answer.status_code} {answer.reason}",
    )
    if status in PASSING:
        raise _PassingError(what)
    if status not in (200, 206, 416):
        hint = "the host may have moved it" if status in (404, 410) else "the host does not give it"
        raise DownloadError(
            f"{what}; {hint}: check the address (or the base address, if you set one)"
        )


def _receive(
    answer: requests.Response, part: Path, have: int, total: int | None, progress: bool
) -> None:
    label = part.name.removesuffix(".part")
    with (
        open(part, "r+b" if have else "wb") as stream,
        tqdm(
            total=total, initial=have, unit="B", unit_scale=True, desc=label, disable=not progress
        ) as bar,
    ):
        stream.seek(have)
        # Some hosts label a .gz file `Content-Encoding: gzip`: `iter_content` would unpack it.
        for piece in answer.raw.stream(CHUNK, decode_content=False):
            stream.write(piece)
            bar.update(len(piece))
        stream.truncate()
        size = stream.tell()
    if total is not None and size != total:
        raise _PassingError(f"{answer.url}: {size:,} of {total:,} bytes came")


def _room(part: Path, need: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if need > free:
        raise DownloadError(
            f"{part.parent}: {need:,} bytes are needed and {free:,} are free; free some space, or "
            "set XDREC_CACHE to a folder on a larger disk"
        )


def _tag(part: Path) -> Path:
    """Beside the part: the ETag or date of the version that its bytes belong to."""
    return part.with_name(f"{part.name}.tag")


def _keep_tag(part: Path, answer: requests.Response) -> None:
    etag = answer.headers.get("ETag", "")
    # A weak ETag promises the same meaning, not the same bytes: RFC 9110 bars it from If-Range.
    strong = etag if etag.startswith('"') else ""
    _tag(part).write_text(strong or answer.headers.get("Last-Modified", ""), "ascii", "replace")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)
