"""What encoders, smaller vectors and strategies cost, and how good they are: `make records`.

`python -m benchmarks.cost` (six minutes of one core) makes three worlds. In each, every encoder is
taught and reads the texts (or covers) of both domains: seconds, memory, and how good the weighted
behaviour mean is over its vectors. All vectors are whitened to 32 directions first, so that none
gains by being spread more evenly. The smaller vectors are MiniLM's, as they are; the strategies
those of `benchmarks.strategies`, on a tenth of the target's people. Loading weights is not counted;
making the tokenizer and arranging the net for reading is.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks import strategies
from benchmarks.resume import kept
from xdrec.compact import KINDS, Stored, Truncation, neighbours, overlap
from xdrec.cost import Spent, measure, parameters
from xdrec.data import CrossDomain, leave_last_out, make_world
from xdrec.data.worlds import World
from xdrec.data.worlds.truth import Truth
from xdrec.device import pick_dtype
from xdrec.encoders import Encoder, Features, ImageCNN, LanguageModel, TextRNN
from xdrec.encoders.distill import distill
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import _adapted, pretrain
from xdrec.encoders.supervised import fit_categories
from xdrec.encoders.tiny import tiny_bert, tiny_gpt
from xdrec.evaluate import evaluate, true_ndcg
from xdrec.fusion import Whitening
from xdrec.interest import ALS, EASE, BehaviourMean, Popularity, Scorer
from xdrec.plan import Plan
from xdrec.ranking import top_k
from xdrec.records import write_record
from xdrec.transfer import Anchored, UserAnchor
from xdrec.transfer.strategies import (
    EMCDR,
    FineTune,
    Freeze,
    FromScratch,
    Joint,
    Pooled,
    Tied,
    ZeroShot,
    learn_source,
)

SEEDS = (1, 2, 3)
WORLD: dict[str, Any] = {"users": 400, "items": 300, "overlap": 1.0, "sparsity": 0.95}
WIDTHS = (384, 192, 96, 48, 24, 12)
WHITE = 32
SMALL = Plan(epochs=15, batch_size=32, lr=3e-3)
PLANS = {
    "categories": SMALL,
    "distilled": SMALL,
    "covers": Plan(epochs=8, batch_size=32, lr=2e-3),
    "words": Plan(epochs=10, batch_size=32, lr=2e-3),
    "lora": Plan(epochs=1, batch_size=32, lr=1e-3, precision="auto"),
    "all": Plan(epochs=1, batch_size=32, lr=1e-4, precision="auto"),
}
FREE = Spent(0, 0, 0)
Row = dict[str, Any]


class Judge:
    """How good vectors of both domains' items (films, then books) are, in one world."""

    def __init__(self, world: World) -> None:
        self.known, self.truth = world.cross("books", "films"), world.truth["films"]
        self.split = leave_last_out(self.known)
        self.films = len(self.known.target.items)

    def means(self, f: Features) -> BehaviourMean:
        halves = [Features(f.vectors[rows], f.present[rows])
                  for rows in (slice(self.films), slice(self.films, None))]  # fmt: skip
        return BehaviourMean(*halves, history="both")

    def __call__(self, f: Features) -> dict[str, float]:
        ndcg = true_ndcg(self.means(f).fit(self.known), self.known, self.truth).mean()
        report = evaluate(self.means(f).fit(self.split.known), self.split)
        return {"ndcg": float(ndcg), "recall": report.mean("warm")["recall"]}


class EightBits(LanguageModel):
    """MiniLM with the weights of its linear maps in int8, its products too."""

    def net_for_reading(self) -> nn.Module:
        from torch.ao.quantization import quantize_dynamic

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch, about where this function will live
            return quantize_dynamic(self.net.eval(), {nn.Linear}, dtype=torch.qint8)


def row(name: str, encoder: Encoder, teach: Spent, items: list[Any], learning: int,
        cache: bool = False) -> tuple[Row, Features]:  # fmt: skip
    """An encoder's line, all but its quality, and its vectors."""
    encoder.net.eval()  # its weights are loaded before the clock starts
    f, read = measure(lambda: encoder.encode(items, cache=cache))
    peak = max(teach.peak or 0, read.peak or 0) / 1e6
    return {
        "name": name, "weights": parameters(encoder), "learning": learning, "width": encoder.width,
        "teach": teach.cpu, "read": read.cpu / len(items) * 1000, "peak": peak,
    }, f  # fmt: skip


