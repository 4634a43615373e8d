"""Saved models and pipelines: flipped, torn, of another version, with keys more or less."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from tests.fuzz.hostile import changed, damaged, holds, told
from tests.model.letters import Letters
from xdrec.data import make_world
from xdrec.encoders import Features, TextRNN
from xdrec.fusion import GatedFusion
from xdrec.interest import SequenceTransformer
from xdrec.pipeline import Pipeline
from xdrec.plan import Plan
from xdrec.probability import Calibrator

WORDS = ["green tea", "black tea", "green apples", None]


@cache
def models() -> dict[str, tuple[Any, dict[str, bytes]]]:
    """A loader and the files of each kind of saved thing, all small."""
    home = Path(tempfile.mkdtemp())
    rng = np.random.default_rng(0)
    parts = {m: Features.of(rng.normal(size=(12, 4)).astype(np.float32)) for m in ("text", "image")}
    world = make_world(users=20, items=12, sparsity=0.7, images=False)
    both = world.cross("books", "films")
    plan = Plan(epochs=1, batch_size=8)
    text = TextRNN.of(WORDS, hidden=2, embedding=2, device="cpu")
    text.save(home / "text")
    Letters(device="cpu").save(home / "letters")
    fusion = GatedFusion(width=2, device="cpu").fit(parts, both.matrix("target"), plan=plan)
    fusion.save(home / "fusion")
    sequence = SequenceTransformer(parts["text"], parts["image"], width=4, plan=plan, device="cpu")
    sequence.fit(both).save(home / "sequence")
    Pipeline({"text": text}, h="ItemKNN").fit(both.source, both.target).save(home / "pipeline")
    made = {
        "letters": lambda place: Letters.load(place, device="cpu"),
        "text": lambda place: TextRNN.load(place, device="cpu").encode(["tea"], cache=False),
        "fusion": lambda place: GatedFusion.load(place, device="cpu").fuse(parts),
        "sequence": lambda place: SequenceTransformer.load(place, parts["text"], device="cpu"),
        "pipeline": lambda place: Pipeline.load(place).recommend(both.target.user_ids[0]),
    }
    found = {
        name: (load, {str(f.relative_to(home / name)): f.read_bytes()
                      for f in (home / name).rglob("*") if f.is_file() and f.name != ".lock"})
        for name, load in made.items()
    }  # fmt: skip
    shutil.rmtree(home)
    return found


def spoil(rng: Random, name: str, data: bytes) -> bytes:
    if name.endswith(".json") and rng.randrange(3):
        return json.dumps(changed(rng, json.loads(data))).encode("utf-8", "replace")
    return damaged(rng, data)


def saved(rng: Random, place: Path) -> None:
    kind = rng.choice(("letters", "letters", "text", "fusion", "sequence"))
    attempt_on(rng, place, kind)


def pipelines(rng: Random, place: Path) -> None:
    attempt_on(rng, place, "pipeline")


def attempt_on(rng: Random, place: Path, kind: str) -> None:
    load, files = models()[kind]
    hit = rng.choice(sorted(files))
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(spoil(rng, name, data) if name == hit else data)
    if rng.randrange(12) == 0:
        (place / hit).unlink()
    told(lambda: load(place), place)
    shutil.rmtree(place)


FITTED = {"base": [0.5, 0.2], "mean": [0.0] * 3, "std": [1.0] * 3, "w": [0.1] * 4,
          "features": ["rank", "margin", "history"], "format": "xdrec calibrator", "version": 1,
          }  # fmt: skip


def calibrators(rng: Random, place: Path) -> None:
    file = place / "c.json"
    file.write_bytes(spoil(rng, "c.json", json.dumps(FITTED).encode()))
    read = told(lambda: Calibrator.load(file), file)
    if read is not None:
        scores, lists = np.array([[0.5, 0.2, 0.1]]), np.array([[0, 1]])
        chance = read.probability(scores, lists, np.array([3]))
        assert ((chance >= 0) & (chance <= 1)).all()


ENTRIES = {"models": (saved, 40), "pipelines": (pipelines, 6), "calibrators": (calibrators, 120)}
test_models = holds(saved, 80)
test_pipelines = holds(pipelines, 30)
test_calibrators = holds(calibrators, 100)
