"""λ‖θ - θ_source‖ in torch: values by hand, the kink, λ*, and the step that lands on it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from xdrec.plan import OPTIMIZERS
from xdrec.transfer import TransferLoss, proximal, step_sizes


def two_blocks():
    """w [1, 2] at (3, 4) and b [1] at 12, the source at 0: 5 away in w, 12 in b, 13 in all."""
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[3.0, 4.0]]))
        model.bias.fill_(12.0)
    return model, {name: torch.zeros_like(w) for name, w in model.named_parameters()}


@pytest.mark.parametrize(
    ("norm", "length"), [("plain", 13), ("block", 17), ("squared", 169), ("l1", 19)]
)
def test_lengths_by_hand(norm, length):
    model, source = two_blocks()
    penalty = TransferLoss(model, source, 2.0, norm)
    assert penalty(model).item() == pytest.approx(2 * length)
    assert penalty.drift(model) == pytest.approx(13)


def test_fisher_weighs_each_entry():
    model, source = two_blocks()
    fisher = {"weight": torch.tensor([[1.0, 0.5]]), "bias": torch.tensor([0.0])}
    penalty = TransferLoss(model, source, 1.0, "fisher", fisher=fisher)
    assert penalty(model).item() == pytest.approx(9 + 8)


@pytest.mark.parametrize("norm", ["plain", "block", "squared", "l1"])
def test_at_the_source_it_is_zero_and_so_is_its_gradient(norm):
    model, _ = two_blocks()
    penalty = TransferLoss(model, model.state_dict(), 5.0, norm)
    value = penalty(model)
    value.backward()
    assert value.item() == 0
    assert all((w.grad == 0).all() for w in model.parameters())


def test_new_weights_have_a_ridge_of_their_own():
    model, source = two_blocks()
    penalty = TransferLoss(model, {"weight": source["weight"]}, 2.0, new=["bias"], decay=0.5)
    assert penalty.anchored == ("weight",)
    assert penalty(model).item() == pytest.approx(2 * 5 + 0.5 * 144)
    proximal(penalty, model, 1.0)
    assert model.bias.item() == pytest.approx(12 / 2)


def test_frozen_weights_are_neither():
    model, source = two_blocks()
    model.bias.requires_grad_(False)
    assert TransferLoss(model, source, 1.0).anchored == ("weight",)


def test_the_anchor_is_saved_and_moves():
    model, source = two_blocks()
    penalty = TransferLoss(model, source, 1.0)
    assert len(penalty.state_dict()) == 2
    assert penalty.double().source_0.dtype == torch.float64
    source["weight"].fill_(9.0)  # the anchor is a copy
    assert (penalty.source_0 == 0).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"strength": -1.0}, "strength=-1.0: expected a finite number >= 0"),
        ({"strength": math.nan}, "strength=nan"),
        ({"strength": math.inf}, "λ = ∞ is the source itself"),
        ({"decay": -1.0}, "decay=-1.0"),
        ({"norm": "l3"}, "expected one of plain, block"),
        ({"norm": "fisher"}, "go together"),
        ({"new": ["nothing"]}, "nothing is to be new and is no trainable weight"),
        ({"source": {}}, "bias has no namesake in the source"),
        (
            {"source": {"weight": torch.zeros(1, 3), "bias": torch.zeros(1)}},
            r"weight is \[1, 2\] here, \[1, 3\] in the source",
        ),
    ],
)
def test_refuses(change, says):
    model, source = two_blocks()
    arguments = {"source": source, "strength": 1.0} | change
    with pytest.raises(ValueError, match=says):
        TransferLoss(model, **arguments)


class Point(nn.Module):
    """F(θ) = ½‖θ - goal‖², minimal at goal, seen from θ_source = 0: ∇F(θ_source) = -goal."""

    def __init__(self, goal):
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(len(goal), dtype=torch.float64))
        self.goal = torch.tensor(goal, dtype=torch.float64)

    def loss(self):
        return 0.5 * (self.theta - self.goal).square().sum()


def descended(norm, strength, optimizer=torch.optim.SGD, steps=400, **options):
    model = Point([3.0, 4.0])
    penalty = TransferLoss(model, model.state_dict(), strength, norm)
    optimizer = optimizer(model.parameters(), lr=0.1, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        model.loss().backward()
        optimizer.step()
        proximal(penalty, model, step_sizes(optimizer, model))
    return model.theta.detach().numpy()


def test_the_critical_strength_on_a_convex_case_by_hand():
    """λ* = ‖(3, 4)‖ = 5. Below, the solution is goal · (1 - λ/5); from there on the source."""
    model = Point([3.0, 4.0])
    penalty = TransferLoss(model, model.state_dict(), 1.0)
    assert penalty.critical(model, model.loss()) == pytest.approx(5)
    assert descended("plain", 2.0) == pytest.approx([3 * 0.6, 4 * 0.6], abs=1e-9)
    assert descended("plain", 4.99) == pytest.approx([0.006, 0.008], abs=1e-9)
    for strength in (5.0, 5.01, 1e6):
        assert (descended("plain", strength) == 0).all()  # exactly, not nearly


def test_critical_strengths_of_the_other_norms():
    model = Point([3.0, 4.0])

    def critical(norm):
        return TransferLoss(model, model.state_dict(), 1.0, norm).critical(model, model.loss())

    assert critical("l1") == 4
    assert critical("block") == 5
    assert critical("squared") == math.inf
    assert descended("l1", 3.5) == pytest.approx([0, 0.5])
    assert descended("squared", 1.0) == pytest.approx([1, 4 / 3])  # ½ → 1 + 2λ


def test_adam_lands_on_the_source_too():
    """Each entry has a step size of its own; the scaled step still finds the exact solution."""
    assert (descended("plain", 5.01, torch.optim.Adam, steps=1000) == 0).all()
    near = descended("plain", 2.0, torch.optim.Adam, steps=1500)
    assert near == pytest.approx([1.8, 2.4], abs=0.05)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_step_sizes_are_those_of_the_step_taken(name):
    """The first step of every optimizer that a plan may name goes by η · gradient."""
    model = Point([3.0, -4.0])
    with torch.no_grad():
        model.theta.copy_(torch.tensor([1.0, 1.0]))
    optimizer = OPTIMIZERS[name](model.parameters(), lr=0.1, weight_decay=0.0)
    before = model.theta.detach().clone()
    model.loss().backward()
    optimizer.step()
    eta = step_sizes(optimizer, model)["theta"]
    assert torch.allclose(before - eta * model.theta.grad, model.theta.detach())


@settings(max_examples=50)
@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=6),
    st.floats(0.01, 3),
    st.integers(0, 10_000),
)
def test_the_scaled_step_is_the_minimum(d, strength, seed):
    """No direction from its result lowers Σ (d' - d)²/2η + λ‖d'‖."""
    rng = np.random.default_rng(seed)
    model = Point(d)
    model.theta.data.copy_(torch.tensor(d))
    penalty = TransferLoss(model, {"theta": torch.zeros(len(d))}, strength)
    eta = torch.tensor(rng.uniform(0.1, 1, len(d)))
    proximal(penalty, model, {"theta": eta})
    found, start = model.theta.detach().numpy(), np.array(d)

    def value(x):
        return ((x - start) ** 2 / (2 * eta.numpy())).sum() + strength * np.linalg.norm(x)

    for _ in range(20):
        assert value(found) <= value(found + 1e-3 * rng.standard_normal(len(d))) + 1e-9


def test_a_plain_gradient_never_lands():
    """Why there is a proximal step: with the penalty in the loss the weights chatter around it."""
    model = Point([3.0, 4.0])
    penalty = TransferLoss(model, model.state_dict(), 6.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(400):
        optimizer.zero_grad()
        (model.loss() + penalty(model)).backward()
        optimizer.step()
    assert 0.01 < penalty.drift(model) < 1
