"""MMR: by hand, against the plainest loop there is, and what it costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.data import leave_last_out, make_world
from xdrec.diversity import mmr, trade_off
from xdrec.encoders import Features
from xdrec.interest import BehaviourMean
from xdrec.metrics import diversity
from xdrec.ranking import top_k


def plainly(scores, vectors, k, beta, pool):
    """One user, item by item."""
    candidates = [j for j in top_k(scores[None], pool)[0] if j >= 0]
    low, high = (f((scores[j] for j in candidates), default=0) for f in (min, max))
    length = np.linalg.norm(vectors, axis=1)
    chosen = []

    def worth(j):
        relevance = (scores[j] - low) / (high - low) if high > low else 0
        cosines = [
            vectors[i] @ vectors[j] / (length[i] * length[j]) if length[i] * length[j] else 0
            for i in chosen
        ]
        return (1 - beta) * relevance - beta * max(cosines, default=0)

    while candidates and len(chosen) < k:
        best = max(candidates, key=lambda j: (round(worth(j), 9), -candidates.index(j)))
        candidates.remove(best)
        chosen.append(best)
    return chosen + [-1] * (k - len(chosen))


@given(st.integers(1, 25), st.integers(1, 8), st.sampled_from([0, 0.3, 0.7]), st.integers(0, 999))
def test_equals_the_plain_loop(items, k, beta, seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(3, items))
    scores[rng.random((3, items)) < 0.2] = -np.inf
    vectors = rng.normal(size=(items, 4)) * (rng.random((items, 1)) < 0.9)
    lists = mmr(scores, vectors, k, beta, pool=10)
    assert lists.tolist() == [plainly(row, vectors, k, beta, 10) for row in scores]


def test_by_hand():
    """After item 0 its copy is worth .5 · .9 - .5 · 1 = -.05, item 2 .5 · 0 - .5 · 0 = 0."""
    vectors = np.array([[2.0, 0.0], [9.0, 0.0], [0.0, 1.0]])
    scores = np.array([[10.0, 9.0, 0.0]])
    assert mmr(scores, vectors, 3, beta=0.5).tolist() == [[0, 2, 1]]
    assert mmr(scores, vectors, 3, beta=0.4).tolist() == [[0, 1, 2]]


def test_items_without_a_vector_are_like_no_other():
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    assert mmr(np.array([[3.0, 2.0, 1.0]]), vectors, 2, beta=0.9).tolist() == [[0, 2]]


def test_an_empty_table_gives_empty_lists():
    assert mmr(np.empty((0, 3)), np.eye(3), 2).shape == (0, 2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"beta": 1.1}, r"beta=1.1: expected a number in \[0, 1\]"),
        ({"beta": float("nan")}, "beta=nan"),
        ({"pool": 1}, "pool=1: expected at least k=2"),
        ({"vectors": np.eye(2)}, r"vectors \(2, 2\) for scores \(1, 3\)"),
    ],
)
def test_refuses(options, says):
    with pytest.raises(ValueError, match=says):
        mmr(np.ones((1, 3)), **{"vectors": np.eye(3), "k": 2} | options)


def test_the_price_of_diversity_in_a_world():
    world = make_world(users=150, items=100, images=False, seed=1)
    split = leave_last_out(world.cross("books", "films"))
    vectors = world.truth["films"].item_factors.astype(np.float32)
    model = BehaviourMean(Features.of(vectors)).fit(split.known)
    curve = trade_off(model, split, vectors, betas=(0.0, 0.3, 0.9), k=5)
    assert curve["beta"].to_list() == [0.0, 0.3, 0.9]
    assert curve["diversity"].is_sorted()
    assert curve["diversity"][2] > curve["diversity"][0] + 0.1
    assert (curve["recall_low"] <= curve["recall"]).all()
    scores = np.array(model.score(split.known.users), float)
    plain, diverse = top_k(scores, 5), mmr(scores, vectors, 5, beta=0.3)
    assert (plain[:, 0] == diverse[:, 0]).all()  # the first item is the best one either way
    assert diversity(diverse, vectors).mean() > diversity(plain, vectors).mean()
