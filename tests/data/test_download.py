"""`fetch` of a whole file, and what it says when a server or the disk lets it down."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.data.fetching import BODY, MD5, SHA256, get, left, part_of
from tests.data.server import Page, Server
from xdrec.data import download
from xdrec.data.download import DownloadError, fetch


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


def test_a_packed_file_stays_packed_whatever_the_host_calls_it(tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    sha256 = hashlib.sha256(packed).hexdigest()
    with Server({"/f": Page(packed, encoding="gzip", cuts=[100_000])}) as server:
        assert get(server, tmp_path / "f", sha256=sha256).read_bytes() == packed
        assert server.requests["/f"] == 2, "resumed where it broke"


def test_wrong_file_in_place_is_replaced_only_by_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with Server({"/f": Page(b"also wrong")}) as server:
        with pytest.raises(DownloadError, match="sha256"):
            get(server, path, sha256=SHA256)
        assert path.read_bytes() == b"old"
        server.pages["/f"] = Page(BODY)
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
