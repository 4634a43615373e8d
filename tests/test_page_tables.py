"""Tables of Polars in the book: words as words, numbers as numbers."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))

from page_tables import LEFT, table


def cells(frame: pl.DataFrame) -> list[tuple[str, str]]:
    return re.findall(r"<t[hd]( style=[^>]*)?>(.*?)</t[hd]>", table(frame))


def test_words_stand_on_the_left_and_without_quotation_marks() -> None:
    frame = pl.DataFrame({"model": ["charts", "EASE"], "recall": [0.5, 0.25]})
    left = f" {LEFT}"
    with pl.Config(tbl_hide_column_data_types=True):
        assert cells(frame) == [
            *((left, "model"), ("", "recall")),
            *((left, "charts"), ("", "0.5")),
            *((left, "EASE"), ("", "0.25")),
        ]


def test_marks_of_the_word_itself_stay_and_nothing_becomes_a_tag() -> None:
    frame = pl.DataFrame({"a < b": ['say "tea"', "<b>", None]})
    said = [text for _, text in cells(frame) if text != "str"]
    assert said == ["a &lt; b", "say &quot;tea&quot;", "&lt;b&gt;", "null"]


def test_a_word_that_is_cut_short_is_a_word_like_the_others() -> None:
    frame = pl.DataFrame({"title": ["x" * 60, "tea"], "shop": ["food", "kitchen"]})
    found = [(style, text) for style, text in cells(frame) if text != "str"]
    assert {style for style, _ in found} == {f" {LEFT}"}
    assert [text for _, text in found][2:] == ["x" * 30 + "…", "food", "tea", "kitchen"]
