"""What the book's programs do with text alone: status, links, slides."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book"))

import measured  # noqa: E402
import outside  # noqa: E402
import places  # noqa: E402
import repository  # noqa: E402
import slides  # noqa: E402
import status  # noqa: E402

from xdrec.records import read_record  # noqa: E402


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (9.4, "9.4 s"), (9.5, "10 s"), (59.6, "1 min 00 s"), (754.3, "12 min 34 s")],
)
def test_a_length_of_time(seconds: float, words: str) -> None:
    assert status.spoken(seconds) == words


def test_status_says_what_was_measured_and_nothing_of_now(tmp_path: Path) -> None:
    run = {"seconds": 61.0, "on": "CPU, 2 cores", "day": "2020-02-03"}
    for name in ("one", "two"):
        text = json.dumps({"metadata": {"xdrec": run}})
        (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
    found = status.facts(None, with_data=False)
    executed = [tmp_path / "one.ipynb", tmp_path / "two.ipynb"]
    page = status.text(found, executed)
    assert "| [](../notebooks/one.ipynb) | 1 min 01 s | CPU, 2 cores | 2020-02-03 |" in page
    assert "| **all** | 2 min 02 s | | |" in page
    assert {"xdrec", "Commit", "Real data", "Python", *status.PACKAGES} == set(found)
    assert "were not there" in found["Real data"]
    assert status.text(status.facts(None, with_data=False), executed) == page


def test_benchmarks_shows_every_line_of_the_records() -> None:
    page = measured.text()
    for row in read_record("bench")["rows"]:
        assert f"| {row['what']} | {row['peer']} |" in page
    for rows in read_record("leaderboard")["tables"].values():
        for row in rows:
            found = re.findall(
                rf"^\| {re.escape(row['model'])} \| {row['recall']:.4f} ", page, re.M
            )
            assert found, row["model"]
    for curve in read_record("growth")["curves"]:
        assert f"| {curve['axis']} | {curve['what']} | {curve['sizes'][0]:,} |" in page
        assert f"along {curve['axis']}, {curve['rest']}" in page
    for name in ("big_table", "ten_million"):
        for stage, spent in read_record(name)["stages"].items():
            assert f"| {stage} | {spent['cpu_s']:,.1f} |" in page
    for one in read_record("million_items")["approximate"]["searches"]:
        assert f"| {one['probes']} of" in page
    assert page.count(":open:") == 1
    assert page.count("{dropdown}") == page.count("\n```\n")


def test_a_copy_without_git_has_no_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(status, "ROOT", tmp_path)
    assert "unknown" in status.commit("https://example.org/a/b")
    monkeypatch.setenv("PATH", "")
    assert "unknown" in status.commit(None)


def test_links_from_the_root(tmp_path: Path) -> None:
    page = tmp_path / "404.html"
    kept = (
        '<a href="#x"><a href="/y.html"><a href="https://z.org/"><img src="data:,"><meta id="src">'
    )
    page.write_text(f'<html data-content_root="./"><a href="b/i.html"><img src="./p.png">{kept}')
    outside.root_links(page, "https://a.github.io/b/")
    moved = '<html data-content_root="/b/"><a href="/b/b/i.html"><img src="/b/p.png">'
    assert page.read_text() == moved + kept


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://github.com/A-b/c", "https://a-b.github.io/c/"),
        ("https://example.org/a/b", None),
        (None, None),
    ],
)
def test_the_book_s_address_is_never_invented(
    url: str | None, base: str | None, tmp_path: Path
) -> None:
    assert repository.base(url) == base
    book = places.Book(ROOT / "_toc.yml", ROOT / "notebooks", tmp_path)
    book.html.mkdir(parents=True)
    outside.write_sitemap(book, repository.base(url))
    assert (book.html / "sitemap.xml").exists() == (base is not None)


CELL = '<div class="cell"><div class="cell_input"><pre>{0}</pre></div>{1}</div>'
OUTPUT = '<div class="cell_output">{}</div>'


def made(body: str) -> list[str]:
    """The slides of a page, each without its heading's tags."""
    article = f"<article><section><h1>T</h1>{body}</section></article>"
    _, text = slides.deck(f"<html><head></head><body>{article}</body></html>")
    found = slides.BeautifulSoup(text, "html.parser").select(".xdrec-slide")
    return [slide.get_text(" ", strip=True) for slide in found]


