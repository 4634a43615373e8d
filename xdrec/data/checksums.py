"""Is a file the one that was meant? Checked once, then remembered by size and time of change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import polars as pl

from xdrec.data.cache import cache_dir, write_whole
from xdrec.data.checks import DataError
from xdrec.data.files import DAMAGED


def digest(path: Path | str, kind: str = "sha256") -> str:
    """The hexadecimal digest of a file's bytes; `kind` is a name that `hashlib` knows.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "a").write_bytes(b"abc")
    ...     digest(Path(folder, "a"), "md5")
    '900150983cd24fb0d6963f7d28e17f72'
    """
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()


def table_digest(table: pl.DataFrame) -> str:
    """The sha256 of a table's names, types and values in order: equal row for row, equal digest.

    Two Parquet writers put the same rows into different bytes; this looks past the writer.

    >>> one = pl.DataFrame({"user_id": ["a", None]})
    >>> table_digest(one) == table_digest(one.clone()), table_digest(one) == table_digest(one[::-1])
    (True, False)
    """
    columns = [[c.name, str(c.dtype), c.to_list()] for c in table.get_columns()]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def parse_sums(text: str) -> dict[str, str]:
    """File name -> sum, from lines as `sha256sum` writes them: the sum, spaces, the name.

    Raises `DataError` that names each line which is none.

    >>> parse_sums("ab12  items.parquet")
    {'items.parquet': 'ab12'}
    """
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    if faults := [f"{line[0]!r:.80}: expected a sum, a space and a file name"
                  for line in lines if len(line) < 2]:  # fmt: skip
        raise DataError(faults)
    return {name.strip(): value for value, name in lines}


def check_files(
    folder: Path, sums: Mapping[str, str], tables: Mapping[str, str] | None = None
) -> None:
    """Raise one `DataError` with every file of `folder` that is missing or is not the one meant.

    `sums` maps file name to the sha256 of its bytes; `tables`, if given, to its `table_digest`,
    which is asked where the bytes differ. What passed is remembered in the cache folder until the
    file's size or time of change differs, so that only the first check reads the files.
    """
    memory = (
        cache_dir() / "checked" / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}.json"
    )
    seen, faults = _recall(memory), []
    for name, expected in sums.items():
        file = folder / name
        if not file.is_file():
            faults.append(f"{file}: missing; copy the whole data set again")
            continue
        state = [file.stat().st_size, file.stat().st_mtime_ns, expected]
        if seen.get(name) == state:
            continue
        found = digest(file)
        if found == expected or (tables and name in tables and _same_rows(file, tables[name])):
            seen[name] = state
        else:
            faults.append(
                f"{file}: sha256 is {found}, expected {expected}; the file is damaged or of "
                "another version: replace it"
            )
    _remember(memory, seen)
    if faults:
        raise DataError(faults)


def _same_rows(file: Path, expected: str) -> bool:
    try:
        return table_digest(pl.read_parquet(file)) == expected
    except DAMAGED:
        return False  # not a Parquet file at all: the caller reports its sha256


def _recall(memory: Path) -> dict[str, list]:
    try:
        seen = json.loads(memory.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return seen if isinstance(seen, dict) else {}


def _remember(memory: Path, seen: dict[str, list]) -> None:
    # A cache that cannot be written is no fault: the files are read again next time.
    with suppress(OSError):
        write_whole(memory, json.dumps(seen).encode())
