"""A check is worth something only if it refuses what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from xdrec.lab import Exercise

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def said(exercise: Exercise, answer: object, capsys: pytest.CaptureFixture[str]) -> str:
    exercise(answer)
    return capsys.readouterr().out.strip()


def test_what_is_said_of_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = Exercise("some", wrong=["most", "none"], hint="Look at the left end.")
    assert said(exercise, None, capsys).startswith("Decide first")
    assert said(exercise, " SOME ", capsys) == "Right!"
    assert said(exercise, "most", capsys) == "Not yet. Look at the left end."


def test_a_check_that_cannot_fail_is_refused() -> None:
    with pytest.raises(ValueError, match="accepts the wrong answer 2"):
        Exercise(1, wrong=[2], accepts=lambda answer: True)
    with pytest.raises(ValueError, match="at least one wrong answer"):
        Exercise(1, wrong=[])


def test_a_check_that_cannot_pass_is_refused() -> None:
    with pytest.raises(ValueError, match="refuses right=1"):
        Exercise(1, wrong=[2], accepts=lambda answer: False)


def test_an_answer_that_breaks_the_check_is_not_right(capsys: pytest.CaptureFixture[str]) -> None:
    exercise = Exercise(
        lambda x: 2 * x, wrong=[lambda x: x], accepts=lambda f: f(3) == 6, hint="A function."
    )
    assert said(exercise, 6, capsys) == "Not yet. A function."
    assert said(exercise, lambda x: x + x, capsys) == "Right!"
    vector = Exercise(np.ones(2), wrong=[np.zeros(2)], accepts=lambda a: np.allclose(a, 1))
    assert said(vector, np.ones(2), capsys) == "Right!"
    assert said(vector, "ones", capsys) == "Not yet."


def cells(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_has_a_folded_solution(path: Path) -> None:
    """As many solutions as questions, each behind its exercise and before the next."""
    order = []
    for cell in cells(path):
        source = "".join(cell["source"])  # type: ignore[arg-type]
        if cell["cell_type"] == "code":
            order += ["exercise"] * len(re.findall(r"\bExercise\(", source))
        elif "<details><summary>Solution" in source:
            order.append("solution")
    if "exercise" in order:
        asked = [n for n, kind in enumerate(order) if kind == "exercise"]
        assert all(order[n + 1 : n + 2] == ["solution"] for n in asked), order


def test_every_chapter_has_some_and_the_book_many() -> None:
    asked = {
        path.stem: sum(
            len(re.findall(r"\bExercise\(", "".join(cell["source"])))  # type: ignore[arg-type]
            for cell in cells(path)
            if cell["cell_type"] == "code"
        )
        for path in NOTEBOOKS
    }
    assert min(asked.values()) >= 3, asked
    assert sum(asked.values()) >= 60, asked
