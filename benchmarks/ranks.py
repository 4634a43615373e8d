"""Do two processes train as one? Three models of the library, each by one rank and by two.

    python -m benchmarks.ranks            # prints the table; a minute of CPU
    python -m benchmarks.ranks --write    # and keeps it as the record `ranks`

Two ranks of gloo on this machine, started by torchrun, with the same batches as the one: each takes
half of every batch. The table has, over the first 50 steps, the largest gap between the losses, and
at the end between the weights. Without dropout, whose draws are each process's own.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from xdrec.data import make_world
from xdrec.encoders import Features
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.tiny import tiny_gpt
from xdrec.fusion import SharedSpace
from xdrec.history import History
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan
from xdrec.records import write_record

STEPS = 50
WORLD: dict[str, Any] = {"users": 120, "items": 60, "images": False, "seed": 11}
TEXTS = [
    f"{size} {color} {thing}"
    for size in ("small", "large", "old", "new")
    for color in ("red", "green", "blue", "grey")
    for thing in ("boat", "house", "garden", "road", "tree")
]
MODEL = "RANKS_MODEL"  # where the ranks find the small GPT: of several ranks one writes
Trained = tuple[History, nn.Module]


def sequence() -> Trained:
    """The sequence model: its loss is a mean over questions, of which people have unlike many."""
    known = make_world(**WORLD).cross("books", "films")
    vectors = Features.of(np.random.default_rng(0).normal(size=(len(known.target.items), 24)))
    plan = Plan(epochs=17, batch_size=30, lr=3e-3)
    model = SequenceTransformer(vectors, width=16, layers=1, heads=2, dropout=0.0, plan=plan,
                                device="cpu").fit(known)  # fmt: skip
    return model.history_of_training, model.net


def space() -> Trained:
    """The shared space: each item is told from all the others of a batch, on either rank."""
    rng = np.random.default_rng(0)
    meaning = rng.normal(size=(300, 6))
    parts = {name: Features.of(meaning @ rng.normal(size=(6, d))) for name, d in
             (("text", 20), ("image", 12))}  # fmt: skip
    fusion = SharedSpace(width=8, device="cpu")
    fusion.fit(parts, Plan(epochs=9, batch_size=50, lr=3e-3))
    return fusion.history, fusion.net


def language(sharded: bool = False) -> Trained:
    """A small GPT that is taught texts: a mean over tokens; its weights, too, in two parts."""
    model = HeadedModel(os.environ[MODEL], device="cpu")
    for part in model.net.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    history = pretrain(model, TEXTS, Plan(epochs=10, batch_size=16, lr=3e-3), sharded=sharded)
    return history, model.net


TRAININGS: dict[str, tuple[str, Callable[[], Trained], Callable[[], Trained]]] = {
    "sequence": ("next items, DDP", sequence, sequence),
    "space": ("shared space, DDP", space, space),
    "language": ("small GPT, DDP", language, language),
    "sharded": ("small GPT, FSDP", language, lambda: language(sharded=True)),
}


def trained(several: bool) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Every training in this process, or this rank's part of it: curves and weights."""
    curves, weights = {}, {}
    run = functools.cache(lambda training: training())  # what two are held against runs once
    for name, (_, alone, together) in TRAININGS.items():
        history, model = run(together if several else alone)
        curves[name] = [row["loss"] for row in history.steps][:STEPS]
        weights |= {f"{name}/{k}": each.clone() for k, each in model.state_dict().items()}
    return curves, weights


def by_two() -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What rank 0 of two ends with; torchrun starts both."""
    with tempfile.TemporaryDirectory() as folder:
        launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
        work = ["--standalone", "-m", "benchmarks.ranks", "--rank", folder]
        env = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run([*launch, *work], env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"torchrun failed:\n{done.stderr[-4000:]}")
        curves = json.loads(Path(folder, "curves.json").read_text())
        return curves, load_file(Path(folder, "weights.safetensors"))


def measured() -> list[dict[str, Any]]:
    """A row a training: both curves, and how far apart they and the weights are."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[MODEL] = str(tiny_gpt(TEXTS, folder, vocabulary=200, width=32))
        (one, held), (two, other) = trained(several=False), by_two()
    rows = []
    for name, (what, _, _) in TRAININGS.items():
        a, b = (np.array(found[name]) for found in (one, two))
        apart = [float((each - other[key]).abs().max()) for key, each in held.items()
                 if key.startswith(f"{name}/")]  # fmt: skip
        rows.append({
            "name": name, "what": what, "steps": len(a), "one": a.tolist(), "two": b.tolist(),
            "loss_gap": float(abs(a - b).max()), "weight_gap": max(apart),
            "fell": float(a[-1] / a[0]),
        })  # fmt: skip
    return rows


def main() -> None:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--write", action="store_true", help="keep the table as a record")
    parser.add_argument("--rank", metavar="FOLDER", help="be one of the ranks (for torchrun)")
    asked = parser.parse_args()
    if asked.rank:
        curves, weights = trained(several=True)
        if os.environ["RANK"] == "0":
            save_file(weights, Path(asked.rank, "weights.safetensors"))
            Path(asked.rank, "curves.json").write_text(json.dumps(curves))
        torch.distributed.destroy_process_group()
        return
    rows = measured()
    print("| training | steps | loss falls to | largest gap, loss | largest gap, weights |")
    print("|---|---:|---:|---:|---:|")
    for row in rows:
        print(f"| {row['what']} | {row['steps']} | {row['fell']:.0%} | {row['loss_gap']:.1e} | "
              f"{row['weight_gap']:.1e} |")  # fmt: skip
    if asked.write:
        print("written:", write_record("ranks", {"rows": rows}))


if __name__ == "__main__":
    main()
