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
# How many headings and numbered items each chapter of the two documents has.
COUNTED = {
    "X": {1: 4, 2: 9, 3: 32, 4: 28, 5: 14, 6: 6, 7: 4, 8: 6, 9: 13},
    "T": {1: 1, 2: 11, 3: 20, 4: 19, 5: 15, 6: 17, 7: 4, 8: 9, 9: 8},
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
