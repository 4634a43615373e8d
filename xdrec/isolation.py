"""A training of its own: what it sets for the whole process, it sets back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from accelerate.state import AcceleratorState, GradientState, PartialState
from torch.nn.attention import SDPBackend, sdpa_kernel

from xdrec.device import exact


@contextmanager
def isolated(device: str) -> Iterator[None]:
    """Random states and accelerate's settings are inside nobody else's, and afterwards as before.

    accelerate keeps device and precision in singletons, so that a second training in one process
    would meet those of the first. On CUDA the kernels inside repeat themselves (`exact`).

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
        with ExitStack() as inside:
            inside.enter_context(torch.random.fork_rng(gpu))
            inside.enter_context(exact(device))
            if gpu:  # the faster kernels of attention add up gradients in no fixed order
                inside.enter_context(sdpa_kernel(SDPBackend.MATH))
            for state in shared:
                state.clear()
            yield
    finally:
        for state, before in zip(shared, settings, strict=True):
            state.clear()
            state.update(before)
        random.setstate(python)
        np.random.set_state(numpy)
