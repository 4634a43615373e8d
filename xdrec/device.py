"""Where the tensors live and how fine their numbers are: one rule for the whole library."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from accelerate.utils import recursively_apply, send_to_device

# What cuBLAS needs to repeat itself; it is read once, when the first product is made.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def pick_device(device: str | None = None) -> str:
    """The device asked for, else `$XDREC_DEVICE`, else CUDA where there is one, else the CPU.

    Raises RuntimeError when CUDA (or Apple's mps) is asked for and this machine has none: falling
    back in silence would turn a GPU test into a CPU test. Of several processes on one machine, as
    `torchrun` starts them, each gets a card of its own: "cuda" is cuda:$LOCAL_RANK there. Book:
    project practice.

    >>> pick_device("cpu")
    'cpu'
    """
    chosen = device or os.environ.get("XDREC_DEVICE") or ""
    if not chosen:
        chosen = "cuda" if torch.cuda.is_available() else "cpu"
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
    if chosen == "cuda" and "LOCAL_RANK" in os.environ:
        return f"cuda:{int(os.environ['LOCAL_RANK']) % torch.cuda.device_count()}"
    return chosen


def placed(batch: Any, device: str) -> Any:
    """A batch (tensors in dictionaries, lists and tuples) on the device.

    To a GPU from pinned memory and without waiting: it is copied while the GPU is still at work on
    what it was told before. Book: past one machine.

    >>> placed({"x": [torch.ones(2)]}, "cpu")["x"][0].device.type
    'cpu'
    """
    if not device.startswith("cuda"):
        return send_to_device(batch, device)
    return send_to_device(recursively_apply(_pinned, batch), device, non_blocking=True)


def _pinned(each: torch.Tensor) -> torch.Tensor:
    return each.pin_memory() if each.device.type == "cpu" else each


def pick_dtype(device: str, precision: str = "auto") -> torch.dtype:
    """float32 or bfloat16, as asked; for "auto" bfloat16 where the chip has units for it.

    Raises ValueError for another name. With bfloat16 a number keeps 8 bits of its mantissa.
    Book: project practice.

    >>> pick_dtype("cpu", "float32")
    torch.float32
    """
    if precision == "auto":
        if device.startswith("cuda"):
            fast = torch.cuda.is_bf16_supported(including_emulation=False)
        elif device == "cpu":
            fast = any(there for unit, there in _cpu_units().items() if "bf16" in unit)
        else:
            fast = False
        return torch.bfloat16 if fast else torch.float32
    if precision not in ("float32", "bfloat16"):
        raise ValueError(f"precision={precision!r}: expected 'auto', 'float32' or 'bfloat16'")
    return torch.float32 if precision == "float32" else torch.bfloat16


@contextmanager
def exact(device: str) -> Iterator[None]:
    """On CUDA, float32 is float32 inside, and kernels that can repeat themselves do.

    By default cuDNN rounds the factors of convolutions and recurrent nets to 10 bits (TF32), and
    picks kernels whose sums depend on who comes first. A kernel that cannot repeat itself warns.
    Nothing changes on a CPU. Book: encoders.

    >>> with exact("cuda"):
    ...     torch.backends.cudnn.allow_tf32
    False
    """
    if not device.startswith("cuda"):
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    only_warned = torch.is_deterministic_algorithms_warn_only_enabled()
    with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before, warn_only=only_warned)


def _cpu_units() -> dict[str, bool]:
    # Not in every torch that the library accepts; without it nothing is known to be faster.
    capabilities = getattr(torch.cpu, "get_capabilities", dict)
    return {name: value for name, value in capabilities().items() if isinstance(value, bool)}
