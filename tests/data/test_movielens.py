"""MovieLens latest-small, from a small archive in the documented format, and against a real one."""

from __future__ import annotations

import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.data.server import Page, Server
from xdrec.data import movielens
from xdrec.data.checks import DataError
from xdrec.data.download import DownloadError
from xdrec.data.known import load

NAME = "movielens-latest-small"
ADDRESS = f"/{movielens.ADDRESS}"
FILES = {
    "movies.csv": """movieId,title,genres
1,Space Race (1995),Action|Sci-Fi
3,"Tears, The (1999) (2001)",Drama|Romance
10,Laughs,Comedy|Romance
11,War Tears (2000),Action|Drama
""",
    "ratings.csv": """userId,movieId,rating,timestamp
2,1,4.5,1000000001
10,1,3.0,1000000002
2,3,5.0,1000000000
2,10,0.5,1000000000
2,11,1.0,1000000000
""",
    "tags.csv": """userId,movieId,tag,timestamp
2,1,Robots ,1000000000
10,1,robots,1000000001
10,1,"dark, slow",1000000002
10,1,Aliens,1000000003
""",
    "links.csv": "movieId,imdbId,tmdbId\n1,0000001,1\n",
    "README.txt": "Summary and terms\n",
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("XDREC_DATA", raising=False)
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    return tmp_path


def pages(files: dict[str, str], md5: str | None = None) -> dict[str, Page]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for name, text in files.items():
            made.writestr(f"ml-latest-small/{name}", text)
    body = archive.getvalue()
    line = f"MD5 (ml-latest-small.zip) = {md5 or hashlib.md5(body).hexdigest()}\n"
    return {ADDRESS: Page(body), f"{ADDRESS}.md5": Page(line.encode())}


def test_domains_by_genre(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(pages(FILES)) as server:
        load(NAME, download=True, base_url=server.url())
    told = capsys.readouterr().out
    assert told.index("no commercial use") < told.index("1 of 4 films are of other genres")
    found = load(NAME)
    assert found.folder is not None
    assert (found.folder / "README.txt").read_text() == "Summary and terms\n"
    action, comedy, drama = (found.domains[d] for d in ("action", "comedy", "drama"))
    assert action.items.to_dicts() == [
        {
            "item_id": "1",
            "title": "Space Race (1995)",
            "year": 1995,
            "genres": "Action|Sci-Fi",
            "tags": "robots|aliens|dark, slow",
            "category": "Action, Sci-Fi",
        }
    ]
    assert action.interactions.rows() == [("2", "1", 4.5, 1000000001), ("10", "1", 3.0, 1000000002)]
    assert drama.items["title"].to_list() == ["Tears, The (1999) (2001)"]
    assert drama.items["year"].to_list() == [2001]
    assert comedy.items.select("item_id", "year", "tags").rows() == [("10", None, None)]


def test_the_published_sum_is_asked_and_obeyed(cache: Path) -> None:
    with Server(pages(FILES, md5="0" * 32)) as server:
        with pytest.raises(DownloadError, match=r"md5 is .* expected 0000"):
            load(NAME, download=True, base_url=server.url())
        server.pages = pages(FILES)
        load(NAME, download=True, base_url=server.url())
        assert server.requests[f"{ADDRESS}.md5"] == 2, "the sum is asked for anew"


def test_no_sum_where_one_was_promised(cache: Path) -> None:
    served = pages(FILES) | {f"{ADDRESS}.md5": Page(b"<html>moved</html>")}
    with (
        Server(served) as server,
        pytest.raises(DownloadError, match="expected an md5, got '<html>moved"),
    ):
        load(NAME, download=True, base_url=server.url())


@pytest.mark.parametrize(
    "files",
    [
        FILES | {"movies.csv": "id,name\n1,x\n"},
        FILES | {"ratings.csv": "userId,movieId,rating,timestamp\n1,1,good,0\n"},
        {name: text for name, text in FILES.items() if name != "tags.csv"},
    ],
)
def test_archive_in_another_format(cache: Path, files: dict[str, str]) -> None:
    with (
        Server(pages(files)) as server,
        pytest.raises(DataError, match="not in the documented format"),
    ):
        load(NAME, download=True, base_url=server.url())
    assert not (cache / "data" / NAME).exists()


def test_two_at_once_download_once(cache: Path) -> None:
    with Server(pages(FILES)) as server, ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(load, NAME, True, base_url=server.url()) for _ in range(2)]
        sizes = [len(job.result().domains["action"].items) for job in jobs]
        assert sizes == [1, 1]
        assert server.requests[ADDRESS] == 1


def test_the_same_ratings_as_movielens_posters(real_data: Path, tmp_path: Path) -> None:
    """That set was cut from the same catalogue by the same rule, with other tools."""
    posters, domains = real_data / "movielens-posters", ("action", "comedy", "drama")
    items = {d: pl.read_parquet(posters / f"items_{d}.parquet") for d in domains}
    events = {d: pl.read_parquet(posters / f"interactions_{d}.parquet") for d in domains}
    pl.concat(items.values()).sort("item_id").select(
        movieId="item_id", title="title", genres="genres"
    ).write_csv(tmp_path / "movies.csv")
    pl.concat(events.values()).sample(fraction=1.0, shuffle=True, seed=0).select(
        userId="user_id", movieId="item_id", rating="rating", timestamp="timestamp"
    ).write_csv(tmp_path / "ratings.csv")
    (tmp_path / "tags.csv").write_text("userId,movieId,tag,timestamp\n")
    tables = movielens.build(tmp_path)
    text = pl.col("^(user|item)_id$").cast(pl.String)
    for domain in domains:
        assert_frame_equal(
            tables[f"interactions_{domain}.parquet"], events[domain].with_columns(text)
        )
        columns = ["item_id", "title", "year", "genres"]
        assert_frame_equal(
            tables[f"items_{domain}.parquet"].select(columns),
            items[domain].with_columns(text).select(columns),
        )
