"""What is built, and where to: the book itself, or a small one that the tests build beside it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent


@dataclass(frozen=True)
class Book:
    """A table of contents, the folder of its notebooks, and the folder that gets `_build`."""

    toc: Path
    chapters: Path
    output: Path

    @property
    def build(self) -> Path:
        return self.output / "_build"

    @property
    def html(self) -> Path:
        return self.build / "html"

    @property
    def site(self) -> Path:
        return self.build / "site"

    @property
    def source(self) -> Path:
        return self.build / "source"

    @property
    def executed(self) -> Path:
        return self.build / "executed"

    @property
    def stamp(self) -> Path:
        return self.build / "fingerprint"

    def pages(self) -> list[str]:
        """Every page as the table of contents names it, in its order."""
        import yaml

        toc = yaml.safe_load(self.toc.read_text(encoding="utf-8"))
        return [toc["root"], *(each["file"] for part in toc["parts"] for each in part["chapters"])]

    def notebooks(self) -> list[Path]:
        """The notebooks that the table of contents names."""
        names = [name.removeprefix("notebooks/") for name in self.pages() if "notebooks/" in name]
        paths = [self.chapters / f"{name}.ipynb" for name in names]
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            sys.exit(f"{self.toc} names {', '.join(missing)}, which is not there")
        return paths

    def built_pages(self) -> list[Path]:
        """The files of all pages; exits if the book is not built."""
        paths = [self.html / f"{name}.html" for name in self.pages()]
        if missing := [str(path) for path in paths if not path.exists()]:
            sys.exit(f"{missing[0]} is not there: build the book first (make book)")
        return paths


def parser(about: str) -> argparse.ArgumentParser:
    """The options that say which book is meant."""
    made = argparse.ArgumentParser(description=about.splitlines()[0])
    made.add_argument("--toc", type=Path, default=ROOT / "_toc.yml")
    made.add_argument("--notebooks", type=Path, default=ROOT / "notebooks")
    made.add_argument("--output", type=Path, default=BOOK, help="gets a folder _build")
    return made


def book_of(asked: argparse.Namespace) -> Book:
    return Book(asked.toc.resolve(), asked.notebooks.resolve(), asked.output.resolve())
