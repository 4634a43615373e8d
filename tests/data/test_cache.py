"""The cache: files and folders are whole or not there, whoever else writes or breaks off."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xdrec.data.cache import cache_dir, made_whole, write_whole


def test_a_file_is_written_with_its_folders_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "a"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(file.parent.iterdir()) == [file]


def test_threads_that_write_one_file_never_leave_a_mixture(tmp_path: Path) -> None:
    file, contents = tmp_path / "a", [bytes([n]) * 100_000 for n in range(8)]
    write_whole(file, contents[0])

    def write_and_read(content: bytes) -> bytes:
        write_whole(file, content)
        return file.read_bytes()

    with ThreadPoolExecutor(max_workers=8) as pool:
        seen = list(pool.map(write_and_read, contents * 20))
    assert set(seen) <= set(contents)
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    write_whole(file, b"old")
    with pytest.raises(TypeError):
        write_whole(file, "text")  # type: ignore[arg-type]

    def full(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_whole(tmp_path / "a", b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_folder_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "tables"

    def fail() -> None:
        with made_whole(folder) as new:
            new.mkdir()
            (new / "a").write_text("half")
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        fail()
    assert [f for f in tmp_path.iterdir() if f.suffix != ".lock"] == []


def test_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path / "c"))
    assert cache_dir() == tmp_path / "c"
    monkeypatch.setenv("XDREC_CACHE", "~/c")
    assert cache_dir() == Path.home() / "c"
    monkeypatch.setenv("XDREC_CACHE", " ")
    assert cache_dir().name == "xdrec"
