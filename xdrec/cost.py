"""What a call costs: processor seconds and memory, and from them energy and money."""

from __future__ import annotations

import ctypes
import gc
import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

Result = TypeVar("Result")
PROCESS = Path("/proc/self")  # Linux's account of this process


@dataclass(frozen=True)
class Spent:
    """What one call took of the machine (`measure`), and what that comes to.

    `cpu`: processor seconds of this process, all its threads together; `wall`: seconds that went
    by; `peak`: bytes of memory at the worst moment beyond those held before, or None where the
    system does not tell. Energy and money have no default: how many watts a busy core draws and
    what an hour of it costs is known to who owns the machine or pays for it.
    Source: documents X 8.3, T 9.4; Strubell et al., ACL 2019 (watts times hours). Book: what it
    costs.

    >>> hour = Spent(cpu=3600, wall=1800, peak=None)
    >>> hour.watt_hours(10), hour.money(0.05, users=500)
    (10.0, 0.1)
    """

    cpu: float
    wall: float
    peak: int | None = None

    def __add__(self, other: Spent) -> Spent:
        """One after the other: seconds add up, of the peaks the higher stays."""
        peaks = [peak for peak in (self.peak, other.peak) if peak is not None]
        return Spent(self.cpu + other.cpu, self.wall + other.wall, max(peaks, default=None))

    def watt_hours(self, watts_per_core: float) -> float:
        """cpu / 3600 · watts: what the busy cores drew, without memory, cooling and idling."""
        return self.cpu / 3600 * _positive("watts_per_core", watts_per_core)

    def money(self, price_per_core_hour: float, users: int, per: int = 1000) -> float:
        """cpu / 3600 · price, for every `per` of the `users` that the call served."""
        if users < 1:
            raise ValueError(f"users={users}: expected at least one who was served")
        return self.cpu / 3600 * _positive("price_per_core_hour", price_per_core_hour) / users * per


def measure(call: Callable[[], Result]) -> tuple[Result, Spent]:
    """What `call()` gives, and what it took; an error in it goes through.

    Counted are this process and its threads. Not counted: processes that it starts, a GPU, the
    disk, and what others on the machine slow down (they stretch `wall` a lot and `cpu` a little).
    The peak is the highest resident memory while it ran less that before it, at least 0. What was
    freed earlier is given back to the system first, where the C library can do that (glibc); else a
    call that makes do with it shows less than it used. Linux can start its high-water mark anew,
    which this does; elsewhere `peak` is None. Book: what it costs.

    >>> total, spent = measure(lambda: sum(range(1000)))
    >>> total, spent.cpu >= 0, spent.wall >= 0
    (499500, True, True)
    """
    _give_back()
    before = _resident("VmRSS") if _mark_anew() else None
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    highest = None if before is None else _resident("VmHWM")
    peak = None if before is None or highest is None else max(0, highest - before)
    return result, Spent(cpu, wall, peak)


def parameters(model: Any, learning: bool = False) -> int:
    """How many numbers a net has, or an encoder's or a recommender's `net`; a shared one once.

    With `learning`, only those that a training would change. Raises TypeError for what has no net.
    Book: what it costs.

    >>> net = nn.Linear(3, 2)
    >>> net.bias.requires_grad_(False).shape, parameters(net), parameters(net, learning=True)
    (torch.Size([2]), 8, 6)
    """
    net = model if isinstance(model, nn.Module) else getattr(model, "net", None)
    if not isinstance(net, nn.Module):
        raise TypeError(f"a {type(model).__name__} has no net whose numbers could be counted")
    return sum(p.numel() for p in net.parameters() if p.requires_grad or not learning)


def _positive(name: str, given: float) -> float:
    if not (math.isfinite(given) and given > 0):
        raise ValueError(f"{name}={given}: expected a number > 0, of your machine or your bill")
    return given


def _give_back() -> None:
    """Return freed memory to the system, so that taking it again is seen."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _mark_anew() -> bool:
    """Let the high-water mark of this process start from what it holds now."""
    with suppress(OSError):
        (PROCESS / "clear_refs").write_text("5")
        return True
    return False


def _resident(what: str) -> int | None:
    with suppress(OSError):
        found = re.search(rf"^{what}:\s+(\d+) kB$", (PROCESS / "status").read_text(), re.M)
        return int(found[1]) * 1024 if found else None
    return None
