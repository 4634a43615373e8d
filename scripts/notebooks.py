"""Run every notebook from top to bottom: `XDREC_DEVICE=cuda python scripts/notebooks.py`,
or `python scripts/notebooks.py --jobs 2`, two at a time.

Fails if a cell fails, if no notebook ran, or if CUDA was asked for and is not there: a green light
that tested nothing is worse than none. The notebooks' files are left as they are; copies with what
this run gave lie in build/live (`two_runs.py`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
LIVE = NOTEBOOKS.parent / "build" / "live"
SECONDS_A_CELL = 300


class Count:
    """A pytest plugin that counts the notebooks which ran to their end, and knows which hung."""

    def __init__(self) -> None:
        self.passed, self.failed, self.hung = 0, 0, list[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.when == "call" and report.passed
        self.failed += report.failed
        if report.failed and "timed out while it was being executed" in report.longreprtext:
            self.hung.append(report.nodeid.split("::")[0])


def main(jobs: int = 1) -> None:
    device = os.environ.get("XDREC_DEVICE", "the default device")
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit(
            f"XDREC_DEVICE=cuda, but torch {torch.__version__} sees no CUDA device: "
            "is there a GPU, a driver, and a CUDA build of torch in .venv?"
        )
    # A warning is a fault here too; pytest's own filter would not reach into the kernels.
    os.environ.setdefault("PYTHONWARNINGS", "error::UserWarning")
    shutil.rmtree(LIVE, ignore_errors=True)
    shutil.copytree(NOTEBOOKS, LIVE, ignore=shutil.ignore_patterns(".*"))
    count = Count()
    options = ["--nbmake", "--overwrite", f"--nbmake-timeout={SECONDS_A_CELL}", "--durations=0"]
    options += ["-v", f"--rootdir={LIVE}", f"--numprocesses={jobs if jobs > 1 else 0}"]
    status = pytest.main([*options, str(LIVE)], plugins=[count])
    if count.hung and len(count.hung) == count.failed:
        # Now and then a message between kernel and client is lost, and both wait (nbclient, issue
        # 312). A cell that really takes too long does so twice.
        print(f"hung, tried once more: {count.hung}", flush=True)
        again = [str(LIVE / name) for name in count.hung]
        status = pytest.main([*options, *again], plugins=[count])
    if status != pytest.ExitCode.OK:
        sys.exit(int(status))
    if count.passed == 0:
        sys.exit(f"no notebook ran: none was found under {NOTEBOOKS}")
    print(f"notebooks that ran on {device}: {count.passed}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1, help="so many notebooks at a time")
    main(parser.parse_args().jobs)
