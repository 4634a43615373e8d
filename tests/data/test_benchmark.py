"""The fixed benchmark split: read as its columns say, in a small folder and in the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from xdrec.data.benchmark import benchmark
from xdrec.data.checks import DataError
from xdrec.data.splits import DAY

FOOD = pl.DataFrame(
    {
        "user_id": ["a", "a", "a", "b", "b", "b"],
        "item_id": ["f2", "f1", "f3", "f1", "f2", "f3"],
        "timestamp": [day * DAY for day in (0, 1, 2, 0, 1, 3)],
        "position": pl.Series([0, 1, 2, 0, 1, 2], dtype=pl.Int32),
        "warm": ["train", "valid", "test"] * 2,
        "cold": ["test"] * 3 + ["train", "train", "valid"],
    }
)
KITCHEN = FOOD.with_columns(pl.col("item_id").str.replace("f", "k"))
ITEMS = pl.DataFrame({"item_id": ["f9", "f3", "f1", "f2"], "title": ["no", "C", None, "B"]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "benchmark").mkdir()
    FOOD.write_parquet(tmp_path / "benchmark" / "food.parquet")
    KITCHEN.write_parquet(tmp_path / "benchmark" / "kitchen.parquet")
    items = ITEMS.with_columns(price=pl.lit(2.0), n_interactions=pl.lit(3))
    items.write_parquet(tmp_path / "items_food.parquet")
    kitchen = items.with_columns(pl.col("item_id").str.replace("f", "k"))
    kitchen.write_parquet(tmp_path / "items_kitchen.parquet")
    return tmp_path


def events(part: pl.DataFrame) -> list[tuple[str, str]]:
    return part.select("user_id", "item_id").rows()


def test_warm(folder: Path) -> None:
    split = benchmark(folder, "kitchen", "food", "warm")
    assert split.name == "warm"
    assert split.known.target.interactions.columns == [
        "user_id",
        "item_id",
        "timestamp",
        "position",
    ]
    assert events(split.known.target.interactions) == [("a", "f2"), ("b", "f1")]
    assert events(split.valid) == [("a", "f1"), ("b", "f2")]
    assert events(split.test) == [("a", "f3"), ("b", "f3")]
    assert len(split.known.source.interactions) == 6
    assert split.cold_users.is_empty()


def test_cold(folder: Path) -> None:
    split = benchmark(folder, "kitchen", "food", "cold")
    assert split.cold_users.to_list() == ["a"]
    assert events(split.test) == [("a", "f2"), ("a", "f1"), ("a", "f3")]
    assert events(split.valid) == [("b", "f3")]
    assert len(split.known.source.interactions) == 6


def test_time_cuts_both_domains(folder: Path) -> None:
    split = benchmark(folder, "kitchen", "food", "time", "1970-01-02", "1970-01-03")
    assert split.name == "time"
    assert events(split.known.target.interactions) == [("a", "f2"), ("b", "f1")]
    assert events(split.known.source.interactions) == [("a", "k2"), ("b", "k1")]
    assert events(split.valid_source) == [("a", "k1"), ("b", "k2")]
    assert events(split.test) == [("a", "f3"), ("b", "f3")]


def test_items_are_those_with_an_interaction_in_order_of_id(folder: Path) -> None:
    items = benchmark(folder, "kitchen", "food", "warm").known.target.items
    assert items.columns == ["item_id", "title", "price"]  # a count of interactions looks ahead
    assert items.select("item_id", "title").rows() == [("f1", None), ("f2", "B"), ("f3", "C")]


def test_the_other_direction(folder: Path) -> None:
    split = benchmark(folder, "food", "kitchen", "warm")
    assert (split.known.source.name, split.known.target.name) == ("food", "kitchen")
    assert events(split.test) == [("a", "k3"), ("b", "k3")]


def test_faults_say_what_is_there_and_how_to_get_the_rest(folder: Path) -> None:
    with pytest.raises(ValueError, match="case='hot': expected one of"):
        benchmark(folder, "kitchen", "food", "hot")
    with pytest.raises(DataError, match=r"no domain 'books' in .*; there is: food, kitchen"):
        benchmark(folder, "books", "food", "warm")
    with pytest.raises(
        DataError, match=r"load\('amazon-food-kitchen', download=True\).*XDREC_DATA"
    ):
        benchmark(folder / "nowhere", "kitchen", "food", "warm")
    with pytest.raises(DataError, match="both called 'food'"):
        benchmark(folder, "food", "food", "warm")


def test_faults_of_somebody_elses_folder(folder: Path) -> None:
    ITEMS.drop("title").write_parquet(folder / "items_food.parquet")
    table = folder / "benchmark" / "food.parquet"
    FOOD.drop("position").with_columns(
        warm=pl.Series(["train", None, "dev", "test", "test", "test"])
    ).write_parquet(table)
    with pytest.raises(DataError) as caught:
        benchmark(folder, "kitchen", "food", "warm")
    assert len(caught.value.faults) == 3
    assert "food.parquet: no column 'position'" in caught.value.faults[0]
    assert (
        "warm in rows 1, 2 (counted from 0) is not train, valid or test" in caught.value.faults[1]
    )
    assert "items_food.parquet: no column 'title'" in caught.value.faults[2]
    FOOD.write_parquet(table)
    ITEMS.head(2).write_parquet(folder / "items_food.parquet")
    with pytest.raises(DataError, match=r"item_id is not in the items table.*'f2', 'f1'"):
        benchmark(folder, "kitchen", "food", "warm")
    (folder / "items_food.parquet").unlink()
    with pytest.raises(DataError, match="it holds item_id and title"):
        benchmark(folder, "kitchen", "food", "warm")


# ---- the real folder ----

SIZES = {"food": (3_258, 60_254), "kitchen": (4_552, 59_888)}


@pytest.mark.parametrize("case", ["warm", "cold"])
@pytest.mark.parametrize("target", ["food", "kitchen"])
def test_the_real_split_is_that_of_its_columns(real_data: Path, target: str, case: str) -> None:
    folder = real_data / "amazon-food-kitchen"
    source = "kitchen" if target == "food" else "food"
    split = benchmark(folder, source, target, case)
    table = pl.read_parquet(folder / "benchmark" / f"{target}.parquet")
    columns = ["user_id", "item_id", "timestamp", "position"]
    parts = {"train": split.known.target.interactions, "valid": split.valid, "test": split.test}
    for name, part in parts.items():
        assert part.equals(table.filter(pl.col(case) == name).select(columns))
    assert (len(split.known.target.items), len(table)) == SIZES[target]
    assert len(split.known.source.interactions) == SIZES[source][1]
    assert len(split.known.users) == 6_093
    assert split.test["user_id"].n_unique() == (6_093 if case == "warm" else 1_218)
    assert len(split.cold_users) == (0 if case == "warm" else 1_218)
    assert split.known.target.items["title"].null_count() == 0


def test_the_real_cold_users_are_those_of_the_protocol(real_data: Path) -> None:
    """The draw of the folder's own maker, repeated: its seed and its generator."""
    split = benchmark(real_data / "amazon-food-kitchen", "kitchen", "food", "cold")
    users = split.known.users.to_numpy()
    drawn = np.random.RandomState(42).choice(len(users), int(0.2 * len(users)), replace=False)
    assert split.cold_users.to_list() == sorted(users[drawn])


def test_the_real_time_split_has_no_look_ahead(real_data: Path) -> None:
    days = ("2014-01-25", "2014-04-23")
    split = benchmark(real_data / "amazon-food-kitchen", "kitchen", "food", "time", *days)
    cut, end = 1_390_608_000, 1_398_211_200  # 2014-01-25 and 2014-04-23
    assert split.known.target.interactions["timestamp"].max() < cut  # type: ignore[operator]
    assert split.known.source.interactions["timestamp"].max() < cut  # type: ignore[operator]
    assert split.valid["timestamp"].min() >= cut > split.valid["timestamp"].min() - DAY  # type: ignore[operator]
    assert split.test["timestamp"].min() == end
    assert (len(split.valid), len(split.test)) == (4_908, 4_898)
    assert len(split.cold_users) == 68
