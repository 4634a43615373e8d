"""The loop: the steps of a bare one, the same twice, and the same when it was broken off."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import nn

from xdrec.plan import OPTIMIZERS, SCHEDULES
from xdrec.train import History, Plan, order, train

X = torch.linspace(-1, 1, 22)[:, None]
DATA = list(zip(X, 2 * X + 1, strict=True))


def squared(model, batch):
    x, y = batch
    return (model(x) - y).square().mean()


def error(model):
    return squared(model, (X, 2 * X + 1)).item()


def net(dropout=0.2):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(1, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1)
    )


def fit(model, plan, **options):
    return train(model, squared, DATA, plan, device="cpu", **options)


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return all(torch.equal(a[name], b[name]) for name in a.keys() | b.keys())


def without_time(history):
    epochs = [{k: v for k, v in row.items() if k != "seconds"} for row in history.epochs]
    return history.steps, epochs, history.best


def test_two_steps_by_hand():
    """w = 1, loss (w x)², x = 1 and again: w - 0.1 · 2w = 0.8, then 0.64."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    plan = Plan(epochs=2, optimizer="sgd", lr=0.1, weight_decay=0, schedule="constant", warmup=0,
                clip=None)  # fmt: skip
    history = train(model, lambda m, x: m(x).square().mean(), [torch.ones(1)], plan, device="cpu")
    assert model.weight.item() == pytest.approx(0.64)
    assert [row["loss"] for row in history.steps] == pytest.approx([1, 0.64])
    assert [row["step"] for row in history.steps] == [1, 2]
    assert [row["epoch"] for row in history.epochs] == [1, 2]


def test_a_long_gradient_is_cut_to_the_clip():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 100.0)
    plan = Plan(epochs=1, optimizer="sgd", lr=1, weight_decay=0, schedule="constant", clip=0.5,
                warmup=0)  # fmt: skip
    train(model, lambda m, x: m(x).square().mean(), [torch.ones(1)], plan, device="cpu")
    assert model.weight.item() == pytest.approx(99.5)


def test_rates_by_hand():
    rates = {
        name: [Plan(lr=8, schedule=name, warmup=0.2).rate(step, 10) for step in range(10)]
        for name in SCHEDULES
    }
    for rate in rates.values():
        assert rate[:3] == [4, 8, 8]  # two steps to rise in, then the full rate
    assert rates["constant"][3:] == [8] * 7
    assert rates["linear"][6] == 4  # half of the eight steps after the warm-up
    assert rates["cosine"][6] == pytest.approx(4)
    assert rates["cosine"][4] == pytest.approx(4 * (1 + 0.5**0.5))


def test_the_weights_of_a_bare_loop():
    model, bare = net(dropout=0.0), net(dropout=0.0)
    plan = Plan(epochs=3, batch_size=8, lr=0.01, seed=3)
    fit(model, plan)
    optimizer = torch.optim.AdamW(bare.parameters(), weight_decay=plan.weight_decay)
    bare.train()
    for epoch in range(plan.epochs):
        for step, rows in enumerate(order(len(DATA), 8, 3, epoch)):
            optimizer.param_groups[0]["lr"] = plan.rate(3 * epoch + step, 9)
            optimizer.zero_grad()
            squared(bare, (X[rows], 2 * X[rows] + 1)).backward()
            nn.utils.clip_grad_norm_(bare.parameters(), plan.clip)
            optimizer.step()
    assert same(model, bare)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule_learns(optimizer, schedule):
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    lr = {"sgd": 0.3, "adagrad": 0.5}.get(optimizer, 0.05)
    before = error(model)
    history = fit(model, Plan(60, 8, optimizer, lr, 0.0, schedule))
    assert error(model) < 0.05 * before
    assert history.epochs[-1]["loss"] < history.epochs[0]["loss"]


@given(st.integers(1, 200), st.integers(1, 64), st.integers(0, 9), st.integers(0, 9))
def test_an_epoch_takes_everything_once(items, size, seed, epoch):
    batches = order(items, size, seed, epoch)
    assert sorted(row for batch in batches for row in batch) == list(range(items))
    sizes = [len(batch) for batch in batches]
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


