"""Quotation marks in CSV: inches are read as they stand, what is unclear is told by its line."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.data.reading import EVENTS, fault, faults, file
from xdrec.data.checks import DataError
from xdrec.data.csv_text import literal_marks
from xdrec.data.read import read_domain

HEADER = "item_id,title,colour\n"


def titles(folder: Path, name: str, text: str) -> list[str | None]:
    nobody = pl.DataFrame({"user_id": ["a"], "item_id": ["x"]})
    return read_domain("shop", file(folder, name, text), nobody).items["title"].to_list()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_inches_are_read(tmp_path: Path, end: str) -> None:
    lines = [
        "item_id,title,colour",
        'x,Pan 5" wide,red',
        'y,Pot 6",5" high',
        'z,"Cup 3"" wide, small",blue"',
        'w,"two' + end + 'lines, 4""",',
        "v,Lid,",
    ]
    read = titles(tmp_path, "i.csv", end.join(lines))
    expected = ['Pan 5" wide', 'Pot 6"', 'Cup 3" wide, small', f'two{end}lines, 4"', "Lid"]
    assert read == expected
    tabs = 'item_id\ttitle\nx\tPan 5", 6" or 7"\ny\tCup'
    assert titles(tmp_path, "i.tsv", tabs) == ['Pan 5", 6" or 7"', "Cup"]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('x,"Pan 5" wide",red\ny,Cup,blue\n', 2),
        ('x,Pan 5",red\n\ny,"Best" cup,blue\n', 4),
        ('x,"Pan\n5""",red\ny,"Cup,blue\nz,Pot,red\n', 4),
        ('x,"Pan" ,red\n', 2),
    ],
)
def test_a_mark_of_unclear_meaning_is_told_by_its_line(
    tmp_path: Path, rows: str, line: int
) -> None:
    items = file(tmp_path, "i.csv", HEADER + rows)
    told = fault(items, EVENTS)
    assert told.startswith(f"items (i.csv): the field that a quotation mark opens in line {line} ")
    assert 'write a mark inside it twice: "Pan 5"" wide"' in told


def test_lines_keep_their_numbers_and_their_fields(tmp_path: Path) -> None:
    rows = 'x,Pan 5" wide,red\ny,Cup\n'
    assert any(
        "not line 3 (2 fields)" in one for one in faults(file(tmp_path, "i.csv", HEADER + rows))
    )
    split = 'x,Pan 5" by 6", wide,red\n'
    assert any(
        "not line 2 (4 fields)" in one for one in faults(file(tmp_path, "i.csv", HEADER + split))
    )


@given(st.text(st.sampled_from('ab,"\n '), max_size=40))
@example('a"b,"c""d\n,"')
def test_what_is_marked_is_what_a_csv_reader_reads(text: str) -> None:
    """Python's reader, told to be strict, refuses the same texts and reads the others alike."""
    marked, broken = literal_marks(text, ",")
    try:
        expected = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error:
        assert broken
    else:
        assert not broken
        assert list(csv.reader(io.StringIO(marked), strict=True)) == expected
        assert literal_marks(marked, ",") == (marked, None), "nothing is left to mark"


@settings(max_examples=200)
@given(rows=st.text(st.sampled_from('xy,"\n\r'), max_size=30))
def test_whatever_the_text_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: str
) -> None:
    events = file(tmp_path_factory.mktemp("any"), "e.csv", "user_id,item_id\n" + rows)
    items = pl.DataFrame({"item_id": ["x"], "title": ["Tea"]})
    with contextlib.suppress(DataError):
        assert len(read_domain("shop", items, events).interactions)
