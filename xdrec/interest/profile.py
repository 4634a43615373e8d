"""h by a language model: the history written as a text, and read like an item's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features
from xdrec.encoders.generate import continue_sentence
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.texts import TextEncoder, says
from xdrec.interest.base import checked_pair
from xdrec.interest.histories import histories, kinds_of

PROMPT = "A person chose, the newest first: {history}. What this person likes:"


class LanguageProfile:
    """u = f(the person's history as a text), by the encoder f that read the items.

    `target` are the vectors that `encoder` gave of the target's texts. The text of a history
    ("target", "source", or "both", by time) is `history_texts`: the titles of its `newest` items,
    newest first, with what was done with each if `behaviours`. `writer`, a function from that text
    to another, may write the profile in its place: `write_profile`, for one.
    score(u, v) = cosine, float [users, target items]; a person without a title in their history
    scores 0 everywhere. After `fit`: `profiles`, the texts of all `known.users` (None: no history).

    A text encoder takes what it reads for a description of one thing. That a list of titles lands
    near the things that go with them is to be measured, not assumed. Raises ValueError for a number
    of items below 1, and for vectors of another width. Source: documents X 4.2.3, T 4.2.1 and, for
    a language model that reads histories, Hou et al., ECIR 2024. Book: interest.

    >>> from xdrec.data import make_world
    >>> from xdrec.encoders import LanguageModel
    >>> known = make_world(users=20, items=20, sparsity=0.8, images=False).cross("books", "films")
    >>> encoder = LanguageModel()
    >>> h = LanguageProfile(encoder.encode(known.target.texts()), encoder).fit(known)
    >>> h.score(known.users).shape
    (20, 20)
    """

    def __init__(
        self,
        target: Features,
        encoder: TextEncoder,
        *,
        history: str = "target",
        newest: int = 10,
        behaviours: bool = False,
        writer: Callable[[str], str] | None = None,
    ) -> None:
        if target.vectors.shape[1] != encoder.width:
            raise ValueError(
                f"target vectors have {target.vectors.shape[1]} dimensions, the encoder's texts "
                f"{encoder.width}: expected the encoder that read the items"
            )
        if newest < 1:
            raise ValueError(f"newest={newest}: expected a number of items, at least 1")
        self.target, self.encoder, self.writer = target, encoder, writer
        self.history, self.newest, self.behaviours = history, newest, behaviours

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        texts = history_texts(known, self.history, newest=self.newest, behaviours=self.behaviours)
        if self.writer is not None:
            texts = [text if text is None else self.writer(text) for text in texts]
        self.profiles = texts
        self._interest = self.encoder.encode(texts)
        return self

    def interest(self, users: Sequence[str] | pl.Series) -> Features:
        """The vectors u of some users, float32 [n, d]; not present without history."""
        rows = self._index(users)
        return Features(self._interest.vectors[rows], self._interest.present[rows])

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        return self.interest(users).unit() @ self.target.unit().T


def history_texts(
    known: CrossDomain, which: str = "target", *, newest: int = 10, behaviours: bool = False
) -> list[str | None]:
    """The history of each of `known.users` as a text: titles, newest first, an item once.

    With `behaviours` what was done stands behind each title. Items of one moment go in the order of
    the catalogue. An item without a title is passed over; None where no title is left. Book:
    interest.

    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"]})
    >>> events = pl.DataFrame({"user_id": "ann", "item_id": ["x", "y", "y"],
    ...                        "timestamp": [1, 2, 3], "behaviour": ["view", "view", "purchase"]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> history_texts(known, behaviours=True)
    ['Blue cup (purchase, view); Red tea (view)']
    """
    both = (known.target, known.source)
    kinds = sorted(set().union(*map(kinds_of, both))) if behaviours else []
    told = histories(known, which, kinds)
    titles = pl.concat([domain.items["title"].cast(pl.String) for domain in both]).to_list()
    texts: list[str | None] = []
    for person in range(len(known.users)):
        part = told.of(person)
        # Newest moment first; the sort is stable, so that equals keep the catalogue's order.
        order = part.start + np.argsort(-told.upto[part], kind="stable")
        words: list[str] = []
        for row in order:
            title = titles[told.item[row]]
            if says(title) and len(words) < newest:
                done = [kind for kind, did in zip(kinds, told.did[row], strict=False) if did]
                words.append(title.strip() + f" ({', '.join(done)})" * bool(done))
        texts.append("; ".join(words) or None)
    return texts


def write_profile(
    model: HeadedModel | str | Path,
    history: str,
    tokens: int = 32,
    *,
    prompt: str = PROMPT,
    temperature: float = 0.0,
    seed: int = 0,
) -> str:
    """What a causal language model writes of a person, given their history as a text.

    `model` is a `HeadedModel` of the GPT family, a folder or a name that makes one. It continues
    `prompt`, in which {history} stands for the history, by up to so many tokens: the likeliest, or
    with a `temperature` drawn ones, the same for the same `seed`. Of a history too long for the
    model the oldest items are left out. The text may be empty: a model may end at once. A small one
    repeats what it has read; what it is worth, as a `writer` of `LanguageProfile`, is to be
    measured. Raises ValueError for a model that is not causal or has learnt no head, and where not
    even the newest item fits. Source: document T 2.1.1; Radford et al., 2019. Book: interest.
    """
    if not isinstance(model, HeadedModel):
        model = HeadedModel(model)
    if not model.causal:
        kind = model.config.model_type
        raise ValueError(f"{model.folder} holds a {kind}: expected a model of the GPT family")
    if "{history}" not in prompt:
        raise ValueError(f"prompt={prompt!r}: expected {{history}} where the history is to stand")
    items, room = history.split("; "), model.max_length - tokens
    while True:
        asked = prompt.replace("{history}", "; ".join(items))
        ids = model.tokenizer([asked], verbose=False)["input_ids"][0]
        if len(ids) <= room or len(items) == 1:
            break
        items.pop()
    # As it reads after a way through the tokens, which is how the answer begins.
    begun = model.tokenizer.decode(ids, skip_special_tokens=True)
    text = continue_sentence(model, asked, tokens, temperature=temperature, seed=seed)
    return text.removeprefix(str(begun).strip()).strip()