def test_the_order_is_the_seed_s_and_the_epoch_s_own():
    assert order(50, 8, 0, 1) == order(50, 8, 0, 1)
    assert order(50, 8, 0, 1) != order(50, 8, 1, 0)
    seen = []
    for draws in (0, 3):
        model = net()

        def loss(model, batch, draws=draws):
            torch.rand(draws), random.random(), np.random.rand()
            seen.append(batch[0].flatten().tolist())
            return squared(model, batch)

        train(model, loss, DATA, Plan(epochs=2, batch_size=8), device="cpu")
    assert seen[:6] == seen[6:]


def test_the_same_twice_and_another_seed_another():
    first, second, other = net(), net(), net()
    torch.manual_seed(7)
    fit(first, Plan(epochs=3, batch_size=8))
    torch.manual_seed(8)
    fit(second, Plan(epochs=3, batch_size=8))
    fit(other, Plan(epochs=3, batch_size=8, seed=1))
    assert same(first, second)
    assert not same(first, other)


class StopError(Exception):
    pass


def stopping(at):
    """The loss, until it has been asked so many times."""
    calls = iter(range(at))

    def loss(model, batch):
        if next(calls, None) is None:
            raise StopError
        return squared(model, batch)

    return loss


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_broken_off_it_ends_with_the_same_weights(optimizer, precision, tmp_path):
    plan = Plan(epochs=6, batch_size=8, optimizer=optimizer, precision=precision, lr=0.01)
    whole, broken = net(), net()
    expected = fit(whole, plan, valid=error, checkpoint=tmp_path / "whole")
    for at in (7, 5):  # in the midst of the third epoch, then of the fourth
        with pytest.raises(StopError):
            train(broken, stopping(at), DATA, plan, valid=error, device="cpu",
                  checkpoint=tmp_path / "broken")  # fmt: skip
        broken = nn.Sequential(*net())  # a new process has a new model
    found = fit(broken, plan, valid=error, checkpoint=tmp_path / "broken")
    assert same(whole, broken)
    assert without_time(found) == without_time(expected)
    left, right = (
        load_file(tmp_path / name / "checkpoint.safetensors") for name in ("whole", "broken")
    )
    assert left.keys() == right.keys()
    assert {name.split("/")[0] for name in left} >= {"model", "best"}
    assert (optimizer == "sgd") != any(name.startswith("optimizer/") for name in left)
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_what_is_finished_is_not_trained_again(tmp_path):
    plan, first, second = Plan(epochs=4, batch_size=8), net(), net()
    expected = fit(first, plan, valid=error, checkpoint=tmp_path)
    found = train(second, stopping(0), DATA, plan, valid=error, device="cpu", checkpoint=tmp_path)
    assert same(first, second)
    assert found.epochs == expected.epochs
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.safetensors"]


KILLED = """
import os, signal, sys
from tests.model.test_train import *
calls = iter(range(7))
def loss(model, batch):
    if next(calls, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return squared(model, batch)
train(net(), loss, DATA, Plan(epochs=4, batch_size=8), device="cpu", checkpoint=sys.argv[1])
"""


@pytest.mark.long
def test_a_killed_process_is_taken_up_by_another(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -9
    whole, resumed = net(), net()
    fit(whole, Plan(epochs=4, batch_size=8))
    history = fit(resumed, Plan(epochs=4, batch_size=8), checkpoint=tmp_path)
    assert len(history.steps) == 12
    assert same(whole, resumed)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    plan = Plan(epochs=2, batch_size=8)
    fit(net(), plan, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"another training: lr is 0.5, was 0.001; seed is 4, was"):
        fit(net(), Plan(epochs=2, batch_size=8, lr=0.5, seed=4), checkpoint=tmp_path)
    with pytest.raises(ValueError, match="items is 21, was 22"):
        train(net(), squared, DATA[1:], plan, device="cpu", checkpoint=tmp_path)
    frozen = net()
    frozen[0].weight.requires_grad_(False)
    with pytest.raises(ValueError, match=r"weights of 0.weight is '\[8, 1\] float32', was"):
        fit(frozen, plan, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=r"is None.*and 6 more; choose another folder"):
        fit(nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)), plan, checkpoint=tmp_path)


