"""The chapter on real data, where there are none: it shows the record and says so."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
CHAPTER = ROOT / "notebooks" / "20_real_data.ipynb"


def test_the_real_data_chapter_runs_without_them(tmp_path):
    copy = tmp_path / CHAPTER.name
    copy.write_bytes(CHAPTER.read_bytes())
    surroundings = {name: value for name, value in os.environ.items() if name != "XDREC_DATA"}
    surroundings |= {"XDREC_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbmake", "--overwrite"]
    done = subprocess.run(
        [*run, str(copy)], env=surroundings, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    executed = nbformat.read(copy, as_version=4)
    said = {c["id"]: c["outputs"] for c in executed.cells if c["cell_type"] == "code"}
    assert "The data are not here" in said["load"][0]["text"]
    assert "from the record" in said["models"][0]["text"]
    figures = [out for outputs in said.values() for out in outputs if "data" in out]
    assert sum("application/vnd.plotly.v1+json" in out["data"] for out in figures) == 10
