"""The tables and the split built from the raw files are the published ones, row for row."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.data.server import Page, Server
from xdrec.data import amazon_food_kitchen as afk
from xdrec.data import amazon_food_kitchen_tables as tables
from xdrec.data.checks import DataError
from xdrec.data.checksums import digest
from xdrec.data.download import DownloadError
from xdrec.data.known import load

NAME = "amazon-food-kitchen"
PUBLISHED = Path(os.environ.get("XDREC_DATA", "")) / NAME
real = pytest.mark.skipif(
    not (os.environ.get("XDREC_DATA") and (PUBLISHED / "raw").is_dir()),
    reason="needs XDREC_DATA with amazon-food-kitchen and its raw files",
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without the data set: no XDREC_DATA, an empty cache."""
    monkeypatch.delenv("XDREC_DATA", raising=False)
    monkeypatch.delenv("XDREC_BASE_URL", raising=False)
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    return tmp_path


def raw_pages() -> dict[str, Page]:
    pages = {}
    for file in afk.RAW:
        source, last = file.split("/")
        pages[f"/{afk.COMMITS[source]}/{last}"] = Page((PUBLISHED / "raw" / file).read_bytes())
    return pages


@real
def test_download_builds_the_published_tables(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server(raw_pages()) as server:
        built = load(NAME, download=True, base_url=server.url())
        assert sum(server.requests.values()) == 9
    assert "neither repository has a licence file" in capsys.readouterr().out
    assert built.folder == cache / "data" / NAME
    for file in afk.FILES:
        assert_frame_equal(pl.read_parquet(built.folder / file), pl.read_parquet(PUBLISHED / file))
    again = load(NAME)  # the server is gone: this is the copy in the cache
    for name in ("food", "kitchen"):
        assert_frame_equal(again.domains[name].items, built.domains[name].items)
    assert "licence" not in capsys.readouterr().out, "terms are shown when data are fetched"


@real
def test_load_from_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    found = load(NAME)
    assert found.folder == PUBLISHED
    food, kitchen = found.domains["food"], found.domains["kitchen"]
    assert (len(food.items), len(food.interactions)) == (12_762, 83_663)
    assert (len(kitchen.items), len(kitchen.interactions)) == (27_858, 89_885)
    assert len(found.cross("kitchen", "food").overlapping) == 7_144
    untitled = food.items.filter(pl.col("title").is_null() & (pl.col("n_interactions") > 0))
    assert len(untitled) == 4_236, "items without a title are kept"
    assert {k: len(v) for k, v in found.extras.items()} == {
        "single_domain_food": 37_099,
        "single_domain_kitchen": 263_071,
    }


@real
def test_a_changed_raw_file_is_refused(cache: Path) -> None:
    pages = raw_pages()
    pages[f"/{afk.COMMITS['LLMCDSR']}/text_A.pkl"].body += b"?"
    with (
        Server(pages) as server,
        pytest.raises(DownloadError, match=r"text_A\.pkl: sha256 is .* expected adc2883e"),
    ):
        load(NAME, download=True, base_url=server.url())
    assert not (cache / "data" / NAME).exists()
    assert not (cache / "downloads" / NAME / "text_A.pkl").exists()


@real
def test_rows_that_differ_from_the_published_ones_are_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "tidy", lambda title: title)
    with (
        Server(raw_pages()) as server,
        pytest.raises(DataError, match=r"items_food\.parquet was built with other rows"),
    ):
        load(NAME, download=True, base_url=server.url())
    assert not (cache / "data" / NAME).exists()


@real
def test_a_damaged_copy_in_the_cache_is_noticed(cache: Path) -> None:
    with Server(raw_pages()) as server:
        folder = load(NAME, download=True, base_url=server.url()).folder
    assert folder is not None
    file = folder / "items_food.parquet"
    pl.read_parquet(file).head(-1).write_parquet(file)
    (folder / "benchmark" / "food.parquet").unlink()
    with pytest.raises(DataError) as caught:
        load(NAME)
    assert [str(file) in fault for fault in caught.value.faults] == [True, False]
    assert "food.parquet: missing" in caught.value.faults[1]


def test_sums_are_complete() -> None:
    assert len(afk.RAW) == 9
    assert afk.FILES.keys() == afk.TABLES.keys()
    assert all(
        len(value) == 64 for sums in (afk.RAW, afk.FILES, afk.TABLES) for value in sums.values()
    )


@real
def test_raw_sums_are_those_of_the_files() -> None:
    assert {file: digest(PUBLISHED / "raw" / file) for file in afk.RAW} == afk.RAW


class Harm:
    """A pickle of this would call `os.mkdir` when read carelessly."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_asks_for_a_class_is_refused(tmp_path: Path, protocol: int) -> None:
    file = tmp_path / "p.pkl"
    file.write_bytes(pickle.dumps({"B1": Harm(tmp_path / "harm")}, protocol))
    with pytest.raises(DataError, match=r"refused: the pickle asks for (posix|nt)\.mkdir"):
        tables.read_pickle(file, str)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (pickle.dumps(["B1"]), "expected a dictionary from str to str"),
        (pickle.dumps({"B1": 1}), "expected a dictionary from str to str"),
        (pickle.dumps({1: "B1"}), "expected a dictionary from str to str"),
        (b"", "cannot be read as a plain pickle"),
        (b"hello", "cannot be read as a plain pickle"),
        (b"K\x01)R.", "cannot be read as a plain pickle"),  # calls the number 1
        (b"}}b.", "cannot be read as a plain pickle"),  # sets attributes of a dictionary
        (pickle.dumps({"B1": "tea"})[:-3], "cannot be read as a plain pickle"),
    ],
)
def test_other_pickles_are_faults(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "p.pkl").write_bytes(content)
    with pytest.raises(DataError, match=what):
        tables.read_pickle(tmp_path / "p.pkl", str)


def test_plain_pickles_are_read(tmp_path: Path) -> None:
    (tmp_path / "p.pkl").write_bytes(pickle.dumps({"B1": "tea", "B2": ""}))
    assert tables.read_pickle(tmp_path / "p.pkl", str) == {"B1": "tea", "B2": ""}


def test_benchmark_split_by_hand() -> None:
    """Five people buy the same three foods and three pots; a sixth food and an untitled one go."""
    people = [f"u{n}" for n in range(5)]
    interactions, items = {}, {}
    for domain, letter in (("food", "f"), ("kitchen", "k")):
        rows = [(u, f"{letter}{i}", 86_400 * i) for u in people for i in range(3)]
        rows += [("u0", f"{letter}rare", 999_999)]
        rows += [(u, f"{letter}untitled", 86_400) for u in people]
        schema = ["user_id", "item_id", "timestamp"]
        interactions[domain] = pl.DataFrame(rows, schema, orient="row")
        ids = sorted({row[1] for row in rows})
        titles = [None if i.endswith("untitled") else i.upper() for i in ids]
        items[domain] = pl.DataFrame({"item_id": ids, "title": titles})
    split = tables.benchmark_split(interactions, items)
    cold = {"u1"}  # numpy: RandomState(42).choice(5, 1, replace=False) gives 1
    for domain, letter in (("food", "f"), ("kitchen", "k")):
        assert split[domain].to_dicts() == [
            {
                "user_id": user,
                "item_id": f"{letter}{i}",
                "timestamp": 86_400 * i,
                "position": i,
                "warm": ("train", "valid", "test")[i],
                "cold": "test" if user in cold else ("train", "train", "valid")[i],
            }
            for user in people
            for i in range(3)
        ]
