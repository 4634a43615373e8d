"""A catalogue of any size encoded shard by shard: restartable, and each item exactly once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import torch
from filelock import FileLock, Timeout

from xdrec.data.domain import joined_texts
from xdrec.encoders.base import Encoder
from xdrec.scale.cluster import over_workers, running
from xdrec.scale.shards import Shards, write_manifest
from xdrec.scale.work import SHARD, TRIES, EncodeShard, Rows


def encode_shards(
    catalogue: str | Path,
    folder: str | Path,
    make: Callable[[], Encoder],
    *,
    read: Rows = joined_texts,
    shard: int = 4096,
    workers: int = 0,
    gpus: float = 0,
    threads: int = 1,
    retries: int = 3,
) -> Shards:
    """Encode a Parquet catalogue into `folder`, one file for every `shard` items.

    `catalogue` is a file, or a folder whose *.parquet are taken by name, with a column item_id;
    `make()` gives the encoder, once a worker; `read(rows)` gives what it encodes (default: the
    texts). `workers=0` works in this process; else so many actors of the connected Ray, each with
    one core and `gpus`, and `folder` must be one that all machines share and can rename files in.

    The name of a shard's file is the hash of encoder, batches, ids and contents. A shard that is
    there and whole is not made again, so a second call does only what is missing, changed or
    damaged, and a shard that two workers make is one file. It gets its name when it is whole; the
    manifest is written last and says which files count, and the others go. So whoever is killed,
    each item has one vector, and with the same `shard` and `threads`, in float32 and on the same
    kind of chip, the same bits as in one process. A shard at which more than `retries` workers died
    is given up for this call. The ids are looked through once, to see that they are unique.

    Raises ValueError for a catalogue without unique ids and for items that cannot be encoded (all
    good shards are kept), RuntimeError where another run has this folder or workers disagree about
    the encoder, ImportError without ray. Source: Moritz et al., OSDI 2018 (what is lost is run
    anew). Book: past one machine.
    """
    for name, value, least in (("shard", shard, 1), ("workers", workers, 0),
                               ("threads", threads, 1), ("retries", retries, 0)):  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name}={value!r}: expected a whole number >= {least}")
    if workers:
        running(workers)
    paths, items = _checked(Path(catalogue))
    folder = Path(folder).absolute()
    if any(Path(path).parent == folder for path in paths):
        raise ValueError(f"{folder} holds the catalogue: expected a folder for the shards alone")
    jobs = [
        {"start": start, "items": min(shard, items - start)} for start in range(0, items, shard)
    ]
    work = {
        "make": make, "read": read, "paths": paths, "folder": str(folder), "threads": threads,
        "retries": retries,
    }  # fmt: skip
    with _alone(folder):
        done = (
            over_workers(EncodeShard, work, jobs, workers=workers, gpus=gpus)
            if workers
            else _here(work, jobs)
        )
        found = sorted((json.loads(row["entry"]) for row in done), key=lambda each: each["start"])
        faults = [
            f"rows from {each['start']} on: {each['error']}" for each in found if "error" in each
        ]
        if faults:
            more = [f"and {len(faults) - 5} more shards"] * (len(faults) > 5)
            raise ValueError(
                f"{len(faults)} of {len(jobs)} shards could not be made; the others are kept, the "
                "next call makes what is missing:\n" + "\n".join(faults[:5] + more)
            )
        said = {(each.pop("encoder"), each.pop("width")) for each in found}
        if len(said) > 1 or [each["start"] for each in found] != [job["start"] for job in jobs]:
            raise RuntimeError(
                f"{len(found)} of {len(jobs)} shards, {len(said)} encoders: expected all, of one; "
                "has every machine the same weights and the same kind of device?"
            )
        encoder, width = said.pop()
        write_manifest(folder, {"items": items, "width": width, "encoder": encoder}, found)
        _tidy(folder, {each["file"] for each in found})
    return Shards(folder)


def _here(work: Mapping[str, Any], jobs: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    before = torch.get_num_threads()
    try:
        yield from map(EncodeShard(**work), jobs)
    finally:
        torch.set_num_threads(before)


def _checked(catalogue: Path) -> tuple[list[str], int]:
    """The files, by name, and how many items they hold, each with an id of its own."""
    paths = sorted(catalogue.glob("*.parquet")) if catalogue.is_dir() else [catalogue]
    if not paths or not all(path.is_file() for path in paths):
        raise FileNotFoundError(f"{catalogue}: expected a Parquet file, or a folder of some")
    files = [str(path.absolute()) for path in paths]
    try:
        table = pl.scan_parquet(files)
        if "item_id" not in table.collect_schema().names():
            raise ValueError(
                f"{catalogue} has no column item_id: rename the one that holds the ids"
            )
        ids = pl.col("item_id")
        asked = table.select(pl.len().alias("n"), ids.n_unique().alias("different"),
                             ids.null_count().alias("missing"))  # fmt: skip
        n, different, missing = asked.collect(engine="streaming").row(0)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{catalogue} cannot be read as Parquet: {error}") from error
    if not n or missing or different < n:
        raise ValueError(
            f"{catalogue}: {n} rows, {different} different ids, {missing} of them missing: "
            "expected at least one item, and an id of its own for each; use .unique('item_id')"
        )
    return files, n


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run a folder: two would take away each other's files. A killed one holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RuntimeError(
            f"another run is encoding into {folder}: wait, or take another"
        ) from None
    try:
        shutil.rmtree(folder / TRIES, ignore_errors=True)  # a new call tries everything anew
        (folder / TRIES).mkdir()
        yield
    finally:
        lock.release()


def _tidy(folder: Path, kept: set[str]) -> None:
    """Take away shards that count no more, and what killed workers have left."""
    for path in folder.glob("*.parquet"):
        if SHARD.fullmatch(path.name) and path.name not in kept:  # nobody else's file
            path.unlink(missing_ok=True)
    for left in (folder / TRIES, *folder.glob(".half-*")):
        shutil.rmtree(left, ignore_errors=True)
