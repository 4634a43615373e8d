"""How much of the truth encoders hold that were taught by categories and never by the factors.

    python -m benchmarks.encoder_factors           # all parts
    python -m benchmarks.encoder_factors text      # one; the others stay in the record

Each part encodes the items of the world `FACTORS`, fits a ridge from the vectors to the true
factors on all but each domain's last 1,000 items and gives its R² on these, beside the R² that the
world's noise allows anybody who sees that modality. Settings were chosen on the items before them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.encoder_worlds import FACTORS, HELD_OUT
from xdrec.data.worlds import World, make_world
from xdrec.data.worlds.ceiling import linear_ceiling, world_ceiling
from xdrec.encoders import Encoder, LanguageModel
from xdrec.encoders.image import DocumentCNN, ImageCNN
from xdrec.encoders.supervised import fit_categories
from xdrec.encoders.text import TextRNN
from xdrec.probe import r_squared_of_ridge
from xdrec.records import read_record, write_record
from xdrec.train import Plan

SEEDS = (0, 1, 2)
RECORD = "encoder_factors"
IMAGE_PLAN: dict[str, Any] = {
    "epochs": 40, "batch_size": 32, "lr": 3e-3, "weight_decay": 0.05, "precision": "auto",
}  # fmt: skip
TEXT_PLAN: dict[str, Any] = {"epochs": 6, "batch_size": 64, "lr": 3e-3}
FIELDS = (("description",), ("title", "description"))
# The documents' architecture, on covers scaled down: at 224 x 224 a thousand vectors are 1.6 GB.
DOCUMENT_SIZE = (64, 48)


def rows_of(world: World, domain: str) -> tuple[np.ndarray, np.ndarray]:
    """The items that teach and those that are held out, by their rows."""
    n = len(world.domains[domain].items)
    return np.arange(n - HELD_OUT), np.arange(n - HELD_OUT, n)


def taught(world: World, column: str) -> tuple[list, list]:
    """What encoders are taught with: both domains' items but the held-out, and their categories."""
    tables = [domain.items[:-HELD_OUT] for domain in world.domains.values()]
    return ([item for table in tables for item in table[column].to_list()],
            [name for table in tables for name in table["category"].to_list()])  # fmt: skip


def ceilings(world: World, modality: str) -> list[dict[str, Any]]:
    """What the world's noise allows, by domain: anybody, and a straight line from the marks."""
    lines = []
    for name in world.domains:
        train, test = rows_of(world, name)
        line = linear_ceiling(world, name, modality, train_rows=train, test_rows=test)
        anybody = world_ceiling(world, name, modality, rows=test)
        lines.append({"domain": name, "ceiling": anybody, "linear_ceiling": line})
    return lines


def judged(world: World, encoder: Encoder, items: Sequence[list[Any]]) -> Iterator[dict[str, Any]]:
    """R² on the held-out items, a line a domain."""
    for name, own in zip(world.domains, items, strict=True):
        vectors = encoder.encode(own, cache=False).vectors
        truth = world.truth[name].item_factors
        yield {"domain": name, "r2": r_squared_of_ridge(vectors, truth, *rows_of(world, name))}


def image_figures(seeds: Sequence[int] = SEEDS[:1]) -> dict[str, Any]:
    """The residual CNN and the documents' own, each untrained and taught, on the covers."""
    world = make_world(**FACTORS)
    covers = [domain.items["image_path"].to_list() for domain in world.domains.values()]
    kinds: dict[str, Callable[[int], Encoder]] = {
        "residual CNN": lambda seed: ImageCNN(seed=seed),
        "documents' CNN": lambda seed: DocumentCNN(DOCUMENT_SIZE, seed=seed),
    }
    lines = []
    for kind, build in kinds.items():
        for seed in seeds:
            encoder = build(seed)
            said = {"encoder": kind, "width": encoder.width, "parameters": encoder.parameters,
                    "seed": seed}  # fmt: skip
            lines += [said | {"taught": False} | line for line in judged(world, encoder, covers)]
            start = time.process_time()
            plan = Plan(**IMAGE_PLAN, seed=seed)
            history = fit_categories(encoder, *taught(world, "image_path"), plan)
            said |= {"taught": True, "cpu_s": round(time.process_time() - start),
                     "accuracy": history.epochs[(history.best or 0) - 1]["accuracy"]}  # fmt: skip
            lines += [said | line for line in judged(world, encoder, covers)]
            print(lines[-1], flush=True)
    return {"plan": IMAGE_PLAN, "ceilings": ceilings(world, "image"), "lines": lines}


def text_rnn(texts: Sequence[str | None], seed: int) -> TextRNN:
    return TextRNN.of(texts, hidden=128, pooling="mean", dropout=0.5, seed=seed)


def text_figures(seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """The LSTM and the documents' own, taught, and the frozen MiniLM, on descriptions or more."""
    world = make_world(**FACTORS, images=False)
    kinds: dict[str, Callable[[Sequence[str | None], int], Encoder]] = {
        "LSTM": text_rnn,
        "documents' LSTM": lambda texts, seed: TextRNN.as_documented(texts, seed=seed),
    }
    lines = []
    for fields in FIELDS:
        texts = [domain.texts(fields) for domain in world.domains.values()]
        known = [text for own in texts for text in own[:-HELD_OUT]]
        _, names = taught(world, "title")
        frozen = LanguageModel()
        said: dict[str, Any] = {"fields": list(fields)}
        lines += [
            said | {"encoder": "MiniLM", "width": frozen.width, "taught": False} | line
            for line in judged(world, frozen, texts)
        ]
        for kind, build in kinds.items():
            for seed in seeds:
                encoder = build(known, seed)
                start = time.process_time()
                history = fit_categories(encoder, known, names, Plan(**TEXT_PLAN, seed=seed))
                about = said | {
                    "encoder": kind, "width": encoder.width, "parameters": encoder.parameters,
                    "seed": seed, "taught": True, "cpu_s": round(time.process_time() - start),
                    "accuracy": history.epochs[(history.best or 0) - 1]["accuracy"],
                }  # fmt: skip
                lines += [about | line for line in judged(world, encoder, texts)]
                print(*lines[-2:], sep="\n", flush=True)
    return {"plan": TEXT_PLAN, "ceilings": ceilings(world, "text"), "lines": lines}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {"image": image_figures, "text": text_figures}


def main(parts: Sequence[str]) -> None:
    unknown = set(parts) - set(PARTS)
    if unknown:
        raise SystemExit(f"no part {sorted(unknown)}: expected some of {', '.join(PARTS)}")
    made = {name: PARTS[name]() for name in parts or PARTS}
    try:  # now, and not before: another part may have been measured meanwhile
        figures = {name: part for name, part in read_record(RECORD).items() if name in PARTS}
    except FileNotFoundError:
        figures = {}
    print("written:", write_record(RECORD, figures | made, world=FACTORS))


if __name__ == "__main__":
    main(sys.argv[1:])
