"""Gallery: titles as text, notes where there are any, covers as data."""

from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from xdrec.lab.gallery import Gallery

ITEMS = pl.DataFrame(
    {
        "item_id": ["a", "b", "c"],
        "title": ["Tea", None, "<b>Pan</b>"],
        "genre": ["drink", None, ""],
        "score": [0.12345, None, 2.0],
        "year": [1999, None, 0],
    }
)


@pytest.mark.parametrize(
    ("note", "printed"),
    [
        (None, "Tea\nb\n<b>Pan</b>"),
        ("genre", "Tea (drink)\nb\n<b>Pan</b>"),
        ("score", "Tea (0.123)\nb\n<b>Pan</b> (2.000)"),
        ("year", "Tea (1999)\nb\n<b>Pan</b> (0)"),
    ],
)
def test_a_null_note_is_not_written(note: str | None, printed: str) -> None:
    shown = Gallery(ITEMS, note)
    assert repr(shown) == printed
    assert "None" not in shown._repr_html_()
    assert shown._repr_html_().count("<div>") == printed.count("(")


def test_titles_are_text_and_covers_are_data(tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    Image.new("RGB", (600, 800), "teal").save(path)
    page = Gallery(ITEMS.with_columns(image_path=pl.Series([str(path), None, None])))._repr_html_()
    assert "&lt;b&gt;Pan&lt;/b&gt;" in page
    assert page.count('src="data:image/webp;base64,') == 1
    assert str(tmp_path) not in page


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no column"):
        Gallery(ITEMS, "price")
