"""MovieLens (latest, small): 610 people's ratings of films, cut into three domains by genre.

The domains are made from one catalogue: good for trying things out, no evidence of transfer
between real shops. *action* is Action, Adventure or Sci-Fi and not Drama; *drama* is Drama and none
of those three; *comedy* is Comedy and neither. Films of other genres are in no domain.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from xdrec.data.checks import DataError
from xdrec.data.checksums import parse_sums
from xdrec.data.download import DownloadError, fetch
from xdrec.data.unpack import unzip

HOST = "https://files.grouplens.org"
ADDRESS = "datasets/movielens/ml-latest-small.zip"
TERMS = """\
MovieLens ml-latest-small: ratings and tags of films by 610 people; GroupLens, University of
Minnesota. Cite: F. M. Harper, J. A. Konstan. The MovieLens datasets: history and context. ACM TiiS
5(4):19, 2015.
Terms (the README that comes with the data holds the full text): research use; no commercial use
without GroupLens' permission; may be passed on, transformed too, under the same terms; do not imply
their endorsement. A development set that its makers may change, not a benchmark."""
POSTER_TERMS = f"""{TERMS}
Posters and plot sentences: works of their makers, collected without a licence. For your own
research only; never publish them."""
# The sha256 of movielens-posters, a set prepared by hand and passed on by hand.
POSTER_FILES = parse_sums("""
63d22ac138e80fae37021797ed8e1b9424b5239dc576a137422adf783ae3f404  LICENSE-ml-latest-small.txt
42b865fa4746e3e1b8c3e737d8dc7be286a633dc2b6015c97591ff204b2490e4  interactions_action.parquet
d1e9adb94ae9f3484dd03b24294b4e6301388b4421aa3b1c74adbee975245201  interactions_comedy.parquet
53108efb4424db68bb11a4cb0c174bb8e065416b969a098ca05aa18bcc5a922b  interactions_drama.parquet
e60d5f3ea7b48900b4a8ae157caa97015e7772a67f6cb5c39d639f41a015b86f  items_action.parquet
792b3341b566a15211a578ba6280b28ce5b6f480a4a62a49e005b64bd9024cc5  items_comedy.parquet
6a08c8592712ec5d264d0f1c23b072f60f9d41cab81d2809e194ec5d9a961993  items_drama.parquet
160217b69cc9119df2456517b8276ff06cca78d625b88e5a5f1b3fba11283c8e  posters.zip
""")


def download(name: str, raw: Path, folder: Path, base_url: str) -> None:
    """Fetch the archive and the md5 that its host publishes, and write the tables to `folder`."""
    address = f"{base_url}/{ADDRESS}"
    published = raw / "published.md5"
    published.unlink(missing_ok=True)  # asked anew: the host may have changed both since
    line = fetch(f"{address}.md5", published, progress=False).read_text("utf-8", "replace")
    md5 = next((word for word in line.split()[::-1] if len(word) == 32), None)
    if md5 is None:
        raise DownloadError(f"{address}.md5: expected an md5, got {line[:80]!r}; try again later")
    archive = fetch(address, raw / "ml-latest-small.zip", md5=md5)
    files = unzip(archive, raw / "unpacked", most_bytes=100_000_000, most_files=20)
    files /= "ml-latest-small"
    try:
        tables = build(files)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError([f"{files}: not in the documented format: {error}"]) from error
    folder.mkdir()
    shutil.copy(files / "README.txt", folder)  # the terms travel with the data
    for file, table in tables.items():
        table.write_parquet(folder / file)


def build(files: Path) -> dict[str, pl.DataFrame]:
    """Items and interactions of the three domains, by file name, from GroupLens' CSV files."""
    movies = pl.read_csv(
        files / "movies.csv", columns=["movieId", "title", "genres"], infer_schema=False
    )
    ratings = pl.read_csv(
        files / "ratings.csv",
        columns=["userId", "movieId", "rating", "timestamp"],
        schema_overrides={"userId": pl.String, "movieId": pl.String, "rating": pl.Float32},
    ).rename({"userId": "user_id", "movieId": "item_id"})
    year = pl.col("title").str.extract_all(r"\(\d{4}\)").list.last().str.strip_chars("()")
    items = (
        movies.with_columns(year=year.cast(pl.Int32), domain=genre_domain(pl.col("genres")))
        .join(_tags(files / "tags.csv"), on="movieId", how="left", maintain_order="left")
        .rename({"movieId": "item_id"})
    )
    number = [pl.col(column).cast(pl.Int64) for column in ("user_id", "item_id")]
    ratings = ratings.sort(number[0], "timestamp", number[1])
    tables = {}
    for domain in ("action", "comedy", "drama"):
        mine = items.filter(pl.col("domain") == domain)
        events = ratings.filter(pl.col("item_id").is_in(mine["item_id"].implode()))
        tables[f"items_{domain}.parquet"] = mine.select(
            "item_id", "title", "year", "genres", "tags"
        )
        tables[f"interactions_{domain}.parquet"] = events
    others = items["domain"].null_count()
    print(f"{others:,} of {len(items):,} films are of other genres and in no domain")
    return tables


def genre_domain(genres: pl.Expr) -> pl.Expr:
    """The domain of a film from its genres (`Action|Drama`), null where it is in none.

    >>> films = pl.DataFrame({"genres": ["Comedy|Sci-Fi", "Drama", "Comedy", "Action|Drama"]})
    >>> films.select(genre_domain(pl.col("genres")))["genres"].to_list()
    ['action', 'drama', 'comedy', None]
    """
    words = genres.str.split("|")
    drama = words.list.contains("Drama")
    action = pl.any_horizontal(words.list.contains(g) for g in ("Action", "Adventure", "Sci-Fi"))
    return (
        pl.when(action & ~drama)
        .then(pl.lit("action"))
        .when(drama & ~action)
        .then(pl.lit("drama"))
        .when(words.list.contains("Comedy") & ~action & ~drama)
        .then(pl.lit("comedy"))
        .alias("genres")
    )


def _tags(file: Path) -> pl.DataFrame:
    """The people's own words for each film, the most frequent first, joined by `|`; no names."""
    tags = pl.read_csv(file, columns=["movieId", "tag"], infer_schema=False)
    return (
        tags.with_columns(pl.col("tag").str.strip_chars().str.to_lowercase())
        .group_by("movieId", "tag")
        .len()
        .sort("movieId", "len", "tag", descending=[False, True, False])
        .group_by("movieId", maintain_order=True)
        .agg(pl.col("tag").str.join("|").alias("tags"))
    )
