"""What a GPU asks of the loop: nothing read from it in a step, batches pinned, precision by choice.

Most of it is tried without one: of torch's `meta` device nothing can be read, so a step that asks
it for a number fails.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import gpu
from tests.model.ranks_work import squared
from xdrec.data import make_world
from xdrec.device import pick_device, placed
from xdrec.encoders import Features
from xdrec.history import EVERY, History, Watch
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan
from xdrec.train import train

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA here: torch.cuda.is_available() is False"
)
X = torch.randn(120, 6, generator=torch.Generator().manual_seed(0))
DATA = list(zip(X, X[:, :3].sin(), strict=True))


@pytest.fixture
def blind(monkeypatch):
    """A device that computes nothing: `train` on it, and how many steps each look at it was for."""
    looks = []

    def read(watch):
        if watch.seen:
            looks.append(len(watch.seen))
        for value, _, row, _ in watch.seen:
            assert value.device.type == "meta"
            watch.history.steps.append({**row, "loss": 1.0})
        watch.seen = []

    monkeypatch.setattr("xdrec.train.pick_device", lambda device: "meta")
    monkeypatch.setattr(Watch, "read", read)
    return looks


def test_a_step_reads_nothing_from_the_device(blind):
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    train(model, squared, DATA, Plan(epochs=2, batch_size=2))
    assert blind == [EVERY, 10, EVERY, 10]  # of 60 steps an epoch
    with pytest.raises(RuntimeError, match="meta"):  # the test can fail
        train(model, lambda m, b: squared(m, b) * float(b[0].sum()), DATA, Plan(epochs=1))


def test_the_sequence_model_s_step_neither(blind):
    known = make_world(users=30, items=20, images=False, sparsity=0.8).cross("books", "films")
    vectors = Features.of(np.eye(20, 8) + 0.1)
    plan = Plan(epochs=1, batch_size=10)
    model = SequenceTransformer(vectors, width=8, layers=1, heads=2, plan=plan, device="cpu")
    model.begin(known)
    learnt, _ = model.questions(known)
    model._x, model._there = model._x.to("meta"), model._there.to("meta")
    lesson = model.batch(learnt[:10])
    at = (lesson["answers"].flatten() >= 0).nonzero()[:, 0]
    batch = {name: each.to("meta") for name, each in (lesson | {"at": at}).items()}
    loss = model.loss(model.net.to("meta"), batch, 16)
    loss.backward()
    assert loss.device.type == "meta"


def test_losses_are_those_that_were_seen_whenever_they_are_read():
    history = History()
    watch = Watch(history, "cuda")
    for step in range(EVERY + 1):
        watch.see(torch.tensor(step / 10), None, {"step": step + 1, "lr": 1.0}, epoch=0)
    assert len(history.steps) == EVERY
    watch.read()
    assert [row["loss"] for row in history.steps] == pytest.approx(np.arange(EVERY + 1) / 10)
    watch.see(torch.tensor(1.0), torch.tensor(float("inf")), {"step": 52, "lr": 1.0}, epoch=1)
    with pytest.raises(FloatingPointError, match=r"gradient of step 52 \(epoch 2\) is inf"):
        watch.read()


def test_a_batch_goes_from_pinned_memory_and_is_not_waited_for(monkeypatch):
    pinned, sent = [], []
    monkeypatch.setattr("xdrec.device._pinned", lambda each: pinned.append(each) or each)
    monkeypatch.setattr("xdrec.device.send_to_device", lambda batch, device, **how: sent.append(
        (device, how)) or batch)  # fmt: skip
    batch = {"x": [torch.ones(2), torch.zeros(1)], "said": "a word"}
    assert placed(batch, "cuda:1")["said"] == "a word"
    assert len(pinned) == 2
    placed(batch, "cpu")
    assert sent == [("cuda:1", {"non_blocking": True}), ("cpu", {})]
    assert len(pinned) == 2


def test_each_process_of_torchrun_has_a_card_of_its_own(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.setenv("XDREC_DEVICE", "cuda")
    assert pick_device() == "cuda"
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert [pick_device(), pick_device("cuda:0"), pick_device("cpu")] == ["cuda:1", "cuda:0", "cpu"]


def test_peaks_and_shares_by_hand(monkeypatch):
    monkeypatch.setattr(gpu, "best", lambda call, device, rounds=5: 0.5)
    assert gpu.gemm_peak("cpu", torch.float32, 10) == 4000  # 2 · 10³ products and sums
    assert gpu.copy_peak("cpu", 100) == {"within": 400, "onto": 200}
    model, x = nn.Linear(4, 3, bias=False), torch.ones(5, 4)
    monkeypatch.setattr(gpu, "rebuilt", lambda model, x: model(x).sum())
    assert gpu.step_flops(model, x) == 2 * (2 * 5 * 4 * 3)  # x Wᵀ, and the gradient of W


def test_the_benchmark_runs_here_too(capsys):
    found = gpu.measured("cpu", gpu.SIZES["small"], compiled=False)
    json.dumps(found)
    assert [row["precision"] for row in found["rows"]] == ["no", "bf16"]
    for row in found["rows"]:
        share = row["flops"] / row["seconds"] / found["gemm"][row["precision"]]
        assert row["of_gemm"] == share > 0


@pytest.mark.long
def test_compiled_it_is_the_same_training():
    curves = []
    for compiled in (False, True):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
        history = train(
            model, squared, DATA, Plan(epochs=3, batch_size=40), device="cpu", compiled=compiled
        )
        curves.append([row["loss"] for row in history.steps])
    assert curves[0] == pytest.approx(curves[1], abs=1e-5)


@needs_cuda
def test_on_cuda_the_curve_is_the_cpu_s():
    curves = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
        history = train(model, squared, DATA, Plan(epochs=3, batch_size=10), device=device)
        curves.append([row["loss"] for row in history.steps])
    assert curves[0] == pytest.approx(curves[1], abs=1e-4)


@needs_cuda
def test_on_cuda_the_shares_are_below_the_peaks():
    small = gpu.SIZES["small"] | {"gemm": 4096, "copy": 2**28}
    for row in gpu.measured("cuda", small, compiled=False)["rows"]:
        assert 0 < row["of_gemm"] < 1
        assert 0 < row["of_copy"] < 1
