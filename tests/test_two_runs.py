"""Two runs of a notebook that must say the same (`scripts/two_runs.py`)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from scripts import two_runs

FIGURE = {"data": [{"type": "bar", "y": [0.1, 0.25]}], "layout": {}}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def shown(**data: Any) -> dict[str, Any]:
    kinds = {"plain": "text/plain", "html": "text/html", "figure": two_runs.LIVE_FIGURE}
    return {"output_type": "display_data", "data": {kinds[k]: v for k, v in data.items()}}


def notebook(*outputs: dict[str, Any], tags: tuple[str, ...] = ()) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "a", "source": ["look()"], "outputs": list(outputs),
            "metadata": {"tags": list(tags)}}  # fmt: skip
    return {"cells": [cell, {"cell_type": "markdown", "id": "b", "source": ["Look."]}]}


def page(figure: dict[str, Any]) -> str:
    text = json.dumps(figure)
    return f'<div><script type="application/vnd.xdrec.figure+json">{text}</script></div>'


LIVE = notebook(printed("recall 0.125\n"), shown(plain="<a.B object at 0x7f1>"),
                shown(figure=FIGURE, plain="Figure({'y': [0.1]})"))  # fmt: skip
BOOK = notebook(printed("recall 0.125\n"), shown(plain="<a.B object at 0x7e2>"),
                shown(html=page(FIGURE), plain="Figure({'y': [0.1]})"))  # fmt: skip


@pytest.fixture
def compare(tmp_path: Path) -> Any:
    def run(live: dict[str, Any], book: dict[str, Any]) -> None:
        for name, run in (("notebooks", LIVE), ("live", live), ("book", book)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "one.ipynb").write_text(json.dumps(run))
        two_runs.main(*(tmp_path / name for name in ("notebooks", "live", "book")))

    return run


def changed(run: dict[str, Any], **change: Any) -> dict[str, Any]:
    """The same run, its code cell otherwise."""
    other = copy.deepcopy(run)
    other["cells"][0] |= change
    return other


def test_the_same_numbers_and_figures_pass(compare: Any, capsys: pytest.CaptureFixture) -> None:
    compare(LIVE, BOOK)
    assert capsys.readouterr().out == "two runs say the same: 1 printed numbers, 1 figures\n"


@pytest.mark.parametrize(
    "outputs",
    [
        [printed("recall 0.126\n"), BOOK["cells"][0]["outputs"][2]],
        [printed("recall 0.125\n")],
        [printed("recall 0.125\n"), shown(html=page({"data": [{"type": "bar", "y": [0.1, 0.3]}]}))],
        [printed("recall 0.125, 7 people\n"), BOOK["cells"][0]["outputs"][2]],
    ],
    ids=["another number", "no figure", "another figure", "one number more"],
)
def test_a_cell_that_says_otherwise_is_named(compare: Any, outputs: list[Any]) -> None:
    with pytest.raises(SystemExit, match=r"two runs .* same:\n  one\.ipynb, cell a"):
        compare(LIVE, changed(BOOK, outputs=outputs))


def test_what_may_vary_is_passed_over(compare: Any) -> None:
    """And where all may, nothing was compared, which is no success."""
    live = changed(LIVE, metadata={"tags": ["varies"]})
    with pytest.raises(SystemExit, match="nothing was compared"):
        compare(live, changed(BOOK, outputs=[printed("3 s")], metadata={"tags": ["varies"]}))


@pytest.mark.parametrize("change", [{"source": ["look(2)"]}, {"id": "c"}])
def test_a_run_of_another_notebook_does_not_count(compare: Any, change: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match=r"is a run of another one\.ipynb"):
        compare(LIVE, changed(BOOK, **change))


def test_a_source_may_be_a_text_or_its_lines(compare: Any) -> None:
    compare(changed(LIVE, source="look()"), changed(BOOK, source=["look", "()"]))


def test_a_run_that_is_missing_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "one.ipynb").write_text(json.dumps(LIVE))
    with pytest.raises(SystemExit, match="is missing"):
        two_runs.main(tmp_path, tmp_path / "live", tmp_path / "book")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("μ = 3, −0.5 and 1e-05", ["3", "−0.5", "1e-05"]),
        ("1,024 users; u0166 is no number", ["1,024"]),
    ],
)
def test_numbers_of_a_text(text: str, found: list[str]) -> None:
    assert two_runs.numbers({"outputs": [printed(text)]}) == found
