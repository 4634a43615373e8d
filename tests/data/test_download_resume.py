"""Broken off and resumed: no byte comes twice, no two versions are glued, no two processes race."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.fetching import BODY, SHA256, get, left, part_of
from tests.data.server import Page, Server
from xdrec.data.download import CHUNK, DownloadError

ROOT = Path(__file__).parents[2]


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
