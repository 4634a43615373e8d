"""Saved models and pipelines: flipped, torn, of another version, with keys more or less."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from safetensors.torch import load, save

from tests.fuzz.hostile import changed, damaged, holds, told
from tests.model.letters import Letters
from xdrec.checkpoint import sum_of
from xdrec.data import make_world
from xdrec.encoders import Features, TextRNN
from xdrec.fusion import GatedFusion
from xdrec.interest import SequenceTransformer
from xdrec.pipeline import Pipeline, _sums
from xdrec.plan import Plan

WORDS = ["green tea", "black tea", "green apples", None]


@cache
def models() -> dict[str, tuple[Any, Any, dict[str, bytes]]]:
    """What loads it, what uses it and the files of each kind of saved thing, all small."""
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
        "letters": (Letters.load, lambda read: read.encode(["tea"], cache=False)),
        "text": (TextRNN.load, lambda read: read.encode(["tea"], cache=False)),
        "fusion": (GatedFusion.load, lambda read: read.fuse(parts)),
        "sequence": (lambda place: SequenceTransformer.load(place, parts["text"]),
                     lambda read: read.read(both).score(both.users[:2])),
        "pipeline": (Pipeline.load, lambda read: read.recommend(both.target.user_ids[0])),
    }  # fmt: skip
    found = {
        name: (*calls, {str(f.relative_to(home / name)): f.read_bytes()
                      for f in (home / name).rglob("*") if f.is_file() and f.name != ".lock"})
        for name, calls in made.items()
    }  # fmt: skip
    shutil.rmtree(home)
    return found


def spoil(rng: Random, name: str, data: bytes) -> bytes:
    if name.endswith(".json") and rng.randrange(3):
        return json.dumps(changed(rng, json.loads(data))).encode("utf-8", "replace")
    return damaged(rng, data)


def sealed(place: Path) -> None:
    """Sums that fit again, as a foreign version or a forger would write them."""
    if (place / "pipeline.json").is_file():
        said = json.loads((place / "pipeline.json").read_bytes())
        said["sums"] = _sums(place / said["parts"])
        (place / "pipeline.json").write_text(json.dumps(said))
        return
    (text,) = (file.read_text() for file in place.glob("*.json"))
    if not re.search(r"\d{4}", text):  # sizes that would fill the machine's memory
        weights = load((place / "model.safetensors").read_bytes())
        data = save(weights, {"crc32": sum_of(weights, text)})
        (place / "model.safetensors").write_bytes(data)


def saved(rng: Random, place: Path, kind: str = "") -> None:
    kind = kind or rng.choice(("letters", "letters", "text", "fusion", "sequence"))
    load_it, use, files = models()[kind]
    hit = rng.choice(sorted(files))
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(spoil(rng, name, data) if name == hit else data)
    if rng.randrange(12) == 0:
        (place / hit).unlink()
    elif rng.randrange(2):
        with suppress(Exception):  # where it is too broken to be sealed it stays as it is
            sealed(place)
    found = told(lambda: load_it(place), place)
    if found is not None:
        told(lambda: use(found))
    shutil.rmtree(place)


def pipelines(rng: Random, place: Path) -> None:
    saved(rng, place, "pipeline")


ENTRIES = {"models": (saved, 40), "pipelines": (pipelines, 6)}
test_models = holds(saved, 80)
test_pipelines = holds(pipelines, 30)
