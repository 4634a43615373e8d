"""Shards without a cluster: each item once, whoever is killed, whatever has changed."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from filelock import FileLock

from tests.scale.work import Letters, catalogue
from xdrec.data import joined_texts
from xdrec.scale import Shards, encode_shards
from xdrec.scale import encode as encoding
from xdrec.scale.shards import MANIFEST
from xdrec.scale.work import TRIES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path):
    return tmp_path / "shop.parquet", catalogue(tmp_path / "shop.parquet")


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}


def made_anew(before: dict[str, int], shards: Shards) -> list[int]:
    now = times(shards.folder)
    return [n for n, e in enumerate(shards.listed) if before.get(e["file"]) != now[e["file"]]]


def test_every_item_once_with_the_vector_of_its_text(shop, tmp_path):
    path, table = shop
    shards = encode_shards(path, tmp_path / "out", Letters, shard=16)
    assert len(shards) == 7
    assert shards.items == 100
    assert shards.starts.tolist() == [0, 16, 32, 48, 64, 80, 96]
    ids, f = shards.whole()
    assert ids.to_list() == table["item_id"].to_list()
    # One shard of all items is another plan: the same vectors but for rounding.
    at_once = Letters().encode(table["title"].to_list(), cache=False)
    np.testing.assert_allclose(f.vectors, at_once.vectors, atol=1e-6)
    assert f.present.tolist() == at_once.present.tolist()
    assert not f.present[5]
    part = Letters().encode(table["title"].to_list()[32:48], cache=False)
    assert np.array_equal(shards[2].vectors, part.vectors)
    assert shards.item_ids(6).to_list() == ["i96", "i97", "i98", "i99"]


def test_a_second_call_makes_nothing(shop, tmp_path):
    path, _ = shop
    encode_shards(path, tmp_path / "out", Letters, shard=16)
    before = times(tmp_path / "out")
    assert made_anew(before, encode_shards(path, tmp_path / "out", Letters, shard=16)) == []


def test_a_changed_catalogue_makes_what_has_changed_and_no_more(shop, tmp_path):
    path, table = shop
    encode_shards(path, tmp_path / "out", Letters, shard=16)
    before = times(tmp_path / "out")
    title = pl.when(pl.col("item_id") == "i40").then(pl.lit("soap")).otherwise("title")
    more = pl.DataFrame({"item_id": ["new"], "title": ["a kettle"]})
    pl.concat([table.with_columns(title.alias("title")), more]).write_parquet(path)
    shards = encode_shards(path, tmp_path / "out", Letters, shard=16)
    assert made_anew(before, shards) == [2, 6]
    assert shards.items == 101
    assert len(times(tmp_path / "out")) == 7  # what counts no more is gone


def test_another_encoder_or_batch_makes_all(shop, tmp_path):
    path, _ = shop
    encode_shards(path, tmp_path / "out", Letters, shard=16)
    before = times(tmp_path / "out")
    other = encode_shards(path, tmp_path / "out", partial(Letters, seed=1), shard=16)
    assert made_anew(before, other) == list(range(7))
    before = times(tmp_path / "out")

    def small():
        encoder = Letters(seed=1)
        encoder.budget = 32
        return encoder

    assert made_anew(before, encode_shards(path, tmp_path / "out", small, shard=16)) == [*range(7)]


@pytest.mark.parametrize("harm", ["cut", "empty", "bit", "gone", "another's"])
def test_a_damaged_shard_is_noticed_and_made_anew(shop, tmp_path, harm):
    path, _ = shop
    shards = encode_shards(path, tmp_path / "out", Letters, shard=16)
    whole = {p.name: p.read_bytes() for p in shards.folder.glob("*.parquet")}
    victim = shards.folder / shards.listed[3]["file"]
    data = bytearray(victim.read_bytes())
    data[data.index(shards[3].vectors[2].tobytes())] ^= 1
    other = (shards.folder / shards.listed[2]["file"]).read_bytes()
    if harm == "gone":
        victim.unlink()
    else:
        half = len(data) // 2
        victim.write_bytes({"cut": whole[victim.name][:half], "empty": b"", "bit": bytes(data),
                            "another's": other}[harm])  # fmt: skip
    with pytest.raises(ValueError, match="not the shard that was written"):
        shards[3]
    encode_shards(path, tmp_path / "out", Letters, shard=16)
    assert {p.name: p.read_bytes() for p in shards.folder.glob("*.parquet")} == whole


def test_a_folder_of_files_is_one_catalogue(shop, tmp_path):
    path, table = shop
    (tmp_path / "many").mkdir()
    for name, rows in (("b", table[30:]), ("a", table[:30])):
        rows.write_parquet(tmp_path / "many" / f"{name}.parquet", row_group_size=7)
    one = encode_shards(path, tmp_path / "one", Letters, shard=16)
    many = encode_shards(tmp_path / "many", tmp_path / "two", Letters, shard=16)
    assert one.listed == many.listed
    with pytest.raises(ValueError, match="holds the catalogue"):
        encode_shards(tmp_path / "many", tmp_path / "many", Letters)


def test_only_shards_are_ever_taken_away(shop, tmp_path):
    path, _ = shop
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.parquet").write_bytes(b"precious")
    encode_shards(path, tmp_path / "out", Letters)
    assert (tmp_path / "out" / "mine.parquet").read_bytes() == b"precious"


def test_a_caller_that_is_killed_is_gone_on_with(shop, tmp_path):
    """SIGKILL in the middle: no manifest, no half shard; the next call makes the rest."""
    path, _ = shop
    twin = encode_shards(path, tmp_path / "twin", Letters, shard=16)
    (tmp_path / "marks").mkdir()
    program = (
        "import sys; from functools import partial; from tests.scale.work import Mortal\n"
        "from xdrec.scale import encode_shards\n"
        "shop, out, marks = sys.argv[1:]\n"
        "encode_shards(shop, out, partial(Mortal, marks), shard=16)\n"
    )
    run = [sys.executable, "-c", program, path, tmp_path / "out", tmp_path / "marks"]
    assert subprocess.run(run, cwd=ROOT).returncode == -9
    before = times(tmp_path / "out")
    assert len(before) == 3  # row 53 stands in the fourth
    with pytest.raises(FileNotFoundError, match="when all is done"):
        Shards(tmp_path / "out")
    (tmp_path / "out" / ".half-dead").mkdir()  # killed while writing
    shards = encode_shards(path, tmp_path / "out", Letters, shard=16)
    assert made_anew(before, shards) == [3, 4, 5, 6]
    assert shards.listed == twin.listed
    for entry in twin.listed:
        one, two = (folder / entry["file"] for folder in (twin.folder, shards.folder))
        assert one.read_bytes() == two.read_bytes()
    left = {each.name for each in shards.folder.iterdir()}
    assert left == {entry["file"] for entry in twin.listed} | {MANIFEST, ".lock"}


def test_bad_items_are_said_together_and_the_good_shards_kept(shop, tmp_path):
    path, _ = shop

    def read(rows):
        bad = {"i20", "i90"}
        texts = zip(rows["item_id"], joined_texts(rows), strict=True)
        return [3 if item in bad else text for item, text in texts]

    with pytest.raises(ValueError, match=r"2 of 7 shards(.|\n)*from 16 on(.|\n)*from 80 on"):
        encode_shards(path, tmp_path / "out", Letters, read=read, shard=16)
    before = times(tmp_path / "out")
    assert len(before) == 5
    assert made_anew(before, encode_shards(path, tmp_path / "out", Letters, shard=16)) == [1, 5]


def test_a_shard_at_which_workers_died_is_given_up_for_this_call(shop, tmp_path, monkeypatch):
    path, _ = shop
    twin = encode_shards(path, tmp_path / "twin", Letters, shard=16)
    deadly = twin.listed[3]["file"].removesuffix(".parquet")
    here = encoding._here

    def after_two_deaths(work, jobs):
        (tmp_path / "out" / TRIES / deadly).write_text("..")
        yield from here(work, jobs)

    with monkeypatch.context() as patch:
        patch.setattr(encoding, "_here", after_two_deaths)
        again = encode_shards(path, tmp_path / "out", Letters, shard=16, retries=2)  # the third
        assert again.listed == twin.listed
        (again.folder / twin.listed[3]["file"]).unlink()
        with pytest.raises(ValueError, match=r"1 of 7 (.|\n)*from 48 on: 2 workers died"):
            encode_shards(path, tmp_path / "out", Letters, shard=16, retries=1)
    assert len(times(tmp_path / "out")) == 6
    assert encode_shards(path, tmp_path / "out", Letters, shard=16, retries=1).items == 100


@pytest.mark.parametrize(
    ("ids", "said"),
    [(["a", "a"], "1 different"), (["a", None], "1 of them missing"), ([], "0 rows")],
)
def test_ids_must_be_there_and_differ(tmp_path, ids, said):
    table = pl.DataFrame({"item_id": ids, "title": ["tea"] * len(ids)}).cast(pl.String)
    table.write_parquet(tmp_path / "c.parquet")
    with pytest.raises(ValueError, match=said):
        encode_shards(tmp_path / "c.parquet", tmp_path / "out", Letters)


def test_bad_catalogues_and_numbers(shop, tmp_path):
    path, table = shop
    with pytest.raises(FileNotFoundError, match="expected a Parquet file"):
        encode_shards(tmp_path / "none", tmp_path / "out", Letters)
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(ValueError, match="cannot be read as Parquet"):
        encode_shards(tmp_path / "text.parquet", tmp_path / "out", Letters)
    table.rename({"item_id": "id"}).write_parquet(tmp_path / "id.parquet")
    with pytest.raises(ValueError, match="no column item_id"):
        encode_shards(tmp_path / "id.parquet", tmp_path / "out", Letters)
    table.rename({"title": "name"}).write_parquet(tmp_path / "name.parquet")
    with pytest.raises(ValueError, match="expected one or more of"):
        encode_shards(tmp_path / "name.parquet", tmp_path / "out", Letters)
    for bad in ({"shard": 0}, {"workers": -1}, {"threads": 0}, {"retries": True}, {"shard": 2.5}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))}=.*expected a whole number"):
            encode_shards(path, tmp_path / "out", Letters, **bad)


def test_one_run_a_folder(shop, tmp_path):
    path, _ = shop
    (tmp_path / "out").mkdir()
    with (
        FileLock(tmp_path / "out" / ".lock"),
        pytest.raises(RuntimeError, match="another run is encoding"),
    ):
        encode_shards(path, tmp_path / "out", Letters)


def test_workers_that_disagree_write_no_manifest(shop, tmp_path, monkeypatch):
    path, _ = shop

    def two_minds(work, jobs):
        yield from map(encoding.EncodeShard(**work | {"make": Letters}), jobs[:3])
        yield from map(encoding.EncodeShard(**work | {"make": partial(Letters, 1)}), jobs[3:])

    monkeypatch.setattr(encoding, "_here", two_minds)
    with pytest.raises(RuntimeError, match="2 encoders"):
        encode_shards(path, tmp_path / "out", Letters, shard=16)
    assert not (tmp_path / "out" / MANIFEST).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "xdrec shards"}', "[" * 9999])
def test_a_damaged_manifest_is_said(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(ValueError, match="damaged"):
        Shards(tmp_path)


def test_a_manifest_of_another_version_is_said(shop, tmp_path):
    shards = encode_shards(shop[0], tmp_path / "out", Letters)
    said = shards.said | {"version": 2}
    (shards.folder / MANIFEST).write_text(json.dumps(said))
    with pytest.raises(ValueError, match="version 1"):
        Shards(shards.folder)