def taught(encoder: Encoder, teach: Callable[[Encoder], Any]) -> tuple[Encoder, Spent, int]:
    _, spent = measure(lambda: teach(encoder))
    return encoder, spent, parameters(encoder)


def encoders(seed: int) -> list[Row]:
    world = make_world(**WORLD, seed=seed)
    judge, target, source = Judge(world), world.domains["films"], world.domains["books"]
    texts = target.texts() + source.texts()
    covers, names = (target.items[c].to_list() + source.items[c].to_list()
                     for c in ("image_path", "category"))  # fmt: skip
    made: list[tuple[Row, Features]] = []

    def add(name: str, encoder: Encoder, teach: Spent = FREE, learning: int = 0,
            items: list[Any] = texts, cache: bool = False) -> Features:  # fmt: skip
        made.append(row(name, encoder, teach, items, learning, cache))
        return made[-1][1]

    whole = add("MiniLM, float32", LanguageModel(precision="float32"))
    add("MiniLM, bfloat16", LanguageModel(precision="bfloat16"))
    add("MiniLM, int8 weights", EightBits(precision="float32"))
    with tempfile.TemporaryDirectory() as place:
        before = os.environ.get("XDREC_CACHE")
        os.environ["XDREC_CACHE"] = place
        LanguageModel(precision="float32").encode(texts)
        add("MiniLM, from the cache", LanguageModel(precision="float32"), cache=True)
        os.environ.pop("XDREC_CACHE") if before is None else os.environ.update(XDREC_CACHE=before)
        made += [(line, f) for line, f in continued(texts, Path(place))]

    def lstm() -> TextRNN:
        return TextRNN.of(texts, hidden=32, device="cpu")

    by_name = taught(lstm(), lambda e: fit_categories(e, texts, names, PLANS["categories"]))
    add("LSTM, by categories", *by_name)
    said = Truncation.of(whole, 64)(whole)
    add("LSTM, distilled", *taught(lstm(), lambda e: distill(e, texts, said, PLANS["distilled"])))
    other = make_world(**WORLD, images=False, seed=seed + 100)
    unlike = other.domains["films"].texts() + other.domains["books"].texts()

    def from_elsewhere(e: Encoder) -> None:
        read = LanguageModel(precision="bfloat16").encode(unlike, cache=False)
        distill(e, unlike, Truncation.of(read, 64)(read), PLANS["distilled"])

    stranger = TextRNN.of(unlike, hidden=32, device="cpu")
    add("LSTM, distilled elsewhere", *taught(stranger, from_elsewhere))
    small = ImageCNN((64, 48), (24, 48, 96), 2, device="cpu", precision="float32")
    seen = taught(small, lambda e: fit_categories(e, covers, names, PLANS["covers"]))
    add("CNN of covers, by categories", *seen, items=covers)

    near = neighbours(whole)
    for line, f in made:
        line |= judge(Whitening.of(f, WHITE)(f))
        line["overlap"] = float(overlap(near, neighbours(f)).mean())
    return [line for line, _ in made]


def continued(texts: list[str | None], place: Path) -> list[tuple[Row, Features]]:
    """Models that read on: MiniLM by LoRA and whole, and two tiny ones from nothing."""
    found = []
    for name, part, start in (
        ("MiniLM, LoRA", "lora", "minilm"),
        ("MiniLM, all weights", "all", "minilm"),
        ("BERT, tiny", "words", tiny_bert(texts, place / "bert")),
        ("GPT, tiny", "words", tiny_gpt(texts, place / "gpt")),
    ):
        model = HeadedModel(start, max_length=64, device="cpu")
        how = "all" if part == "words" else part
        _, spent = measure(lambda m=model, h=how, p=part: pretrain(m, texts, PLANS[p], part=h))
        learning = parameters(model)
        if part == "lora":
            learning = parameters(_adapted(HeadedModel(start), 8), learning=True)
        model.save(place / name)
        read = LanguageModel(
            place / name, pooling="mean", device="cpu",
            precision="bfloat16" if start == "minilm" else "float32",
        )  # fmt: skip
        found.append(row(name, read, spent, texts, learning))
    return found


