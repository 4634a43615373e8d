"""No title, plot, id or picture of the real data stands in any built file."""

import base64
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image, UnidentifiedImageError

from xdrec.lab import covers, gallery

# Shorter titles may be everyday words.
SHORTEST = 12
# Tables cut long texts off, so that of a plot its beginning must be enough.
PLOT = 28
TEXTS = {".html", ".js", ".json", ".ipynb", ".txt", ".xml", ".md", ".csv", ".svg", ".css", ".inv"}
# Ids that cannot stand in a page by chance: letters and digits together, eight or more.
TELLING = re.compile(r"(?=[A-Za-z_]*\d)(?=\d*[A-Za-z_])\w{8,}")
WORD = re.compile(r"\w{8,}")  # what may be one, in a single pass however long a word is
# How PNG, JPEG, WebP and GIF begin in base64, whether in a data URI or in a notebook's output.
INLINE = re.compile(r"(?:iVBORw0KGgo|/9j/|UklGR|R0lGOD)[A-Za-z0-9+/= ]{40,}")
# A picture is looked at as LOOK x LOOK colours, each channel from 0 to 255. Made small and encoded
# anew, a poster stays within 3 of itself on average; the book's own covers are 17 or more away.
LOOK = 8
ALIKE = 8.0


def one_line(text: str) -> str:
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def plain(text: str) -> str:
    """A page's text as a reader (or a script) gets it, whatever it was written as."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    return one_line(html.unescape(text).replace('\\"', '"'))


def look(file: io.BytesIO) -> np.ndarray | None:
    """The picture's average colours on a coarse grid, or None if this is no picture."""
    try:
        with Image.open(file) as picture:
            small = picture.convert("RGB").resize((LOOK, LOOK), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError):
        return None
    return np.asarray(small, np.float32).ravel()


def pictures(raw: bytes, text: str) -> Iterator[np.ndarray]:
    """The file itself, if it is one, and those that its text carries in base64."""
    inside = INLINE.findall(text.replace("\\n", "").replace("\\/", "/"))
    packed = [found.replace(" ", "").rstrip("=") for found in inside]
    decoded = [base64.b64decode(one + "=" * (-len(one) % 4)) for one in packed if len(one) % 4 != 1]
    looks = [look(io.BytesIO(data)) for data in [*decoded, *([] if text else [raw])]]
    return (one for one in looks if one is not None)


@dataclass(frozen=True)
class Real:
    """What no built file may hold."""

    phrases: set[str]  # titles, and the beginnings of plots
    ids: set[str]
    posters: np.ndarray  # [posters, LOOK * LOOK * 3]

    @classmethod
    def of(cls, folder: Path) -> "Real":
        phrases: set[str] = set()
        ids: set[str] = set()
        for path in folder.rglob("*.parquet"):
            table = pl.read_parquet(path)
            if "title" in table.columns:
                phrases |= set(map(one_line, table["title"].drop_nulls()))
            if "description" in table.columns:
                for text in map(one_line, table["description"].drop_nulls()):
                    sentences = re.split(r"(?<=[.!?]) ", text)
                    phrases |= {s[:PLOT] for s in sentences if len(s) >= PLOT}
            for column in {"item_id", "user_id"} & set(table.columns):
                ids |= {i for i in table[column].cast(pl.String).unique() if TELLING.fullmatch(i)}
        looks = []
        for archive in folder.rglob("*.zip"):
            with zipfile.ZipFile(archive) as packed:
                looks += [look(io.BytesIO(packed.read(name))) for name in packed.namelist()]
        posters = [one for one in looks if one is not None]
        long_enough = {phrase for phrase in phrases if len(phrase) >= SHORTEST}
        return cls(long_enough, ids, np.array(posters).reshape(-1, LOOK * LOOK * 3))

    def distance(self, picture: np.ndarray) -> float:
        return float(np.abs(self.posters - picture).mean(axis=1).min())

    def found(self, folder: Path) -> list[str]:
        """What of it stands in the folder's files."""
        prefixes = {phrase[:SHORTEST] for phrase in self.phrases}
        faults = []
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or "vendor" in path.relative_to(folder).parts:
                continue
            raw = path.read_bytes()
            text = plain(raw.decode("utf-8", "replace")) if path.suffix in TEXTS else ""
            near = [d for d in map(self.distance, pictures(raw, text)) if d < ALIKE]
            faults += [f"{path.name}: a poster, {d:.1f} from a real one" for d in near]
            faults += [f"{path.name}: {one}" for one in contained(text, self.phrases, prefixes)]
            faults += [f"{path.name}: {i}" for i in self.ids & set(WORD.findall(text))]
        return faults


