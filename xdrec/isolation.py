"""A training of its own: what it sets for the whole process, it sets back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from accelerate.state import AcceleratorState, GradientState, PartialState


@contextmanager
def isolated(device: str) -> Iterator[None]:
    """Random states and accelerate's settings are inside nobody else's, and afterwards as before.

    accelerate keeps device and precision in singletons, so that a second training in one process
    would meet those of the first.

    >>> torch.manual_seed(1).initial_seed()
    1
    >>> with isolated("cpu"):
    ...     _ = torch.manual_seed(2)
    >>> torch.initial_seed()
    1
    """
    shared = [kind._shared_state for kind in (AcceleratorState, GradientState, PartialState)]
    settings = [dict(state) for state in shared]
    python, numpy = random.getstate(), np.random.get_state()
    gpu = [torch.device(device)] if device.startswith("cuda") else []
    try:
        with torch.random.fork_rng(gpu):
            for state in shared:
                state.clear()
            yield
    finally:
        for state, before in zip(shared, settings, strict=True):
            state.clear()
            state.update(before)
        random.setstate(python)
        np.random.set_state(numpy)
