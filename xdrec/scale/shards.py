"""Vectors of a catalogue in many files, and the manifest that says which of them count."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from xdrec.cache import checksum
from xdrec.data.cache import write_whole
from xdrec.encoders.features import Features

FORMAT, VERSION, MANIFEST = "xdrec shards", 1, "manifest.json"
COLUMNS = ("item_id", "present", "vector")


class Shards:
    """The vectors that `encode_shards` wrote: one Parquet file a shard, in the catalogue's order.

    Only what the manifest lists is there: each item once, whatever else lies in the folder.
    `shards[n]` reads one shard, `items` is how many items there are in all, `starts` int64
    [shards] the catalogue's row that each begins with. A shard is checked when it is read.
    Raises FileNotFoundError where there is no manifest (yet), ValueError for one that is damaged or
    of another version, and for a shard that is not the one that was written.
    Book: past one machine.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        path = self.folder / MANIFEST
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is not there: encode_shards writes it when all is done"
            )
        try:
            self.said = json.loads(path.read_text("utf-8"))
            known = (self.said["format"], self.said["version"]) == (FORMAT, VERSION)
            self.listed: list[dict[str, Any]] = self.said["shards"]
            sizes = np.array([each["items"] for each in self.listed], np.int64)
            self.width = int(self.said["width"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is damaged ({error!r}); call encode_shards again") from None
        if not known:
            raise ValueError(f"{path} is no manifest of {FORMAT}, version {VERSION}")
        self.items = int(sizes.sum())
        self.starts = np.cumsum(sizes) - sizes

    def __len__(self) -> int:
        return len(self.listed)

    def __getitem__(self, number: int) -> Features:
        """The vectors of one shard, float32 [items of it, width]."""
        return self._read(number)[1]

    def item_ids(self, number: int) -> pl.Series:
        """The ids of one shard, row by row."""
        return self._read(number)[0]

    def whole(self) -> tuple[pl.Series, Features]:
        """All ids and all vectors in the catalogue's order; for what fits into memory."""
        ids = pl.Series("item_id", [], dtype=pl.String)
        vectors, present = (
            np.zeros((self.items, self.width), np.float32),
            np.zeros(self.items, bool),
        )
        for number, start in enumerate(self.starts):
            some, read = self._read(number)
            ids.append(some)
            rows = slice(start, start + len(some))
            vectors[rows], present[rows] = read.vectors, read.present
        return ids, Features(vectors, present)

    def _read(self, number: int) -> tuple[pl.Series, Features]:
        entry = self.listed[number]
        path = self.folder / entry["file"]
        found = read_shard(path, entry["address"])
        if found is None or len(found[0]) != entry["items"]:
            raise ValueError(
                f"{path} is not the shard that was written; call encode_shards again, which makes "
                "what is missing or damaged"
            )
        return found


def write_manifest(
    folder: Path, said: Mapping[str, Any], shards: Sequence[Mapping[str, Any]]
) -> None:
    """Say, in one file that is whole or not there, which shards count."""
    text = {"format": FORMAT, "version": VERSION, **said, "shards": list(shards)}
    write_whole(folder / MANIFEST, json.dumps(text, indent=1).encode())


def write_shard(path: Path, ids: pl.Series, features: Features, address: str) -> None:
    """One file with ids, vectors and their checksum; whole or not there, whoever is killed."""
    arrays = {"present": features.present, "vectors": features.vectors}
    said = {"address": address, "crc32": checksum(arrays)}
    flat = pa.array(np.ascontiguousarray(features.vectors).reshape(-1))
    columns = [
        ids.cast(pl.String).to_arrow().cast(pa.string()),
        pa.array(features.present),
        pa.FixedSizeListArray.from_arrays(flat, features.vectors.shape[1]),
    ]
    table = pa.table(dict(zip(COLUMNS, columns, strict=True))).replace_schema_metadata(said)
    data = io.BytesIO()
    pq.write_table(table, data, compression="none")  # vectors have nothing to be squeezed out
    write_whole(path, data.getvalue())


def read_shard(path: Path, address: str) -> tuple[pl.Series, Features] | None:
    """What was written under this address; None where it is not there, not whole or another's."""
    try:
        table = pq.read_table(path)
        said = {
            name.decode(): each.decode() for name, each in (table.schema.metadata or {}).items()
        }
        ids, present, vectors = (table.column(name).combine_chunks() for name in COLUMNS)
        width = table.schema.field("vector").type.list_size
        arrays = {
            "present": present.to_numpy(zero_copy_only=False),
            "vectors": vectors.flatten().to_numpy().reshape(-1, width),
        }
        if said.get("address") != address or said.get("crc32") != checksum(arrays):
            return None
        # Of memory of its own: Arrow's may not be written, which torch warns of.
        return pl.Series("item_id", ids), Features.of(arrays["vectors"], arrays["present"])
    except (OSError, KeyError, ValueError, AttributeError):  # pyarrow's errors are of these classes
        return None
