"""Continued pre-training on real titles: perplexity and recommendation, before and after.

    python -m benchmarks.pretraining [--work FOLDER]

Writes the record `pretraining` (needs XDREC_DATA; about ten minutes of CPU). Masked language
modelling goes on from all-MiniLM; causal from a tiny GPT that has read the texts of made-up worlds.
Read are the titles of both catalogues that `pretraining_texts` allows for all four cuts (warm and
cold, both directions) but for 800 drawn ones, on which perplexity is measured. `--work` keeps the
models, so that a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.leaderboard import DOMAINS, known_folder
from benchmarks.records import data_hash
from xdrec.data import Split, benchmark, make_world
from xdrec.encoders import Features, LanguageModel
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.readable import pretraining_texts, refuse_held_out
from xdrec.encoders.tiny import tiny_gpt
from xdrec.evaluate import Report, bootstrap, compare, evaluate
from xdrec.interest import BehaviourMean
from xdrec.records import write_record
from xdrec.train import Plan

SEED = 42
MEASURED, WATCHED = 500, 300  # titles that are not read: for the figures; for curve and best epoch
LENGTH = 48  # tokens; 99 of 100 titles are shorter
RECENCY = 0.3  # the leaderboard's row "content, recent items first"
GPT = {"vocabulary": 4000, "width": 128, "layers": 4, "heads": 4, "max_length": 128}
WORLD: dict[str, Any] = {
    "users": 50, "items": 600, "domains": ("books", "films", "music", "kitchen", "garden"),
    "sparsity": 0.98, "images": False, "seed": 305,
}  # fmt: skip
PLANS = {
    "head": Plan(epochs=1, lr=1e-3, precision="auto", seed=SEED),
    "head, as long": Plan(epochs=2, lr=5e-4, precision="auto", seed=SEED),
    "all": Plan(epochs=2, lr=1e-4, precision="auto", seed=SEED),
    "lora": Plan(epochs=2, lr=1e-3, precision="auto", seed=SEED),
    "world": Plan(epochs=4, lr=1e-3, precision="auto", seed=SEED),
    "continued": Plan(epochs=4, lr=1e-3, precision="auto", seed=SEED),
}


class Study:
    """The texts, and what became of each model that read them."""

    def __init__(self, folder: Path, work: Path) -> None:
        both = (DOMAINS, DOMAINS[::-1])
        self.splits = {(s, t, case): benchmark(folder, s, t, case).refit()
                       for s, t in both for case in ("warm", "cold")}  # fmt: skip
        first = next(iter(self.splits.values()))
        self.titles = {d.name: d.texts(["title"]) for d in (first.known.source, first.known.target)}
        allowed = [set(pretraining_texts(split, ["title"])) for split in self.splits.values()]
        texts = np.array(sorted(set.intersection(*allowed)), dtype=object)
        texts = texts[np.random.default_rng(SEED).permutation(len(texts))]
        parts = np.split(texts, [MEASURED, MEASURED + WATCHED])
        self.held, self.watched, self.read = (part.tolist() for part in parts)
        for split in self.splits.values():
            refuse_held_out(texts.tolist(), split)
        self.work = work
        self.perplexity: dict[str, dict[str, float]] = {}
        self.curves: dict[str, list[dict[str, float]]] = {}
        self.cpu: dict[str, float] = {}

    def teach(
        self, name: str, start: Path | str, to: str, plan: str, part: str, texts: list[str],
        watched: list[str],
    ) -> Path:  # fmt: skip
        """Train from one folder into another and measure; done parts are not done again."""
        begun, spent = time.process_time(), self.work / f"{to}-cpu.json"
        length = LENGTH if name.startswith("MiniLM") else GPT["max_length"]
        model = HeadedModel(start, max_length=length, seed=SEED)
        before = model.perplexity(watched)
        history = pretrain(
            model, texts, PLANS[plan], part=part, valid=watched,
            checkpoint=self.work / f"{to}-training",
        )  # fmt: skip
        model.save(self.work / to)
        self.curves[name] = [{"epoch": 0, "valid": before}] + [
            {key: row[key] for key in ("epoch", "loss", "valid")} for row in history.epochs
        ]
        self.measure(name, model)
        if not spent.exists():
            spent.write_text(json.dumps(round(time.process_time() - begun)))
        self.cpu[name] = json.loads(spent.read_text())
        print(f"{name:<28}{self.perplexity[name]}  CPU {self.cpu[name]:.0f} s", flush=True)
        return self.work / to

    def measure(self, name: str, model: HeadedModel) -> None:
        figures = {"both": model.perplexity(self.held)}
        for domain, titles in self.titles.items():
            own = set(titles)
            figures[domain] = model.perplexity([text for text in self.held if text in own])
        self.perplexity[name] = figures

    def reports(self, folder: Path | str) -> dict[tuple[str, str, str], Report]:
        encoder = LanguageModel(folder)
        vectors = {name: encoder.encode(titles) for name, titles in self.titles.items()}
        return {key: _report(split, vectors) for key, split in self.splits.items()}


def _report(split: Split, vectors: dict[str, Features]) -> Report:
    target, source = vectors[split.known.target.name], vectors[split.known.source.name]
    scorer = BehaviourMean(target, source, history="either", recency=RECENCY)
    return evaluate(scorer.fit(split.known), split)


def recall(study: Study, models: dict[str, Path | str]) -> list[dict[str, Any]]:
    """Recall@10 of each model, and how far it is from the same model before, user by user."""
    rows, found = [], {}
    for name, folder in models.items():
        found[name] = study.reports(folder)
        print("recommended with", name, flush=True)
    for name, reports in found.items():
        before = "GPT, world alone" if name.startswith("GPT") else "MiniLM"
        for key, report in reports.items():
            source, target, case = key
            values = report.of("recall", case)
            row = {"source": source, "target": target, "case": case, "model": name}
            row |= asdict(bootstrap(values)) | {"users": len(values)}
            if name != before:
                change = compare(report, found[before][key], group=case)
                row |= {"against": before, "difference": asdict(change)}
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="default: a folder that is deleted at the end")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = asked.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        folder = known_folder()
        study = Study(folder, work)
        print(f"{len(study.read)} titles read, {len(study.held)} measured", flush=True)

        study.measure("MiniLM, untrained head", HeadedModel(max_length=LENGTH, seed=SEED))
        read, watched = study.read, study.watched
        warm = study.teach("MiniLM, head", "minilm", "minilm-head", "head", "head", read, watched)
        study.teach(
            "MiniLM, head as long", warm, "minilm-head-long", "head, as long", "head", read, watched
        )
        full = study.teach("MiniLM, all weights", warm, "minilm-all", "all", "all", read, watched)
        lora = study.teach("MiniLM, LoRA", warm, "minilm-lora", "lora", "lora", read, watched)

        world = make_world(**WORLD)
        invented = [text for domain in world.domains.values()
                    for text in domain.texts(["title", "description"]) if text]  # fmt: skip
        new = tiny_gpt([*invented, *read], work / "gpt-new", seed=SEED, **GPT)
        # Its best epoch is the best for such blurbs: every thirtieth is kept back to tell.
        kept = invented[::30]
        blurbs = [text for text in invented if text not in set(kept)]
        base = study.teach("GPT, world alone", new, "gpt-world", "world", "all", blurbs, kept)
        again = {"MiniLM": "minilm", "MiniLM, all weights": full, "MiniLM, LoRA": lora,
                 "GPT, world alone": base}  # fmt: skip
        for name, start, to, part in (
            ("GPT, world then titles", base, "gpt-all", "all"),
            ("GPT, world then titles by LoRA", base, "gpt-lora", "lora"),
            ("GPT, titles alone", new, "gpt-scratch", "all"),
        ):
            again[name] = study.teach(name, start, to, "continued", part, read, watched)

        rows = recall(study, again)
        figures = {
            "texts": {"read": len(read), "measured": len(study.held),
                      "watched": len(study.watched), "invented": len(blurbs)},
            "plans": {name: asdict(plan) for name, plan in PLANS.items()}, "gpt": GPT,
            "perplexity": study.perplexity, "curves": study.curves, "cpu_s": study.cpu,
            "recall": rows,
        }  # fmt: skip
        print("written:", write_record("pretraining", figures, seed=SEED, data=data_hash(folder)))


if __name__ == "__main__":
    main()