def test_a_damaged_checkpoint_is_noticed(tmp_path):
    plan, file = Plan(epochs=2, batch_size=8), tmp_path / "checkpoint.safetensors"
    fit(net(), plan, checkpoint=tmp_path)
    whole = file.read_bytes()
    places = np.random.default_rng(0).integers(0, len(whole), 60)
    for at in [0, 8, len(whole) - 1, *places]:
        broken = bytearray(whole)
        broken[at] ^= 1 << int(at) % 8
        file.write_bytes(broken)
        with pytest.raises(ValueError, match="is damaged: its bytes are not those"):
            fit(net(), plan, checkpoint=tmp_path)
    for length in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="is damaged"):
            fit(net(), plan, checkpoint=tmp_path)
    file.write_bytes(whole)
    fit(net(), plan, checkpoint=tmp_path)


def test_the_best_weights_remain_and_patience_ends_it():
    model, scores, states = net(), iter([3.0, 1.0, 2.0, 1.0, 0.0]), []

    def valid(model):
        assert not model.training
        states.append({name: each.clone() for name, each in model.state_dict().items()})
        return next(scores)

    history = fit(model, Plan(epochs=5, batch_size=8, patience=2), valid=valid)
    assert history.best == 2
    assert [row["valid"] for row in history.epochs] == [3.0, 1.0, 2.0, 1.0]
    assert all(torch.equal(each, model.state_dict()[name]) for name, each in states[1].items())
    assert not all(torch.equal(each, states[1][name]) for name, each in states[3].items())
    with pytest.raises(ValueError, match="patience=2 without valid"):
        fit(model, Plan(patience=2))


def test_what_is_frozen_stays():
    model = net(dropout=0.5)
    for part in model[:2]:
        part.requires_grad_(False)
    model[4].bias.requires_grad_(False)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    modes = []

    def loss(model, batch):
        modes.append([part.training for part in model])
        return squared(model, batch)

    train(model, loss, DATA, Plan(epochs=2, batch_size=8), device="cpu")
    changed = {n for n, each in model.state_dict().items() if not torch.equal(each, before[n])}
    assert changed == {"4.weight"}
    assert modes[0] == [False, False, True, True, True]
    assert not any(part.training for part in model.modules())
    assert all(weight.grad is None for weight in model.parameters())


def test_gradients_that_lay_about_are_not_taken():
    clean, littered = net(), net()
    squared(littered.eval(), (X, X)).backward()
    for model in (clean, littered):
        fit(model, Plan(epochs=1))
    assert same(clean, littered)


def test_nothing_of_a_training_is_left_in_the_process():
    model = net()
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(5)
    expected = random.random(), np.random.rand(), torch.rand(1).item()
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(5)
    shared = [kind._shared_state for kind in (AcceleratorState, PartialState, GradientState)]
    kept = [dict(state) for state in shared]
    for precision in ("no", "bf16", "no"):
        fit(model, Plan(epochs=1, precision=precision))
        assert [dict(state) for state in shared] == kept
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == expected
    assert "forward" not in vars(model)


def test_somebody_else_s_accelerator_is_not_disturbed():
    shared = [kind._shared_state for kind in (AcceleratorState, PartialState, GradientState)]
    kept = [dict(state) for state in shared]
    try:
        theirs = Accelerator(cpu=True)
        fit(net(), Plan(epochs=1, precision="bf16"))
        with pytest.raises(StopError):
            train(net(), stopping(0), DATA, Plan(precision="bf16"), device="cpu")
        assert theirs.mixed_precision == "no"
        assert theirs.sync_gradients
        assert Accelerator(cpu=True).mixed_precision == "no"
    finally:
        for state, before in zip(shared, kept, strict=True):
            state.clear()
            state.update(before)


