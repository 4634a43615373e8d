"""Forward passes and worlds against the bare operations they are made of (`benchmarks.bench`).

Each pair must give the same numbers before it is timed.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import normalize

from benchmarks.times import Times, in_turn
from xdrec.data import make_world
from xdrec.encoders import Features
from xdrec.fusion import GatedFusion
from xdrec.interest import SequenceTransformer
from xdrec.interest.sequence import BLOCK
from xdrec.train import Plan


def fusion(items: int = 8000, rounds: int = 25) -> Times:
    """`GatedFusion.fuse` against its whitenings and its net, called as torch has them."""
    rng = np.random.default_rng(0)
    parts = {m: Features.of(rng.normal(size=(items, 384))) for m in ("text", "image")}
    some = {m: Features.of(f.vectors[:500]) for m, f in parts.items()}
    taught = rng.random((200, 500)) < 0.05
    g = GatedFusion(device="cpu").fit(some, taught, Plan(epochs=1, batch_size=256))
    maps = [(torch.from_numpy(w.mean), torch.from_numpy(w.map)) for w in g._whitening.values()]
    even = torch.full((items, 2), 0.5)

    def theirs() -> np.ndarray:
        with torch.inference_mode():
            x = [normalize(torch.from_numpy(f.vectors), dim=1) for f in parts.values()]
            white = [
                normalize((each - mean) @ w.T, dim=1)
                for each, (mean, w) in zip(x, maps, strict=True)
            ]
            return g.net(white, even)[0].numpy()

    def ours() -> np.ndarray:
        return g.fuse(parts).vectors

    np.testing.assert_allclose(ours(), theirs(), atol=1e-5)
    return in_turn(ours, theirs, rounds)


def interest(users: int = 300, rounds: int = 5) -> Times:
    """`SequenceTransformer.interest` against its net, on histories that lie padded already."""
    known = make_world(users=users, items=300, images=False, sparsity=0.9).cross("books", "films")
    rng = np.random.default_rng(0)
    vectors = Features.of(rng.normal(size=(len(known.target.items), 384)))
    h = SequenceTransformer(vectors, device="cpu").begin(known)
    people = known.users.to_list()
    blocks = [
        h._now(known.user_index(people[start : start + BLOCK]))
        for start in range(0, len(people), BLOCK)
    ]

    def theirs() -> np.ndarray:
        with torch.no_grad():
            return torch.cat([h._interest(h.net, block)[:, 0] for block in blocks]).numpy()

    def ours() -> np.ndarray:
        return h.interest(people).vectors

    np.testing.assert_allclose(ours(), theirs(), atol=1e-6)
    return in_turn(ours, theirs, rounds)


def world(people: int = 600, rounds: int = 5) -> Times:
    """A world of twice the people against two of half the size: it grows as its people do."""

    def theirs() -> None:
        for seed in (0, 1):
            make_world(users=people, images=False, seed=seed)

    def ours() -> None:
        make_world(users=2 * people, images=False)

    return in_turn(ours, theirs, rounds)
