"""Run every notebook from top to bottom: `XDREC_DEVICE=cuda python scripts/notebooks.py`.

Fails if a cell fails, if no notebook ran, or if CUDA was asked for and is not there: a green light
that tested nothing is worse than none. The notebooks' files are left as they are.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SECONDS_A_CELL = 600


class Count:
    """A pytest plugin that counts the notebooks which ran to their end."""

    passed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.when == "call" and report.passed


def main() -> None:
    device = os.environ.get("XDREC_DEVICE", "the default device")
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit(
            f"XDREC_DEVICE=cuda, but torch {torch.__version__} sees no CUDA device: "
            "is there a GPU, a driver, and a CUDA build of torch in .venv?"
        )
    # A warning is a fault here too; pytest's own filter would not reach into the kernels.
    os.environ.setdefault("PYTHONWARNINGS", "error::UserWarning")
    count = Count()
    options = ["--nbmake", f"--nbmake-timeout={SECONDS_A_CELL}", "--durations=0", "-v"]
    status = pytest.main([*options, str(NOTEBOOKS)], plugins=[count])
    if status != pytest.ExitCode.OK:
        sys.exit(int(status))
    if count.passed == 0:
        sys.exit(f"no notebook ran: none was found under {NOTEBOOKS}")
    print(f"notebooks that ran on {device}: {count.passed}")


if __name__ == "__main__":
    main()
