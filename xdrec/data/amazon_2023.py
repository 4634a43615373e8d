"""Amazon Reviews 2023 by category: ratings, and what the shop says about each product.

From the McAuley Lab's own host: the 5-core ratings of a category (every user and every product has
at least 5; `user_id,parent_asin,rating,timestamp`, in milliseconds) and its product data (one JSON
object a line). The same person has the same id in every category, so two categories make a
cross-domain pair. The host publishes no checksums; gzip's own check is made when a file is read.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from xdrec.data.checks import DataError
from xdrec.data.download import fetch

HOST = "https://mcauleylab.ucsd.edu"
ADDRESS = "public_datasets/data/amazon_2023"
TERMS = """\
Amazon Reviews 2023: ratings and product data, McAuley Lab, University of California San Diego.
Cite: Y. Hou, J. Li, Z. He, A. Yan, X. Chen, J. McAuley. Bridging language and items for retrieval
and recommendation. arXiv:2403.03952, 2024. Home: https://amazon-reviews-2023.github.io
Terms: the files carry none; look at the home page before you publish anything made from them. User
ids are pseudonyms: do not try to link them to people."""
CATEGORIES = (
    "All_Beauty",
    "Amazon_Fashion",
    "Appliances",
    "Arts_Crafts_and_Sewing",
    "Automotive",
    "Baby_Products",
    "Beauty_and_Personal_Care",
    "Books",
    "CDs_and_Vinyl",
    "Cell_Phones_and_Accessories",
    "Clothing_Shoes_and_Jewelry",
    "Digital_Music",
    "Electronics",
    "Gift_Cards",
    "Grocery_and_Gourmet_Food",
    "Handmade_Products",
    "Health_and_Household",
    "Health_and_Personal_Care",
    "Home_and_Kitchen",
    "Industrial_and_Scientific",
    "Kindle_Store",
    "Magazine_Subscriptions",
    "Movies_and_TV",
    "Musical_Instruments",
    "Office_Products",
    "Patio_Lawn_and_Garden",
    "Pet_Supplies",
    "Software",
    "Sports_and_Outdoors",
    "Subscription_Boxes",
    "Tools_and_Home_Improvement",
    "Toys_and_Games",
    "Unknown",
    "Video_Games",
)
RATING_SCHEMA = {
    "user_id": pl.String,
    "parent_asin": pl.String,
    "rating": pl.Float32,
    "timestamp": pl.Int64,
}
ITEM_SCHEMA = {
    "item_id": pl.String,
    "title": pl.String,
    "description": pl.String,
    "category": pl.String,
    "brand": pl.String,
    "price": pl.Float64,
    "image_url": pl.String,
}
LONGEST_LINE = 16_000_000
BATCH = 10_000


def download(name: str, raw: Path, folder: Path, base_url: str) -> None:
    """Fetch the two files of a category (up to gigabytes: Books) and write the tables."""
    category = name.partition("/")[2]
    base = f"{base_url}/{ADDRESS}"
    ratings = fetch(
        f"{base}/benchmark/5core/rating_only/{category}.csv.gz", raw / f"{category}.csv.gz"
    )
    products = fetch(
        f"{base}/raw/meta_categories/meta_{category}.jsonl.gz", raw / f"meta_{category}.jsonl.gz"
    )
    folder.mkdir()
    interactions = folder / f"interactions_{category}.parquet"
    write_interactions(ratings, interactions)
    ids = (
        pl.scan_parquet(interactions).select(pl.col("item_id").unique().sort()).collect()["item_id"]
    )
    read_items(products, ids).write_parquet(folder / f"items_{category}.parquet")


def write_interactions(ratings: Path, file: Path) -> None:
    """The ratings as `interactions`, streamed to Parquet in the order of the host's file."""
    try:
        with gzip.open(ratings, "rt", encoding="utf-8") as stream:
            header = stream.readline(1000).strip().split(",")
        if header != list(RATING_SCHEMA):  # polars would take any header for this one
            raise ValueError(f"the header is {','.join(header)!r}")
        pl.scan_csv(ratings, schema=RATING_SCHEMA).select(
            "user_id",
            pl.col("parent_asin").alias("item_id"),
            "rating",
            pl.col("timestamp") // 1000,
        ).sink_parquet(file)
    except (pl.exceptions.PolarsError, ValueError, EOFError, OSError, zlib.error) as error:
        fault = f"{ratings}: expected a gzipped CSV of {','.join(RATING_SCHEMA)}: {error}"
        raise DataError([f"{fault}; delete it and try again"]) from error


def read_items(products: Path, item_ids: pl.Series) -> pl.DataFrame:
    """One row an id, in the order given; an id that the product data lack keeps nulls.

    Of every product only the columns of `ITEM_SCHEMA` are kept, in batches, so memory holds the
    items asked for and no more. The average rating is left out: it knows the future.
    """
    wanted = set(item_ids)
    rows = (item(p) for p in _lines(products) if p.get("parent_asin") in wanted)
    tables = [pl.DataFrame(schema=ITEM_SCHEMA)]
    tables += [pl.DataFrame(batch, schema=ITEM_SCHEMA) for batch in _batches(rows)]
    found = pl.concat(tables).unique("item_id", keep="first")
    return item_ids.alias("item_id").to_frame().join(
        found, on="item_id", how="left", maintain_order="left"
    )  # fmt: skip


def item(product: dict[str, Any]) -> dict[str, Any]:
    """A product of the host as an item: lists joined, what is empty or no price made null.

    >>> tea = item({"parent_asin": "B1", "title": "Tea", "price": "None", "description": [],
    ...             "features": ["Loose", "Green"], "categories": ["Food", "Tea"]})
    >>> tea["description"], tea["category"], tea["price"], tea["image_url"]
    ('Loose Green', 'Food > Tea', None, None)
    """
    images = product.get("images") or []
    main = next((i for i in images if i.get("variant") == "MAIN"), images[0] if images else {})
    text = [*(product.get("features") or []), *(product.get("description") or [])]
    return {
        "item_id": product["parent_asin"],
        "title": _text(product.get("title")),
        "description": _text(" ".join(text)),
        "category": _text(" > ".join(product.get("categories") or []))
        or _text(product.get("main_category")),
        "brand": _text(product.get("store")),
        "price": _price(product.get("price")),
        "image_url": main.get("large") or main.get("hi_res") or main.get("thumb"),
    }


def _text(value: str | None) -> str | None:
    return " ".join((value or "").split()) or None


def _price(value: Any) -> float | None:
    """A number, or text that is one; a range or a dash is no price."""
    try:
        price = float(str(value).removeprefix("$").replace(",", ""))
    except ValueError:
        return None
    return price if 0 <= price < float("inf") else None


def _lines(products: Path) -> Iterator[dict[str, Any]]:
    number = 0
    try:
        with gzip.open(products, "rt", encoding="utf-8") as stream:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise ValueError("expected a JSON object")
                yield found
    except (ValueError, EOFError, OSError, zlib.error) as error:
        fault = f"{products}: line {number}: {error}; expected gzipped JSON lines"
        raise DataError([f"{fault}: delete it and try again"]) from error


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        yield batch
