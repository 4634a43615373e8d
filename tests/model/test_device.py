"""Where the tensors live."""

import pytest
import torch

from xdrec.device import pick_device


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
