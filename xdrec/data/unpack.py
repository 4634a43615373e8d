"""Archives from elsewhere, opened with care."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from xdrec.data.cache import made_whole
from xdrec.data.checks import DataError

ENCRYPTED = 0x1  # the bit of a member's flags, APPNOTE 4.4.4


def unzip(
    archive: Path, folder: Path, most_bytes: int = 1 << 30, most_files: int = 100_000
) -> Path:
    """Unpack a zip file into `folder` and return the folder; whole, or nothing at all.

    Raises one `DataError` with every fault, before anything is written: a name that leads out of
    the folder, a link, two members of one name, a file that is a folder too, an encrypted member,
    more than `most_bytes` unpacked or `most_files`. A folder that already holds every member
    with its size is left as it is.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     with zipfile.ZipFile(f"{place}/a.zip", "w") as made:
    ...         made.writestr("../x", "")
    ...     unzip(Path(place, "a.zip"), Path(place, "out"))
    Traceback (most recent call last):
    xdrec.data.checks.DataError: 1 fault in the data:
      1. a.zip: '../x' leads out of the folder; do not use this archive
    """
    with _opened(archive) as opened:
        members = opened.infolist()
        faults = _faults(archive.name, members, most_bytes, most_files)
        if faults:
            raise DataError(faults)
        with made_whole(folder) as half:
            try:
                if not all(_is_there(folder / member.filename, member) for member in members):
                    opened.extractall(half)  # reads no more than declared, and checks each CRC
            except Exception as error:  # as below, and the disk may be full
                raise DataError(
                    [f"{archive}: cannot be unpacked ({error}); get the archive again, or make "
                     "room if the disk is full"]
                ) from error  # fmt: skip
    return folder


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except Exception as error:  # a damaged file makes zipfile raise almost anything
        raise DataError([f"{archive}: not a readable zip file: {error}"]) from error


def _is_there(file: Path, member: zipfile.ZipInfo) -> bool:
    return (
        file.is_dir()
        if member.is_dir()
        else file.is_file() and file.stat().st_size == member.file_size
    )


def _faults(
    name: str, members: list[zipfile.ZipInfo], most_bytes: int, most_files: int
) -> list[str]:
    faults, seen, never = [], set(), "do not use this archive"
    if not all(member.filename for member in members):
        return [f"{name}: a member has no name; {never}"]
    files = {PurePosixPath(member.filename) for member in members if not member.is_dir()}
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            faults.append(f"{name}: {member.filename!r} leads out of the folder; {never}")
        if stat.S_ISLNK(member.external_attr >> 16):
            faults.append(f"{name}: {member.filename!r} is a link; {never}")
        if path in seen:
            faults.append(f"{name}: {member.filename!r} is there twice; {never}")
        seen.add(path)
        for both in files.intersection(path.parents):
            faults.append(f"{name}: {str(both)!r} is a file and a folder at once; {never}")
        if member.flag_bits & ENCRYPTED:
            faults.append(
                f"{name}: {member.filename!r} is encrypted; get an archive without a password"
            )
    total = sum(member.file_size for member in members)
    if total > most_bytes:
        faults.append(f"{name}: {total:,} bytes unpacked, at most {most_bytes:,} expected; {never}")
    if len(members) > most_files:
        faults.append(f"{name}: {len(members):,} files, at most {most_files:,} expected; {never}")
    return faults
