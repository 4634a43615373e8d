"""Amazon Reviews 2023, from small files in the documented formats."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.data.server import Page, Server
from xdrec.data import amazon_2023
from xdrec.data.checks import DataError
from xdrec.data.download import DownloadError
from xdrec.data.known import load

ROOT = "/public_datasets/data/amazon_2023"
HEADER = "user_id,parent_asin,rating,timestamp"
IMAGES = [
    {"thumb": "https://t/2.jpg", "large": "https://l/2.jpg", "variant": "PT01", "hi_res": None},
    {"thumb": "https://t/1.jpg", "large": "https://l/1.jpg", "variant": "MAIN", "hi_res": None},
]
TEA = {
    "main_category": "Grocery",
    "title": "Green  tea",
    "average_rating": 4.8,
    "rating_number": 12,
    "features": ["Loose", "Organic"],
    "description": ["From the hills."],
    "price": 12.5,
    "images": IMAGES,
    "videos": [],
    "store": "Leaf",
    "categories": ["Food", "Tea"],
    "details": {"Weight": "1 pound"},
    "parent_asin": "B1",
    "bought_together": None,
}
PLAIN = {"parent_asin": "B2", "title": "", "price": None, "main_category": "Grocery"}
UNSEEN = {"parent_asin": "B9", "title": "Nobody's in the 5-core"}
ROWS = ["u1,B1,5.0,1588687728923", "u1,B2,4.0,1588687729000", "u2,B3,1.0,1577836800999"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("XDREC_DATA", raising=False)
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    return tmp_path


def csv(rows: list[str], header: str = HEADER) -> bytes:
    return gzip.compress("\n".join([header, *rows, ""]).encode())


def jsonl(products: list[Any]) -> bytes:
    return gzip.compress("".join(json.dumps(p) + "\n" for p in products).encode())


def pages(category: str, ratings: bytes, products: bytes) -> dict[str, Page]:
    return {
        f"{ROOT}/benchmark/5core/rating_only/{category}.csv.gz": Page(ratings),
        f"{ROOT}/raw/meta_categories/meta_{category}.jsonl.gz": Page(products),
    }


def test_a_category(capsys: pytest.CaptureFixture[str]) -> None:
    products = [UNSEEN, TEA, PLAIN, TEA | {"title": "The same id again"}]
    with Server(pages("All_Beauty", csv(ROWS), jsonl(products))) as server:
        load("amazon-2023/All_Beauty", download=True, base_url=server.url() + "/")
    assert "arXiv:2403.03952" in capsys.readouterr().out
    found = load("amazon-2023/All_Beauty")
    domain = found.domains["All_Beauty"]
    assert domain.interactions.rows() == [
        ("u1", "B1", 5.0, 1_588_687_728),
        ("u1", "B2", 4.0, 1_588_687_729),
        ("u2", "B3", 1.0, 1_577_836_800),
    ]
    tea, plain, unknown = domain.items.to_dicts()
    assert tea == {
        "item_id": "B1",
        "title": "Green tea",
        "description": "Loose Organic From the hills.",
        "category": "Food > Tea",
        "brand": "Leaf",
        "price": 12.5,
        "image_url": "https://l/1.jpg",
    }
    nothing = dict.fromkeys(tea)
    assert plain == nothing | {"item_id": "B2", "category": "Grocery"}
    assert unknown == nothing | {"item_id": "B3"}, "an item without product data is kept"


def test_two_categories_make_a_cross_domain_pair() -> None:
    served = pages("All_Beauty", csv(ROWS), jsonl([TEA]))
    served |= pages("Digital_Music", csv(["u2,M1,5.0,1588687728923"]), jsonl([]))
    with Server(served) as server:
        found = load("amazon-2023/All_Beauty+Digital_Music", True, base_url=server.url())
    assert list(found.domains) == ["All_Beauty", "Digital_Music"]
    assert found.cross("All_Beauty", "Digital_Music").overlapping.to_list() == ["u2"]


def test_the_base_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(pages("Books", csv(ROWS), jsonl([TEA]))) as server:
        monkeypatch.setenv("XDREC_BASE_URL", server.url())
        load("amazon-2023/Books", download=True)
        assert sum(server.requests.values()) == 2


def test_many_products_come_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon_2023, "BATCH", 7)
    rows = [f"u1,B{n},5.0,1588687728923" for n in range(50)]
    products = [TEA | {"parent_asin": f"B{n}", "title": f"Tea {n}"} for n in range(60)]
    with Server(pages("Books", csv(rows), jsonl(products))) as server:
        items = load("amazon-2023/Books", True, base_url=server.url()).domains["Books"].items
    assert dict(zip(items["item_id"], items["title"], strict=True)) == {
        f"B{n}": f"Tea {n}" for n in range(50)
    }


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (0, 0.0),
        ("12.50", 12.5),
        ("$1,299.00", 1299.0),
        *((no_price, None) for no_price in ("from 12.99", "—", "nan", "inf", -3, None, "None")),
    ],
)
def test_prices(price: Any, expected: float | None) -> None:
    assert amazon_2023.item({"parent_asin": "B1", "price": price})["price"] == expected


@pytest.mark.parametrize(
    ("ratings", "products", "told"),
    [
        (csv(ROWS, "user,item,stars,time"), jsonl([]), "the header is 'user,item,stars,time'"),
        (csv(["u1,B1,five,1588687728923"]), jsonl([]), "expected a gzipped CSV"),
        (csv(ROWS)[:-9], jsonl([]), "expected a gzipped CSV"),
        (b"<html>", jsonl([]), "expected a gzipped CSV"),
        (csv(ROWS), jsonl([TEA])[:-9], "expected gzipped JSON lines"),
        (csv(ROWS), gzip.compress(b'{"parent_asin": "B1"}\n{"title'), "line 2: .*JSON lines"),
        (csv(ROWS), jsonl([["a list"]]), "line 1: expected a JSON object"),
        (csv(ROWS), b"<html>", "expected gzipped JSON lines"),
    ],
)
def test_files_in_another_format(cache: Path, ratings: bytes, products: bytes, told: str) -> None:
    with (
        Server(pages("Books", ratings, products)) as server,
        pytest.raises(DataError, match=told) as caught,
    ):
        load("amazon-2023/Books", download=True, base_url=server.url())
    assert str(cache / "downloads" / "amazon-2023" / "Books") in str(caught.value)
    assert not (cache / "data" / "amazon-2023" / "Books").exists()


def test_a_category_that_the_host_lacks() -> None:
    with Server({}) as server, pytest.raises(DownloadError, match=r"404.*base address"):
        load("amazon-2023/Books", download=True, base_url=server.url())
