"""Every section of both documents has a place in the book, a cell, and a name to import."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from xdrec_coverage import Row, place, rows  # noqa: E402

TABLE = rows(ROOT / "book" / "coverage.csv")
# How many headings and numbered items each chapter of the two documents has; of T 2.2.2, T 3.4 and
# T 6 the points of their lists, too.
COUNTED = {
    "X": {1: 4, 2: 9, 3: 33, 4: 25, 5: 14, 6: 6, 7: 13, 8: 11, 9: 14},
    "T": {1: 1, 2: 13, 3: 26, 4: 19, 5: 15, 6: 17, 7: 4, 8: 14, 9: 13},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.section)
def test_the_place_is_there_and_the_names_can_be_imported(row: Row) -> None:
    page, heading, anchor = place(ROOT, row.where)
    assert page
    assert heading
    assert anchor
    for name in row.uses.split():
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


def test_every_section_once_and_all_of_them() -> None:
    sections = [row.section for row in TABLE]
    assert len(set(sections)) == len(sections)
    found: dict[str, dict[int, int]] = {"X": {}, "T": {}}
    for section in sections:
        document, number = section.split()[:2]
        if document in found:
            chapter = int(number.split(".")[0].strip(","))
            found[document][chapter] = found[document].get(chapter, 0) + 1
    assert found == COUNTED
    points = [s for s in sections if s.startswith("point ")]
    assert points == [f"point {n}" for n in range(1, 18)]


def test_what_runs_can_be_run() -> None:
    """A row that names something to import names a cell that runs."""
    for row in TABLE:
        if row.uses and not row.where.startswith("book/"):
            name, cell = row.where.split("#")
            text = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
            kinds = {c["id"]: c["cell_type"] for c in json.loads(text)["cells"]}
            assert kinds[cell] == "code", row.section
