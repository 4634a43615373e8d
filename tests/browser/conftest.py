"""A real Chromium, a server under a sub-path as on a project's pages, and the built books."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
TRIAL = Path(__file__).parent / "trial"
PREFIX = "/some/where/xdrec/"
# Whose scripts are counted apart from a page's own.
VENDORS = {"plotly", "mathjax", "mermaid"}
# As `make book` has them: the tests' own cache folder comes later, and may lack downloaded data;
# the device "cpu" is what `tests/conftest.py` says where nobody has said anything.
STARTED_WITH = {k: v for k, v in os.environ.items() if (k, v) != ("XDREC_DEVICE", "cpu")}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Several processes may test at once; each book is built by the first that needs it.
(ROOT / "build").mkdir(exist_ok=True)
BUILDING = FileLock(ROOT / "build" / "browser.lock")


def build(*options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What `make book` runs, without an address of the repository unless one is given."""
    env = {**os.environ, "XDREC_REPOSITORY_URL": "", **more}
    program = [sys.executable, str(ROOT / "book" / "build.py"), *options]
    return subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.fixture(scope="session")
def build_book() -> Callable[..., subprocess.CompletedProcess[str]]:
    return build


def chromium_path() -> str | None:
    """$CHROMIUM, the one that `make` found, Debian's; None: Playwright's own."""
    noted = ROOT / ".venv" / "chromium-path"
    given = os.environ.get("CHROMIUM") or (noted.read_text().strip() if noted.exists() else "")
    return given or next((p for p in ("/usr/bin/chromium",) if Path(p).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield chromium
        chromium.close()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files under PREFIX alone: a link to the site's root is a 404, as it would be in earnest."""

    def translate_path(self, path: str) -> str:
        inside = unquote(urlsplit(path).path)
        if not inside.startswith(PREFIX):
            return os.path.join(self.directory, "no such file")
        return super().translate_path("/" + inside.removeprefix(PREFIX))

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Site:
    """A built book, served."""

    folder: Path
    origin: str

    def url(self, path: str) -> str:
        return f"{self.origin}{PREFIX}{path}"

    def file(self, url: str) -> Path:
        return self.folder / unquote(urlsplit(url).path).removeprefix(PREFIX)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def pages(self) -> list[str]:
        """Every page, those that Sphinx adds (search, index) included; not 404.html, which is made
        to be shown under the addresses of others."""
        found = (p.relative_to(self.folder) for p in self.folder.rglob("*.html"))
        return sorted(str(p) for p in found if p.parts[0] not in ("_static", "404.html"))

    def from_disk(self) -> Site:
        return OnDisk(self.folder, "file://")


class OnDisk(Site):
    """The same book, opened as a file."""

    def url(self, path: str) -> str:
        return f"{self.folder.as_uri()}/{path}"


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


@pytest.fixture(scope="session")
def book() -> Iterator[Site]:
    """The book itself; nothing is built anew if `make book` has just done so."""
    # The same address and data as there, so that the two agree on what is up to date.
    program = [sys.executable, str(ROOT / "book" / "build.py")]
    with BUILDING:
        done = subprocess.run(program, cwd=ROOT, env=STARTED_WITH, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with served(ROOT / "book" / "_build" / "html") as site:
        yield site


def options(output: Path) -> list[str]:
    """Those that name the trial book to the book's programs."""
    return ["--toc", str(TRIAL / "_toc.yml"), "--notebooks", str(TRIAL), "--output", str(output)]


@pytest.fixture(scope="session")
def trial_folder() -> Path:
    """One page that holds everything a page may hold, built as the book is."""
    output = ROOT / "book" / "_build" / "trial"
    with BUILDING:
        done = build(*options(output))
    assert done.returncode == 0, done.stdout + done.stderr
    return output


ADDRESS = "https://github.com/Some-One/xdrec-fork"
# As long as no notebook of the trial book takes.
SECONDS = 754.3


@pytest.fixture(scope="session")
def addressed(trial_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial book, built as in a repository with an address; its notebooks are not run again,
    and the time that one is said to have taken is SECONDS."""
    output = tmp_path_factory.mktemp("addressed")
    executed = output / "_build" / "executed"
    shutil.copytree(trial_folder / "_build" / "executed", executed)
    notebook = json.loads((executed / "trial.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["xdrec"]["seconds"] = SECONDS
    (executed / "trial.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    done = build(*options(output), XDREC_REPOSITORY_URL=ADDRESS + ".git")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ran trial.ipynb" not in done.stdout
    return output / "_build" / "html"


@pytest.fixture(scope="session")
def on_trial(trial_folder: Path) -> Callable[[str], Path]:
    """on_trial(program): run a program of `book/` on the trial book; the folder of what it made."""

    def run(program: str) -> Path:
        command = [sys.executable, str(ROOT / "book" / program), *options(trial_folder)]
        env = os.environ | ({"CHROMIUM": path} if (path := chromium_path()) else {})
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return trial_folder / "_build"

    return run


@pytest.fixture(scope="session")
def trial(trial_folder: Path) -> Iterator[Site]:
    with served(trial_folder / "_build" / "html") as site:
        yield site


@dataclass
class Visit:
    """A page, with all that went on while it was open."""

    page: Page
    site: Site
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def elsewhere(self) -> list[str]:
        inline = ("data:", "blob:", "about:")
        return [u for u in self.requests if not u.startswith((self.site.origin, *inline))]

    def weight(self) -> tuple[int, int]:
        """Bytes, uncompressed, that the page loaded: its own, and those of VENDORS."""
        files = {self.site.file(u) for u in self.requests if u.startswith(self.site.origin)}
        sizes = {path: path.stat().st_size for path in files if path.is_file()}
        vendor = sum(size for path, size in sizes.items() if "vendor" in path.parts[:-2]
                     and VENDORS & set(path.parts))  # fmt: skip
        return sum(sizes.values()) - vendor, vendor

    def open(self, path: str) -> Visit:
        self.page.goto(self.site.url(path), wait_until="load")
        if path in ("", "index.html"):  # it leaves at once, maybe while it is looked at
            self.page.wait_for_url("**/book/*.html")
        self.page.wait_for_function(READY, timeout=30_000)
        return self


# Widgets, figures and diagrams say when they are drawn; MathJax leaves its own elements.
READY = """() => document.readyState === "complete"
  && [...document.querySelectorAll(".xdrec-widget, .xdrec-figure, .xdrec-diagram")]
    .every((e) => e.dataset.live)
  && [...document.querySelectorAll(".math")].every((e) => e.querySelector("mjx-container"))"""


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """visit(site, path, **options of the browser's context) -> Visit."""
    contexts = []

    def go(site: Site, path: str, *, wide: int = 1280, **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": wide, "height": 900}, **options)
        contexts.append(context)
        seen = Visit(context.new_page(), site)
        page = seen.page
        page.on("request", lambda r: seen.requests.append(r.url))
        page.on("requestfailed", lambda r: seen.faults.append(f"failed: {r.url} {r.failure}"))
        page.on("response", lambda r: r.status >= 400 and seen.faults.append(f"{r.status} {r.url}"))
        page.on("pageerror", lambda e: seen.faults.append(f"page error: {e}"))
        page.on("dialog", lambda d: (seen.faults.append(f"dialog: {d.message}"), d.dismiss()))
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and seen.faults.append(f"console: {m.text}"),
        )
        return seen.open(path)

    yield go
    for context in contexts:
        context.close()
