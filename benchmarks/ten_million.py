"""Ten million interactions, a million people, a hundred thousand items: from Parquet to figures.

    python -m benchmarks.ten_million [--share 1.0] [--folder FOLDER] [--write]

A world of two domains (`benchmarks.crowd`: the truth of `make_world`, without images) lies on the
disk as Parquet, and the vectors of two modalities beside it: the true factors of each item, turned
into 128 and 64 dimensions, with noise of as much variance (encoding is not part of this: what it
costs is in the record `cost`). Read, split (leave last out), features whitened and fused, a model
with the transfer loss fitted (`TiedFactors`: λ to the source's factors), 20,000 sampled test users
ranked against the whole catalogue. `--share` makes all of it smaller. Seconds and the most memory
beyond what was held before, stage by stage; making the world is not counted. `--write` keeps the
record `ten_million`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from benchmarks.big_table import seconds
from benchmarks.crowd import DOMAINS, Crowd, read
from xdrec.cost import measure
from xdrec.data import leave_last_out
from xdrec.data.splits import Split
from xdrec.data.worlds.streams import stream
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.fusion import Whitening, concatenate
from xdrec.interest import ALS, Popularity, Scorer
from xdrec.records import write_record
from xdrec.transfer import TiedFactors

USERS, ITEMS, MEAN, OVERLAP = 1_000_000, 100_000, 13.4, 0.5  # 13.4 of 750,000 people in a domain
SAMPLED, LAMBDA, FACTORS, SWEEPS = 20_000, 10.0, 32, 3
WIDTHS = {"text": 128, "image": 64}


def sampled(split: Split, users: int, seed: int = 0) -> Split:
    """The same split, measured on so many of its test users."""
    people = split.test["user_id"].unique().cast(pl.String).sort()
    chosen = people.sample(min(users, len(people)), seed=seed)
    return replace(split, test=split.test.filter(pl.col("user_id").is_in(chosen.implode())))


def write_vectors(crowd: Crowd, folder: Path) -> None:
    """What two encoders would have said of the items: both domains in one space."""
    for name in DOMAINS:
        _, v = crowd.catalogue(name)
        for modality, width in WIDTHS.items():
            turn = stream(crowd.seed, modality).standard_normal((v.shape[1], width))
            noise = stream(crowd.seed, name, modality).standard_normal((len(v), width))
            told = v @ turn
            np.save(folder / f"{name}_{modality}.npy", (told + told.std() * noise).astype("f4"))


def fused(folder: Path) -> list[Features]:
    """Source and target in one space: the source says how each modality is whitened."""
    read = [{m: Features.of(np.load(folder / f"{name}_{m}.npy")) for m in WIDTHS}
            for name in DOMAINS]  # fmt: skip
    white = {m: Whitening.of(f, 16) for m, f in read[0].items()}
    return [concatenate(features, whitening=white) for features in read]


def run(folder: Path, users: int, alone: bool) -> dict[str, Any]:
    """All stages, in this process; `alone`: the target's own factors, too, to compare with."""
    stages: dict[str, dict[str, float | None]] = {}
    begin = time.perf_counter()

    def stage(name: str, call: Callable[[], Any]) -> Any:
        result, spent = measure(call)
        stages[name] = seconds(spent)
        print(name, stages[name], flush=True)
        return result

    def recall(model: Scorer, some: Split) -> dict[str, Any]:
        report = evaluate(model, some)
        found, interval = report.mean(), report.interval("recall")
        found |= {"low": interval.low, "high": interval.high, "coverage": report.coverage()}
        return found | {"users": len(report.per_user)}

    cross = stage("read", lambda: read(folder))
    split = stage("split", lambda: leave_last_out(cross))
    source, target = stage("fuse", lambda: fused(folder))
    model = TiedFactors(target, source, LAMBDA, factors=FACTORS, sweeps=SWEEPS)
    learnt = stage("learn the source", lambda: model.source_of(split.known))
    stage("tie the target", lambda: model.adapt(split.known, *learnt))
    some = stage("sample", lambda: sampled(split, users))
    quality = {"tied to the source": stage("evaluate", lambda: recall(model, some))}
    wall = time.perf_counter() - begin  # what the bar is about ends here
    others: dict[str, Scorer] = {"popularity": Popularity()}
    if alone:
        others["ALS, target alone"] = ALS(FACTORS)
    for name, other in others.items():
        stage(f"fit {name}", lambda other=other: other.fit(split.known))
        quality[name] = stage(f"evaluate {name}", lambda other=other: recall(other, some))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "users": len(cross.users), "items": len(cross.target.items),
        "interactions": {d.name: len(d.interactions) for d in (cross.source, cross.target)},
        "lambda": LAMBDA, "factors": FACTORS, "stages": stages, "wall_s": wall,
        "peak_gb": peak, "quality": quality,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the people and the items")
    parser.add_argument("--alone", action="store_true", help="fit the target alone as well")
    parser.add_argument("--folder", type=Path, help="where the tables are put for the while")
    parser.add_argument("--write", action="store_true", help="keep the record")
    asked = parser.parse_args()
    torch.set_num_threads(2)
    crowd = Crowd(round(asked.share * USERS), round(asked.share * ITEMS), MEAN, OVERLAP)
    with tempfile.TemporaryDirectory(dir=asked.folder) as place:
        _, made = measure(lambda: crowd.write(Path(place)))
        write_vectors(crowd, Path(place))
        figures = run(Path(place), SAMPLED, asked.alone)
    figures |= {"make_cpu_s": made.cpu, "cores": os.cpu_count(), "load": os.getloadavg()[2]}
    print(json.dumps(figures, indent=1))
    if asked.write:
        print("written:", write_record("ten_million", figures))


if __name__ == "__main__":
    main()
