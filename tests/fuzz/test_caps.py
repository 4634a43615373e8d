"""Small files that say they are large: refused in words, before the memory is taken."""

from __future__ import annotations

import gzip
import json
import resource
import tracemalloc

import numpy as np
import polars as pl
import pytest
from safetensors.torch import load, save

from tests.fuzz.test_files import EVENTS, ITEMS
from tests.fuzz.test_saved import models
from xdrec.checkpoint import sum_of
from xdrec.data import DataError, caps, read_domain
from xdrec.data.caps import scan_parquet, unpacked
from xdrec.encoders.base import Unreadable
from xdrec.encoders.series import read_series
from xdrec.stream import read_snapshot

CSV = b"item_id,title\nx,Red tea\ny,"


def read(file):
    return read_domain("d", file, EVENTS)


class TestPacked:
    def test_a_bomb_is_refused_and_never_held(self, tmp_path):
        """300 MB in 290 kB: of them no more is ever unpacked than 64 MiB, twice while it grows."""
        file = tmp_path / "a.csv.gz"
        with gzip.open(file, "wb", 6) as bomb:
            bomb.write(CSV)
            for _ in range(300):
                bomb.write(b"y" * 1_000_000)
        said = r"items \(a.csv.gz\): .* unpack to more than 67,108,864: do not use this file"
        tracemalloc.start()
        try:
            with pytest.raises(DataError, match=said):
                read(file)
            assert tracemalloc.get_traced_memory()[1] < 150_000_000
        finally:
            tracemalloc.stop()

    def test_what_is_as_large_as_allowed_is_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(caps, "FREE", 1000)
        monkeypatch.setattr(caps, "RATIO", 0)
        for size, fits in ((1000, True), (1001, False)):
            (tmp_path / "a.gz").write_bytes(gzip.compress(b"y" * size))
            if fits:
                assert unpacked(tmp_path / "a.gz") == b"y" * size
            else:
                with pytest.raises(ValueError, match="unpack to more than 1,000"):
                    unpacked(tmp_path / "a.gz")

    def test_members_one_after_the_other_count_together(self, tmp_path, monkeypatch):
        monkeypatch.setattr(caps, "FREE", 1000)
        monkeypatch.setattr(caps, "RATIO", 0)
        (tmp_path / "a.gz").write_bytes(gzip.compress(b"y" * 600) * 2)
        with pytest.raises(ValueError, match="unpack to more than"):
            unpacked(tmp_path / "a.gz")

    def test_a_packed_series_is_not_unpacked(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(gzip.compress(b"power\n1\n2\n"))
        found = read_series(tmp_path / "a.csv", ["power"])
        assert isinstance(found, Unreadable)
        assert "a.csv: no CSV" in found.reason


class TestParquet:
    def test_one_word_over_and_over(self, tmp_path):
        """51 million rows in a file of some hundred kB: told from the footer, nothing is read."""
        file = tmp_path / "a.parquet"
        once = pl.select(item_id=pl.repeat("x", 51_000_000), title=pl.lit("y"))
        once.write_parquet(file)
        assert file.stat().st_size < 500_000
        for call in (lambda: scan_parquet(file), lambda: read(file)):
            with pytest.raises(ValueError, match=r"102,000,000 cells in .* do not use this file"):
                call()
        found = read_series(file, ["x"])
        assert isinstance(found, Unreadable)
        assert "cells" in found.reason

    def test_rows_times_columns(self, tmp_path, monkeypatch):
        file = tmp_path / "a.parquet"
        ITEMS.write_parquet(file)  # 2 rows of 3 columns
        monkeypatch.setattr(caps, "RATIO", 0)
        monkeypatch.setattr(caps, "CELLS", 6)
        assert scan_parquet(file).collect().equals(ITEMS)
        monkeypatch.setattr(caps, "CELLS", 5)
        with pytest.raises(DataError, match=r"items \(a.parquet\): 6 cells"):
            read(file)


class TestLines:
    def test_a_header_without_end(self, tmp_path):
        (tmp_path / "a.csv").write_text("item_id,title," + "x" * 200_000 + "\nx,y,z\n")
        with pytest.raises(DataError, match=r"items \(a.csv\): no header that can be read"):
            read(tmp_path / "a.csv")

    def test_a_field_of_two_million_letters_is_a_long_title(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(CSV + b"y" * 2_000_000)
        assert read(tmp_path / "a.csv").items["title"].str.len_chars().max() == 2_000_000

    def test_json_without_a_bottom(self, tmp_path):
        deep = '{"item_id":"x","title":' + "[" * 200_000 + "]" * 200_000 + "}\n"
        (tmp_path / "a.jsonl").write_text(deep)
        with pytest.raises(DataError, match="not one JSON object a line in line 1"):
            read(tmp_path / "a.jsonl")


class TestSafetensors:
    @pytest.mark.parametrize("shape", [[2**40], [2**62, 4], [-1], [2**31, 2**31], [2**70]])
    @pytest.mark.parametrize("end", [8, 2**43])
    def test_a_shape_that_the_file_does_not_hold(self, tmp_path, shape, end):
        header = json.dumps({"n": {"dtype": "I64", "shape": shape, "data_offsets": [0, end]}})
        size = len(header).to_bytes(8, "little")
        (tmp_path / "s").write_bytes(size + header.encode() + b"\0" * 8)
        with pytest.raises(ValueError, match="is damaged"):
            read_snapshot(tmp_path / "s")

    @pytest.mark.parametrize("length", [2**62, 2**63 + 1, 10**8])
    def test_a_header_that_is_said_to_be_huge(self, tmp_path, length):
        (tmp_path / "s").write_bytes(length.to_bytes(8, "little") + b"{}")
        with pytest.raises(ValueError, match="is damaged"):
            read_snapshot(tmp_path / "s")


class TestSettings:
    """A model's JSON that asks for more than its weights have, with sums that fit."""

    @pytest.mark.parametrize(("kind", "name"), [
        ("text", "hidden"), ("text", "embedding"), ("text", "layers"), ("letters", "width"),
        ("fusion", "width"), ("sequence", "width"), ("sequence", "layers"),
        ("sequence", "max_length"),
    ])  # fmt: skip
    @pytest.mark.parametrize("value", [10**6, 10**9])
    def test_more_than_there_is(self, tmp_path, kind, name, value):
        load_it, _, files = models()[kind]
        for file, data in files.items():
            (tmp_path / file).write_bytes(data)
        (text,) = tmp_path.glob("*.json")
        said = json.loads(text.read_bytes())
        assert name in said["settings"]
        said["settings"][name] = value
        forged = json.dumps(said)
        text.write_text(forged)
        weights = load(files["model.safetensors"])
        sealed = save(weights, {"crc32": sum_of(weights, forged)})
        (tmp_path / "model.safetensors").write_bytes(sealed)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ValueError, match=str(tmp_path)):
            load_it(tmp_path)
        taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert taken < 400_000, f"{taken} kB"

    def test_what_fits_is_loaded(self, tmp_path):
        for kind in ("text", "letters", "fusion", "sequence"):
            load_it, _, files = models()[kind]
            for file, data in files.items():
                (tmp_path / kind / file).parent.mkdir(exist_ok=True)
                (tmp_path / kind / file).write_bytes(data)
            assert load_it(tmp_path / kind) is not None


def test_a_snapshot_of_json_without_a_bottom(tmp_path):
    from safetensors.numpy import save as save_arrays

    from xdrec.cache import checksum

    held = {"said": np.frombuffer(b"[" * 200_000, np.uint8)}
    made = {"format": "xdrec snapshot", "version": "1", "crc32": checksum(held)}
    (tmp_path / "s").write_bytes(save_arrays(held, made))
    with pytest.raises(ValueError, match="is damaged"):
        read_snapshot(tmp_path / "s")
