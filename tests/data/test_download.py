"""`fetch` against a server that misbehaves in every way a server does."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.server import Page, Server
from xdrec.data import download
from xdrec.data.download import CHUNK, DownloadError, fetch

BODY = random.Random(0).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY).hexdigest()
ROOT = Path(__file__).parents[2]


def get(server: Server, path: Path, **settings: Any) -> Path:
    options = {"pause": 0.0, "progress": False, "timeout": 5.0} | settings
    return fetch(server.url("/f"), path, **options)


def part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def left(path: Path) -> set[str]:
    """What stands in the folder; the lock may stay."""
    return {f.name for f in path.parent.iterdir()} - {f"{path.name}.lock"}


def test_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "f"
    with Server({"/f": Page(BODY)}) as server:
        assert get(server, path, sha256=SHA256, md5=MD5.upper()) == path
        assert path.read_bytes() == BODY
        assert left(path) == {"f"}
        assert "Range" not in server.headers[0]
        get(server, path, sha256=SHA256)
        get(server, path)
        assert server.requests["/f"] == 1, "what is there and right is not asked for again"


def test_progress_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server({"/f": Page(BODY)}) as server:
        get(server, tmp_path / "ratings.zip", progress=True)
    assert "ratings.zip: 100%" in capsys.readouterr().err


def test_file_without_announced_length(tmp_path: Path) -> None:
    with Server({"/f": Page(BODY, length=False)}) as server:
        assert get(server, tmp_path / "f", sha256=SHA256).read_bytes() == BODY


def test_wrong_file_in_place_is_replaced_only_by_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with Server({"/f": Page(b"also wrong")}) as server:
        with pytest.raises(DownloadError, match="sha256"):
            get(server, path, sha256=SHA256)
        assert path.read_bytes() == b"old"
        server.pages["/f"] = Page(BODY)
        assert get(server, path, sha256=SHA256).read_bytes() == BODY


def test_truncated_then_resumed_in_one_call(tmp_path: Path) -> None:
    with Server({"/f": Page(BODY, cuts=[100_000, 50_000])}) as server:
        assert get(server, tmp_path / "f", sha256=SHA256).read_bytes() == BODY
        assert server.requests["/f"] == 3
        assert server.sent["/f"] <= len(BODY) + 2 * CHUNK, "no byte but the last piece comes twice"
        assert server.headers[2]["If-Range"] == '"v1"'


def test_truncated_for_good_keeps_the_part_and_a_later_call_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with Server({"/f": Page(BODY, cuts=[100_000, 50_000, 0])}) as server:
        with pytest.raises(DownloadError, match="no success in 3 attempts") as caught:
            get(server, path, attempts=3)
        assert str(part_of(path)) in str(caught.value)
        kept = part_of(path).stat().st_size
        assert 150_000 - 2 * CHUNK <= kept <= 150_000
        assert not path.exists()
        before = server.sent["/f"]
        assert get(server, path).read_bytes() == BODY
        assert server.sent["/f"] - before == len(BODY) - kept
        assert left(path) == {"f"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(0, len(BODY)), max_size=6), tagged=st.booleans())
def test_wherever_it_breaks_the_file_is_whole(
    tmp_path: Path, cuts: list[int], tagged: bool
) -> None:
    path = tmp_path / "f"
    path.unlink(missing_ok=True)
    with Server({"/f": Page(BODY, etag='"v1"' if tagged else "", cuts=list(cuts))}) as server:
        assert get(server, path, attempts=len(cuts) + 1).read_bytes() == BODY


def test_server_that_ignores_range(tmp_path: Path) -> None:
    with Server({"/f": Page(BODY, ranges=False, cuts=[100_000])}) as server:
        assert get(server, tmp_path / "f", sha256=SHA256).read_bytes() == BODY
        assert "Range" in server.headers[1]
        assert server.sent["/f"] == 100_000 + len(BODY)


def test_two_versions_are_never_glued_together(tmp_path: Path) -> None:
    path, newer = tmp_path / "f", BODY[::-1]
    with Server({"/f": Page(BODY, cuts=[100_000])}) as server:
        with pytest.raises(DownloadError):
            get(server, path, attempts=1)
        server.pages["/f"] = Page(newer, etag='"v2"')
        assert get(server, path).read_bytes() == newer


@pytest.mark.parametrize(
    ("etag", "modified", "sent"),
    [
        ("", "Mon, 02 Nov 2026 10:00:00 GMT", "Mon, 02 Nov 2026 10:00:00 GMT"),
        ('W/"v1"', "Mon, 02 Nov 2026 10:00:00 GMT", "Mon, 02 Nov 2026 10:00:00 GMT"),
        ('W/"v1"', "", None),
        ("", "", None),
    ],
)
def test_what_guards_a_resumed_part(
    tmp_path: Path, etag: str, modified: str, sent: str | None
) -> None:
    page = Page(BODY, etag=etag, modified=modified, cuts=[100_000])
    with Server({"/f": page}) as server:
        assert get(server, tmp_path / "f").read_bytes() == BODY
        assert server.headers[1].get("If-Range") == sent
        assert ("Range" in server.headers[1]) == (sent is not None), "unguarded: from the start"


def test_a_sum_guards_a_part_that_nothing_else_does(tmp_path: Path) -> None:
    with Server({"/f": Page(BODY, etag="", cuts=[100_000])}) as server:
        assert get(server, tmp_path / "f", sha256=SHA256).read_bytes() == BODY
        assert "If-Range" not in server.headers[1]
        assert server.sent["/f"] <= len(BODY) + CHUNK


def test_part_that_is_already_whole_or_too_long(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with Server({"/f": Page(BODY)}) as server:
        part_of(path).write_bytes(BODY)
        assert get(server, path, sha256=SHA256).read_bytes() == BODY
        assert server.sent["/f"] == 0
        path.unlink()
        part_of(path).write_bytes(BODY + b"?")
        assert get(server, path, sha256=SHA256).read_bytes() == BODY


@pytest.mark.parametrize("sums", [{"sha256": "0" * 64}, {"md5": "0" * 32}])
def test_wrong_sum_removes_the_file(tmp_path: Path, sums: dict[str, str]) -> None:
    path = tmp_path / "f"
    with Server({"/f": Page(BODY)}) as server:
        with pytest.raises(DownloadError, match=r"expected 000.*removed") as caught:
            get(server, path, **sums)
        assert (SHA256 if "sha256" in sums else MD5) in str(caught.value)
        assert left(path) == set()
        assert server.requests["/f"] == 1


@pytest.mark.parametrize(("status", "hint"), [(404, "moved"), (410, "moved"), (403, "not give")])
def test_refusals_are_final(tmp_path: Path, status: int, hint: str) -> None:
    with Server({"/f": Page(BODY, statuses=[status] * 9)}) as server:
        with pytest.raises(DownloadError, match=rf"{status}.*{hint}") as caught:
            get(server, tmp_path / "f")
        assert server.url("/f") in str(caught.value)
        assert server.requests["/f"] == 1
        assert left(tmp_path / "f") == set()


def test_passing_trouble_is_waited_out(tmp_path: Path) -> None:
    with Server({"/f": Page(BODY, statuses=[500, 503, 429])}) as server:
        assert get(server, tmp_path / "f").read_bytes() == BODY
        assert server.requests["/f"] == 4


def test_trouble_that_does_not_pass(tmp_path: Path) -> None:
    with Server({"/f": Page(BODY, statuses=[500] * 9)}) as server:
        with pytest.raises(DownloadError, match=r"no success in 2 attempts.*answered 500"):
            get(server, tmp_path / "f", attempts=2)
        assert server.requests["/f"] == 2


def test_silence_is_a_timeout(tmp_path: Path) -> None:
    with (
        Server({"/f": Page(BODY, pace=1.0)}) as server,
        pytest.raises(DownloadError, match="timed out"),
    ):
        get(server, tmp_path / "f", attempts=2, timeout=0.1)


def test_nobody_there(tmp_path: Path) -> None:
    with Server({}) as server:
        url = server.url("/f")
    with pytest.raises(DownloadError, match="no success in 2 attempts"):
        fetch(url, tmp_path / "f", attempts=2, pause=0.0)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/f", "file:///etc/hosts", "ratings.csv", ""])
def test_only_http(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="expected http:// or https://"):
        fetch(url, tmp_path / "f")


def test_at_least_one_attempt(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="attempts=0"):
        fetch("http://127.0.0.1/f", tmp_path / "f", attempts=0)


def test_no_space_is_seen_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=299_999))
    with Server({"/f": Page(BODY)}) as server:
        with pytest.raises(DownloadError, match=r"300,000 bytes are needed and 299,999 are free"):
            get(server, path)
        assert not part_of(path).exists()
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=300_000))
        assert get(server, path).read_bytes() == BODY


def test_disk_that_fills_on_the_way_keeps_the_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f"

    def nearly_full(file: Path, mode: str) -> Any:
        stream = open(file, mode)  # noqa: SIM115  (closed by the proxy)
        write = stream.write

        def limited(data: bytes) -> int:
            if stream.tell() + len(data) > 100_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(data)

        proxy = SimpleNamespace(write=limited, seek=stream.seek, tell=stream.tell)

        class Managed:
            def __enter__(self) -> Any:
                return proxy

            def __exit__(self, *_: object) -> None:
                stream.close()

        return Managed()

    with Server({"/f": Page(BODY)}) as server:
        monkeypatch.setattr(download, "open", nearly_full, raising=False)
        with pytest.raises(DownloadError, match=r"disk is full.*part is kept"):
            get(server, path)
        assert server.requests["/f"] == 1, "a full disk is not tried again"
        kept = part_of(path).stat().st_size
        assert 0 < kept <= 100_000
        monkeypatch.undo()
        before = server.sent["/f"]
        assert get(server, path, sha256=SHA256).read_bytes() == BODY
        assert server.headers[1]["Range"] == f"bytes={kept}-"
        assert server.sent["/f"] > before


def process(server: Server, path: Path, said: Path) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from xdrec.data.download import fetch; fetch(*sys.argv[1:3], progress=False)"
    )
    with open(said, "wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-u", "-c", code, server.url("/f"), str(path)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=stream,
        )


def wait_until(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "waited for a minute"
        time.sleep(0.01)


def test_two_processes_download_once(tmp_path: Path) -> None:
    path, gate = tmp_path / "f", threading.Event()
    said = [tmp_path / "one", tmp_path / "two"]
    with Server({"/f": Page(BODY, gate=gate)}) as server:
        both = [process(server, path, file) for file in said]
        wait_until(lambda: any("waiting for that one" in file.read_text() for file in said))
        assert not path.exists()
        gate.set()
        assert [p.wait(60) for p in both] == [0, 0]
        assert path.read_bytes() == BODY
        assert (server.requests["/f"], server.sent["/f"]) == (1, len(BODY))
        assert sum(bool(file.read_text()) for file in said) == 1


def test_killed_process_leaves_a_part_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with Server({"/f": Page(BODY, pace=0.2)}) as server:
        first = process(server, path, tmp_path / "said")
        wait_until(lambda: part_of(path).exists() and part_of(path).stat().st_size)
        first.kill()
        first.wait(60)
        kept = part_of(path).stat().st_size
        assert 0 < kept < len(BODY)
        server.pages["/f"].pace = 0.0
        assert get(server, path, sha256=SHA256).read_bytes() == BODY
        assert server.headers[1]["Range"] == f"bytes={kept}-"
