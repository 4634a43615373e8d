"""Zip archives: the whole folder or nothing, never a byte outside it, never more than allowed."""

from __future__ import annotations

import io
import shutil
import stat
import warnings
import zipfile
from pathlib import Path
from random import Random

from tests.fuzz.hostile import damaged, holds, told, word
from xdrec.data.unpack import unzip

NAMES = ("a", "a/b", "b/", "../x", "/x", "a/../../x", "..\\x", "C:\\x", ".", "..", "a//b", "é",
         "\u202e", "a\0b", "x" * 300, "A", "a/", "\\\\host\\x", "aux", " ", "a\n")  # fmt: skip
MOST = 2000  # bytes unpacked
SMALL = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA


def archive(rng: Random) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", rng.choice(SMALL)) as made:
        warnings.simplefilter("ignore")  # two members of one name
        for n in range(rng.randrange(4)):
            simple = rng.randrange(2)
            info = zipfile.ZipInfo(f"f{n}" if simple else rng.choice((*NAMES, word(rng) or "_")))
            if rng.randrange(8) == 0:
                info.external_attr = (rng.choice((stat.S_IFLNK, stat.S_IFIFO)) | 0o777) << 16
            made.writestr(info, bytes(rng.choice((0, 3, 50, 50, MOST, 10 * MOST))))
    return buffer.getvalue()


def archives(rng: Random, place: Path) -> None:
    data = archive(rng)
    if rng.randrange(2):
        data = damaged(rng, data)
    home = place / "home"
    shutil.rmtree(home, ignore_errors=True)  # of an attempt that failed
    home.mkdir()
    (home / "a.zip").write_bytes(data)
    kept = rng.randrange(2)
    if kept:  # an earlier, whole folder
        (home / "out").mkdir()
        (home / "out" / "old").write_bytes(b"old")
    found = told(lambda: unzip(home / "a.zip", home / "out", MOST, 3), "a.zip")
    assert (home / "a.zip").read_bytes() == data
    assert sorted(p.name for p in place.iterdir()) == ["home"], "a byte outside"
    inside = {p.name for p in home.iterdir()} - {"a.zip", ".out.lock"}
    if found is None:
        assert inside == ({"out"} if kept else set()), "half of something"
        assert not kept or (home / "out" / "old").read_bytes() == b"old"
    else:
        files = [p for p in found.rglob("*") if p.is_file()] if found.is_dir() else []
        assert sum(p.stat().st_size for p in files) <= MOST + 3
        assert not any(p.is_symlink() for p in found.rglob("*"))
    shutil.rmtree(home)


def test_a_member_without_a_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("a", b"1")
    named = (tmp_path / "a.zip").read_bytes()
    at = named.index(b"PK\x01\x02")  # the directory: 46 bytes, the last of them the name's place
    data = bytearray(named[: at + 46] + named[at + 47 :])
    data[at + 28] = 0  # the length of the name
    data[at + 46 + 12] -= 1  # the length of the directory
    (tmp_path / "a.zip").write_bytes(data)
    assert told(lambda: unzip(tmp_path / "a.zip", tmp_path / "out"), "a member has no name") is None


ENTRIES = {"archives": (archives, 80)}
test_archives = holds(archives, 120)
