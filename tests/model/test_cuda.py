"""On a CUDA device: what repeats itself on a CPU does so there, and both say the same."""

import numpy as np
import pytest
import torch

from xdrec.data import make_world
from xdrec.encoders import Features, TextRNN
from xdrec.encoders.text import train_tokenizer
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan
from xdrec.transfer.strategies import Augmented, Joint, Tied, learn_source

DEVICE = "cuda"
pytestmark = pytest.mark.skipif(
    # What only such a device can show.
    not torch.cuda.is_available(),
    reason="no CUDA device on this machine",
)


@pytest.fixture(scope="module")
def world():
    return make_world(60, 40, overlap=1.0, sparsity=0.8, images=False, seed=1)


@pytest.fixture(scope="module")
def known(world):
    return world.cross("books", "films")


def net(world, device=DEVICE, **plan):
    x = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    plan = Plan(**{"epochs": 2, "batch_size": 32, "lr": 5e-3, "precision": "no"} | plan)
    return SequenceTransformer(*x, layers=1, width=8, plan=plan, device=device)


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_same_seed_same_weights(world, known, precision):
    first, second = (learn_source(net(world, precision=precision), known) for _ in range(2))
    assert same(first, second)


@pytest.mark.parametrize("strategy", [Joint, Augmented, Tied])
def test_strategies_train_there_and_repeat_themselves(world, known, strategy):
    first, second = (strategy(net(world)).fit(known) for _ in range(2))
    assert first.model.net.log_temperature.device.type == DEVICE
    assert same(first.model.net.state_dict(), second.model.net.state_dict())


def test_the_same_weights_score_alike(world, known):
    theta = learn_source(net(world), known)
    here, there = (net(world, device).begin(known, theta) for device in ("cpu", DEVICE))
    assert there.score(known.users) == pytest.approx(here.score(known.users), abs=1e-4)


def test_a_text_is_read_alike_alone_and_in_company(world):
    texts = world.cross("books", "films").target.texts()
    encoder = TextRNN(train_tokenizer(texts), device=DEVICE)
    alone = encoder.encode(texts[:1], cache=False).vectors[0]
    company = encoder.encode([texts[0], " ".join(texts[:5])], cache=False).vectors[0]
    assert np.abs(alone - company).max() < 1e-5
