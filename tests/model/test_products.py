"""top_k_of_products gives what the dense table gives; the approximate index what it can."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from xdrec import products
from xdrec.products import top_k_of_products
from xdrec.ranking import top_k


def whole(rng, *shape):
    """Small whole numbers: their products are exact in any order of summing, and often equal."""
    return rng.integers(-2, 3, size=shape).astype(np.float32)


@given(
    st.integers(0, 9), st.integers(0, 25), st.integers(1, 30), st.integers(0, 2**32 - 1),
    st.integers(1, 8), st.integers(1, 60),
)  # fmt: skip
def test_the_lists_of_the_dense_table_in_blocks_of_any_size(users, items, k, seed, rows, cells):
    rng = np.random.default_rng(seed)
    u, v = whole(rng, users, 3), whole(rng, items, 3)
    owned = rng.random((users, items)) < 0.3
    dense = u @ v.T
    dense[owned] = -np.inf
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "ROWS", rows)
        patch.setattr(products, "CELLS", cells)
        lists, scores = top_k_of_products(u, v, k, exclude=sparse.csr_matrix(owned), device="cpu")
    expected = top_k(dense, k) if items else np.full((users, k), -1)
    assert lists.tolist() == expected.tolist()
    there = lists >= 0
    assert (scores[~there] == -np.inf).all()
    row, place = np.nonzero(there)
    assert (scores[row, place] == dense[row, lists[row, place]]).all()


def test_all_alike_goes_in_catalogue_order():
    lists, _ = top_k_of_products(np.zeros((2, 4)), np.ones((50, 4)), 3, device="cpu")
    assert lists.tolist() == [[0, 1, 2], [0, 1, 2]]


def test_an_entry_that_is_stored_is_excluded_even_if_it_is_zero():
    stored = sparse.csr_matrix((np.zeros(1), ([0], [1])), shape=(1, 2))
    assert top_k_of_products(np.ones((1, 1)), np.array([[1.0], [2.0]]), 2, exclude=stored)[
        0
    ].tolist() == [[0, -1]]


def test_tensors_are_taken_and_the_type_is_kept():
    lists, scores = top_k_of_products(torch.eye(2), torch.eye(2), 1, device="cpu")
    assert lists.tolist() == [[0], [1]]
    assert (lists.dtype, scores.dtype) == (np.int64, np.float32)
    assert top_k_of_products(np.eye(2), np.eye(2), 1)[1].dtype == np.float64


@pytest.mark.parametrize(
    ("u", "v", "k", "says"),
    [
        (np.ones((1, 2)), np.ones((3, 4)), 1, r"u \(1, 2\) and v \(3, 4\): expected"),
        (np.ones((1, 2)), np.ones((3, 2), np.float32), 1, "expected one floating type"),
        (np.ones((1, 2), int), np.ones((3, 2), int), 1, "expected one floating type"),
        (np.ones((1, 2)), np.full((3, 2), np.nan), 1, "NaN or infinite scores"),
        (np.ones((1, 2)), np.full((3, 2), np.inf), 1, "NaN or infinite scores"),
        (np.ones((1, 2)), np.ones((3, 2)), 0, "k=0"),
    ],
)
def test_refuses(u, v, k, says):
    with pytest.raises(ValueError, match=says):
        top_k_of_products(u, v, k)
    with pytest.raises(ValueError, match=r"exclude \(1, 2\): expected \(1, 3\)"):
        top_k_of_products(
            np.ones((1, 2)), np.ones((3, 2)), 1, exclude=sparse.csr_matrix(np.ones((1, 2)))
        )


def test_nan_in_the_middle_of_many_items_is_found():
    v = np.ones((5000, 2))
    v[2500] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        top_k_of_products(np.ones((3, 2)), v, 5)


def test_the_same_lists_on_cuda():
    if not torch.cuda.is_available():
        # Two devices can only be compared where there are two.
        pytest.skip("no CUDA device on this machine")
    rng = np.random.default_rng(0)
    u, v = whole(rng, 50, 8), whole(rng, 400, 8)
    here, there = (top_k_of_products(u, v, 10, device=d)[0] for d in ("cpu", "cuda"))
    assert (here == there).all()


# The approximate index


@pytest.fixture(scope="module")
def faiss():
    return pytest.importorskip("faiss", reason="faiss is not installed: pip install 'xdrec[ann]'")


def clustered(n=4000, d=16, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(40, d))
    return (centres[rng.integers(0, 40, n)] + 0.3 * rng.normal(size=(n, d))).astype(np.float32)


def test_with_every_cell_looked_through_it_is_exact(faiss):
    from xdrec.approximate import ApproximateIndex

    rng = np.random.default_rng(1)
    u, v = whole(rng, 20, 4), whole(rng, 300, 4)
    owned = sparse.csr_matrix(rng.random((20, 300)) < 0.2)
    index = ApproximateIndex(v, probes=5, cells=5)
    exact = top_k_of_products(u, v, 300, exclude=owned, device="cpu")
    for found, wanted in zip(index.top_k(u, 300, exclude=owned), exact, strict=True):
        assert (found == wanted).all()


def test_more_probes_find_more_and_few_find_most(faiss):
    from xdrec.approximate import ApproximateIndex

    v = clustered()
    u = v[::40]
    exact = top_k_of_products(u, v, 10, device="cpu")[0]
    found = []
    for probes in (1, 8):
        lists, scores = ApproximateIndex(v, probes=probes).top_k(u, 10)
        there = lists >= 0
        row, place = np.nonzero(there)
        assert scores[there] == pytest.approx((u[row] * v[lists[row, place]]).sum(axis=1), 1e-4)
        found.append(
            np.mean([len(set(a) & set(b)) / 10 for a, b in zip(lists, exact, strict=True)])
        )
    assert found[0] < found[1]
    assert found[1] > 0.95


def test_the_same_index_twice(faiss):
    from xdrec.approximate import ApproximateIndex

    v = clustered(500)
    first, second = (ApproximateIndex(v, probes=2).top_k(v[:9], 5)[0] for _ in range(2))
    assert (first == second).all()


def test_the_index_refuses(faiss):
    from xdrec.approximate import ApproximateIndex

    with pytest.raises(ValueError, match="expected finite vectors"):
        ApproximateIndex(np.full((3, 2), np.nan))
    with pytest.raises(ValueError, match="no more cells than items"):
        ApproximateIndex(np.ones((3, 2)), cells=4)
    with pytest.raises(ValueError, match="expected finite vectors u"):
        ApproximateIndex(np.eye(3), cells=1).top_k(np.full((1, 3), np.nan), 1)


def test_without_faiss_the_error_names_the_extra(monkeypatch):
    from xdrec.approximate import ApproximateIndex

    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(ImportError, match=r"pip install 'xdrec\[ann\]'"):
        ApproximateIndex(np.eye(3))
