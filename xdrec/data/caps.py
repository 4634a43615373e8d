"""How much a small file may become: packed tables that would fill the memory are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

RATIO = 100  # unpacked to packed: text comes to 3 to 20, a bomb to 1,000
FREE = 1 << 26  # bytes that any packed text may become
CELLS = 100_000_000  # rows times columns that any Parquet file may have, and RATIO more a byte


def unpacked(path: Path) -> bytes:
    """The bytes in a gzip file, as long as they are no more than 100 times (or 64 MiB) of it.

    Raises ValueError for more, with no more than that ever held; `gzip` and `zlib` errors as usual.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     written = Path(place, "a.gz").write_bytes(gzip.compress(b"tea"))
    ...     unpacked(Path(place, "a.gz"))
    b'tea'
    """
    size = path.stat().st_size
    most = max(FREE, RATIO * size)
    with gzip.open(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(
            f"{size:,} bytes that unpack to more than {most:,}: do not use this file; if you know "
            "where it is from, unpack it yourself"
        )
    return data


def scan_parquet(path: Path) -> pl.LazyFrame:
    """A Parquet file, yet to be read: rows times columns, as its footer counts them, are in bounds.

    A column that says one thing over and over takes no room in the file and much in memory. So at
    most 100 million cells, or 100 for each byte of the file, whichever is more: beyond that a
    ValueError, before anything is read. A file of up to 64 MiB is then gone through by Arrow: what
    is damaged may make polars ask for more memory than there is, and end the process. Errors of
    polars as usual.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     pl.DataFrame({"a": [1, 2]}).write_parquet(Path(place, "a.parquet"))
    ...     scan_parquet(Path(place, "a.parquet")).collect().height
    2
    """
    lazy, size = pl.scan_parquet(path, glob=False), path.stat().st_size
    rows = int(lazy.select(pl.len()).collect().item())
    cells, most = rows * len(lazy.collect_schema()), max(CELLS, RATIO * size)
    if cells > most:
        raise ValueError(
            f"{cells:,} cells in {size:,} bytes, at most {most:,} expected: do not use this file; "
            "if you know where it is from, read it with polars and give the data frame"
        )
    if size <= FREE:
        _gone_through(path)
    return lazy


def _gone_through(path: Path) -> None:
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (OSError, ValueError, pa.ArrowException) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise ValueError(f"damaged or unreadable ({first}); fetch or write it again") from None
