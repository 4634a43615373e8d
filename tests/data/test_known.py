"""Names, places and messages: what is found where, and what is said when it is not."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import polars as pl
import pytest

from xdrec.data import known
from xdrec.data.checks import DataError
from xdrec.data.checksums import digest
from xdrec.data.known import DataSet, load

ROOT = Path(os.environ.get("XDREC_DATA", ""))
POSTERS = "movielens-posters"
real = pytest.mark.skipif(
    not (os.environ.get("XDREC_DATA") and (ROOT / POSTERS).is_dir()),
    reason="needs XDREC_DATA with movielens-posters",
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("XDREC_BASE_URL", raising=False)
    return tmp_path / "cache"


def no_network(*_: object, **__: object) -> None:
    raise AssertionError("the network was asked")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("amazon-food-kitchen", "download=True) to get it from https://raw.githubusercontent.com"),
        ("movielens-latest-small", "download=True) to get it from https://files.grouplens.org"),
        ("amazon-2023/All_Beauty", "download=True) to get it from https://mcauleylab.ucsd.edu"),
        ("movielens-posters", "it cannot be downloaded"),
    ],
)
def test_missing_says_where_it_looked_and_how_to_get_it(
    name: str, how: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests.get", no_network)
    monkeypatch.setenv("XDREC_DATA", str(tmp_path / "shelf"))
    with pytest.raises(FileNotFoundError) as caught:
        load(name)
    told = str(caught.value)
    for what in (repr(name), str(tmp_path / "shelf" / name), str(cache / "data" / name), how):
        assert what in told
    assert "set XDREC_DATA to the folder that contains" in told
    assert "is not set" not in told
    monkeypatch.delenv("XDREC_DATA")
    with pytest.raises(FileNotFoundError, match="XDREC_DATA is not set"):
        load(name)
    assert not (tmp_path / "shelf").exists()


def test_a_set_that_nobody_hosts_cannot_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDREC_DATA", raising=False)
    monkeypatch.setattr("requests.get", no_network)
    with pytest.raises(FileNotFoundError, match="cannot be downloaded"):
        load(POSTERS, download=True)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("amazon-food-kichen", "did you mean 'amazon-food-kitchen'"),
        ("amazon-2023/All_Beuty", "did you mean 'amazon-2023/All_Beauty'"),
        ("amazon-2023/All_Beauty+Boks", "did you mean 'amazon-2023/Books'"),
        ("netflix", "known are amazon-food-kitchen, movielens-posters"),
        ("amazon-2023/../../etc", "no data set 'amazon-2023/../../etc'"),
        ("", "known are"),
    ],
)
def test_unknown_names(name: str, told: str) -> None:
    with pytest.raises(ValueError, match="no data set") as caught:
        load(name)
    assert told in str(caught.value)


def test_thirty_four_categories() -> None:
    assert sum(name.startswith("amazon-2023/") for name in known.SOURCES) == 34


def small_set(folder: Path) -> DataSet:
    """Two domains of a known name in its layout, with ids that are numbers."""
    folder.mkdir(parents=True)
    for domain in ("action", "drama"):
        pl.DataFrame(
            {"item_id": [1, 2], "title": ["A", None], "genres": ["Drama|War", "Drama"]}
        ).write_parquet(folder / f"items_{domain}.parquet")
        pl.DataFrame({"user_id": [7, 8], "item_id": [1, 1], "timestamp": [5, 6]}).write_parquet(
            folder / f"interactions_{domain}.parquet"
        )
    return load("movielens-latest-small")


def test_layout_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_DATA", str(tmp_path))
    found = small_set(tmp_path / "movielens-latest-small")
    assert found.domains.keys() == {"action", "drama"}
    action = found.domains["action"]
    assert action.item_ids.to_list() == ["1", "2"]
    assert action.interactions["user_id"].to_list() == ["7", "8"]
    assert action.items["category"].to_list() == ["Drama, War", "Drama"]
    assert action.items["title"].to_list() == ["A", None]
    assert found.cross("action", "drama").overlapping.to_list() == ["7", "8"]
    with pytest.raises(ValueError, match="no domain 'comedy'; it has action, drama"):
        found.cross("comedy", "drama")


def test_incomplete_folders_are_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_DATA", str(tmp_path))
    small_set(tmp_path / "movielens-latest-small")
    (tmp_path / "movielens-latest-small" / "interactions_drama.parquet").unlink()
    with pytest.raises(DataError, match=r"interactions_drama\.parquet: missing"):
        load("movielens-latest-small")
    (tmp_path / "amazon-2023" / "Books").mkdir(parents=True)
    with pytest.raises(DataError, match="no items_<domain>"):
        load("amazon-2023/Books")


@real
def test_posters_point_at_real_files(cache: Path) -> None:
    found = load(POSTERS)
    assert {name: len(d.interactions) for name, d in found.domains.items()} == {
        "action": 33_385,
        "comedy": 18_047,
        "drama": 29_881,
    }
    with_poster = {"action": 557, "comedy": 597, "drama": 1_111}
    for name, domain in found.domains.items():
        paths = domain.items["image_path"].drop_nulls()
        assert len(paths) == with_poster[name]
        assert all(Path(path).is_relative_to(cache) for path in paths)
        assert all(Path(path).read_bytes()[:3] == b"\xff\xd8\xff" for path in paths.head(20))
        assert all(Path(path).is_file() for path in paths)
        columns = {"year", "description", "genres", "tags", "category"}
        assert columns <= set(domain.items.columns)
    assert "no commercial use" in found.terms


@real
def test_posters_of_another_version_are_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / POSTERS
    folder.mkdir()
    for file in (ROOT / POSTERS).iterdir():
        (folder / file.name).symlink_to(file)
    (folder / "posters.zip").unlink()
    with zipfile.ZipFile(folder / "posters.zip", "w") as made:
        made.writestr("posters/1.jpg", b"other")
    monkeypatch.setenv("XDREC_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        load(POSTERS)
    (fault,) = caught.value.faults
    assert digest(folder / "posters.zip") in fault
    assert "posters.zip" in fault
