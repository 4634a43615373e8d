"""The laptop form of a language model as recommender: a tiny GPT that has read the histories."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from benchmarks.protocol import Texts
from xdrec.data import CrossDomain
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.tiny import tiny_gpt
from xdrec.interest import EASE, Scorer, TitleLikelihood
from xdrec.interest.likelihood import history_lessons
from xdrec.plan import Plan

NEWEST = 3  # titles of a history that are read: those of a shop run to thirty tokens
LENGTH = 192


@lru_cache(maxsize=4)  # several orders of one list are tried with each
def taught(lessons: tuple[str, ...], seed: int) -> HeadedModel:
    """A GPT of two layers, from its first weights, that has read the lessons twice."""
    with tempfile.TemporaryDirectory() as folder:
        tiny_gpt(lessons, folder, vocabulary=2000, max_length=LENGTH, seed=seed)
        model = HeadedModel(folder, max_length=LENGTH)
    pretrain(model, lessons, Plan(epochs=2, batch_size=16, lr=3e-3, seed=seed))
    return model


class TaughtGPT:
    """EASE's list with texts, its first `candidates` in the order of a GPT that `known` has taught.

    It reads everybody's history in the target as a sentence, and every title of the catalogue.
    """

    def __init__(self, texts: Texts, candidates: int, prior: float, seed: int) -> None:
        self.candidates, self.prior, self.seed = candidates, prior, seed
        self.base: Scorer = EASE(100.0, 0.5, decay=0.8, content=texts.target)

    def fit(self, known: CrossDomain) -> TaughtGPT:
        titles = [title for title in known.target.items["title"] if title]
        lessons = (*history_lessons(known, newest=NEWEST), *titles)
        self._model = TitleLikelihood(
            taught(lessons, self.seed), self.base, candidates=self.candidates, prior=self.prior,
            newest=NEWEST,
        ).fit(known)  # fmt: skip
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self._model.score(users)
