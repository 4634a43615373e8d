"""No title, id or picture of the real data stands in any built file."""

import hashlib
import html
import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

# Shorter titles may be everyday words.
SHORTEST = 12
TEXTS = {".html", ".js", ".json", ".ipynb", ".txt", ".xml", ".md", ".csv", ".svg", ".inv"}
# Ids that cannot stand in a page by chance: letters and digits together, eight or more.
TELLING = re.compile(r"(?=[A-Za-z_]*\d)(?=\d*[A-Za-z_])\w{8,}")


def vocabulary(folder: Path) -> tuple[set[str], set[str]]:
    titles: set[str] = set()
    ids: set[str] = set()
    for path in folder.rglob("*.parquet"):
        table = pl.read_parquet(path)
        if "title" in table.columns:
            titles |= {t.strip() for t in table["title"].drop_nulls() if len(t) >= SHORTEST}
        for column in {"item_id", "user_id"} & set(table.columns):
            ids |= {i for i in table[column].cast(pl.String).unique() if TELLING.fullmatch(i)}
    return titles, ids


def plain(text: str) -> str:
    """A page's text as a reader (or a script) gets it, whatever it was written as."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return " ".join(html.unescape(text).replace('\\"', '"').split())


def contained(text: str, titles: set[str], prefixes: set[str]) -> set[str]:
    """The titles in the text: a look at each place for a known beginning, then the whole."""
    found = set()
    hits = {text[i : i + SHORTEST] for i in range(len(text) - SHORTEST + 1)} & prefixes
    if hits:
        found = {t for t in titles if t[:SHORTEST] in hits and t in text}
    return found


def test_the_search_would_find_them() -> None:
    titles = {"Green & White Tea, 20 bags", "A cup so long as to be told"}
    prefixes = {title[:SHORTEST] for title in titles}
    page = plain("<td>Green &amp; White\n Tea, 20 bags</td><script>{'\\u0041 cup so long as'}")
    assert contained(page, titles, prefixes) == {"Green & White Tea, 20 bags"}
    assert TELLING.fullmatch("B000E1FZHS")
    assert not TELLING.fullmatch("notebooks")
    assert not TELLING.fullmatch("20140125")


def test_no_real_title_id_or_picture_is_in_the_book(book: object, real_data: Path) -> None:
    titles, ids = vocabulary(real_data)
    titles = {" ".join(title.split()) for title in titles}
    assert len(titles) > 10_000
    assert len(ids) > 10_000
    prefixes = {title[:SHORTEST] for title in titles}
    pictures = set()
    for archive in real_data.rglob("*.zip"):
        with zipfile.ZipFile(archive) as packed:
            members = [packed.read(name) for name in packed.namelist()]
        pictures |= {hashlib.sha256(member).digest() for member in members}
    faults = []
    for path in sorted(book.folder.rglob("*")):
        if not path.is_file() or "vendor" in path.relative_to(book.folder).parts:
            continue
        raw = path.read_bytes()
        if hashlib.sha256(raw).digest() in pictures:
            faults.append(f"{path.name}: a picture")
        if path.suffix in TEXTS:
            text = plain(raw.decode("utf-8", "replace"))
            faults += [f"{path.name}: {title}" for title in contained(text, titles, prefixes)]
            faults += [f"{path.name}: {i}" for i in ids & set(TELLING.findall(text))]
    assert not faults


def test_executed_notebooks_end_without_errors_or_warnings(book: object) -> None:
    for path in (book.folder.parent / "executed").glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            for output in cell.get("outputs", ()):
                wrong = output["output_type"] == "error" or output.get("name") == "stderr"
                if wrong:
                    pytest.fail(f"{path.name}: {output}")
