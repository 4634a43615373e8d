"""Fusions against single modalities and each other on worlds: `python -m benchmarks.fusion`.

Texts (frozen MiniLM), covers (an untrained CNN) and attributes of one domain's items are fused in
every way that the library has; users are the weighted means of what they did (`BehaviourMean`); the
last item of each is to be found in the whole catalogue. Whatever is trained is trained on the train
part alone; α is even, or chosen on valid by NDCG@10 among all mixtures in steps of 0.1. "taught"
rows are the control: one modality, or the plain concatenation, mapped by the same training that the
gate gets, so that what is left is the fusion's own. Also given: NDCG@10 against the world's truth.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np

from benchmarks.fusion_worlds import MISSING, SEEDS, SOURCE, TARGET, WORLD
from xdrec.data import Split, leave_last_out, make_world
from xdrec.data.domain import Domain
from xdrec.data.worlds import World
from xdrec.encoders import Features, ImageCNN, LanguageModel
from xdrec.evaluate import bootstrap, evaluate, true_ndcg
from xdrec.fusion import (
    BilinearFusion,
    GatedFusion,
    ItemAttributes,
    SharedSpace,
    Whitening,
    concatenate,
)
from xdrec.interest import BehaviourMean
from xdrec.records import write_record
from xdrec.tune import rehearsal

RECORD = "fusion"
METRICS = ("ndcg", "recall", "truth")
STEPS = 10  # of the mixtures among which α is chosen
Parts = Mapping[str, Features]
PerUser = dict[str, np.ndarray]
# Who must beat whom: deep fusion every single modality; with holes, the gate every plain
# concatenation, however its α was found.
SINGLE = ("text", "image", "attributes")
DEEP = ("gated", "bilinear")
PLAIN = ("concatenation", "concatenation, α chosen", "whitened", "whitened, α chosen")


def encoded(domain: Domain) -> dict[str, Features]:
    """Three modalities of a domain's items; the texts do not repeat the attributes."""
    items = domain.items
    return {
        "text": LanguageModel().encode(domain.texts(("title", "description"))),
        "image": ImageCNN().encode(items["image_path"].to_list()),
        "attributes": ItemAttributes(items).encode(items),
    }


class Case:
    """One world, split and encoded."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed
        self.split = leave_last_out(world.cross(SOURCE, TARGET))
        self.parts = encoded(world.domains[TARGET])
        self.x = self.split.known.matrix("target")
        self.rehearsal = rehearsal(self.split)

    def ndcg(self, fused: Features, split: Split) -> float:
        return evaluate(BehaviourMean(fused).fit(split.known), split).mean()["ndcg"]

    def judged(self, fused: Features) -> PerUser:
        """A number a user and metric."""
        model = BehaviourMean(fused).fit(self.split.known)
        report, truth = evaluate(model, self.split), self.world.truth[TARGET]
        reached = true_ndcg(model, self.split.known, truth, report.per_user["user_id"])
        return {"ndcg": report.of("ndcg"), "recall": report.of("recall"), "truth": reached}

    def whitenings(self) -> dict[str, Whitening]:
        return {m: Whitening.of(f) for m, f in self.parts.items()}

    def chosen(self, fuse: Callable[[dict[str, float]], Features]) -> Features:
        """The mixture of the highest NDCG@10 on valid."""
        mixtures = [dict(zip(SINGLE, weights, strict=True))
                    for weights in product(range(STEPS + 1), repeat=len(SINGLE))
                    if sum(weights) == STEPS]  # fmt: skip
        best = max(mixtures, key=lambda alpha: self.ndcg(fuse(alpha), self.rehearsal))
        print("  chosen:", best, flush=True)
        return fuse(best)

    def taught(
        self, parts: Parts, kind: type[GatedFusion] | type[BilinearFusion] = GatedFusion
    ) -> Features:
        return kind(seed=self.seed).fit(parts, self.x).fuse(parts)


ROWS: dict[str, Callable[[Case], Features]] = {
    **{m: lambda case, m=m: case.parts[m] for m in SINGLE},
    **{f"{m}, taught": lambda case, m=m: case.taught({m: case.parts[m]}) for m in SINGLE},
    "concatenation": lambda case: concatenate(case.parts),
    "concatenation, α chosen": lambda case: case.chosen(
        lambda alpha: concatenate(case.parts, alpha)
    ),
    "concatenation, taught": lambda case: case.taught({"all": concatenate(case.parts)}),
    "whitened": lambda case: concatenate(case.parts, whitening=case.whitenings()),
    "whitened, α chosen": lambda case: case.chosen(
        lambda alpha: concatenate(case.parts, alpha, whitening=case.whitenings())
    ),
    "shared space": lambda case: SharedSpace(seed=case.seed).fit(case.parts).fuse(case.parts),
    "bilinear": lambda case: case.taught(case.parts, BilinearFusion),
    "gated": lambda case: case.taught(case.parts),
}


def measure(
    missing: Mapping[str, float], seeds: Sequence[int] = SEEDS, rows: Sequence[str] = tuple(ROWS)
) -> dict[str, Any]:
    """A line a model, means over the users of all worlds; and the lead of the trained ones."""
    found: dict[str, list[PerUser]] = {name: [] for name in rows}
    seconds = dict.fromkeys(rows, 0.0)
    for seed in seeds:
        case = Case(make_world(**WORLD, missing=missing, seed=seed), seed)
        for name in rows:
            start = time.process_time()
            fused = ROWS[name](case)
            seconds[name] += (time.process_time() - start) / len(seeds)
            found[name].append(case.judged(fused))
            means = {m: round(float(v.mean()), 4) for m, v in found[name][-1].items()}
            print(f"  world {seed}, {name}: {means}, {seconds[name]:.1f} s", flush=True)
    pooled = {name: {m: np.concatenate([each[m] for each in worlds]) for m in METRICS}
              for name, worlds in found.items()}  # fmt: skip
    lines = [
        {"model": name, "cpu_s": round(seconds[name], 1), "n": len(pooled[name]["ndcg"])}
        | {m: float(pooled[name][m].mean()) for m in METRICS}
        | {"ndcg_by_world": [float(each["ndcg"].mean()) for each in found[name]]}
        for name in rows
    ]
    differences = [
        {"model": a, "against": b, "metric": m} | asdict(bootstrap(pooled[a][m] - pooled[b][m]))
        for a in ("gated", "bilinear", "shared space") if a in rows
        for b in rows if b != a
        for m in METRICS
    ]  # fmt: skip
    return {"lines": lines, "differences": differences}


def main() -> None:
    figures = {}
    for case, missing in MISSING.items():
        print(case, flush=True)
        figures[case] = measure(missing)
        for line in figures[case]["differences"]:
            print(" ", line, flush=True)
    print("written:", write_record(RECORD, figures, world=WORLD, missing=MISSING, seeds=SEEDS))


if __name__ == "__main__":
    main()
