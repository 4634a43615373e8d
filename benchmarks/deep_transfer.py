"""Does pre-training a deep model on the source pay? `python -m benchmarks.deep_transfer` (hours).

Real data, kitchen → food, warm, class T. A sequence transformer over item texts is trained on the
kitchen, people of that domain alone included; then it walks down the λ of a grid in the food, from
∞ (zero-shot) to 0 (fine-tuning), tied to θ_source, and λ is chosen on valid. Its twin starts from
scratch. Both read the target's histories alone, have the same plan, and are measured on the same
people: those of 2 %, 10 % and all of the users whose target histories are known. Differences are
paired, over people and with their mean over seeds. The target's loss after each epoch, on people
held out from training, is document T 5.4's table on real data: with θ_source to start from, and
without. Weights are kept in build/deep_transfer: a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from safetensors.torch import load_file, save

from benchmarks.leaderboard import DOMAINS, known_folder
from benchmarks.protocol import Texts, encoded
from benchmarks.records import data_hash
from benchmarks.resume import kept
from xdrec.cache import address
from xdrec.checkpoint import copied
from xdrec.data import CrossDomain, Split, benchmark
from xdrec.data.cache import write_whole
from xdrec.device import pick_device
from xdrec.evaluate import bootstrap, evaluate
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan
from xdrec.records import write_record
from xdrec.transfer.strategies import FineTune, FromScratch, Tied, learn_source, trained_path
from xdrec.transfer.strategies.base import Weights

KEPT = Path("build/deep_transfer")
SHARES = (0.02, 0.1, 1.0)
LAMBDAS = (0.0, 0.01, 0.1, 1.0, float("inf"))
SEEDS = (0, 1, 2)
PLAN = Plan(epochs=10, batch_size=64, lr=1e-3, weight_decay=0.05, patience=2)
COLUMNS = {"valid": "valid_recall", "test": "test_recall", "drift": "drift"}  # of a path
OTHERS = 6_000  # people of the source alone who teach it too, of some 36,000


def net(texts: Texts, seed: int) -> SequenceTransformer:
    return SequenceTransformer(
        texts.target, texts.source, layers=1, width=64, plan=replace(PLAN, seed=seed)
    )


def with_people_of_the_source(known: CrossDomain, table: pl.DataFrame) -> CrossDomain:
    """The source with the events of people who are in no other domain, of items that it lists."""
    events = known.source.interactions
    more = table.join(known.source.items.select("item_id"), on="item_id", how="semi")
    some = more["user_id"].unique().sort()
    some = some.sample(min(OTHERS, len(some)), seed=0)
    position = pl.col("position").cast(events.schema["position"])
    more = more.filter(pl.col("user_id").is_in(some.implode()))
    columns = ("user_id", "item_id")
    both = pl.concat([events.select(*columns, "position"), more.select(*columns, position)])
    return CrossDomain(known.source.with_interactions(both), known.target)


def some_of(split: Split, share: float) -> Split:
    """Target histories, valid and test of a share of the users; nobody else has any."""
    users = split.test["user_id"].unique().sort()
    kept = users.sample(fraction=share, seed=0).implode()

    def of(table: pl.DataFrame) -> pl.DataFrame:
        return table.filter(pl.col("user_id").is_in(kept))

    target = split.known.target.with_interactions(of(split.known.target.interactions))
    known = CrossDomain(split.known.source, target)
    return replace(split, known=known, valid=of(split.valid), test=of(split.test))


def source_of(texts: Texts, wide: CrossDomain, seed: int) -> Weights:
    """θ_source, learnt once and kept."""
    model = net(texts, seed)
    events = len(wide.source.interactions)
    path = KEPT / f"source-{address(model.settings, asdict(model.plan), events)[:12]}.safetensors"
    if not path.is_file():
        weights = learn_source(model, wide)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, save(copied(dict(weights), "cpu")))
        print("the source is learnt, seed", seed, flush=True)
    return load_file(path)


def losses(model: SequenceTransformer) -> list[float]:
    return [row["valid"] for row in model.history_of_training.epochs]


def one(split: Split, texts: Texts, theta: Weights, share: float, seed: int) -> dict[str, Any]:
    """Both twins at one share and seed, as JSON: recall of each person, path, and loss curves."""
    scratch = FromScratch(net(texts, seed)).fit(split.known)
    tuned = FineTune(net(texts, seed), theta).fit(split.known)
    zero = Tied(net(texts, seed), theta, float("inf")).fit(split.known)
    at_source = zero.model.mean_loss(zero.model.questions(split.known)[1])
    walked = Tied(net(texts, seed), theta)
    folder = KEPT / f"{share:g}-{seed}"
    path = trained_path(walked, split, LAMBDAS, folder=folder).table
    lam = path["lam"][int(np.argmax(path["valid_recall"].to_numpy()))]
    # The walk to the chosen λ, out of the folder: the model then stands there.
    trained_path(walked, split, [each for each in LAMBDAS if each >= lam], folder=folder)
    print(share, seed, lam, path.select("lam", "valid_recall", "test_recall").rows(), flush=True)
    return {
        "lam": _number(lam),
        "scratch": evaluate(scratch, split).of("recall", "warm").tolist(),
        "tied": evaluate(walked, split).of("recall", "warm").tolist(),
        "losses": {"from scratch": losses(scratch.model),
                   "from the source": [at_source, *losses(tuned.model)]},
        **{name: path[column].to_list() for name, column in COLUMNS.items()},
    }  # fmt: skip


def at_share(split: Split, texts: Texts, theta: Sequence[Weights], share: float) -> dict[str, Any]:
    few = some_of(split, share)
    runs = [
        kept(f"deep-{share:g}-{seed}", partial(one, few, texts, weights, share, seed))
        for seed, weights in zip(SEEDS, theta, strict=False)
    ]
    twin, tied = (np.mean([run[name] for run in runs], axis=0) for name in ("scratch", "tied"))
    means = {n: np.mean([run[n] for run in runs], axis=0).round(5).tolist() for n in COLUMNS}

    return {
        "share": share, "users": len(twin), "seeds": len(runs),
        "lambdas": [_number(lam) for lam in LAMBDAS], "chosen": [run["lam"] for run in runs],
        **means,
        "scratch": asdict(bootstrap(twin)), "tied": asdict(bootstrap(tied)),
        "gain": asdict(bootstrap(tied - twin)), "losses": runs[0]["losses"],
    }  # fmt: skip


def _number(lam: float) -> float | None:
    return lam if np.isfinite(lam) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="fewer, for a first look")
    seeds = SEEDS[: parser.parse_args().seeds]
    folder = known_folder()
    split = benchmark(folder, *DOMAINS, "warm")
    texts = encoded(split)
    people = pl.read_parquet(folder / f"single_domain_{DOMAINS[0]}.parquet")
    wide = with_people_of_the_source(split.known, people)
    theta = [source_of(texts, wide, seed) for seed in seeds]
    shares = [at_share(split, texts, theta, share) for share in SHARES]
    figures = {"direction": " → ".join(DOMAINS), "data": data_hash(folder), "shares": shares,
               "source_users": wide.source.interactions["user_id"].n_unique()}  # fmt: skip
    made = {"seeds": list(seeds), "device": pick_device()}
    print("written:", write_record("deep_transfer", figures, **made))


if __name__ == "__main__":
    main()
