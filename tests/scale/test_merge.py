"""Lists of parts merged into the list of the whole: exact, ties by column, in any grouping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from tests.scale.work import Letters, catalogue
from xdrec.products import top_k_of_products
from xdrec.ranking import merge_top_k, top_k
from xdrec.scale import ShardedIndex, encode_shards

# Few different scores, so that most are equal; -inf is an item that is never listed.
SCORES = st.integers(1, 12).flatmap(
    lambda n: arrays(np.float32, (3, n), elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]))
)


def lists(scores, columns, k):
    best = top_k(scores[:, columns], k)
    reached = np.take_along_axis(scores[:, columns], np.maximum(best, 0), axis=1)
    return np.where(best < 0, -1, columns[best]), np.where(best < 0, -np.inf, reached)


@given(SCORES, st.integers(1, 15), st.data())
def test_merged_is_the_whole(scores, k, data):
    n = scores.shape[1]
    of = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    parts = [lists(scores, np.flatnonzero(of == each), k) for each in np.unique(of)]
    parts = data.draw(st.permutations(parts))
    expected = lists(scores, np.arange(n), k)
    columns, reached = merge_top_k(parts, k)
    assert np.array_equal(columns, expected[0])
    assert np.array_equal(reached, expected[1])
    # Some first, then the rest: the same.
    cut = data.draw(st.integers(1, len(parts)))
    some = merge_top_k([merge_top_k(parts[:cut], k), *parts[cut:]], k)
    assert np.array_equal(some[0], columns)


def test_by_hand():
    one = np.array([[7, 0], [3, -1]]), np.array([[0.5, 0.25], [1.0, -np.inf]])
    two = np.array([[2, 9], [5, 4]]), np.array([[0.5, 0.5], [1.0, 1.0]])
    columns, scores = merge_top_k([one, two], k=3)
    assert columns.tolist() == [[2, 7, 9], [3, 4, 5]]
    assert scores.tolist() == [[0.5, 0.5, 0.5], [1.0, 1.0, 1.0]]
    assert merge_top_k([one], k=3)[0].tolist() == [[7, 0, -1], [3, -1, -1]]


def test_bad_parts():
    with pytest.raises(ValueError, match="parts is empty"):
        merge_top_k([], k=1)
    with pytest.raises(ValueError, match=r"expected \(2, length\)"):
        merge_top_k([(np.zeros((2, 1), int), np.zeros((2, 1))), (np.zeros((1, 1), int),) * 2], k=1)
    with pytest.raises(ValueError, match="k=0"):
        merge_top_k([(np.zeros((1, 1), int), np.zeros((1, 1)))], k=0)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    place = tmp_path_factory.mktemp("index")
    catalogue(place / "shop.parquet")
    encode_shards(place / "shop.parquet", place / "out", Letters, shard=16)
    return ShardedIndex(place / "out")


def test_sharded_is_unsharded(index):
    """Many titles are the same, so many scores are: their order is the catalogue's."""
    _, f = index.shards.whole()
    u = np.random.default_rng(0).normal(size=(20, 16)).astype(np.float32)
    exclude = sparse.random(20, 100, 0.3, "csr", rng=np.random.default_rng(1))
    for k in (1, 10, 20, 150):  # longer than a shard, and than all
        for hidden in (None, exclude):
            columns, scores = index.top_k(u, k, exclude=hidden)
            expected, reached = top_k_of_products(u, f.vectors, k, exclude=hidden, device="cpu")
            # A product that is summed in another order may differ in its last bit.
            np.testing.assert_allclose(scores, reached, atol=1e-6)
            same = columns == expected
            assert same.mean() > 0.9
            products = np.einsum("ud,ukd->uk", u, f.vectors[np.maximum(columns, 0)])
            np.testing.assert_allclose(products[~same], reached[~same], atol=1e-6)


def test_whole_numbers_are_exact(index, tmp_path):
    """Where no rounding is, nothing differs: whole-number vectors, through the same shards."""
    rng = np.random.default_rng(2)
    v = {n: rng.integers(-2, 3, size=(e["items"], 16)).astype(np.float32)
         for n, e in enumerate(index.shards.listed)}  # fmt: skip
    u = rng.integers(-2, 3, size=(30, 16)).astype(np.float32)
    parts = []
    for n, start in enumerate(index.shards.starts):
        at, scores = top_k_of_products(u, v[n], 10, device="cpu")
        parts.append((np.where(at < 0, -1, at + start), scores))
    expected = top_k_of_products(u, np.vstack(list(v.values())), 10, device="cpu")
    found = merge_top_k(parts, 10)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


def test_bad_questions(index):
    u = np.zeros((2, 16), np.float32)
    with pytest.raises(ValueError, match="k=0"):
        index.top_k(u, 0)
    with pytest.raises(ValueError, match=r"\[users, 16\]"):
        index.top_k(u[:, :3], 5)
    with pytest.raises(ValueError, match=r"expected \(2, 100\)"):
        index.top_k(u, 5, exclude=sparse.csr_matrix((2, 99)))
    with pytest.raises(ValueError, match="NaN"):
        index.top_k(u + np.nan, 5)
    assert index.top_k(u[:0], 5)[0].shape == (0, 5)
    with pytest.raises(FileNotFoundError, match="encode_shards"):
        ShardedIndex(index.shards.folder / "none")
