"""DP-SGD: the gradient that the optimiser gets, row by row."""

import math

import pytest
import torch
from torch import nn

from xdrec.privacy import Privacy, train_private
from xdrec.privacy.dp_sgd import clipped_sum


def plane(rows=6, seed=0):
    torch.manual_seed(seed)
    return nn.Linear(3, 1), torch.randn(rows, 4)


def squared(net, rows):
    return (net(rows[:, :3])[:, 0] - rows[:, 3]).square().mean()


def test_one_step_by_hand():
    """rate 1, no noise, plain SGD: the mean of the clipped gradients, taken one by one."""
    net, data = plane()
    before = {name: w.detach().clone() for name, w in net.named_parameters()}
    total = {name: torch.zeros_like(w) for name, w in before.items()}
    for row in data:
        net.zero_grad()
        squared(net, row[None]).backward()
        length = math.sqrt(sum(float(w.grad.square().sum()) for w in net.parameters()))
        for name, w in net.named_parameters():
            total[name] += w.grad * min(1.0, 0.3 / length)
    net.zero_grad()
    how = Privacy(noise=0.0, clip=0.3, rate=1.0, steps=1, lr=0.5, optimizer="sgd")
    assert train_private(net, squared, data, how) == [6]
    for name, w in net.named_parameters():
        assert torch.allclose(w, before[name] - 0.5 * total[name] / 6, atol=1e-6)


def test_a_long_clip_is_plain_gradient_descent():
    net, data = plane()
    again, _ = plane()
    train_private(net, squared, data, Privacy(0.0, 1e6, 1.0, 5, 0.1, "sgd"))
    plain = torch.optim.SGD(again.parameters(), lr=0.1)
    for _ in range(5):
        plain.zero_grad()
        squared(again, data).backward()
        plain.step()
    assert torch.allclose(net.weight, again.weight, atol=1e-5)


def test_nobody_moves_the_sum_by_more_than_the_clip():
    each = {"w": 100 * torch.randn(50, 3, 2), "b": torch.randn(50, 3)}
    without = {name: g[1:] for name, g in each.items()}
    with_, gone = clipped_sum(each, 0.7), clipped_sum(without, 0.7)
    moved = sum(float((with_[name] - gone[name]).square().sum()) for name in each)
    assert math.sqrt(moved) <= 0.7 + 1e-5


def test_noise_has_the_length_that_it_says():
    """No gradient at all: one SGD step is pure noise of σC / (q n) a weight."""
    net = nn.Linear(4000, 1, bias=False)
    nn.init.zeros_(net.weight)
    data = torch.zeros(10, 4000)
    how = Privacy(noise=3.0, clip=0.5, rate=0.5, steps=1, lr=1.0, optimizer="sgd")
    train_private(net, lambda net, rows: net(rows).sum(), data, how)
    assert float(net.weight.detach().std()) == pytest.approx(3.0 * 0.5 / (0.5 * 10), rel=0.05)


def test_batches_are_drawn_row_by_row():
    net, data = plane(rows=400)
    sizes = train_private(net, squared, data, Privacy(noise=1.0, rate=0.1, steps=200))
    assert abs(sum(sizes) / 200 - 40) < 2
    assert len(set(sizes)) > 10  # Poisson sampling has no fixed size


def test_an_empty_batch_is_a_step_of_noise():
    net, data = plane(rows=1)
    before = net.weight.detach().clone()
    sizes = train_private(net, squared, data, Privacy(noise=1.0, rate=1e-9, steps=3))
    assert sizes == [0, 0, 0]
    assert torch.isfinite(net.weight).all()
    assert not torch.equal(net.weight, before)


def test_repeatable_and_leaves_the_random_state_alone():
    weights = []
    for _ in range(2):
        net, data = plane()
        state = torch.random.get_rng_state()
        train_private(net, squared, data, Privacy(noise=1.0, steps=5))
        assert torch.equal(torch.random.get_rng_state(), state)
        weights.append(net.weight.detach())
    assert torch.equal(*weights)


def test_frozen_weights_stay():
    net, data = plane()
    net.bias.requires_grad_(False)
    before = net.bias.clone()
    train_private(net, squared, data, Privacy(noise=1.0, steps=3))
    assert torch.equal(net.bias, before)


def test_bad_input():
    net, data = plane()
    with pytest.raises(ValueError, match="empty"):
        train_private(net, squared, data[:0], Privacy(noise=1.0))
    with pytest.raises(FloatingPointError):
        train_private(net, squared, data * torch.nan, Privacy(noise=1.0, rate=1.0, steps=1))
    with pytest.raises(ValueError, match=r"noise=-1.*clip=0.*rate=2.*steps=0.*lr=0.*optimizer"):
        Privacy(-1.0, 0.0, 2.0, 0, 0.0, "none")
    assert Privacy(noise=0.0).epsilon(1e-5) == math.inf
