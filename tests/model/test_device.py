"""Where the tensors live."""

from contextlib import suppress

import pytest
import torch

from xdrec.device import exact, pick_device


def test_devices(monkeypatch):
    monkeypatch.setenv("XDREC_DEVICE", "cpu")
    assert pick_device() == "cpu"
    monkeypatch.setenv("XDREC_DEVICE", "abacus")
    with pytest.raises(RuntimeError, match="expected cpu, cuda or mps"):
        pick_device()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="was asked for, but torch"):
        pick_device("cuda:0")
    monkeypatch.delenv("XDREC_DEVICE")
    assert pick_device() == "cpu"


def flags():
    return (
        torch.backends.cudnn.allow_tf32,
        torch.backends.cudnn.deterministic,
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


@pytest.mark.parametrize(
    ("device", "inside"), [("cuda:0", (False, True, True, True)), ("cpu", None)]
)
def test_exact_is_so_inside_and_leaves_no_trace(device, inside):
    before = flags()
    with suppress(KeyError), exact(device):
        assert flags() == (inside or before)
        raise KeyError
    assert flags() == before
