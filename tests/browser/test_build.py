"""book/build.py: what it skips, what it refuses, and the links it makes from one address."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.browser.conftest import ADDRESS

TRIAL = Path(__file__).parent / "trial"
TOC = str(TRIAL / "_toc.yml")


def notebook(folder: Path, source: str) -> Path:
    folder.mkdir()
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="one")])
    nbformat.write(made, folder / "trial.ipynb")
    shutil.copy(TRIAL / "diagrams.ipynb", folder)
    return folder


def test_nothing_changed_builds_nothing(trial_folder: Path, build_book: Callable) -> None:
    page = trial_folder / "_build" / "html" / "index.html"
    before = page.stat().st_mtime_ns
    done = build_book("--toc", TOC, "--notebooks", str(TRIAL), "--output", str(trial_folder))
    assert done.returncode == 0, done.stderr
    assert "nothing changed" in done.stdout
    assert page.stat().st_mtime_ns == before


def test_a_failing_cell_fails_the_build_and_shows_why(tmp_path: Path, build_book: Callable) -> None:
    folder = notebook(tmp_path / "notebooks", "wanted = 2\nassert wanted == 3, 'the list differs'")
    for _ in range(2):  # the second time as well
        done = build_book("--toc", TOC, "--notebooks", str(folder), "--output", str(tmp_path))
        assert done.returncode != 0
        assert "trial.ipynb does not run through" in done.stderr
        assert "AssertionError" in done.stderr
        assert "the list differs" in done.stderr


def test_a_missing_notebook_is_named(tmp_path: Path, build_book: Callable) -> None:
    done = build_book("--toc", TOC, "--notebooks", str(tmp_path), "--output", str(tmp_path))
    assert done.returncode != 0
    assert "trial.ipynb" in done.stderr


def test_launch_links_and_canonical_address(addressed: Path) -> None:
    page = (addressed / "notebooks" / "trial.html").read_text()
    binder = "https://mybinder.org/v2/gh/Some-One/xdrec-fork/main?urlpath=lab/tree/"
    assert f'href="{binder}notebooks/trial.ipynb"' in page
    colab = "https://colab.research.google.com/github/Some-One/xdrec-fork/blob/gh-pages/launch/"
    assert f'href="{colab}trial.ipynb"' in page
    assert 'href="https://some-one.github.io/xdrec-fork/notebooks/trial.html"' in page
    assert ADDRESS in page


def test_the_launch_copy_installs_what_it_needs_first(addressed: Path) -> None:
    text = (addressed / "launch" / "trial.ipynb").read_text()
    copy, source = nbformat.reads(text, 4), nbformat.read(TRIAL / "trial.ipynb", 4)
    nbformat.validate(copy)
    assert copy.cells[0].source.endswith(f"%pip install --quiet git+{ADDRESS}@main")
    assert [cell.source for cell in copy.cells[1:]] == [cell.source for cell in source.cells]
    assert not any(cell.get("outputs") for cell in copy.cells)
    assert json.loads(text)["metadata"]["kernelspec"]["name"] == "python3"


def test_without_an_address_no_link_is_invented(trial_folder: Path) -> None:
    html = trial_folder / "_build" / "html"
    page = (html / "notebooks" / "trial.html").read_text()
    for part in ("mybinder", "colab", "canonical", "github"):
        assert part not in page.lower()
    assert not (html / "launch").exists()
    assert not (html / "sitemap.xml").exists()
    assert "og:url" not in page
    assert "og:image" not in page


def test_data_count_wherever_load_finds_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(TRIAL.parents[2] / "book"))
    import build

    monkeypatch.setenv("XDREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("XDREC_DATA", raising=False)
    seen = [build.data_fingerprint()]
    downloaded = tmp_path / "cache" / "data" / "amazon-2023" / "Books"
    downloaded.mkdir(parents=True)
    (downloaded / "items_Books.parquet").write_bytes(b"items")
    seen.append(build.data_fingerprint())
    monkeypatch.setenv("XDREC_DATA", str(tmp_path / "given"))
    (tmp_path / "given" / "movielens-posters").mkdir(parents=True)
    (tmp_path / "given" / "movielens-posters" / "posters.zip").write_bytes(b"posters")
    seen.append(build.data_fingerprint())
    assert len(set(seen)) == 3
    # What is only under way, or encoded from the data, changes no page.
    (downloaded / ".lock").touch()
    (tmp_path / "cache" / "features").mkdir()
    (tmp_path / "cache" / "features" / "one.npz").touch()
    assert build.data_fingerprint() == seen[-1]


def test_a_notebook_is_run_again_for_the_library_s_sake_not_for_a_widget_s_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(TRIAL.parents[2] / "book"))
    import build

    monkeypatch.setattr(build, "ROOT", tmp_path)
    for name in ("xdrec/lab/dial.js", "xdrec/lab/dial.css", "xdrec/lab/dial.py", "one.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    seen = [build.notebook_fingerprint(tmp_path / "one.ipynb")]
    for name in ("xdrec/lab/dial.js", "xdrec/lab/dial.css", "xdrec/lab/dial.py", "one.ipynb"):
        (tmp_path / name).write_text("2")
        seen.append(build.notebook_fingerprint(tmp_path / "one.ipynb"))
    assert seen[0] == seen[1] == seen[2]
    assert len(set(seen[2:])) == 3


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("https://github.com/a/b/", "https://github.com/a/b"),
        ("git@github.com:a/b.git", "https://github.com/a/b"),
        ("ssh://git@example.org/a/b", "https://example.org/a/b"),
        ("https://name:secret@example.org/a/b.git", "https://example.org/a/b"),
        ("/srv/git/b.git", None),
        ("../b", None),
        ("", None),
    ],
)
def test_addresses(remote: str, address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TRIAL.parents[2] / "book"))
    import repository

    assert repository.web_address(remote) == address
    monkeypatch.setenv("XDREC_REPOSITORY_URL", remote)
    assert repository.address() == address


def test_other_hosts_get_binder_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TRIAL.parents[2] / "book"))
    import repository

    found = repository.settings("https://example.org/a/b")
    assert "colab_url" not in found["launch_buttons"]
    assert "baseurl" not in found["html"]


def test_the_figures_script_is_the_one_that_plotly_writes_for() -> None:
    from plotly.offline import get_plotlyjs_version

    pins = json.loads((TRIAL.parents[2] / "book" / "package.json").read_text())["dependencies"]
    assert pins["plotly.js-cartesian-dist-min"] == get_plotlyjs_version()


def test_the_lock_has_a_checksum_for_every_package_and_names_no_registry() -> None:
    book = TRIAL.parents[2] / "book"
    lock = json.loads((book / "package-lock.json").read_text())["packages"]
    assert (
        lock.pop("")["dependencies"]
        == json.loads((book / "package.json").read_text())["dependencies"]
    )
    assert all(pinned["integrity"].startswith("sha512-") for pinned in lock.values())
    assert not any("resolved" in pinned for pinned in lock.values())


def test_a_flow_chart_for_those_who_see_it_alone_fails_the_build(
    tmp_path: Path, build_book: Callable
) -> None:
    folder = notebook(tmp_path / "notebooks", "1 + 1")
    made = nbformat.read(folder / "trial.ipynb", 4)
    chart = "# One\n\n```mermaid\ngraph TD\n    accTitle: One\n    A[One] --> B[Two]\n```"
    made.cells.insert(0, nbformat.v4.new_markdown_cell(chart, id="chart"))
    nbformat.write(made, folder / "trial.ipynb")
    done = build_book("--toc", TOC, "--notebooks", str(folder), "--output", str(tmp_path))
    assert done.returncode != 0
    assert "a flow chart without accDescr:" in done.stdout + done.stderr