def test_a_question_and_its_answer_stand_on_two_slides() -> None:
    answer = CELL.format("code", OUTPUT.format("answer"))
    assert made(f"<p>Which one?</p>{answer}") == ["T Which one?", "T answer Code code"]
    assert made(f"<p><em>Put the three in order.</em></p>{answer}")[1] == "T answer Code code"
    assert made(f"<p>It is so.</p>{answer}") == ["T It is so. answer Code code"]


def test_headings_and_full_slides_begin_new_ones_and_silent_code_none() -> None:
    long = "word " * 90
    body = (
        f"<p>{long}</p><p>{long}</p>{CELL.format('x = 1', '')}<section><h2>U</h2><p>u</p></section>"
    )
    assert [text[:6] for text in made(body)] == ["T word", "T word", "U u"]
    shown = CELL.format("c", OUTPUT.format("o"))
    assert made(f"{shown}<p>And now:</p>{shown}") == ["T o Code c", "T And now: o Code c"]


def test_a_deck_needs_no_other_page() -> None:
    page = (
        '<html><head><link rel="stylesheet" href="../_static/a.css"/>'
        '<script src="../_static/vendor/plotly/p.js"></script>'
        '<script src="../_static/scripts/theme.js"></script></head><body><article><section>'
        '<h1>T<a class="headerlink" href="#t">#</a></h1><p><a href="far.html">in</a> '
        '<a href="https://e.org">out</a></p></section></article></body></html>'
    )
    title, text = slides.deck(page)
    assert title == "T"
    assert 'href="_static/a.css"' in text
    assert "_static/vendor/plotly/p.js" in text
    assert "theme.js" not in text
    assert "far.html" not in text
    assert '<a href="https://e.org">out</a>' in text


def test_ci_publishes_what_make_site_puts_together() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["cpu"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["make test", "make site"]
    (path,) = [step["with"]["path"] for step in steps if "path" in step.get("with", {})]
    book = places.Book(ROOT / "_toc.yml", ROOT / "notebooks", ROOT / "book")
    assert ROOT / path == book.site


# The workflow runs on Linux alone; its script may use what other systems' shells do not have.
@pytest.mark.skipif(sys.platform != "linux", reason="CI's script is for CI's own Linux tools")
def test_a_tag_s_book_stays_where_it_was_published(tmp_path: Path) -> None:
    """The script of ci.yml, on a repository of two folders."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    (script,) = [s["run"] for s in workflow["jobs"]["publish"]["steps"] if "run" in s]
    remote = tmp_path / "a" / "b.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
    github = {"GITHUB_SERVER_URL": tmp_path.as_uri(), "GITHUB_REPOSITORY": "a/b"}

    def publish(name: str, tag: str = "") -> set[str]:
        """What the branch holds after a push whose book is one page."""
        desk = tmp_path / name
        (desk / "html").mkdir(parents=True)
        (desk / "html" / f"{name}.html").write_text(name)
        env = os.environ | github | {"TOKEN": "t", "TAG": tag, "GITHUB_SHA": name}
        subprocess.run(["bash", "-e", "-c", script], cwd=desk, env=env, check=True)
        asked = ["git", "-C", str(remote), "ls-tree", "-r", "--name-only", "gh-pages"]
        listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        return set(listed.split()) - {".nojekyll"}

    assert publish("first") == {"first.html"}
    assert publish("tagged", "v1") == {"first.html", "v1/tagged.html"}
    assert publish("second") == {"second.html", "v1/tagged.html"}
    assert publish("again", "v1") == {"second.html", "v1/again.html"}
