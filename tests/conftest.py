"""What all tests share: no network, no traces on the machine, the same examples every time."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, settings

# Before transformers is imported: it must not even try.
os.environ["HF_HUB_OFFLINE"] = "1"

THREADS = torch.get_num_threads()

# What tests know was worked out for a CPU; those of CUDA (tests/model/test_cuda.py, the contract of
# encoders) ask for it by name.
os.environ.setdefault("XDREC_DEVICE", "cpu")

# Deterministic, and with no time limit an example: a busy machine is no failure of the code. What
# is drawn also depends on which modules are loaded, so how many draws are turned down does too.
settings.register_profile(
    "xdrec",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much],
)
settings.load_profile("xdrec")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their length: packed ones hold the clock, and a test's name must not."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _own_threads() -> None:
    """As many threads as at the start: what a test before has set changes sums, and dropout."""
    torch.set_num_threads(THREADS)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Caches go to a folder of this run: the user's own is neither trusted nor touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDREC_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anywhere but this machine is an error, not a slow test."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address} over the network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that XDREC_DATA names; the tests that need it are skipped without it."""
    folder = os.environ.get("XDREC_DATA")
    if not folder:
        # The data may not be shipped, so a plain checkout does not have them.
        pytest.skip("XDREC_DATA is not set: the real data are not on this machine")
    path = Path(folder)
    assert path.is_dir(), f"XDREC_DATA={folder} is no folder"
    return path
