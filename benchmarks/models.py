"""The models of the leaderboard and their settings: tuned alike, twelve each, valid chooses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Self

import numpy as np
import polars as pl

from benchmarks.gpt import TaughtGPT
from benchmarks.protocol import SEEDS, Candidate, Row, Texts
from xdrec.data import CrossDomain
from xdrec.interest import (
    ALS,
    BPR,
    EASE,
    BehaviourMean,
    Hybrid,
    ItemKNN,
    MatrixFactorization,
    NextItem,
    Popularity,
    Scorer,
    UserKNN,
)
from xdrec.train import Plan
from xdrec.transfer import Anchored, TextAnchor, UserRidge
from xdrec.transfer.strategies import EMCDR

DOMAINS_READ = ("target", "both")
ALS_GRID = [(factors, alpha) for factors in (64, 128, 256) for alpha in (1.0, 10.0)]
BPR_GRID = [(factors, reg) for factors in (32, 128) for reg in (0.001, 0.01, 0.1)]
MF_GRID = [(factors, decay) for factors in (32, 128) for decay in (0.001, 0.03, 1.0)]
MUS = (10.0, 20.0, 30.0, 50.0, 100.0, 200.0)  # of `UserRidge`
RECENCY = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def _als(domains: str, factors: int, alpha: float) -> Candidate:
    setting = f"{domains}, {factors} factors, α {alpha:g}, reg 0.1"
    return Candidate(setting, lambda _, seed: ALS(factors, alpha, domains=domains, seed=seed))


def _knn(domains: str, k: int) -> Candidate:
    return Candidate(f"{domains}, K = {k}", lambda *_: ItemKNN(k, domains))


def _users(domains: str, k: int) -> Candidate:
    return Candidate(f"{domains}, K = {k}", lambda *_: UserKNN(k, domains))


def _bpr(domains: str, factors: int, regularization: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return BPR(factors, regularization=regularization, domains=domains, seed=seed)

    return Candidate(f"{domains}, {factors} factors, reg {regularization:g}", build)


def _mf(domains: str, factors: int, decay: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        plan = Plan(epochs=20, batch_size=1024, lr=0.02, weight_decay=decay, seed=seed)
        return MatrixFactorization(factors, domains, plan)

    return Candidate(f"{domains}, {factors} factors, decay {decay:g}", build)


def _next(mu: float, half_days: float | None, back: float) -> Candidate:
    setting = f"μ {mu:g}, γ 0.9, τ {half_days}, ρ {back:g}"
    build = partial(NextItem, mu, half_days=half_days, back=back)
    return Candidate(setting, lambda *_: build(), timed=half_days is not None)


def _anchored(mu: float, half_days: float | None, times: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        model = NextItem(mu, half_days=half_days, back=0.3)
        return Anchored(model, TextAnchor(texts.target, texts.source), lam=times * mu)

    setting = f"μ {mu:g}, γ 0.9, τ {half_days}, ρ 0.3, λ {times * mu:g}"
    return Candidate(setting, build, timed=half_days is not None)


def _people(mu: float, calendar: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return UserRidge(mu, texts.source, calendar=calendar)

    return Candidate(f"μ {mu:g}, τ 1, κ {calendar:g}", build, timed=calendar > 0)


def _map(factors: int, alpha: float) -> Candidate:
    setting = f"{factors} factors, α {alpha:g}, μ 100"
    return Candidate(setting, lambda _, seed: EMCDR(factors, 100.0, alpha, seed=seed))


class Once:
    """A model that several mixtures share: fitted anew only for other data."""

    def __init__(self, model: Scorer) -> None:
        self._model = model
        self._known: CrossDomain | None = None

    def fit(self, known: CrossDomain) -> Self:
        if known is not self._known:
            self._model.fit(known)
            self._known = known
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self._model.score(users)


@lru_cache(maxsize=1)
def _shared_ridge(texts: Texts) -> Once:
    return Once(UserRidge(30.0, texts.source))


def _both_ways(factors: int, share: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        ways = {"ridge": _shared_ridge(texts), "map": EMCDR(factors, 100.0, 5.0, seed)}
        return Hybrid(ways, {"ridge": 1 - share, "map": share})

    return Candidate(f"ridge μ 30, map of {factors} factors, α_map {share:g}", build)


def _gpt(candidates: int, prior: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return TaughtGPT(texts, candidates, prior, seed)

    return Candidate(f"the first {candidates}, β {prior:g}", build)


def _content(history: str, recency: float) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        return BehaviourMean(texts.target, texts.source, history=history, recency=recency)

    return Candidate(f"history {history}, γ {recency:g}", build)


def _ease(
    mu: float = 100.0,
    recency: float = 1.0,
    decay: float = 1.0,
    content: bool = False,
    domains: str = "target",
) -> Candidate:
    def build(texts: Texts, seed: int) -> Scorer:
        said = texts.target if content else None
        return EASE(mu, recency, decay=decay, content=said, domains=domains)

    said = f"{domains}, μ {mu:g}, γ {recency:g}" + f", δ {decay:g}" * (decay < 1)
    return Candidate(said + ", text" * content, build)


# Tuned alike: twelve settings each, and valid chooses.
CHOSEN = [
    Row(f"{model}, chosen on valid", candidates, seeds)
    for model, candidates, seeds in [
        (
            "ItemKNN",
            [_knn(d, k) for d in DOMAINS_READ for k in (20, 50, 100, 200, 500, 1000)],
            SEEDS[:1],
        ),
        (
            "UserKNN",
            [_users(d, k) for d in DOMAINS_READ for k in (20, 50, 100, 200, 500, 1000)],
            SEEDS[:1],
        ),
        ("ALS", [_als(d, *g) for d in DOMAINS_READ for g in ALS_GRID], SEEDS),
        ("BPR", [_bpr(d, *g) for d in DOMAINS_READ for g in BPR_GRID], SEEDS),
        ("factorization in torch", [_mf(d, *g) for d in DOMAINS_READ for g in MF_GRID], SEEDS),
        (
            "EASE",
            [
                _ease(mu, g, d, content)
                for mu in (30.0, 100.0, 300.0)
                for g, d in ((0.7, 1.0), (0.5, 0.8))
                for content in (False, True)
            ],
            SEEDS[:1],
        ),
        (
            "EASE of both",
            [
                _ease(mu, g, domains="both")
                for mu in (100.0, 300.0, 1000.0, 3000.0)
                for g in (0.5, 0.7, 1.0)
            ],
            SEEDS[:1],
        ),
        (
            "next item",
            [
                _next(mu, days, back)
                for mu in (100.0, 300.0, 1000.0)
                for days in (None, 30.0)
                for back in (0.0, 0.3)
            ],
            SEEDS[:1],
        ),
        (
            "next item, anchored in the source's texts",
            [
                _anchored(mu, days, times)
                for mu in (50.0, 100.0)
                for days in (None, 30.0)
                for times in (10.0, 40.0, 120.0)
            ],
            SEEDS[:1],
        ),
        ("content", [_content(h, g) for h in ("either", "both") for g in RECENCY], SEEDS[:1]),
    ]
]
# For who is new in the target; it reads nobody's own history there.
NEWCOMERS = [
    Row(f"{name}, chosen on valid", [_people(mu, calendar) for mu in MUS], cases=("cold",))
    for name, calendar in (("ridge over people", 0.0), ("ridge over people, calendar", 1.0))
]
NEWCOMERS += [
    Row("a map between people (EMCDR), chosen on valid",
        [_map(f, a) for f in (16, 32, 64) for a in (2.5, 5.0, 10.0, 20.0)], SEEDS, ("cold",)),
    Row("ridge and map, chosen on valid",
        [_both_ways(f, share) for f in (16, 32) for share in (0.3, 0.5, 0.7)], SEEDS, ("cold",)),
]  # fmt: skip
ROWS = [
    Row("popularity", [Candidate("", lambda *_: Popularity())]),
    Row("ItemKNN BM25", [_knn("target", 500)]),
    Row("ItemKNN BM25, both domains", [_knn("both", 500)]),
    Row("ALS", [_als("target", 128, 10.0)], SEEDS),
    Row("ALS, both domains", [_als("both", 128, 10.0)], SEEDS),
    Row("EASE", [_ease()]),
    Row("EASE, both domains", [_ease(300.0, domains="both")]),
    Row("EASE, recent items first", [_ease(recency=0.7)]),
    Row("EASE, recent, text", [_ease(recency=0.7, content=True)]),
    Row("EASE by distance, recent", [_ease(recency=0.5, decay=0.8)]),
    Row("EASE by distance, recent, text", [_ease(recency=0.5, decay=0.8, content=True)]),
    Row("content, recent items first", [_content("either", 0.3)]),
    Row("content, all items alike", [_content("either", 1.0)]),
    *CHOSEN,
    *NEWCOMERS,
]
# An hour a direction on a laptop: only where it is asked for.
GENERATED = [
    Row("EASE's list, ordered by a GPT, chosen on valid",
        [_gpt(n, prior) for n in (12, 20) for prior in (0.5, 1.0)], SEEDS, ("warm",)),
]  # fmt: skip
