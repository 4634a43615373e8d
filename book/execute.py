"""Run a notebook as the book shows it: in a kernel of its own, in a settled environment."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
CELL_SECONDS = 300


def environment(scratch: Path) -> dict[str, str]:
    """The kernel's environment: the reader's own settings of IPython stay out of the book.

    `scratch` is a folder of this kernel alone.
    """
    startup = scratch / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    # A module of its own: no name that a notebook takes can come between.
    (startup / "00_book.py").write_text("import kernel_startup\n", encoding="utf-8")
    folders = [str(ROOT), str(BOOK / "_ext"), os.environ.get("PYTHONPATH")]
    path = os.pathsep.join(filter(None, folders))
    return {
        **os.environ,
        "IPYTHONDIR": str(startup.parent.parent),
        "PYTHONPATH": path,
        "PYTHONHASHSEED": "0",
        # Several notebooks run at a time, and no figure may depend on how many cores there are.
        "OMP_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
        "XDREC_BOOK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # A table shows its names and values; types and shape are for whoever runs the page.
        "POLARS_FMT_TABLE_HIDE_COLUMN_DATA_TYPES": "1",
        "POLARS_FMT_TABLE_HIDE_DATAFRAME_SHAPE_INFORMATION": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


def execute(path: Path, target: Path, scratch: Path) -> None:
    """Run the notebook at `path` where it stands, and write it with its outputs to `target`.

    Exits with the traceback if a cell fails. A notebook that hangs is run once more: now and then a
    message between kernel and client is lost, and both wait (nbclient, issue 312).
    """
    started = time.monotonic()
    try:
        notebook = _run(path, scratch)
    except CellTimeoutError:
        print(f"{path.name} hung, once more", flush=True)
        started = time.monotonic()
        try:
            notebook = _run(path, scratch)
        except CellTimeoutError as error:
            sys.exit(f"{path} does not run through:\n\n{error}")
    seconds = time.monotonic() - started
    # Kept where the outputs are, so that it is known as long as they are.
    notebook.metadata["xdrec"] = measured(seconds)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    print(f"ran {path.name} in {seconds:.0f} s", flush=True)


def measured(seconds: float) -> dict[str, Any]:
    """How long a run took, on what, and on which day."""
    from xdrec.device import pick_device

    device = pick_device()
    if device.startswith("cuda"):
        import torch

        where = torch.cuda.get_device_name(device)
    else:
        # Those that this process may use, which in a container are fewer than the machine has.
        mine = getattr(os, "sched_getaffinity", None)
        cores = len(mine(0)) if mine else os.cpu_count() or 1
        where = f"{device.upper()}, {cores} core{'s' * (cores > 1)}"
    day = datetime.now(UTC).date().isoformat()
    return {"seconds": round(seconds, 2), "on": where, "day": day}


def _run(path: Path, scratch: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    # Widgets come as their static form; the state of a live one would pull in its machinery.
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env=environment(scratch / "kernels" / path.stem))
    except CellExecutionError as error:
        sys.exit(f"{path} does not run through:\n\n{error}")
    return notebook
