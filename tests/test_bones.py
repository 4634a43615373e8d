"""Every chapter has the same bones: a reader who knows one of them finds the way in all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[str]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_bones(path: Path) -> None:
    prose = cells(path, "markdown")
    opening, whole = prose[0], "\n".join(prose)
    assert re.match(r"# .+\n", opening), "no title"
    assert re.search(r"\b[XT] ?\d", opening), "no section of the documents is named"
    assert re.search(r"you (will be able to|can)\b|able to", opening, re.IGNORECASE)
    asked = re.findall(r"\*[^*]+\?\*|\*Before you look:\*[^\n]+\?", whole)
    assert len(asked) >= 3, "too few questions before results"
    exercises = "\n".join(cells(path, "code")).count("Exercise(")
    assert exercises >= 3
    assert whole.count("<details><summary>Solution</summary>") >= exercises
    headings = re.findall(r"^## (.+)$", whole, re.M)
    assert headings[-2:] == ["What to take along", "Where to go next"]
