"""The net of a person's row: a scorer like the others, and private if asked to be."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from tests.model.interest_contract import ScorerContract
from xdrec.data import make_world
from xdrec.plan import Plan
from xdrec.privacy import Autoencoder, Privacy, membership_attack, noise_for


class TestAutoencoder(ScorerContract):
    exact = False

    def make(self):
        return Autoencoder(width=16)


class TestAutoencoderOnBoth(ScorerContract):
    exact = False
    learns_from_source = True

    def make(self):
        return Autoencoder(width=16, domains="both")


class TestPrivateAutoencoder(ScorerContract):
    """With so few people no noise is small enough: here it clips and samples only."""

    exact = False

    def make(self):
        return Autoencoder(16, privacy=Privacy(noise=0.0, rate=0.5, steps=300, lr=0.02))


def test_the_loss_by_hand():
    net = Autoencoder(width=2)
    net.net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 3))
    for weight in net.net.parameters():
        torch.nn.init.zeros_(weight)
    # all scores are 0, so each item has a third
    assert net.losses([[1, 1, 0], [1, 0, 0]]) == pytest.approx([np.log(3)] * 2)
    assert net.vectors([[1, 0, 0]]).tolist() == [[0, 0]]


def test_bad_input():
    with pytest.raises(ValueError, match="width"):
        Autoencoder(width=0)
    with pytest.raises(ValueError, match="hide"):
        Autoencoder(hide=1.0)


def test_the_bar_of_the_attack():
    """Known by heart without privacy (AUC >= 0.6), not under it (<= 0.55), at ε = 4."""
    world = make_world(users=3000, items=80, sparsity=0.85, overlap=1.0, seed=5, images=False)
    films, people = world.domains["films"], world.truth["films"].user_ids
    x = films.matrix(people)
    member, other, third = np.split(np.random.default_rng(0).permutation(3000), 3)

    def fitted(rows, **options):
        of = pl.col("user_id").is_in(people[np.sort(rows)].implode())
        known = replace(
            world.cross("books", "films"),
            target=films.with_interactions(films.interactions.filter(of)),
        )
        return Autoencoder(16, **options).fit(known)

    plan = Plan(epochs=60, batch_size=100, lr=0.005, weight_decay=0)
    plain = fitted(member, plan=plan)
    noise = noise_for(4.0, rate=0.2, steps=200, delta=1e-4)
    private = fitted(member, privacy=Privacy(noise, 0.5, 0.2, 200, 0.02))
    asked = fitted(third, plan=replace(plan, seed=1))  # the attacker's own, of other people

    def attack(model):
        given = [asked.losses(x[rows]) - model.losses(x[rows]) for rows in (member, other)]
        return membership_attack(*given)

    assert attack(plain).low > 0.6
    assert attack(private).mean <= 0.55
