"""What we do ourselves or wrap against whoever does it too, on worlds (`benchmarks.bench`).

Each pair does the same work and must give the same result before it is timed.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from threadpoolctl import threadpool_limits
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.times import Times, in_turn
from xdrec.data import make_world
from xdrec.encoders import LanguageModel
from xdrec.encoders.pretrained import locate
from xdrec.interest import ALS, ItemKNN
from xdrec.ranking import top_k
from xdrec.train import Plan, order, train


def encode() -> Times:
    """The language model against sentence-transformers, on texts of mixed length, no cache."""
    world = make_world(users=50, items=300, images=False)
    films = world.domains["films"]
    texts = [text or "" for text in films.texts()] + films.items["title"].to_list()
    own = LanguageModel(device="cpu", precision="float32")
    peer = SentenceTransformer(str(locate("minilm")), device="cpu")
    peer.max_seq_length = own.max_length

    def theirs() -> np.ndarray:
        return peer.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    def ours() -> np.ndarray:
        return own.encode(texts, cache=False).vectors

    np.testing.assert_allclose(ours(), theirs(), atol=1e-5)
    return in_turn(ours, theirs, rounds=5)


def loop() -> Times:
    """`train` against a bare torch loop; a step costs what one of the smallest encoders' costs."""
    torch.manual_seed(0)
    data = [(x, x.sum(dim=0, keepdim=True)) for x in torch.randn(2048, 64)]
    net = nn.Sequential(
        nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 1)
    )
    plan = Plan(epochs=2, batch_size=64)
    steps = plan.epochs * len(data) // plan.batch_size

    def loss(model: nn.Module, batch: list[torch.Tensor]) -> torch.Tensor:
        return (model(batch[0]) - batch[1]).square().mean()

    def theirs() -> nn.Module:
        model = copy.deepcopy(net)
        optimizer = torch.optim.AdamW(model.parameters(), weight_decay=plan.weight_decay)
        step = 0
        for epoch in range(plan.epochs):
            rows = order(len(data), plan.batch_size, plan.seed, epoch)
            for batch in DataLoader(data, batch_sampler=rows):  # type: ignore[arg-type]
                optimizer.param_groups[0]["lr"] = plan.rate(step, steps)
                optimizer.zero_grad()
                loss(model, batch).backward()
                nn.utils.clip_grad_norm_(model.parameters(), plan.clip or 0.0)
                optimizer.step()
                step += 1
        return model

    def ours() -> nn.Module:
        model = copy.deepcopy(net)
        train(model, loss, data, plan, device="cpu")
        return model

    for mine, other in zip(ours().parameters(), theirs().parameters(), strict=True):
        assert torch.equal(mine, other)
    return in_turn(ours, theirs)


def rank() -> Times:
    """top_k against a full stable sort, which gives the same lists by the same rule for ties."""
    scores = np.random.default_rng(0).normal(size=(1000, 5000)).astype(np.float32)

    def theirs() -> np.ndarray:
        return np.argsort(-scores, axis=1, kind="stable")[:, :10]

    np.testing.assert_array_equal(top_k(scores, 10), theirs())
    return in_turn(lambda: top_k(scores, 10), theirs)


def wrapped(kind: str) -> Times:
    """Our fit of a model of implicit's against the bare call on the same matrix."""
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender

    known = make_world(users=4000, items=1500, images=False, sparsity=0.99).cross("books", "films")

    def theirs() -> Any:
        if kind == "ItemKNN":
            bare = BM25Recommender(K=100, num_threads=0)
        else:
            bare = AlternatingLeastSquares(64, 0.1, 10.0, iterations=15, random_state=42)
        # The matrix is made anew, as a fit from tables has to.
        with threadpool_limits(1, "blas"):
            bare.fit(known.matrix("target"), show_progress=False)
        return bare

    def ours() -> Any:
        return (ItemKNN(100) if kind == "ItemKNN" else ALS(64)).fit(known)

    if kind == "ItemKNN":
        assert (ours()._similar != theirs().similarity).nnz == 0
    else:
        np.testing.assert_allclose(ours().item_vectors, theirs().item_factors, atol=1e-4)
    return in_turn(ours, theirs)
