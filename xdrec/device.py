"""Where the tensors live: one rule for the whole library."""

from __future__ import annotations

import os
from collections.abc import Callable

import torch


def pick_device(device: str | None = None) -> str:
    """The device asked for, else `$XDREC_DEVICE`, else CUDA where there is one, else the CPU.

    Raises RuntimeError when CUDA (or Apple's mps) is asked for and this machine has none: falling
    back in silence would turn a GPU test into a CPU test.

    >>> pick_device("cpu")
    'cpu'
    """
    chosen = device or os.environ.get("XDREC_DEVICE") or ""
    if not chosen:
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = chosen.split(":")[0]
    there: dict[str, Callable[[], bool]] = {
        "cpu": lambda: True,
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    if kind not in there:
        raise RuntimeError(f"device {chosen!r}: expected cpu, cuda or mps")
    if not there[kind]():
        raise RuntimeError(
            f"device {chosen!r} was asked for, but torch {torch.__version__} finds none here; "
            "unset XDREC_DEVICE or install a torch that supports it"
        )
    return chosen
