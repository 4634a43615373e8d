"""`make links`: what is there passes in silence, what is not is told with all its pages."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book"))

import build  # noqa: E402
import places  # noqa: E402

TOC = """format: jb-book
root: one
parts:
  - chapters:
      - file: two
"""


class Answer(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200 if self.path == "/there" else 404)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as answering:
        threading.Thread(target=answering.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{answering.server_port}"
        answering.shutdown()


@pytest.fixture
def book(tmp_path: Path, server: str) -> places.Book:
    """Two pages, built."""
    made = places.Book(tmp_path / "_toc.yml", tmp_path, tmp_path)
    made.source.mkdir(parents=True)
    made.toc.write_text(TOC)
    (made.source / "_toc.yml").write_text(TOC)
    (made.source / "_config.yml").write_text("title: two pages\n")
    for name in ("one", "two"):
        (made.source / f"{name}.md").write_text(
            f"# {name}\n\n[here]({server}/there) [two](two.md)\n"
        )
    build.make_pages(made)
    return made


def links(book: places.Book) -> subprocess.CompletedProcess[str]:
    options = ["--toc", str(book.toc), "--output", str(book.output)]
    command = [sys.executable, str(ROOT / "book" / "links.py"), *options]
    env = {**os.environ, "NO_PROXY": "127.0.0.1"}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def test_only_broken_links_are_told_with_their_pages(book: places.Book, server: str) -> None:
    pages = {path: path.read_bytes() for path in book.html.rglob("*") if path.is_file()}
    done = links(book)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no link is broken\n"
    assert {path: path.read_bytes() for path in book.html.rglob("*") if path.is_file()} == pages
    for name in ("one", "two"):
        with (book.source / f"{name}.md").open("a") as text:
            text.write(f"\n[gone]({server}/gone)\n")
    build.make_pages(book)
    done = links(book)
    assert done.returncode == 1
    assert done.stdout == ""
    address, where, count = done.stderr.splitlines()
    assert address.startswith(f"{server}/gone: 404")
    assert where == "  one.html, two.html"
    assert count == "1 broken"


def test_a_book_that_is_not_built_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text(TOC)
    done = links(places.Book(tmp_path / "_toc.yml", tmp_path, tmp_path))
    assert done.returncode == 1
    assert "build the book first" in done.stderr
