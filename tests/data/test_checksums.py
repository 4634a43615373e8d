"""Sums: right ones pass once and are remembered, every wrong one is named."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import polars as pl
import pytest

from xdrec.data import checksums
from xdrec.data.checks import DataError
from xdrec.data.checksums import check_files, table_digest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def sum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"good")
    (tmp_path / "bad").write_bytes(b"bad")
    sums = {"good": sum_of(b"good"), "bad": sum_of(b"other"), "gone": sum_of(b"")}
    with pytest.raises(DataError) as caught:
        check_files(tmp_path, sums)
    bad, gone = caught.value.faults
    assert str(tmp_path / "bad") in bad
    assert sum_of(b"bad") in bad
    assert "gone: missing" in gone


def test_checked_once_then_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, read, digest = tmp_path / "a", [], checksums.digest
    monkeypatch.setattr(checksums, "digest", lambda path: read.append(path) or digest(path))
    file.write_bytes(b"one")
    for _ in range(3):
        check_files(tmp_path, {"a": sum_of(b"one")})
    assert len(read) == 1
    file.write_bytes(b"two")  # the same size, another time of change
    os.utime(file, ns=(0, 1))
    with pytest.raises(DataError):
        check_files(tmp_path, {"a": sum_of(b"one")})
    check_files(tmp_path, {"a": sum_of(b"two")})
    assert len(read) == 3, "another sum is another question"


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}'])
def test_a_damaged_memory_is_no_harm(tmp_path: Path, cache: Path, content: str) -> None:
    (tmp_path / "a").write_bytes(b"one")
    check_files(tmp_path, {"a": sum_of(b"one")})
    (memory,) = (cache / "checked").iterdir()
    memory.write_text(content)
    check_files(tmp_path, {"a": sum_of(b"one")})


def test_a_cache_that_cannot_be_written_is_no_harm(tmp_path: Path, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    (tmp_path / "a").write_bytes(b"one")
    check_files(tmp_path, {"a": sum_of(b"one")})


def test_the_same_rows_from_another_writer_pass(tmp_path: Path) -> None:
    table = pl.DataFrame({"item_id": ["x", "y"], "n": pl.Series([1, None], dtype=pl.Int32)})
    table.write_parquet(tmp_path / "t", compression="uncompressed")
    sums, rows = {"t": sum_of(b"another writer")}, {"t": table_digest(table)}
    check_files(tmp_path, sums, rows)
    for other in (
        table.with_columns(n=pl.lit(1, pl.Int32)),
        table[::-1],
        table.cast({"n": pl.Int64}),
        table.rename({"n": "m"}),
    ):
        other.write_parquet(tmp_path / "t")
        with pytest.raises(DataError, match="damaged or of another version"):
            check_files(tmp_path, sums, rows)
    (tmp_path / "t").write_bytes(b"no table at all")
    with pytest.raises(DataError, match="damaged"):
        check_files(tmp_path, sums, rows)
