"""Known data sets, by name: looked for on this machine, downloaded only when asked to."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from xdrec.data import amazon_2023, amazon_food_kitchen, movielens
from xdrec.data.cache import cache_dir, made_whole
from xdrec.data.checks import DataError
from xdrec.data.checksums import check_files
from xdrec.data.domain import CrossDomain, Domain, pair_of
from xdrec.data.unpack import unzip


@dataclass(frozen=True, eq=False)
class DataSet:
    """Domains that came together, where they lie, and on what terms they may be used.

    `extras` holds further tables by file name: `single_domain_food`, say, people seen in one domain
    only. Items whose title is not known are kept, with a null title. Book: names and notation.
    """

    name: str
    domains: dict[str, Domain]
    folder: Path | None
    terms: str
    extras: dict[str, pl.DataFrame] = field(default_factory=dict)

    def cross(self, source: str, target: str) -> CrossDomain:
        """Two of the domains, as source and target."""
        return pair_of(self.domains, source, target, self.name)


@dataclass(frozen=True)
class _Source:
    """What is known of a data set: its terms and sums, and how to get it if that is possible."""

    terms: str
    files: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    download: Callable[[str, Path, Path, str], None] | None = None


SOURCES = {
    "amazon-food-kitchen": _Source(
        amazon_food_kitchen.TERMS,
        amazon_food_kitchen.FILES,
        amazon_food_kitchen.TABLES,
        amazon_food_kitchen.HOST,
        amazon_food_kitchen.download,
    ),
    "movielens-posters": _Source(movielens.POSTER_TERMS, movielens.POSTER_FILES),
    "movielens-latest-small": _Source(
        movielens.TERMS, host=movielens.HOST, download=movielens.download
    ),
} | {
    f"amazon-2023/{category}": _Source(
        amazon_2023.TERMS, host=amazon_2023.HOST, download=amazon_2023.download
    )
    for category in amazon_2023.CATEGORIES
}


def load(name: str, download: bool = False, *, base_url: str | None = None) -> DataSet:
    """Load a known data set: `amazon-food-kitchen`, `movielens-posters`, `movielens-latest-small`,
    `amazon-2023/<Category>` or, as one set with a domain each, `amazon-2023/<A>+<B>`.

    Looked for in `$XDREC_DATA/<name>`, then among what was downloaded before
    (`<cache folder>/data/<name>`). Only with `download=True` does anything go over the network: the
    terms are printed first, then the original host is asked, or a mirror that has the same paths:
    `base_url`, else `$XDREC_BASE_URL`. What was fetched stays in `<cache folder>/downloads`.

    Ids are strings, timestamps Unix seconds. Columns of counts over the whole time
    (`n_interactions`) are for looking at: as features they would tell the future.
    Raises `ValueError` (unknown name), `FileNotFoundError` (not here; says how to get it),
    `DataError` (here, but damaged), `DownloadError`. Book: names and notation.

    >>> load("movielens-poster")
    Traceback (most recent call last):
    ValueError: no data set 'movielens-poster'; did you mean 'movielens-posters'?
    """
    stem, slash, last = name.partition("/")
    parts = [stem + slash + part for part in last.split("+")] if slash else [name]
    for part in parts:
        if part not in SOURCES:
            raise ValueError(f"no data set {part!r}; {_suggestion(part)}")
    found = [_load_one(part, download, base_url) for part in parts]
    if len(found) == 1:
        return found[0]
    domains = {key: domain for one in found for key, domain in one.domains.items()}
    return DataSet(name, domains, None, found[0].terms)


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, SOURCES, 1, cutoff=0.7)
    short = [known for known in SOURCES if "/" not in known] + ["amazon-2023/<Category>"]
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(short)}"


def _load_one(name: str, download: bool, base_url: str | None) -> DataSet:
    source, places = SOURCES[name], _places(name)
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        if not download or source.download is None:
            raise FileNotFoundError(_missing(name, source, places))
        folder = places[-1]
        base = base_url or os.environ.get("XDREC_BASE_URL") or source.host
        print(source.terms)
        with made_whole(folder) as new:
            if not folder.is_dir():  # while waiting, another process may have made it
                source.download(name, cache_dir() / "downloads" / name, new, base.rstrip("/"))
    check_files(folder, source.files, source.tables)
    return _read(name, folder, source.terms)


def _places(name: str) -> list[Path]:
    root = os.environ.get("XDREC_DATA", "").strip()
    places = [Path(root).expanduser().absolute() / name] if root else []
    return [*places, cache_dir() / "data" / name]


def _missing(name: str, source: _Source, places: list[Path]) -> str:
    unset = "" if os.environ.get("XDREC_DATA", "").strip() else " XDREC_DATA is not set."
    how = (
        f'call load("{name}", download=True) to get it from {source.host}'
        if source.download
        else "it cannot be downloaded: ask whoever gave you this project for the folder"
    )
    looked = " and ".join(map(str, places))
    return (
        f"the data set {name!r} is not on this machine: looked for the folder {looked}.{unset} If "
        f"you have it, set XDREC_DATA to the folder that contains {name!r}; else {how}"
    )


def _read(name: str, folder: Path, terms: str) -> DataSet:
    """The layout of every known set: `items_<domain>.parquet`, `interactions_<domain>.parquet`."""
    domains, images = {}, folder
    if (folder / "posters.zip").exists():
        images = unzip(folder / "posters.zip", cache_dir() / "unpacked" / name)
    for file in sorted(folder.glob("items_*.parquet")):
        domain = file.stem.removeprefix("items_")
        items = _items(_table(file), images)
        interactions = _table(folder / f"interactions_{domain}.parquet")
        domains[domain] = Domain(domain, items, interactions)
    if not domains:
        raise DataError(
            [f"{folder}: no items_<domain>.parquet in it; put the whole data set there"]
        )
    extras = {file.stem: _table(file) for file in sorted(folder.glob("single_domain_*.parquet"))}
    return DataSet(name, domains, folder, terms, extras)


def _items(items: pl.DataFrame, images: Path) -> pl.DataFrame:
    """Paths made absolute; film genres also under the name that every domain has, `category`."""
    if "image_path" in items.columns:
        items = items.with_columns(image_path=pl.lit(f"{images}/") + pl.col("image_path"))
    if "genres" in items.columns:
        words = pl.col("genres").str.replace_all("|", ", ", literal=True)
        items = items.with_columns(category=words)
    return items


def _table(file: Path) -> pl.DataFrame:
    if not file.is_file():
        raise DataError([f"{file}: missing; copy or download the whole data set again"])
    return pl.read_parquet(file).with_columns(pl.col("^(user|item)_id$").cast(pl.String))
