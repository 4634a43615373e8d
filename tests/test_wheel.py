"""The wheel: built, installed outside the checkout, and used there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
OFFLINE = ["--no-index", "--no-deps"]

# Run by an interpreter that sees neither the checkout nor PYTHONPATH: only the installed wheel.
USE = """
import sys
sys.path.insert(0, sys.argv[1])
import xdrec
from xdrec.data import make_world
from xdrec.lab import FusionMixer

assert xdrec.__file__.startswith(sys.argv[1]), xdrec.__file__
items = make_world(users=40, items=30, seed=1).domains["books"].items
mixer = FusionMixer({"text": range(30), "behaviour": range(30, 0, -1)}, items, k=3)
mixer.alpha = {"text": 1, "behaviour": 0}
assert mixer.ranking()["item_id"][0] == items["item_id"][29]
assert "export" in str(mixer._esm) and "{" in str(mixer._css)
print("used", xdrec.__version__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: setuptools leaves folders behind where it works."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "xdrec", source / "xdrec", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path_factory.mktemp("dist")
    build = [*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*build, str(source)], check=True)
    (path,) = folder.glob("xdrec-*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_library(wheel: Path) -> None:
    kinds = (".py", ".js", ".css", ".json", ".yaml", ".typed")
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "xdrec").rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    there = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("xdrec/")}
    assert here == there
    assert any(name.endswith(".js") for name in there)


def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run([*PIP, "install", *OFFLINE, "--target", str(site), str(wheel)], check=True)
    use = [sys.executable, "-I", "-c", USE, str(site)]
    run = subprocess.run(use, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("used ")
