"""Made-up people: what they are made of, how they show, how little they may weigh."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from xdrec.closed_form import item_item
from xdrec.data import make_world
from xdrec.privacy import capped, membership_attack, shilling, suspicion


@pytest.fixture(scope="module")
def films():
    world = make_world(users=800, items=80, sparsity=0.85, overlap=1.0, seed=2, images=False)
    return world.domains["films"]


def rare(films):
    people = films.interactions.group_by("item_id").agg(pl.col("user_id").n_unique())
    return people.sort("user_id", "item_id")["item_id"][3]


@pytest.mark.parametrize("copied", [False, True])
def test_what_the_fakes_are(films, copied):
    item = rare(films)
    after, names = shilling(films, item, fakes=15, filler=6, copied=copied, seed=3)
    made = after.interactions.filter(pl.col("user_id").is_in(names))
    assert made.columns == films.interactions.columns
    x = after.matrix(names).toarray()
    assert (x[:, films.item_index([item])[0]] == 1).all()
    assert ((x.sum(axis=1) == 7) | copied).all()
    assert made["timestamp"].is_between(
        films.interactions["timestamp"].min(), films.interactions["timestamp"].max()
    ).all()  # fmt: skip
    # honest people are untouched, and the same seed makes the same
    assert after.interactions.head(len(films.interactions)).equals(films.interactions)
    again, _ = shilling(films, item, fakes=15, filler=6, copied=copied, seed=3)
    assert again.interactions.equals(after.interactions)


def pushed(x, honest, column, length=1e9):
    """In how many honest people's ten best the item is, of those who do not have it."""
    weighed = capped(x, length)
    g = (weighed.T @ weighed).toarray()
    scores = honest @ item_item(g, g, 100.0)
    scores[honest.nonzero()] = -np.inf
    free = honest[:, [column]].toarray()[:, 0] == 0
    return ((scores > scores[:, [column]]).sum(axis=1) < 10)[free].mean()


def test_they_push_are_seen_and_are_held_down(films):
    item = rare(films)
    (column,) = films.item_index([item])
    ids = films.user_ids.to_list()
    after, names = shilling(films, item, fakes=80, filler=25, seed=1)
    x, honest = after.matrix(ids + names), films.matrix(ids)
    before = pushed(honest, honest, column)
    gained = pushed(x, honest, column) - before
    assert gained > 0.05
    held = pushed(x, honest, column, 2.0) - pushed(honest, honest, column, 2.0)
    assert held < 0.7 * gained
    odd = suspicion(x)
    assert membership_attack(odd[len(ids) :], odd[: len(ids)]).low > 0.85
    left = x[odd < np.quantile(odd, 0.85)]
    assert pushed(left, honest, column) - before < gained / 2


def test_copies_of_people_are_not_seen(films):
    """What the detector cannot do, said by a test: a copied row comes together as a real one's."""
    ids = films.user_ids.to_list()
    after, names = shilling(films, rare(films), fakes=80, filler=25, copied=True, seed=1)
    odd = suspicion(after.matrix(ids + names))
    assert membership_attack(odd[len(ids) :], odd[: len(ids)]).mean < 0.8


def test_suspicion_by_hand():
    """Four with x and y, one with x and z: users 5, n_xy = 4, n_xz = 1, n_x = 5."""
    x = sparse.csr_matrix([[1, 1, 0]] * 4 + [[1, 0, 1]])
    odd = suspicion(x)
    assert odd[0] == pytest.approx(-np.log(3.5 / (5 * 4 / 5)))
    assert odd[4] == pytest.approx(-np.log(0.5 / (5 * 1 / 5)))
    alone = suspicion(sparse.csr_matrix([[1, 1, 0]] * 4 + [[1, 0, 0]]))
    assert alone[4] == np.median(alone[:4])  # one item says nothing
    assert suspicion(sparse.csr_matrix(np.eye(3))).tolist() == [0, 0, 0]


def test_nobody_counts_for_more_than_the_cap():
    x = sparse.csr_matrix((np.random.default_rng(0).random((50, 30)) < 0.4).astype(float))
    held = capped(x, 2.0)
    for row, full in zip(held.toarray(), x.toarray(), strict=True):
        assert np.trace(np.outer(row, row)) <= 4 + 1e-9
        assert ((row > 0) == (full > 0)).all()
    assert abs(capped(x, 100.0) - x).max() == 0
    for length in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="length"):
            capped(x, length)


def test_bad_input(films):
    item = rare(films)
    for fakes, filler in ((0, 5), (5, -1), (5, 1000)):
        with pytest.raises(ValueError, match="fakes"):
            shilling(films, item, fakes, filler)
    with pytest.raises(ValueError, match="unknown item"):
        shilling(films, "no such film", 3)
    after, _ = shilling(films, item, 3)
    with pytest.raises(ValueError, match="before"):
        shilling(after, item, 3)
