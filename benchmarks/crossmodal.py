"""Which cover belongs to which description: words and patches, taught by pairs.

    python -m benchmarks.crossmodal          # writes the record `crossmodal`; minutes of CPU a seed
    python -m benchmarks.crossmodal 0        # with fewer seeds

A `CrossModal` learns from the pairs of both domains of the world `PAIRS`, but for each domain's
last 1,000 items. These are drawn by seed into fives of 200; in each, every description looks for
its cover, and every cover for its description. Settings were chosen on other worlds.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
import torch

from benchmarks.encoder_worlds import CANDIDATES, HELD_OUT, PAIRS
from xdrec.data.worlds import World, make_world
from xdrec.encoders import CrossModal
from xdrec.encoders.contrast import fit_pairs, recall_at_1
from xdrec.records import write_record
from xdrec.train import History, Plan

SEEDS = (0, 1, 2)
PLAN: dict[str, Any] = {"epochs": 10, "batch_size": 32, "lr": 2e-3, "precision": "auto"}
# What a caption's sentence adds to the facts; the same facts may be told in another sentence.
SENTENCE = re.compile(
    r"\b(the|on|its|are|in|and|mostly|pictured|shows|colours|cover|poster)\b|\W", re.IGNORECASE
)


def taught(world: World, seed: int) -> tuple[CrossModal, History, float]:
    """A model that knows the pairs that are not held out; the CPU seconds that took."""
    known = pl.concat([domain.items[:-HELD_OUT] for domain in world.domains.values()])
    start = time.process_time()
    model = CrossModal.of(known["description"], seed=seed)
    texts, covers = known["description"].to_list(), known["image_path"].to_list()
    history = fit_pairs(model, texts, covers, Plan(**PLAN, seed=seed), valid=0.05)
    return model, history, time.process_time() - start


def fives(items: pl.DataFrame, seed: int) -> Iterator[pl.DataFrame]:
    """The held-out items of a domain in parts of 200, drawn by seed."""
    order = np.random.default_rng(seed).permutation(HELD_OUT) + len(items) - HELD_OUT
    for start in range(0, HELD_OUT, CANDIDATES):
        yield items[order[start : start + CANDIDATES].tolist()]


def judged(model: CrossModal, items: pl.DataFrame, seed: int) -> dict[str, float]:
    """Recall@1 among 200, the mean of five draws, of each way to score and in both directions."""
    found: dict[str, list[float]] = {}
    for part in fives(items, seed):
        texts, covers = part["description"].to_list(), part["image_path"].to_list()
        told = model.encode([(text, None) for text in texts], cache=False).vectors
        shown = model.encode([(None, cover) for cover in covers], cache=False).vectors
        for name, scores in (("match", model.match(texts, covers)), ("alone", told @ shown.T)):
            for way, matrix in (("cover of a text", scores), ("text of a cover", scores.T)):
                recall = recall_at_1(torch.from_numpy(matrix))
                found.setdefault(f"{way}, {name}", []).append(recall)
    return {name: float(np.mean(each)) for name, each in found.items()}


def oracle(items: pl.DataFrame, seed: int) -> float:
    """Recall@1 of who reads the captions' facts off the covers and guesses among equal ones."""
    shares = []
    for part in fives(items, seed):
        facts = [facts_of(caption) for caption in part["caption"]]
        shares.append(np.mean([1 / facts.count(each) for each in facts]))
    return float(np.mean(shares))


def facts_of(caption: str) -> str:
    """The words of a caption that are facts, in the order of the alphabet.

    >>> facts_of("Mostly red, the cover shows a sea.") == facts_of("Pictured in red: a sea.")
    True
    """
    return " ".join(sorted(word for word in SENTENCE.sub(" ", caption.lower()).split()))


def figures(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    world = make_world(**PAIRS)
    lines = []
    for seed in seeds:
        model, history, seconds = taught(world, seed)
        best = history.epochs[(history.best or 0) - 1]
        for name, domain in world.domains.items():
            lines.append({
                "domain": name, "seed": seed, "parameters": model.parameters,
                "cpu_s": round(seconds), "valid": 1 - best["valid"],
                "oracle": oracle(domain.items, seed),
            } | judged(model, domain.items, seed))  # fmt: skip
            print(lines[-1], flush=True)
    return {"plan": asdict(Plan(**PLAN)), "chance": 1 / CANDIDATES, "lines": lines}


def main(seeds: Sequence[int]) -> None:
    print("written:", write_record("crossmodal", figures(seeds), seeds=seeds, world=PAIRS))


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or SEEDS)
