"""Does a poster help to say which film somebody rates next? Text and image against text alone.

    XDREC_DATA=/data python -m benchmarks.poster_lists

Films that have both modalities. Each domain in turn is the target; each person's last film is test,
the one before it valid. h is the behaviour mean; γ is chosen on valid for text alone, then the
picture's vectors and its α on valid too, α = 0 among them, so that the picture has to earn its
place. Asked once of test, after a fit on train and valid. The answer is as it is, whoever wins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.posters import DOMAINS, PLAN, histogram
from xdrec.data import CrossDomain, Domain, Split, leave_last_out, load
from xdrec.encoders import Features, LanguageModel
from xdrec.encoders.image import ImageCNN
from xdrec.encoders.supervised import fit_categories
from xdrec.evaluate import bootstrap, evaluate
from xdrec.fusion import Whitening, concatenate
from xdrec.interest import BehaviourMean, Popularity, Scorer
from xdrec.records import write_record
from xdrec.train import Plan
from xdrec.tune import rehearsal

RECENCY = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0)
ALPHAS = np.arange(11) / 10  # of the picture
METRICS = ("recall", "ndcg")
# What a film must have beside its poster to be in the catalogue, and what of it is the text.
TEXTS = {"title": ["title"], "title and plot": ["title", "description"]}
Parts = dict[str, Features]


def with_both(domain: Domain, columns: list[str]) -> Domain:
    """The domain's films that have a poster and all of these texts, and what was done with them."""
    wanted = [pl.col(c).is_not_null() for c in ("image_path", *columns)]
    items = domain.items.filter(*wanted).sort("item_id")
    kept = pl.col("item_id").is_in(items["item_id"].implode())
    return replace(domain, items=items, interactions=domain.interactions.filter(kept))


def taught(files: list[str], genres: list[str]) -> ImageCNN:
    """The CNN taught by the first genre that each film's catalogue entry names."""
    encoder = ImageCNN()
    fit_categories(encoder, files, genres, Plan(**PLAN))
    return encoder


def pictures(domain: Domain, cnn: ImageCNN) -> Parts:
    """The candidates for the picture's vectors, each also whitened on this catalogue."""
    files = domain.items["image_path"].to_list()
    plain = {
        "colours": Features.of(np.stack([histogram(Path(file).read_bytes()) for file in files])),
        "CNN, first weights": ImageCNN().encode(files),
        "CNN, taught by genres": cnn.encode(files),
    }
    white = {f"{name}, whitened": Whitening.of(f)(f) for name, f in plain.items()}
    return plain | white


def model(text: Features, picture: Features, alpha: float, recency: float) -> Scorer:
    parts = {"text": text, "image": picture}
    fused = concatenate(parts, {"text": 1 - alpha, "image": alpha})
    return BehaviourMean(fused, recency=recency)


def chosen(practice: Split, text: Features, images: Parts) -> tuple[float, str, float]:
    """γ for text alone, then picture and α: the highest NDCG@10 on valid, of equals the first."""

    def quality(scorer: Scorer) -> float:
        return evaluate(scorer.fit(practice.known), practice).mean()["ndcg"]

    recency = max(RECENCY, key=lambda g: quality(BehaviourMean(text, recency=g)))
    mixtures = [(name, float(a)) for a in ALPHAS for name in images]
    name, alpha = max(mixtures, key=lambda m: quality(model(text, images[m[0]], m[1], recency)))
    return recency, name, alpha


def one_domain(target: Domain, source: Domain, text: Features, images: Parts) -> dict[str, Any]:
    """One target: what was chosen, means, and a difference for each person of the test."""
    split = leave_last_out(CrossDomain(source, target))
    recency, name, alpha = chosen(rehearsal(split), text, images)
    final = split.refit()
    models: dict[str, Scorer] = {
        "popularity": Popularity(),
        "image alone": BehaviourMean(images[name], recency=recency),
        "text alone": BehaviourMean(text, recency=recency),
        "text and image": model(text, images[name], alpha, recency),
    }
    reports = {says: evaluate(m.fit(final.known), final) for says, m in models.items()}
    people = reports["text alone"].per_user["user_id"]
    print(target.name, recency, name, alpha, {n: r.mean()["ndcg"] for n, r in reports.items()})
    return {
        "target": target.name, "films": len(target.items), "people": len(people),
        "chosen": {"γ": recency, "picture": name, "α of the picture": alpha},
        "means": {n: {m: r.mean()[m] for m in METRICS} for n, r in reports.items()},
        "by person": {
            m: dict(zip(people, reports["text and image"].of(m) - reports["text alone"].of(m),
                        strict=True))
            for m in METRICS
        },
    }  # fmt: skip


def pooled(found: list[dict[str, Any]], metric: str) -> dict[str, float]:
    """Mean difference over people, each the mean of their domains, with its interval."""
    total: dict[str, list[float]] = {}
    for each in found:
        for person, difference in each["by person"][metric].items():
            total.setdefault(person, []).append(difference)
    return asdict(bootstrap(np.array([np.mean(of) for of in total.values()])))


def measure(domains: dict[str, Domain]) -> list[dict[str, Any]]:
    everything = pl.concat(
        domains[name]
        .items.filter(pl.col("image_path").is_not_null())
        .select("image_path", pl.col("genres").str.split("|").list.first())
        for name in DOMAINS
    ).sort("image_path")
    cnn = taught(everything["image_path"].to_list(), everything["genres"].to_list())
    reader, cases = LanguageModel(), []
    for says, columns in TEXTS.items():
        found = []
        for at, name in enumerate(DOMAINS):
            target = with_both(domains[name], columns)
            source = domains[DOMAINS[at - 1]]
            text = reader.encode(target.texts(columns))
            found.append(one_domain(target, source, text, pictures(target, cnn)))
        cases.append(
            {"text": says, "difference": {m: pooled(found, m) for m in METRICS}}
            | {"domains": [{k: v for k, v in each.items() if k != "by person"} for each in found]}
        )
    return cases


def main(measure: Callable[[dict[str, Domain]], list[dict[str, Any]]] = measure) -> None:
    posters = load("movielens-posters")
    data = hashlib.sha256((posters.folder / "posters.zip").read_bytes()).hexdigest()
    cases = {"cases": measure(posters.domains)}
    print("written:", write_record("poster_lists", cases, seeds=(0,), data=data))


if __name__ == "__main__":
    main()
