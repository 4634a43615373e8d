"""Build the book into book/_build/html: run the notebooks, then lay out the pages.

    python book/build.py [--jobs N] [--toc FILE] [--notebooks FOLDER] [--output FOLDER]

A second call does nothing if nothing changed that the pages depend on, and after a change in the
prose alone the notebooks are not run again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import measured
import outside
import repository
import status
from classic_script import classic_script
from frontend import AXE
from places import BOOK, ROOT, Book, book_of, parser


def files(*tops: Path) -> list[Path]:
    """Every file below, sorted; what Python and the builds leave behind is left out."""
    skipped = {"__pycache__", "_build", "_vendor", ".ipynb_checkpoints"}
    found = [(top, path) for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    kept = [p for top, p in found if p.is_file() and not skipped & set(p.relative_to(top).parts)]
    return sorted(kept)


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    total = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        total.update(f"\0{path}\0".encode() + path.read_bytes())
    return total.hexdigest()


def data_fingerprint() -> str:
    """Which real data `xdrec.data.load` would find, in $XDREC_DATA and among what was downloaded:
    their files' names, sizes and times, for they may be large."""
    from xdrec.data.cache import cache_dir

    given = os.environ.get("XDREC_DATA", "").strip()
    folders = [Path(given).expanduser()] if given else []
    # Names that begin with a dot are locks, and downloads that are under way.
    found = [path for path in files(*folders, cache_dir() / "data") if path.name[0] != "."]
    stats = [(path, path.stat()) for path in found]
    return repr([(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats])


def surroundings() -> list[str]:
    device = os.environ.get("XDREC_DEVICE", "")
    return [sys.version, data_fingerprint(), device]


def notebook_fingerprint(path: Path) -> str:
    """What a notebook's outputs depend on."""
    names = ("kernel_startup.py", "figure_words.py", "page_tables.py")
    startup = [BOOK / "execute.py", *(BOOK / "_ext" / name for name in names)]
    needs = files(ROOT / "xdrec", ROOT / "benchmarks", ROOT / "requirements")
    # What a widget looks like and does in the page stands in no output.
    needs = [need for need in needs if need.suffix not in (".js", ".css")]
    return fingerprint([path, *startup, *needs], *surroundings())


def book_facts(url: str | None) -> dict[str, str]:
    return status.facts(url, with_data=data_fingerprint() != "[]")


def book_fingerprint(book: Book, url: str | None) -> str:
    names = ["xdrec", "benchmarks", "requirements", "book", "_config.yml", "CHANGELOG.md"]
    needs = files(*(ROOT / name for name in names), book.toc, book.chapters)
    return fingerprint(
        [*needs, BOOK / "_vendor" / "fingerprint"], *surroundings(), str(url), str(book_facts(url))
    )


def run_notebook(path: Path, book: Book) -> None:
    from execute import execute

    target = book.executed / path.name
    stamp, now = target.with_suffix(".fingerprint"), notebook_fingerprint(path)
    if target.exists() and stamp.exists() and stamp.read_text() == now:
        return
    execute(path, target, book.build)
    stamp.write_text(now)


def run_notebooks(book: Book, jobs: int) -> None:
    """Those that something changed for, so many at a time; the first that fails ends the build."""
    with ProcessPoolExecutor(jobs) as workers:
        try:
            for done in [workers.submit(run_notebook, path, book) for path in book.notebooks()]:
                done.result()
        except SystemExit:
            workers.shutdown(cancel_futures=True)
            raise


def lay_out(book: Book, url: str | None) -> None:
    """A copy of the book with executed notebooks, the widgets' code and the full settings."""
    import yaml

    from xdrec.lab.base import code, sheet
    from xdrec.lab.theme import script as colours

    source = book.source
    shutil.rmtree(source, ignore_errors=True)
    # Folders that begin with a dot or hold a build are no pages, and what tests need is in none.
    left_out = shutil.ignore_patterns("_build", "__pycache__", AXE)
    shutil.copytree(BOOK, source / "book", ignore=left_out)
    shutil.copy(ROOT / "CHANGELOG.md", source / "book" / "changes.md")
    (source / "notebooks").mkdir()
    for path in book.notebooks():
        shutil.copy(book.executed / path.name, source / "notebooks")
    lab = source / "book" / "_widgets" / "xdrec" / "lab"
    lab.mkdir(parents=True)
    for path in (ROOT / "xdrec" / "lab").glob("*.js"):
        if path.stem != "shared":  # what the others share is in each of them
            script = classic_script(path.stem, code(path.stem))
            (lab / path.name).write_text(script, encoding="utf-8")
    # Style sheets apart: what all share must come before all that is a widget's own.
    for path in (ROOT / "xdrec" / "lab").glob("*.css"):
        text = sheet() if path.stem == "shared" else path.read_text(encoding="utf-8")
        (lab / path.name).write_text(text, encoding="utf-8")
    (lab.parent / "theme.js").write_text(colours(), encoding="utf-8")
    said = status.text(book_facts(url), [book.executed / path.name for path in book.notebooks()])
    (source / "book" / "status_facts.md").write_text(said, encoding="utf-8")
    (source / "book" / "benchmarks_facts.md").write_text(measured.text(), encoding="utf-8")
    shutil.copy(book.toc, source / "_toc.yml")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    for part, values in repository.settings(url).items():
        config.setdefault(part, {}).update(values)
    text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    (source / "_config.yml").write_text(text, encoding="utf-8")


def make_pages(book: Book) -> None:
    for folder in (book.html, book.build / ".doctrees"):
        shutil.rmtree(folder, ignore_errors=True)
    # --all: a build that failed on a warning would pass the second time.
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    options = ["--all", "-W", "--keep-going", "--quiet", "--path-output", str(book.output)]
    done = subprocess.run([*program, "build", *options, str(book.source)], cwd=ROOT)
    if done.returncode:
        sys.exit("the pages could not be built; what stands above says why")
    # The theme's icons as JavaScript and the maps of its scripts: no page loads them.
    static = book.html / "_static"
    for path in [static / "scripts" / "fontawesome.js", *static.rglob("*.map")]:
        path.unlink()


# Labels that keep a control's own words from who hears the page: of the theme's search field and of
# MyST-NB's folded cells.
MISNAMED = re.compile(
    '(<button class="btn search-button-field[^>]*) aria-label="Search"'
    '|(<summary) aria-label="Toggle hidden content"'
)


def mend_labels(book: Book) -> None:
    for page in book.html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(MISNAMED.sub(lambda m: m[1] or m[2], text), encoding="utf-8")


ENTRY = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>xdrec</title>
<link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url={root}.html">
</head>
<body><a href="{root}.html">xdrec</a></body>
</html>
"""


def write_entry(book: Book) -> None:
    """The book's address alone leads to its first page. Jupyter Book's own such page names no icon,
    so that a browser asks the site's root for one and, where there is none, logs an error; this one
    says that it has none, as the page is left at once."""
    text = ENTRY.format(root=book.pages()[0])
    (book.html / "index.html").write_text(text, encoding="utf-8")


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 4))
    asked = options.parse_args()
    book = book_of(asked)

    url = repository.address()
    now = book_fingerprint(book, url)
    index = book.html / "index.html"
    if index.exists() and book.stamp.exists() and book.stamp.read_text() == now:
        print(f"nothing changed: {index}")
        return
    book.stamp.unlink(missing_ok=True)
    run_notebooks(book, asked.jobs)
    lay_out(book, url)
    make_pages(book)
    mend_labels(book)
    write_entry(book)
    base = repository.base(url)
    outside.root_links(book.html / "404.html", base)
    outside.write_sitemap(book, base)
    repository.write_launch_copies(book.notebooks(), book.html / "launch", url)
    book.stamp.write_text(now)
    print(f"the book: {index}")


if __name__ == "__main__":
    main()
