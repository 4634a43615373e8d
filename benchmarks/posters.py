"""Can a network see from its poster whether a film is action, drama or comedy?

    XDREC_DATA=/data python -m benchmarks.posters

Films with a poster only. Five seeds: each cuts the films anew into 80% to learn from and 20% to
judge, stratified by domain. Every kind of vector meets the same logistic regression, whose penalty
is chosen on a quarter of the learning part. The answer is as it is, whoever wins.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from PIL import Image
from scipy.optimize import minimize

from benchmarks.encoder_factors import IMAGE_PLAN, taught
from benchmarks.encoder_worlds import FACTORS
from xdrec.data.worlds import make_world
from xdrec.encoders.image import ImageCNN
from xdrec.encoders.supervised import fit_categories
from xdrec.evaluate import bootstrap
from xdrec.records import write_record
from xdrec.train import Plan

DOMAINS = ("action", "comedy", "drama")
SEEDS = (0, 1, 2, 3, 4)
JUDGED = 0.2
PENALTIES = 10.0 ** np.arange(-4, 2)  # a film, on standardised columns
PLAN: dict[str, Any] = {"epochs": 8, "batch_size": 32, "lr": 3e-3, "precision": "auto"}


def films(folder: Path) -> tuple[list[bytes], np.ndarray]:
    """The posters' files and their domains' numbers, of all films that have a poster."""
    files, numbers = [], []
    with zipfile.ZipFile(folder / "posters.zip") as archive:
        for number, domain in enumerate(DOMAINS):
            items = pl.read_parquet(folder / f"items_{domain}.parquet")
            for path in items["image_path"].drop_nulls().sort():
                files.append(archive.read(path))
                numbers.append(number)
    return files, np.array(numbers)


def histogram(file: bytes, cells: int = 4) -> np.ndarray:
    """Root of the share of the pixels in each of cells³ cells of the RGB cube (Hellinger)."""
    with Image.open(io.BytesIO(file)) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int) * cells // 256
    counts = np.bincount(pixels @ [cells * cells, cells, 1], minlength=cells**3)
    return np.sqrt(counts / len(pixels)).astype(np.float32)


def split(numbers: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and rows to judge on, the same share of every domain."""
    rng, judged = np.random.default_rng(seed), []
    for number in np.unique(numbers):
        rows = rng.permutation(np.flatnonzero(numbers == number))
        judged.append(rows[: round(share * len(rows))])
    test = np.sort(np.concatenate(judged))
    return np.setdiff1d(np.arange(len(numbers)), test), test