def contained(text: str, phrases: set[str], prefixes: set[str]) -> set[str]:
    """The phrases in the text: a look at each place for a known beginning, then the whole."""
    found = set()
    hits = {text[i : i + SHORTEST] for i in range(len(text) - SHORTEST + 1)} & prefixes
    if hits:
        found = {t for t in phrases if t[:SHORTEST] in hits and t in text}
    return found


@pytest.fixture(scope="module")
def real(real_data: Path) -> Real:
    return Real.of(real_data)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Real]:
    """A data set laid out as the real one, and what is to be found of it."""
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    with zipfile.ZipFile(folder / "posters.zip", "w") as packed:
        for i in range(5):
            colours = Image.fromarray(rng.integers(0, 256, (6, 4, 3), np.uint8))
            colours.resize((160, 237)).save(folder / f"{i}.jpg", quality=90)
            packed.write(folder / f"{i}.jpg", f"posters/{i}.jpg")
    plot = (
        'A clerk\u2019s letter, never sent, is found by a child. It changes "all" in a quiet town.'
    )
    table = {
        "item_id": ["B000E1FZHS", "20140125"],
        "title": ["Green & White Tea, 20 bags", "Cup"],
        "description": [plot, None],
    }
    pl.DataFrame(table).write_parquet(folder / "items_film.parquet")
    return folder, Real.of(folder)


def test_an_innocent_page_is_passed(invented: tuple[Path, Real], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("A cup of green tea, 20140125: a clerk's letter. UklGRAAA")
    (tmp_path / "zeros.ipynb").write_text("A" * 1_000_000)  # a packed array, as charts carry them
    Image.new("RGB", (50, 70), "teal").save(tmp_path / "own.png")
    assert invented[1].found(tmp_path) == []


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<td>Green &amp; White\n Tea, 20 bags</td>", "Green & White Tea, 20 bags"),
        ("<script>'\\u0047reen \\u0026 White Tea, 20 bags'</script>", "Green & White Tea, 20 bags"),
        ("<td>A clerk&#x27;s letter, never sent, is…</td>", "A clerk's letter, never sent"),
        ('"It changes \\"all\\" in a quiet town."', 'It changes "all" in a quiet t'[:PLOT]),
        ('<a href="#B000E1FZHS">', "B000E1FZHS"),
    ],
)
def test_planted_words_are_found(
    invented: tuple[Path, Real], tmp_path: Path, page: str, said: str
) -> None:
    (tmp_path / "page.html").write_text(page)
    assert invented[1].found(tmp_path) == [f"page.html: {said}"]


@pytest.mark.parametrize("side", [covers.SIDE, gallery.SIDE])
def test_planted_pictures_are_found(invented: tuple[Path, Real], tmp_path: Path, side: int) -> None:
    folder, real = invented
    uri = covers.thumbnail(folder / "0.jpg", side)
    bare = uri.partition(",")[2]
    (tmp_path / "1.html").write_text(f'<p><img src="{uri}" alt=""></p>')
    (tmp_path / "2.html").write_text(json.dumps({"cover": uri}).replace("/", "\\u002f"))
    (tmp_path / "3.ipynb").write_text(json.dumps({"image/webp": f"{bare[:76]}\n{bare[76:]}\n"}))
    (tmp_path / "4.webp").write_bytes(base64.b64decode(bare))
    with Image.open(folder / "1.jpg") as poster:
        poster.resize((200, 300)).save(tmp_path / "5.png")
    found = real.found(tmp_path)
    assert [fault.partition(": a poster")[0] for fault in found] == [
        "1.html", "2.html", "3.ipynb", "4.webp", "5.png",
    ]  # fmt: skip


@pytest.mark.parametrize("side", [covers.SIDE, gallery.SIDE])
def test_real_posters_would_be_found(
    real_data: Path, real: Real, tmp_path: Path, side: int
) -> None:
    with zipfile.ZipFile(next(real_data.rglob("posters.zip"))) as packed:
        for name in packed.namelist()[::60]:
            path = tmp_path / "poster.jpg"
            path.write_bytes(packed.read(name))
            small = base64.b64decode(covers.thumbnail(path, side).partition(",")[2])
            assert real.distance(look(io.BytesIO(small))) < ALIKE / 2, name


def test_nothing_of_the_real_data_is_in_the_book(book: object, real: Real) -> None:
    assert len(real.phrases) > 10_000
    assert len(real.ids) > 10_000
    assert len(real.posters) == 2_265
    assert not real.found(book.folder)


def test_executed_notebooks_end_without_errors_or_warnings(book: object) -> None:
    for path in (book.folder.parent / "executed").glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            for output in cell.get("outputs", ()):
                wrong = output["output_type"] == "error" or output.get("name") == "stderr"
                if wrong:
                    pytest.fail(f"{path.name}: {output}")
