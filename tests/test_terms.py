"""One spelling for each term of the project, in all that is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "book").glob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]
# What is written: what is not, as it would be found in small letters.
TERMS = {
    "behaviour": r"behavior(?!\*)",  # but for the end of a cited title
    "favourite": r"favorite",
    "colour": r"\bcolor(?!bar|scale|way|_|-scheme)",
    "neighbour": r"neighbor",
    "catalogue": r"catalog\b",
    "centre": r"\bcenter",
    "cross-domain": r"cross domain\b",
    "e-commerce": r"\becommerce|\be commerce",
    "pre-train": r"\bpre ?train",
    "fine-tune": r"\bfine ?tun",
    "hyper-parameter": r"\bhyper ?parameter",
    "data set": r"\bdataset",
    "re-rank": r"\brerank",
    "zero-shot": r"\bzero ?shot",
    "multimodal": r"multi-modal",
    "normalize, regularize, optimize": r"(normal|regular|optim|factor|personal)is(e|ing|ation)",
    "no long dash": "\N{EM DASH}",
}


def prose(path: Path) -> str:
    """What a reader reads as text: no code, no addresses, no names of files."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        written = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        text = "\n\n".join(written)
    text = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|\{raw\}.*?```", " ", text, flags=re.DOTALL)
    return re.sub(r"https?://\S+|[\w/.-]+\.(?:md|ipynb|py)\b|<[^>]+>", " ", text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_terms_are_spelt_in_one_way(path: Path) -> None:
    text = prose(path).lower()
    for term, other in TERMS.items():
        found = [text[max(m.start() - 30, 0) : m.end() + 10] for m in re.finditer(other, text)]
        assert not found, f"write {term!r}: {found}"


def test_the_list_finds_what_it_looks_for() -> None:
    for other, seen in {"behaviour": "his behavior", "cross-domain": "a cross domain list"}.items():
        assert re.search(TERMS[other], seen)
