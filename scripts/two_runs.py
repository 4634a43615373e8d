"""Do two runs of the notebooks say the same? `python scripts/two_runs.py`, after `make notebooks`
and `make book`.

One run is live, the other the book's own; both on one machine, one thread each. Every number of a
printed text must be the same in both as it is printed, and every figure's data to the last bit.
Cells tagged `varies` (a time, how full a cache is) are passed over. What a widget shows is its own
affair; the texts of pages and lab may differ, as a cell knows where it runs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIVE = ROOT / "build" / "live"
BOOK = ROOT / "book" / "_build" / "executed"

NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
FIGURE = re.compile(r'<script type="application/vnd.xdrec.figure\+json">(.*?)</script>', re.DOTALL)
LIVE_FIGURE = "application/vnd.plotly.v1+json"
# The live table's; the book leaves it out.
SHAPE = re.compile(r"shape: \([\d_, ]*\)")
# A view of something alive: an address in memory, a progress bar, or a control that the page has
# words for instead.
ALIVE = re.compile(r"^<[\w.]+ object at 0x|^ *\d+%\||^interactive\(|^[A-Z]\w+\(children=|^Figure\(")


def texts(cell: dict[str, Any]) -> Iterator[str]:
    """What a cell printed and showed, as plain text."""
    for output in cell["outputs"]:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            yield "".join(output["text"])
        shown = output.get("data", {})
        for kind in ("text/plain", "text/markdown"):
            text = "".join(shown.get(kind, ""))
            if LIVE_FIGURE not in shown and not ALIVE.match(text):
                yield text


def numbers(cell: dict[str, Any]) -> list[str]:
    return [number for text in texts(cell) for number in NUMBER.findall(SHAPE.sub("", text))]


def figures(cell: dict[str, Any]) -> list[Any]:
    """The data of a cell's figures, as the book or a live kernel holds them."""
    found = []
    for output in cell["outputs"]:
        shown = output.get("data", {})
        if LIVE_FIGURE in shown:
            found.append(shown[LIVE_FIGURE]["data"])
        else:
            page = "".join(shown.get("text/html", ""))
            found += [json.loads(text)["data"] for text in FIGURE.findall(page)]
    return found


def code_cells(path: Path, notebook: Path) -> dict[str, dict[str, Any]]:
    """The cells of a run by their ids; the program ends if it was not this notebook that ran."""
    if not path.is_file():
        sys.exit(f"{path} is missing: `make notebooks` and `make book` leave a run each")
    run, now = (json.loads(p.read_text(encoding="utf-8"))["cells"] for p in (path, notebook))
    # A source is a text or a list of its lines.
    said, says = ([(c["id"], "".join(c["source"])) for c in cells] for cells in (run, now))
    if said != says:
        sys.exit(
            f"{path} is a run of another {notebook.name}: `make notebooks book` runs both anew"
        )
    return {cell["id"]: cell for cell in run if cell["cell_type"] == "code"}


def differences(
    one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> tuple[list[str], int, int]:
    """The ids of cells that do not say the same twice, and how much was compared: printed numbers
    and figures."""
    differ, counted, drawn = [], 0, 0
    for name, cell in one.items():
        if "varies" in cell["metadata"].get("tags", ()):
            continue
        said, shown = numbers(cell), figures(cell)
        counted, drawn = counted + len(said), drawn + len(shown)
        if said != numbers(other[name]) or shown != figures(other[name]):
            differ.append(name)
    return differ, counted, drawn


def main(notebooks: Path = ROOT / "notebooks", live: Path = LIVE, book: Path = BOOK) -> None:
    counted = drawn = 0
    bad = []
    for path in sorted(notebooks.glob("*.ipynb")):
        runs = [code_cells(folder / path.name, path) for folder in (live, book)]
        differ, said, shown = differences(*runs)
        counted, drawn = counted + said, drawn + shown
        bad += [f"{path.name}, cell {name}" for name in differ]
    if not counted or not drawn:
        sys.exit(f"nothing was compared: {counted} numbers, {drawn} figures in {notebooks}")
    if bad:
        sys.exit("two runs do not say the same:\n  " + "\n  ".join(bad))
    print(f"two runs say the same: {counted:,} printed numbers, {drawn} figures")


if __name__ == "__main__":
    main()
