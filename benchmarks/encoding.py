"""How fast f reads texts, against a peer in the same process: `python -m benchmarks.encoding`.

The titles of amazon-food-kitchen's kitchen goods (needs XDREC_DATA), MiniLM on both sides, ours as
it is by default and sentence-transformers' `encode()` at its own defaults (float32). Speed counts
only if the vectors still say the same: the mean share of a title's ten nearest neighbours that both
agree on stands beside it, and how much of the time the matrix products alone would take.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.times import Times, in_turn
from xdrec.cache import clear
from xdrec.data import load
from xdrec.encoders import LanguageModel
from xdrec.encoders.base import batches
from xdrec.encoders.pretrained import locate

K = 10


def neighbours(vectors: np.ndarray) -> np.ndarray:
    """The ten nearest other rows of each row, by cosine; int64 [n, 10]."""
    found = []
    for start in range(0, len(vectors), 2000):
        cosine = vectors[start : start + 2000] @ vectors.T
        cosine[np.arange(len(cosine)), start + np.arange(len(cosine))] = -np.inf
        found.append(np.argpartition(-cosine, K, axis=1)[:, :K])
    return np.vstack(found)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """The mean share of the ten nearest neighbours that two sets of vectors agree on."""
    pairs = zip(neighbours(a), neighbours(b), strict=True)
    return float(np.mean([len(set(x) & set(y)) / K for x, y in pairs]))


def products(model: LanguageModel, sizes: list[int]) -> float:
    """Seconds of the layers' matrix products alone, at the shapes in which the texts are read."""
    config, dtype = model.net.model.config, model.dtype
    d, inner = config.hidden_size, config.intermediate_size
    shapes = [(d, 3 * d), (d, d), (d, inner), (inner, d)]
    weights = [torch.randn(out, into).to(dtype) for into, out in shapes]
    rows = [len(b) * max(sizes[i] for i in b)
            for start in range(0, len(sizes), model.chunk)
            for b in batches(sizes[start : start + model.chunk], model.budget)]  # fmt: skip
    inputs = {into: torch.randn(max(rows), into).to(dtype) for into in {d, inner}}

    def run() -> None:
        with torch.inference_mode():
            for n in rows:
                for _ in range(config.num_hidden_layers):
                    for weight in weights:
                        torch.nn.functional.linear(inputs[weight.shape[1]][:n], weight)

    return in_turn(run, run, rounds=1).ours[0]


def titles(some: int | None = None) -> list[str]:
    """The kitchen's titles, or so many of them, drawn at random."""
    whole = load("amazon-food-kitchen").domains["kitchen"].items["title"].drop_nulls().to_list()
    order = np.random.default_rng(0).permutation(len(whole))[:some] if some else range(len(whole))
    return [whole[i] for i in order]


def against(read: list[str], rounds: int) -> tuple[Times, LanguageModel, float]:
    """Ours and theirs on some titles, the model, and the share of neighbours that both agree on."""
    own = LanguageModel(device="cpu")
    peer = SentenceTransformer(str(locate("minilm")), device="cpu")
    said: dict[str, np.ndarray] = {}

    def ours() -> None:
        said["ours"] = own.encode(read, cache=False).vectors

    def theirs() -> None:
        said["theirs"] = peer.encode(read, show_progress_bar=False)

    own.encode(read[:500], cache=False), peer.encode(read[:500])  # warm
    times = in_turn(ours, theirs, rounds, warm=False)
    said["theirs"] /= np.linalg.norm(said["theirs"], axis=1, keepdims=True)
    return times, own, overlap(said["ours"], said["theirs"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, help="only so many, drawn at random")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    read = titles(options.titles)
    times, own, agreed = against(read, options.rounds)
    best = {"ours": min(times.ours), "theirs": min(times.theirs)}
    gemm = products(own, [len(thing) for thing in own.prepare(read)])
    clear()
    own.encode(read)
    start = time.perf_counter()
    LanguageModel(device="cpu").encode(read)
    again = time.perf_counter() - start
    print(f"{len(read):,} titles, {own.dtype}, {torch.get_num_threads()} threads")
    for who, seconds in best.items():
        print(f"  {who:<8}{seconds:8.1f} s {len(read) / seconds:10,.0f} titles/s")
    print(f"  theirs / ours            {best['theirs'] / best['ours']:.2f}")
    print(f"  matrix products alone    {gemm:.1f} s, {gemm / best['ours']:.0%} of our time")
    print(f"  overlap@10 of neighbours {agreed:.4f}")
    print(f"  again, from the cache    {again:.2f} s")


if __name__ == "__main__":
    main()