def logistic(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Multinomial logistic regression: W [width + 1, classes], its last row the intercepts.

    Least mean of -log softmax(xW)[y] + penalty/2 · ‖W‖² (the intercepts free).
    """
    x = np.column_stack([x, np.ones(len(x))])
    one = np.eye(y.max() + 1)[y]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat.reshape(x.shape[1], -1)
        scores = x @ w
        scores -= scores.max(axis=1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        free = np.vstack([w[:-1], np.zeros_like(w[-1:])])
        gradient = x.T @ (np.exp(log_p) - one) / len(x) + penalty * free
        return float(
            -(log_p * one).sum() / len(x) + penalty / 2 * (free**2).sum()
        ), gradient.ravel()

    start = np.zeros(x.shape[1] * one.shape[1])
    return minimize(loss, start, jac=True, method="L-BFGS-B").x.reshape(x.shape[1], -1)


def named(x: np.ndarray, numbers: np.ndarray, train: np.ndarray, test: np.ndarray,
          seed: int) -> np.ndarray:  # fmt: skip
    """What a logistic regression on vectors calls each film judged, int [test]."""
    x = (x - x[train].mean(axis=0)) / np.maximum(x[train].std(axis=0), 1e-6)
    inner, held = split(numbers[train], 0.25, seed)

    def right(penalty: float) -> float:
        w = logistic(x[train][inner], numbers[train][inner], penalty)
        return float((_call(x[train][held], w) == numbers[train][held]).mean())

    return _call(x[test], logistic(x[train], numbers[train], max(PENALTIES[::-1], key=right)))


def _call(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return (x @ w[:-1] + w[-1]).argmax(axis=1)


def from_a_world() -> ImageCNN:
    """The CNN taught by the categories of a world's covers: it has never seen a poster."""
    world = make_world(**FACTORS)
    encoder = ImageCNN()
    fit_categories(encoder, *taught(world, "image_path"), Plan(**IMAGE_PLAN))
    return encoder


def measure(folder: Path) -> dict[str, Any]:
    files, numbers = films(folder)
    colours = np.stack([histogram(file) for file in files])
    frozen = from_a_world()
    worlds_own = {name: each.clone() for name, each in frozen.net.state_dict().items()}
    fixed = {
        "colour histogram": colours,
        "CNN, first weights": ImageCNN().encode(files, cache=False).vectors,
        "CNN, taught on a world's covers": frozen.encode(files, cache=False).vectors,
    }
    right: dict[str, list[np.ndarray]] = {}
    tested = []
    for seed in SEEDS:
        train, test = split(numbers, JUDGED, seed)
        vectors = fixed | {
            "CNN, taught on posters": _on_posters(files, numbers, train, seed, None),
            "CNN, taught on covers, then on posters": _on_posters(
                files, numbers, train, seed, worlds_own
            ),
        }
        for name, x in vectors.items():
            hits = named(x, numbers, train, test, seed) == numbers[test]
            right.setdefault(name, []).append(hits)
            print(seed, name, round(float(hits.mean()), 4), flush=True)
        most = np.bincount(numbers[train]).argmax()
        right.setdefault("always the most frequent", []).append(numbers[test] == most)
        tested.append(test)
    return {
        "films": {domain: int((numbers == at).sum()) for at, domain in enumerate(DOMAINS)},
        "plan": PLAN,
        "accuracy": [
            {"model": name, "mean": float(np.mean([h.mean() for h in hits])),
             "by_seed": [float(h.mean()) for h in hits]}
            for name, hits in right.items()
        ],
        "against the colour histogram": [
            {"model": name} | _paired(hits, right["colour histogram"], tested)
            for name, hits in right.items() if name != "colour histogram"
        ],
    }  # fmt: skip


def _on_posters(
    files: list[bytes], numbers: np.ndarray, train: np.ndarray, seed: int,
    start: dict[str, torch.Tensor] | None,
) -> np.ndarray:  # fmt: skip
    """The vectors of a CNN that was taught by the domains of the learning part, none other."""
    encoder = ImageCNN(seed=seed)
    if start is not None:
        encoder.net.load_state_dict(start)
    plan = Plan(**PLAN, seed=seed)
    names = [DOMAINS[number] for number in numbers[train]]
    fit_categories(encoder, [files[row] for row in train], names, plan)
    return encoder.encode(files, cache=False).vectors


def _paired(
    hits: list[np.ndarray], other: list[np.ndarray], tested: list[np.ndarray]
) -> dict[str, float]:
    """Mean difference in accuracy, a film at a time, with its interval over films."""
    total: dict[int, list[float]] = {}
    for a, b, rows in zip(hits, other, tested, strict=True):
        for row, difference in zip(rows, a.astype(float) - b, strict=True):
            total.setdefault(int(row), []).append(difference)
    return asdict(bootstrap(np.array([np.mean(each) for each in total.values()])))


def main(measure: Callable[[Path], dict[str, Any]] = measure) -> None:
    if not os.environ.get("XDREC_DATA"):
        raise SystemExit("XDREC_DATA is not set: expected the folder that holds movielens-posters")
    folder = Path(os.environ["XDREC_DATA"], "movielens-posters")
    data = hashlib.sha256((folder / "posters.zip").read_bytes()).hexdigest()
    print("written:", write_record("posters", measure(folder), seeds=SEEDS, data=data))


if __name__ == "__main__":
    main()
