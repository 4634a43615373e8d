"""What all strategies share: a net that both domains can train, and θ_source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from xdrec.checkpoint import copied
from xdrec.data.domain import CrossDomain
from xdrec.interest.base import checked_pair
from xdrec.interest.sequence import SequenceTransformer

Weights = Mapping[str, Tensor]


class Strategy:
    """A way to train `model` on the target with what the source has taught: θ_source.

    `model` is a `SequenceTransformer` with the item vectors of both domains. It knows items by
    these vectors alone, so that every weight of it means the same in both domains: that is what
    makes transfer possible at all. A strategy only says three things: with which weights the
    target's training starts, which of them may move, and what is added to its loss (`terms`).

    `theta` are weights learnt in the source (`learn_source`), which several strategies can share;
    without it `fit` learns them itself. It fits and scores like any model of interest, and after
    `fit` `model` is the trained one. Source: documents T 2.2.2, T 3.1.3. Book: transfer strategies.
    """

    needs_source = True

    def __init__(self, model: SequenceTransformer, theta: Weights | None = None) -> None:
        if self.needs_source and model.source is None:
            raise ValueError(
                f"{type(self).__name__} learns in the source, whose item vectors the model does "
                "not have: SequenceTransformer(target, source)"
            )
        self.model, self.theta = model, theta

    def fit(self, known: CrossDomain) -> Self:
        checked_pair(known)
        with self.seeded():
            terms = self.terms(known)
        self.model.fit(known, **terms)
        return self

    def terms(self, known: CrossDomain) -> dict[str, Any]:
        """The options of the model's `fit`: start, frozen, added, after_step; none by default."""
        return {}

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self.model.score(users)

    @contextmanager
    def seeded(self) -> Iterator[None]:
        """What is drawn inside (the first weights of a head) follows from the plan's seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.model.plan.seed)
            yield

    def from_source(self, known: CrossDomain) -> Weights:
        """θ_source: the one given, or learnt now."""
        return learn_source(self.model, known) if self.theta is None else self.theta


def turned(model: SequenceTransformer) -> SequenceTransformer:
    """The same model, untrained, with the source in the target's place; it reads that alone."""
    if model.source is None:
        raise ValueError("the model has no item vectors of the source: nothing to be turned")
    settings = model.settings | {"history": "target"}
    return SequenceTransformer(
        model.source, model.target, **settings, plan=model.plan, device=model.device
    )


def turned_pair(known: CrossDomain) -> CrossDomain:
    return CrossDomain(source=known.target, target=known.source)


def learn_source(
    model: SequenceTransformer, known: CrossDomain, added: nn.Module | None = None
) -> Weights:
    """θ_source: the weights of `model`'s like, trained on the source's own histories.

    No event of the target is read. `added` as in the model's `fit`. Source: document T 4.2.3.
    Book: transfer strategies.
    """
    teacher = turned(model).fit(turned_pair(known), added=added)
    return copied(teacher.net.state_dict(), "cpu")
