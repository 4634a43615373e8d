"""How fast f reads texts, against a peer in the same process: `python -m benchmarks.encoding`.

The titles of amazon-food-kitchen's kitchen goods (needs XDREC_DATA), MiniLM on both sides, ours as
it is by default and sentence-transformers' `encode()` at its own defaults (float32). Speed counts
only if the vectors still say the same: the mean share of a title's ten nearest neighbours that both
agree on stands beside it, and how much of the time the matrix products alone would take.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from xdrec.cache import clear
from xdrec.data import load
from xdrec.encoders import LanguageModel
from xdrec.encoders.base import batches
from xdrec.encoders.pretrained import locate

K = 10


def timed(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a call gives, its seconds on the clock and its seconds of processor."""
    clock, processor = time.perf_counter(), time.process_time()
    found = call()
    return found, time.perf_counter() - clock, time.process_time() - processor


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

    run()
    return timed(run)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, help="only so many, drawn at random")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    titles = load("amazon-food-kitchen").domains["kitchen"].items["title"].drop_nulls().to_list()
    if options.titles:
        chosen = np.random.default_rng(0).permutation(len(titles))[: options.titles]
        titles = [titles[i] for i in chosen]
    own = LanguageModel(device="cpu")
    peer = SentenceTransformer(str(locate("minilm")), device="cpu")

    def ours() -> np.ndarray:
        return own.encode(titles, cache=False).vectors

    def theirs() -> np.ndarray:
        return peer.encode(titles, show_progress_bar=False)

    own.encode(titles[:500], cache=False), peer.encode(titles[:500])  # warm
    clock: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(options.rounds):
        mine, seconds, _ = timed(ours)
        clock["ours"].append(seconds)
        reference, seconds, _ = timed(theirs)
        clock["theirs"].append(seconds)
    reference = reference / np.linalg.norm(reference, axis=1, keepdims=True)
    best = {who: min(seconds) for who, seconds in clock.items()}
    gemm = products(own, [len(thing) for thing in own.prepare(titles)])
    clear()
    own.encode(titles)
    _, again, _ = timed(lambda: LanguageModel(device="cpu").encode(titles))
    print(f"{len(titles):,} titles, {own.dtype}, {torch.get_num_threads()} threads")
    for who, seconds in best.items():
        print(f"  {who:<8}{seconds:8.1f} s {len(titles) / seconds:10,.0f} titles/s")
    print(f"  theirs / ours            {best['theirs'] / best['ours']:.2f}")
    print(f"  matrix products alone    {gemm:.1f} s, {gemm / best['ours']:.0%} of our time")
    print(f"  overlap@10 of neighbours {overlap(mine, reference):.4f}")
    print(f"  again, from the cache    {again:.2f} s")


if __name__ == "__main__":
    main()
