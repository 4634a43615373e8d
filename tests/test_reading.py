"""The bibliography: every work that a docstring names as its source is in it, in one group."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENTRIES = re.findall(
    r"^@(?!comment)\w+\{(.*?)^\}",
    (ROOT / "book" / "references.bib").read_text("utf-8"),
    re.M | re.S,
)
NAME = r"[A-Z][\w’'-]+"
# A surname, perhaps others; a venue, perhaps; a year.
CITED = re.compile(
    rf"\b((?:van den )?{NAME})(?: et al\.| and {NAME}|, {NAME} and {NAME})?,"
    r"(?: [A-Z][A-Za-z]+,?| [A-Z][A-Za-z]+ [A-Za-z ]+,?)? ((?:19|20)\d\d)\b"
)


def plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower().translate(str.maketrans("äéöü", "aeou")))


def works() -> set[tuple[str, str]]:
    """First author's surname and year of each entry."""
    found = set()
    for entry in ENTRIES:
        (author,) = re.findall(r"^  author = \{(?:\{)?(.+?),", entry, re.M)
        (year,) = re.findall(r"year = \{(\d{4})\}", entry)
        found.add((plain(re.sub(r"\\\W|\{|\}", "", author)), year))
    return found


def cited() -> set[tuple[str, str, str]]:
    found = set()
    for path in (ROOT / "xdrec").rglob("*.py"):
        text = " ".join(path.read_text("utf-8").split())
        for sources in re.findall(r"Source: (.+?)(?: Book: |>>>|\"\"\")", text):
            found |= {(path.name, plain(a), y) for a, y in CITED.findall(sources)}
    return found


def test_every_source_is_in_the_bibliography() -> None:
    assert len(cited()) > 50
    missing = {work for work in cited() if work[1:] not in works()}
    assert missing == set()


def test_each_work_is_shown_once() -> None:
    page = (ROOT / "book" / "reading.md").read_text("utf-8")
    groups = re.findall(r'keywords % "(\w+)"', page)
    assert len(groups) == len(set(groups))
    for entry in ENTRIES:
        (keyword,) = re.findall(r"keywords = \{(\w+)\}", entry)
        assert keyword in groups, entry
