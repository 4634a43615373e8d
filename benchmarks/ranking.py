"""The k best of a whole catalogue against a peer, in one process (`benchmarks.bench`).

1. Ten items of 3,258 for 6,093 users, 128 factors, float32, what they have left out, two threads:
   against implicit's own batch recommend. With XDREC_DATA the factors are those of ALS on the
   benchmark (kitchen → food), without it drawn at random in the same sizes. Where two scores differ
   by less than float32 keeps apart, two libraries may order them in two ways; such places are
   counted, and looked up in float64.
2. Ten vectors of 1,000,000 x 64 for one user: against a bare matmul and topk of torch.
3. Ten vectors of 100,000 x 64 for 1,000 users, two threads: against faiss, exact (IndexFlatIP).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.times import Times, in_turn
from xdrec.data import benchmark
from xdrec.interest import ALS
from xdrec.products import top_k_of_products

K, THREADS, ROUNDS = 10, 2, 15
USERS, ITEMS, FACTORS, EVENTS = 6093, 3258, 128, 60_254


def factors() -> tuple[np.ndarray, np.ndarray, sparse.csr_matrix, str]:
    """u [users, 128], v [items, 128], what the users have, and where the numbers are from."""
    folder = os.environ.get("XDREC_DATA")
    if folder:
        split = benchmark(Path(folder, "amazon-food-kitchen"), "kitchen", "food", "warm").refit()
        model = ALS(FACTORS).fit(split.known)
        have = split.known.matrix("target")
        return model.user_vectors, model.item_vectors, have, "ALS on kitchen → food"
    rng = np.random.default_rng(0)
    u, v = (rng.normal(size=(n, FACTORS)).astype(np.float32) for n in (USERS, ITEMS))
    share = EVENTS / USERS / ITEMS
    have = sparse.random(USERS, ITEMS, share, "csr", np.float32, random_state=0)
    return u, v, have, "drawn at random"


def same(a: np.ndarray, b: np.ndarray, u: np.ndarray, v: np.ndarray) -> int:
    """How many places differ; all of them by less than float32 can tell, or an AssertionError."""
    row, place = np.nonzero(a != b)
    x = u[row].astype(float)
    one, other = ((x * v[lists[row, place]]).sum(axis=1) for lists in (a, b))
    size = (np.abs(x) * np.abs(v[a[row, place]])).sum(axis=1)
    assert (np.abs(one - other) <= u.shape[1] * np.finfo(np.float32).eps * size).all()
    return len(row)


def batch(rounds: int = ROUNDS) -> tuple[Times, int]:
    """All users against `implicit`'s recommend, and how many of their places differ."""
    from implicit.cpu.matrix_factorization_base import MatrixFactorizationBase

    class Peer(MatrixFactorizationBase):
        def fit(self, *_: Any) -> None: ...

        def save(self, *_: Any) -> None: ...

    u, v, have, _ = factors()
    peer = Peer(num_threads=THREADS)
    peer.user_factors, peer.item_factors = u, v
    everybody = np.arange(len(u))

    def theirs() -> np.ndarray:
        return peer.recommend(everybody, have, N=K)[0]

    def ours() -> np.ndarray:
        return top_k_of_products(u, v, K, exclude=have, device="cpu")[0]

    with threadpool_limits(1, "blas"):  # implicit's threads are its own; torch's are not these
        torch.set_num_threads(THREADS)
        return in_turn(ours, theirs, rounds), same(ours(), theirs(), u, v)


def one_user(items: int = 1_000_000, rounds: int = 2 * ROUNDS) -> tuple[Times, int]:
    """One user, a million vectors, against torch's own two calls; places that differ."""
    rng = np.random.default_rng(0)
    u, v = (rng.normal(size=(n, 64)).astype(np.float32) for n in (1, items))
    user, vectors = torch.from_numpy(u), torch.from_numpy(v)

    def theirs() -> np.ndarray:
        return torch.topk(user @ vectors.T, K).indices.numpy()

    def ours() -> np.ndarray:
        return top_k_of_products(u, v, K, device="cpu")[0]

    torch.set_num_threads(THREADS)
    return in_turn(ours, theirs, rounds), same(ours(), theirs(), u, v)


def many(users: int = 1000, items: int = 100_000, rounds: int = 5) -> tuple[Times, int]:
    """Many users against faiss's exact index, and how many of their places differ."""
    import faiss

    rng = np.random.default_rng(0)
    u, v = (rng.normal(size=(n, 64)).astype(np.float32) for n in (users, items))
    faiss.omp_set_num_threads(THREADS)
    index = faiss.IndexFlatIP(64)
    index.add(v)

    def theirs() -> np.ndarray:
        return index.search(u, K)[1]

    def ours() -> np.ndarray:
        return top_k_of_products(u, v, K, device="cpu")[0]

    torch.set_num_threads(THREADS)
    return in_turn(ours, theirs, rounds), same(ours(), theirs(), u, v)
