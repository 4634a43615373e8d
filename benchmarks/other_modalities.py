"""f for sounds, clips and sensor days, held against the known truth: writes a record.

`python -m benchmarks.other_modalities` makes the world (some minutes the first time, about 300 MB
in the cache), trains each encoder by the items' categories and asks a ridge how much of the true
factors lies in its vectors. The last items of the domain are kept from both but for the asking.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import torch

from benchmarks.encoder_worlds import HELD_OUT, OTHER_MODALITIES
from xdrec.data.worlds import World, make_world
from xdrec.data.worlds.ceiling import linear_ceiling, world_ceiling
from xdrec.data.worlds.day import CHANNELS
from xdrec.encoders.audio import AudioCNN
from xdrec.encoders.base import Encoder
from xdrec.encoders.series import SeriesCNN
from xdrec.encoders.supervised import fit_categories
from xdrec.encoders.video import VideoEncoder
from xdrec.probe import r_squared_of_ridge
from xdrec.records import write_record
from xdrec.train import Plan

PLANS = {
    "series": Plan(epochs=20, lr=2e-3, batch_size=32),
    "audio": Plan(epochs=8, lr=2e-3, batch_size=32),
    "video": Plan(epochs=8, lr=2e-3, batch_size=32),
}


def fresh(modality: str, taught: list[str]) -> Encoder:
    """The modality's encoder at its defaults, not trained yet."""
    if modality == "series":
        return SeriesCNN(CHANNELS, device="cpu").calibrate(taught)
    kinds = {"audio": AudioCNN, "video": VideoEncoder}
    return kinds[modality](device="cpu")


def world_of(modality: str) -> World:
    """The preset, with the files of one modality: they are the same without the others."""
    others = {name: False for name in PLANS if name != modality}
    return make_world(**OTHER_MODALITIES | others)


def judge(modality: str) -> dict[str, Any]:
    """What a trained encoder and its untrained twin hold of the factors, and what could be held."""
    world, domain = world_of(modality), OTHER_MODALITIES["domains"][0]
    items, factors = world.domains[domain].items, world.truth[domain].item_factors
    paths, n = items[f"{modality}_path"].to_list(), len(items) - HELD_OUT
    rows = {"train_rows": np.arange(n), "test_rows": np.arange(n, len(items))}
    encoder, plan = fresh(modality, paths[:n]), PLANS[modality]
    untrained = encoder.encode(paths, cache=False).vectors
    start = time.process_time()
    history = fit_categories(encoder, paths[:n], items["category"].to_list()[:n], plan)
    seconds = time.process_time() - start
    vectors = encoder.encode(paths, cache=False).vectors
    reached = r_squared_of_ridge(vectors, factors, **rows)
    ceiling = world_ceiling(world, domain, modality, rows=rows["test_rows"])
    return {
        "modality": modality, "encoder": type(encoder).__name__, "weights": encoder.parameters,
        "width": encoder.width, "trained on": n, "judged on": HELD_OUT,
        "R2": reached, "R2 untrained": r_squared_of_ridge(untrained, factors, **rows),
        "R2 ceiling": ceiling, "share": reached / ceiling,
        "R2 of a line from the marks": linear_ceiling(world, domain, modality, **rows),
        "best epoch": history.best, "valid accuracy": max(r["accuracy"] for r in history.epochs),
        "processor seconds of training": round(seconds, 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PLANS, help="one modality, printed and not recorded")
    only = parser.parse_args().only
    torch.set_num_threads(1)
    rows = []
    for modality in PLANS if only is None else [only]:
        rows.append(judge(modality))
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in rows[-1].items()})
        if only is None:
            write_record("other_modalities", {"rows": rows}, world=OTHER_MODALITIES, threads=1)


if __name__ == "__main__":
    main()
