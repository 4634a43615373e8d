"""What the Makefile calls: the choice of a browser, and the run of all notebooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scripts import chromium, notebooks

ROOT = Path(__file__).resolve().parent.parent


def program(folder: Path, name: str, status: int = 0) -> Path:
    """A stand-in program that says nothing and exits with the given status."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any browser: an empty folder is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "from_playwright", lambda: None)
    return tmp_path


def test_an_installed_browser_is_taken_if_it_starts(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path, "chromium", status=1)
    good = program(path, "google-chrome")
    chromium.main()
    assert capsys.readouterr().out == f"{good}\n"


def test_the_browser_that_was_asked_for_must_start(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path, "chromium")
    monkeypatch.setenv("CHROMIUM", str(program(path, "mine", status=1)))
    with pytest.raises(SystemExit, match="does not start"):
        chromium.main()
    monkeypatch.setenv("CHROMIUM", str(program(path, "mine")))
    chromium.main()
    assert capsys.readouterr().out == f"{path / 'mine'}\n"


def test_debian_s_browser_is_installed_where_we_are_root(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = []

    def call(command: str) -> bool:
        calls.append(command)
        if "install" in command:
            program(path, "chromium")
        return True

    monkeypatch.setattr(chromium, "call", call)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(path, "apt-get")
    chromium.main()
    assert capsys.readouterr().out == f"{path / 'chromium'}\n"
    assert [command.split("apt-get ")[1].split()[0] for command in calls] == ["update", "install"]


def test_no_browser_at_all_is_said_clearly(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="make test CHROMIUM="):
        chromium.main()


NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, '
    '"outputs": [], "source": "assert 1 + 1 == %d"}], "metadata": {"kernelspec": {"display_name": '
    '"Python 3", "language": "python", "name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}'
)


def run_notebooks(
    folder: Path, device: str, seconds: int = 60, jobs: int = 1
) -> subprocess.CompletedProcess[str]:
    """The script in a process of its own, as make runs it, on the notebooks of another folder."""
    code = (
        "import pathlib, sys; from scripts import notebooks; "
        f"notebooks.SECONDS_A_CELL = {seconds}; "
        "notebooks.NOTEBOOKS = pathlib.Path(sys.argv[1]); "
        "notebooks.LIVE = notebooks.NOTEBOOKS / '.live'; "
        f"notebooks.main({jobs})"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT,
        env=os.environ | {"XDREC_DEVICE": device, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_notebook_is_run_and_a_failing_one_fails(tmp_path: Path, jobs: int) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.ipynb").write_text(NOTEBOOK % 2)
    run = run_notebooks(tmp_path, "cpu", jobs=jobs)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "notebooks that ran on cpu: 2" in run.stdout
    assert (tmp_path / "one.ipynb").read_text() == NOTEBOOK % 2
    assert json.loads((tmp_path / ".live/one.ipynb").read_text())["cells"][0]["execution_count"]
    (tmp_path / "bad.ipynb").write_text(NOTEBOOK % 3)
    assert run_notebooks(tmp_path, "cpu", jobs=jobs).returncode != 0


@pytest.mark.parametrize(("seconds", "status"), [("0 if seen else 60", 0), ("60", 1)])
def test_what_hung_is_tried_once_more_and_no_more(
    tmp_path: Path, seconds: str, status: int
) -> None:
    cell = (
        "import pathlib, time; trace = pathlib.Path('seen'); seen = trace.exists(); "
        f"trace.touch(); time.sleep({seconds}); assert 1 + 1 == 2"
    )
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "hangs.ipynb").write_text((NOTEBOOK % 2).replace("assert 1 + 1 == 2", cell))
    run = run_notebooks(folder, "cpu", seconds=4)
    assert "hung, tried once more" in run.stdout
    assert bool(run.returncode) == bool(status), run.stdout + run.stderr


def test_a_run_of_no_notebook_fails(tmp_path: Path) -> None:
    assert run_notebooks(tmp_path, "cpu").returncode != 0


def test_cuda_must_be_there_if_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="sees no CUDA device"):
        notebooks.main()