def vectors(seed: int) -> list[Row]:
    """MiniLM's vectors with fewer directions and fewer bits."""
    world = make_world(**WORLD, images=False, seed=seed)
    judge = Judge(world)
    texts = world.domains["films"].texts() + world.domains["books"].texts()
    whole = LanguageModel(precision="bfloat16").encode(texts, cache=False)
    near, found = neighbours(whole), []
    for width in WIDTHS:
        first = Features.of(whole.vectors[:, :width])
        for cut, f in (("principal", Truncation.of(whole, width)(whole)), ("first", first)):
            for kind in KINDS if cut == "principal" else KINDS[:1]:
                kept_as = Stored.of(f, kind)
                back = kept_as.features()
                found.append(
                    {"width": width, "cut": cut, "kind": kind,
                     "bytes": kept_as.data.nbytes / len(texts),
                     "overlap": float(overlap(near, neighbours(back)).mean())} | judge(back)
                )  # fmt: skip
    return found


def ways(seed: int) -> list[Row]:
    """Each strategy of transfer: what its training takes, what it needs beforehand, how good."""
    game = strategies.world(strategies.WORLD | {"seed": seed}, 0.1)
    known, truth, texts = game
    net = partial(strategies.net, texts)
    theta, source = measure(lambda: learn_source(net(), known))
    plain: dict[str, Callable[[], Scorer]] = {
        "popularity": Popularity,
        "EASE": lambda: EASE(30),
        "factorization": lambda: ALS(8),
        "tied by people, closed form": lambda: Anchored(EASE(30), UserAnchor(), 100.0),
        "factorization, mapped": lambda: EMCDR(8),
        "behaviour mean over texts": lambda: BehaviourMean(*texts, history="both"),
        "net from scratch": lambda: FromScratch(net("target")),
        "joint": lambda: Joint(net()),
        "pooled": lambda: Pooled(net()),
    }
    from_source: dict[str, Callable[[], Scorer]] = {
        "zero-shot": lambda: ZeroShot(net(), theta),
        "frozen": lambda: Freeze(net(), theta),
        "fine-tuned": lambda: FineTune(net(), theta),
        "tied, λ = 1": lambda: Tied(net(), theta, 1.0),
    }
    found = []
    for name, build in (plain | from_source).items():
        model, spent = measure(lambda b=build: b().fit(known))
        _, serve = measure(lambda m=model: top_k(m.score(truth.user_ids), 10))
        found.append({
            "name": name, "fit": spent.cpu, "source": source.cpu * (name in from_source),
            "serve": serve.cpu / len(truth.user_ids) * 1000, "peak": (spent.peak or 0) / 1e6,
            "ndcg": reached(model, known, truth),
        })  # fmt: skip
    return found


def reached(model: Scorer, known: CrossDomain, truth: Truth) -> float:
    return float(true_ndcg(model, known, truth).mean())


def over_seeds(runs: list[list[Row]]) -> list[Row]:
    """Means over the worlds, of the peaks the highest; `error` is NDCG's standard error."""
    found = []
    for lines in zip(*runs, strict=True):
        line: Row = {}
        for key, first in lines[0].items():
            each = [other[key] for other in lines]
            over = max if key == "peak" else np.mean
            line[key] = round(float(over(each)), 5) if isinstance(first, float) else first
        ndcg = np.array([other["ndcg"] for other in lines])
        error = ndcg.std(ddof=1) / np.sqrt(len(ndcg)) if len(ndcg) > 1 else 0.0
        found.append(line | {"error": round(float(error), 5)})
    return found


def cpu_name() -> str:
    """What the system calls its processor; empty where it does not say."""
    try:
        said = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((x.split(":")[1].strip() for x in said if x.startswith("model name")), "")


def main() -> None:
    torch.set_num_threads(1)
    parts = {"encoders": encoders, "vectors": vectors, "strategies": ways}

    def all_of_it() -> dict[str, Any]:
        runs: dict[str, list[list[Row]]] = {name: [] for name in parts}
        for seed in SEEDS:
            for name, one in parts.items():
                runs[name].append(kept(f"cost-{name}-{seed}", partial(one, seed)))
        return {name: over_seeds(lines) for name, lines in runs.items()}

    figures, spent = measure(all_of_it)
    print("written:", write_record(
        "cost", figures, seeds=SEEDS, world=WORLD, threads=1, processor=cpu_name(),
        fast_bfloat16=pick_dtype("cpu") == torch.bfloat16, cpu_s=round(spent.cpu),
    ))  # fmt: skip


if __name__ == "__main__":
    main()
