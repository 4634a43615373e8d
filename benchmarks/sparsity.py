"""Remedies against sparse data, one chart: `python -m benchmarks.sparsity` (an hour).

Of a world's target only a share of the rows is kept, from all down to one in fifty; the source
stays whole. Each remedy is put on the model that needs it and stands beside that model without it.
Whom a model knows nothing of gets the popular list. How strong a remedy is, it chooses by each
person's last row, from as many settings as every other one; figures are NDCG@10 against the truth,
over all people of the target, known or not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from benchmarks.resume import kept
from benchmarks.strategies import over_seeds
from xdrec.data import CrossDomain, leave_last_out, make_world, thin
from xdrec.data.worlds.truth import Truth
from xdrec.encoders import Features, LanguageModel
from xdrec.encoders.paraphrase import paraphrases
from xdrec.evaluate import evaluate, true_ndcg
from xdrec.interest import ALS, EASE, Popularity, Scorer, SequenceTransformer
from xdrec.interest.augment import Augment
from xdrec.plan import Plan
from xdrec.records import write_record
from xdrec.transfer.strategies import (
    EMCDR,
    Augmented,
    FromScratch,
    Joint,
    Pooled,
    Shrunk,
    Strategy,
    Tied,
    learn_source,
)
from xdrec.tune import rehearsal

SEEDS = range(3)
SHARES = (0.02, 0.05, 0.1, 0.3, 1.0)
WORLD = {"users": 200, "items": 100, "sparsity": 0.9, "overlap": 1.0, "gap": 0.2, "images": False}
# A net over mere numbers needs that many epochs; one over texts stops by itself before.
PLAN = Plan(epochs=60, batch_size=32, lr=3e-3, weight_decay=0.0, patience=8)
ON = 20  # further epochs when new rows come in


def numbers(domain: Any, seed: int) -> Features:
    """Items as mere numbers: random vectors, any of which the net may turn into any other."""
    size = len(domain.items)
    return Features.of(np.random.default_rng(seed).standard_normal((size, 64)))


class Backed:
    """A model, and the charts for those whom it knows nothing of."""

    def __init__(self, model: Scorer) -> None:
        self.model, self.charts = model, Popularity()

    def fit(self, known: CrossDomain) -> Backed:
        self.model.fit(known)
        self.charts.fit(known)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        own = self.model.score(users)
        nothing = ~own.any(axis=1)
        own[nothing] = self.charts.score(users)[nothing]
        return own


class GoingOn(Strategy):
    """From the weights that fewer rows have left, if there were any."""

    needs_source = False

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        return {"start": self.theta}


Ways = dict[str, list[Callable[[], Scorer]]]


def ways(known: CrossDomain, seed: int) -> Ways:
    """By name, one model or some that differ in their strength; the target's rows are not read."""
    both = (known.target, known.source)
    ids = [numbers(domain, seed + at) for at, domain in enumerate(both)]
    read = LanguageModel()
    texts = [read.encode(domain.texts()) for domain in both]
    said = [read.encode(some) for some in paraphrases(known.target.items, 4, seed)]
    mean = Features.of(np.mean([t.unit() for t in (texts[0], *said)], axis=0))

    def net(x: list[Features], history: str = "target", **plan: Any) -> SequenceTransformer:
        return SequenceTransformer(
            *x, history=history, layers=1, width=32, plan=replace(PLAN, **plan)
        )

    def nets(
        way: Callable[..., Scorer], x: list[Features], of: Sequence[Any], **options: Any
    ) -> list[Callable[[], Scorer]]:
        return [lambda s=s: way(net(x, **options), s) for s in of]  # type: ignore[misc]

    theta = learn_source(net(texts), known)
    augments = [Augment(), Augment(0.8, 0.15, 0.3)]
    return {
        "popularity": [Popularity],
        "linear": [lambda mu=mu: EASE(mu) for mu in (10, 30)],
        "factorization": [lambda n=n: ALS(n) for n in (8, 16)],
        "ids": [lambda: FromScratch(net(ids))],
        "ids, augmented": nets(Augmented, ids, augments),
        "ids, L1": nets(partial(Shrunk, norm="l1"), ids, (0.001, 0.01)),
        "ids, L2": nets(partial(Shrunk, norm="squared"), ids, (0.01, 0.1)),
        "ids, side tasks": nets(lambda n, s: Joint(n, 0, s), ids, (0.1, 1.0)),
        "texts": [lambda: FromScratch(net(texts))],
        "texts, augmented": nets(Augmented, texts, augments),
        "texts, paraphrased": [lambda: FromScratch(net([mean, texts[1]]))],
        "texts, source's rows": nets(Pooled, texts, (0.3, 1.0), history="both"),
        "texts, tied": nets(lambda n, s: Tied(n, theta, s), texts, (0.1, 1.0),
                            history="both"),
        "factorization, mapped": [lambda n=n: EMCDR(n) for n in (8, 16)],
    }  # fmt: skip


def chosen(builds: list[Callable[[], Scorer]], known: CrossDomain) -> Scorer:
    """The one that foretells each person's last row best, built anew; the first of equals.

    Where nobody has the three rows that this takes, nothing can be chosen: the first one.
    """
    enough = known.target.interactions.group_by("user_id").agg(pl.col("item_id").n_unique() >= 3)
    if len(builds) == 1 or not enough["item_id"].any():
        return builds[0]()
    practice = rehearsal(leave_last_out(known))

    def recall(build: Callable[[], Scorer]) -> float:
        model = Backed(build()).fit(practice.known)
        return evaluate(model, practice).mean("warm")["ndcg"]

    return max(builds, key=recall)()


def reached(model: Scorer, known: CrossDomain, truth: Truth) -> float:
    return float(true_ndcg(Backed(model).fit(known), known, truth).mean())


def one(seed: int) -> dict[str, list[float]]:
    """NDCG@10 at each share, and what going on from fewer rows costs against starting anew."""
    made = make_world(**WORLD, seed=seed)
    whole, truth = made.cross("books", "films"), made.truth["films"]
    found: dict[str, list[float]] = {}
    menu, start, steps = ways(whole, seed), None, dict[str, list[float]]()
    ids = [numbers(domain, seed + at) for at, domain in enumerate((whole.target, whole.source))]
    for share in SHARES:
        known = replace(whole, target=thin(whole.target, share, seed))
        models = {name: chosen(builds, known) for name, builds in menu.items()}
        plan = PLAN if start is None else replace(PLAN, epochs=ON)
        net = SequenceTransformer(*ids, layers=1, width=32, plan=plan)
        models["ids, going on"] = GoingOn(net, start)
        for name, model in models.items():
            found.setdefault(name, []).append(reached(model, known, truth))
        start = net.net.state_dict()
        for name, each in (("going on", net), ("anew", models["ids"].model)):  # type: ignore[attr-defined]
            taken = float(len(each.history_of_training.steps))
            steps.setdefault(f"steps, {name}", []).append(taken)
        print(seed, share, {name: round(line[-1], 3) for name, line in found.items()}, flush=True)
    return found | steps


def run(seed: int) -> dict[str, list[float]]:
    return kept(f"sparsity-{seed}", partial(one, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, help="make and keep this one only, write nothing")
    seed = parser.parse_args().seed
    if seed is not None:
        run(seed)
        return
    lines = over_seeds(run, SEEDS)
    steps = {name: lines.pop(name) for name in list(lines) if name.startswith("steps")}
    figures = {"shares": SHARES, "world": WORLD, "ways": lines, "steps": steps}
    print("written:", write_record("sparsity", figures, seeds=list(SEEDS)))


if __name__ == "__main__":
    main()