def test_mixed_precision_is_mixed():
    seen = {}

    def loss(model, batch):
        x, y = batch
        out = model(x)
        seen["out"], seen["in"] = out.dtype, x.dtype
        return (out.float() - y).square().mean()

    model = net()
    history = train(
        model, loss, DATA, Plan(epochs=30, batch_size=8, lr=0.05, precision="bf16"), device="cpu"
    )
    assert seen == {"out": torch.bfloat16, "in": torch.float32}
    assert {each.dtype for each in model.parameters()} == {torch.float32}
    assert history.epochs[-1]["loss"] < 0.2 * history.epochs[0]["loss"]


@pytest.mark.parametrize("fast", [True, False])
def test_auto_is_mixed_where_the_machine_is_faster_with_it(fast, monkeypatch):
    monkeypatch.setattr("xdrec.device._cpu_units", lambda: {"avx512_bf16": fast})
    seen = []

    def loss(model, batch):
        seen.append(model(batch[0]).dtype)
        return squared(model, batch)

    train(net(), loss, DATA, Plan(epochs=1, precision="auto"), device="cpu")
    assert seen == [torch.bfloat16 if fast else torch.float32]


def test_fewer_items_than_a_batch():
    model = net()
    history = train(model, squared, DATA[:3], Plan(epochs=2, batch_size=64), device="cpu")
    assert len(history.steps) == 2


def test_there_must_be_something_to_train_on_and_to_train():
    with pytest.raises(ValueError, match="data is empty"):
        train(net(), squared, [], device="cpu")
    with pytest.raises(ValueError, match="no weight of the model asks for a gradient"):
        fit(net().requires_grad_(False), Plan())


def test_what_is_no_finite_number_names_its_step():
    calls = iter([1.0, 1.0, float("nan")])
    with pytest.raises(FloatingPointError, match=r"the loss of step 3 \(epoch 1\) is nan"):
        train(net(), lambda m, b: squared(m, b) * next(calls), DATA, Plan(batch_size=8),
              device="cpu")  # fmt: skip
    model = nn.Linear(1, 1)
    before = model.weight.item()
    with pytest.raises(FloatingPointError, match=r"the gradient of step 1 \(epoch 1\) is"):
        train(model, lambda m, b: (m(b[0]) * 0).abs().sqrt().sum(), DATA, device="cpu")
    assert model.weight.item() == before  # it was noticed before it did harm
    with pytest.raises(FloatingPointError, match="valid after epoch 1 is nan"):
        fit(net(), Plan(), valid=lambda m: float("nan"))


def test_a_plan_s_faults_are_told_together():
    with pytest.raises(ValueError, match="epochs=0: expected a whole number >= 1;") as caught:
        Plan(
            epochs=0, batch_size=2.5, optimizer="adma", lr=float("nan"), weight_decay=-1,
            schedule="cos", warmup=1, clip=0, patience=True, precision="fp16", seed=-1,
        )  # fmt: skip
    names = Plan.__dataclass_fields__
    assert all(f"{name}=" in str(caught.value) for name in names)
    assert "optimizer='adma': expected one of adamw, adam, sgd" in str(caught.value)


def test_curves():
    history = fit(net(), Plan(epochs=3, batch_size=8), valid=error)
    epochs, steps = history.curve(), history.curve("steps")
    assert epochs.columns == ["epoch", "loss", "valid", "seconds"]
    assert steps.columns == ["step", "loss", "lr"]
    assert epochs["epoch"].to_list() == [1, 2, 3]
    assert steps.height == 9
    assert epochs["loss"][0] == pytest.approx(steps["loss"][:3].mean())
    with pytest.raises(ValueError, match="of='loss': expected 'epochs' or 'steps'"):
        history.curve("loss")
    assert History().curve().is_empty()


def test_a_bar_shows_how_far_it_is(capsys):
    fit(net(), Plan(epochs=2, batch_size=8), valid=error, progress=True)
    shown = capsys.readouterr().err
    assert "6/6" in shown
    assert "valid=" in shown
    fit(net(), Plan(epochs=1))
    assert not capsys.readouterr().err
