"""Archives: the whole folder or nothing, and never a byte outside of it."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from xdrec.data.checks import DataError
from xdrec.data.unpack import unzip


def archive(tmp_path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return tmp_path / "a.zip"


def test_unpacked_once(tmp_path: Path) -> None:
    made = archive(tmp_path, {"posters/": b"", "posters/1.jpg": b"one", "b.csv": b"x,y"})
    out = unzip(made, tmp_path / "new" / "out")
    assert (out / "posters/1.jpg").read_bytes() == b"one"
    assert (out / "b.csv").read_bytes() == b"x,y"
    before = (out / "b.csv").stat().st_mtime_ns
    unzip(made, out)
    assert (out / "b.csv").stat().st_mtime_ns == before
    (out / "posters/1.jpg").unlink()
    unzip(made, out)
    assert (out / "posters/1.jpg").read_bytes() == b"one", "an incomplete folder is made again"


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:\\evil", "a/.."]
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    made = archive(tmp_path, {"good": b"1", name: b"2"})
    with pytest.raises(DataError, match="leads out of the folder"):
        unzip(made, tmp_path / "in" / "out")
    assert not (tmp_path / "in").exists()
    assert not list(tmp_path.glob("**/evil"))


def test_links_doubles_and_bombs_are_named_together(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as made:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc")
        made.writestr("big", bytes(10_000_000))
        made.writestr("one", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("one", "2")
    with pytest.raises(DataError) as caught:
        unzip(tmp_path / "a.zip", tmp_path / "out", most_bytes=1_000_000, most_files=3)
    told = "\n".join(caught.value.faults)
    for what in ("'link' is a link", "'one' is there twice", "at most 1,000,000", "at most 3"):
        assert what in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("names", [["a", "a/b"], ["a/b/c", "a/b"], ["a", "a/"]])
def test_a_name_that_is_a_file_and_a_folder(tmp_path: Path, names: list[str]) -> None:
    made = archive(tmp_path, dict.fromkeys(names, b""))
    with pytest.raises(DataError, match=r"a\.zip: '.*' is a file and a folder at once|there twice"):
        unzip(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_encrypted_member(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("secret", "x")
        made.getinfo("secret").flag_bits |= 1
    with pytest.raises(DataError, match="'secret' is encrypted; get an archive without a password"):
        unzip(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("error", [OSError("no space left"), RuntimeError("odd member")])
def test_any_other_failure_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(zipfile.ZipFile, "extractall", fail)
    with pytest.raises(DataError, match=rf"a\.zip: cannot be unpacked \({error}\)"):
        unzip(archive(tmp_path, {"a": b""}), tmp_path / "out")


def test_damaged_archive_leaves_nothing(tmp_path: Path) -> None:
    made = archive(tmp_path, {"a": b"first member " * 50, "b": b"second member"})
    data = bytearray(made.read_bytes())
    data[200] ^= 1  # inside the first member: its CRC no longer holds
    made.write_bytes(data)
    with pytest.raises(DataError, match="get the archive again"):
        unzip(made, tmp_path / "in" / "out")
    assert [f for f in (tmp_path / "in").iterdir() if f.suffix != ".lock"] == []
    made.write_bytes(b"no zip")
    with pytest.raises(DataError, match="not a readable zip"):
        unzip(made, tmp_path / "out")
