"""What one worker does with a stretch of a catalogue: safe to be killed at, safe to be repeated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch

from xdrec.cache import address
from xdrec.encoders.base import Encoder
from xdrec.scale.shards import read_shard, write_shard

SHARD = re.compile(r"\d{12}-[0-9a-f]{16}\.parquet")  # first row, and hash of what is in it
TRIES = ".tries"  # a file for each shard begun, a dot for each attempt
Rows = Callable[[pl.DataFrame], Sequence[Any]]


class EncodeShard:
    """One worker: an encoder, and what it does with a stretch of the catalogue's rows.

    Doing it twice does no harm: the same content has the same file name, and is found there.
    """

    def __init__(
        self,
        make: Callable[[], Encoder],
        read: Rows,
        paths: list[str],
        folder: str,
        threads: int,
        retries: int,
    ) -> None:
        torch.set_num_threads(threads)
        self.encoder, self.read, self.paths, self.folder = make(), read, paths, Path(folder)
        self.retries = retries
        batches = [self.encoder.budget, self.encoder.chunk, threads]  # what the last bit hangs on
        self.name = address(self.encoder.identity(), batches)

    def __call__(self, job: Mapping[str, Any]) -> dict[str, str]:
        entry: dict[str, Any] = {"start": int(job["start"]), "items": int(job["items"])}
        try:
            entry |= self._make(entry["start"], entry["items"])
        except ValueError as error:  # bad items: said of all shards together, none of them lost
            entry["error"] = str(error)
        return {"entry": json.dumps(entry)}

    def _make(self, start: int, items: int) -> dict[str, Any]:
        rows = pl.scan_parquet(self.paths).slice(start, items).collect()
        if len(rows) != items:
            raise ValueError(f"{len(rows)} rows, {items} a moment ago: the catalogue has changed")
        ids, things = rows["item_id"].cast(pl.String), self.read(rows)
        self.encoder.check(things)
        here = [self.encoder.content(x) if self.encoder.present(x) else None for x in things]
        key = address(self.name, ids.to_list(), here)
        path = self.folder / f"{start:012d}-{key[:16]}.parquet"
        if read_shard(path, key) is None:
            self._begin(path.stem)
            write_shard(path, ids, self.encoder.encode(things, cache=False), key)
        said = {"file": path.name, "address": key}
        return said | {"encoder": self.name, "width": self.encoder.width}

    def _begin(self, shard: str) -> None:
        """Count this attempt before it is made: one that kills its worker cannot do so later."""
        marks = self.folder / TRIES / shard
        with marks.open("ab") as file:
            file.write(b".")
        begun = marks.stat().st_size
        if begun > self.retries + 1:
            raise ValueError(
                f"{begun - 1} workers died at this shard and none finished it: does it need more "
                "memory than a worker has? a smaller shard may help"
            )
