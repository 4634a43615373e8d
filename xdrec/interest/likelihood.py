"""A language model as the recommender: how likely is this title, after that history?

No free text is parsed: a causal model gives every title a probability, and that is the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl
import torch

from xdrec.data.domain import CrossDomain
from xdrec.encoders.base import batches
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.language import padded
from xdrec.encoders.texts import says
from xdrec.interest.base import Scorer, checked_pair
from xdrec.interest.profile import history_texts
from xdrec.ranking import checked_length, top_k

ASKED = "A person chose, the newest first: {history}. Next they choose:"
NOBODY = "A person chose:"
LISTED = "A person chose, the newest first: {history}. On offer: {titles}. They choose:"


class TitleLikelihood:
    """The best of another model's list, in the order of log p(title | history) - β log p(title).

    `model` is a `HeadedModel` of the GPT family (or what makes one), `base` the model whose first
    `candidates` items are read; the rest keep its order behind them. `prior` β takes off how likely
    a title is after no history at all: else short and common titles win for everybody. A title
    counts per token; of one that is longer than half of what the model reads, the beginning alone.
    The history is the text of `history_texts` (`history`, `newest`).

    Works on any titles, without a single event to learn from (zero-shot); `history_lessons` are
    texts to teach a model the form (`pretrain`). Without a history all scores are 0.
    Raises ValueError for a model that is not causal or has no head, for less than 1 candidate and
    β outside [0, 1]. Source: documents T 2.1, T 9.1; Hou et al., ECIR 2024; Holtzman et al., EMNLP
    2021 (the prior taken off). Book: interest.
    """

    def __init__(
        self,
        model: HeadedModel | str | Path,
        base: Scorer,
        *,
        candidates: int = 20,
        prior: float = 1.0,
        history: str = "target",
        newest: int = 5,
        prompt: str = ASKED,
    ) -> None:
        self.model = _causal(model)
        checked_length(candidates)
        if not 0 <= prior <= 1:
            raise ValueError(f"prior={prior}: expected a β in [0, 1]")
        if "{history}" not in prompt:
            raise ValueError(f"prompt={prompt!r}: expected {{history}} where it is to stand")
        self.base, self.candidates, self.prior = base, candidates, prior
        self.history, self.newest, self.prompt = history, newest, prompt

    def fit(self, known: CrossDomain) -> Self:
        self._index = checked_pair(known).user_index
        self.base.fit(known)
        self._target = known.target
        self._texts = history_texts(known, self.history, newest=self.newest)
        titles = known.target.items["title"].cast(pl.String).to_list()
        self._titles = _beginnings(self.model, titles, self.model.max_length // 2)
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        scores = np.array(self.base.score(users), float)
        owned = self._target.matrix(users).toarray() > 0
        shortlist = top_k(np.where(owned, -np.inf, scores), min(self.candidates, scores.shape[1]))
        readable = np.array([says(title) for title in self._titles])
        chosen = [items[(items >= 0) & readable[items]] for items in shortlist]
        read = np.unique(np.concatenate(chosen)) if chosen else np.empty(0, int)
        usual = np.zeros(len(self._titles))  # what nobody's history makes of it
        if self.prior:
            usual[read] = log_likelihoods(self.model, NOBODY, [self._titles[i] for i in read])
        for row, (person, items) in enumerate(zip(self._index(users), chosen, strict=True)):
            history = self._texts[person]
            if history is None:
                scores[row] = 0
            elif len(items):
                asked = self.prompt.replace("{history}", history)
                reached = log_likelihoods(self.model, asked, [self._titles[i] for i in items])
                reached -= self.prior * usual[items]
                # Above everything else, in their own order.
                scores[row] -= scores[row].max() + 1
                scores[row, items] = reached - reached.min()
        return scores


def log_likelihoods(
    model: HeadedModel | str | Path, beginning: str, endings: Sequence[str], budget: int = 4096
) -> np.ndarray:
    """The mean log p of an ending's tokens after the beginning, float [len(endings)], nats a token.

    The beginning is read once, and all endings go on from there. If it is too long for the longest
    of them, its end is kept. Raises ValueError for a beginning without a token, an ending without a
    word or too long to be read, and for a model that is not causal. Book: interest.
    """
    model = _causal(model)
    blank = [n for n, text in enumerate(endings) if not says(text)]
    if blank:
        raise ValueError(f"ending {blank[0]} of {len(endings)} has no word to be likely")
    if not len(endings):
        return np.empty(0)
    before = model.tokenizer([beginning], verbose=False)["input_ids"][0]
    if not before:
        raise ValueError(f"beginning={beginning!r}: expected a token at least to go on from")
    begin = [before[0]] if before[0] == model.tokenizer.bos_token_id else []
    after = model.tokenizer(
        [" " + text.strip() for text in endings], add_special_tokens=False, verbose=False
    )["input_ids"]
    longest = model.max_length - len(begin) - 1
    if any(len(ids) > longest for ids in after):
        raise ValueError(f"an ending of more than {longest} tokens: the model reads no longer text")
    room = model.max_length - len(begin) - max(len(ids) for ids in after)
    start = torch.tensor([begin + before[len(begin) :][-room:]])
    found = np.empty(len(after))
    model.net.eval()
    with torch.no_grad():
        for part in batches([start.shape[1] + len(ids) for ids in after], budget):
            read = model.net(input_ids=start.to(model.device), use_cache=True)
            read.past_key_values.batch_repeat_interleave(len(part))
            given = padded([after[n] for n in part], model.tokenizer.pad_token_id)
            there = torch.cat(
                [start.new_ones(len(part), start.shape[1]), given["attention_mask"]], 1
            )
            logits = model.net(
                input_ids=given["input_ids"].to(model.device),
                attention_mask=there.to(model.device),
                past_key_values=read.past_key_values,
            ).logits[:, :-1]
            # The beginning's last place guesses the first token, each token the next one.
            first = read.logits[:, -1:].expand(len(part), -1, -1)
            p = torch.cat([first, logits], dim=1).float().log_softmax(dim=2).cpu()
            each = p.gather(2, given["input_ids"][:, :, None])[:, :, 0].double()
            mask = given["attention_mask"]
            found[part] = ((each * mask).sum(dim=1) / mask.sum(dim=1)).numpy()
    return found


def listwise(
    model: HeadedModel | str | Path,
    history: str,
    titles: Sequence[str],
    *,
    turns: int | None = None,
    prompt: str = LISTED,
) -> tuple[np.ndarray, np.ndarray]:
    """How likely each title is when all are read out first, and how likely each *place* is.

    The titles are read out in `turns` orders, each a rotation of the last, by default as many as
    there are titles: then everything has stood everywhere once, and the mean of each title over the
    orders, float [titles], owes nothing to where it stood. The mean of each place, float [titles],
    is what one order alone would have mixed in: the position bias. Raises as `log_likelihoods`, for
    less than one turn, and where the prompt has no {titles}. Source: Hou et al., ECIR 2024 (the
    bias); document T 2.1. Book: interest.
    """
    n = len(titles)
    turns = n if turns is None else turns
    if not 1 <= turns <= n:
        raise ValueError(f"turns={turns}: expected 1 to {n}, the number of titles")
    if "{titles}" not in prompt:
        raise ValueError(f"prompt={prompt!r}: expected {{titles}} where they are to stand")
    of_title, of_place = np.zeros(n), np.zeros(n)
    for turn in range(turns):
        order = np.roll(np.arange(n), turn)
        offer = "; ".join(titles[int(i)] for i in order)
        asked = prompt.replace("{history}", history).replace("{titles}", offer)
        reached = log_likelihoods(model, asked, titles)
        of_title += reached
        of_place += reached[order]
    return of_title / turns, of_place / turns


def history_lessons(known: CrossDomain, newest: int = 5, prompt: str = ASKED) -> list[str]:
    """Texts that teach the form: everybody's history but the newest item, then that item.

    Made of `known` alone, so nothing held out is in them; people with one title teach nothing.
    Feed them to `pretrain`. Book: interest.

    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", "Blue cup"]})
    >>> events = pl.DataFrame({"user_id": "ann", "item_id": ["x", "y"], "timestamp": [1, 2]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> history_lessons(known, prompt="{history}, then:")
    ['Red tea, then: Blue cup']
    """
    lessons = []
    for text in history_texts(known, newest=newest + 1):
        newer, _, older = (text or "").partition("; ")
        if older:
            lessons.append(f"{prompt.replace('{history}', older)} {newer}")
    return lessons


def _beginnings(model: HeadedModel, titles: Sequence[str | None], most: int) -> list[str | None]:
    """The titles as far as their first `most` tokens go."""
    read = model.tokenizer([title or "" for title in titles], add_special_tokens=False,
                           return_offsets_mapping=True, verbose=False)  # fmt: skip
    return [
        title if title is None or len(places) <= most else title[: places[most - 1][1]]
        for title, places in zip(titles, read["offset_mapping"], strict=True)
    ]


def _causal(model: HeadedModel | str | Path) -> HeadedModel:
    if not isinstance(model, HeadedModel):
        model = HeadedModel(model)
    if not model.causal:
        kind = model.config.model_type
        raise ValueError(f"{model.folder} holds a {kind}: expected a model of the GPT family")
    if model.fresh:
        raise ValueError("this model came without a head and has learnt none; see pretrain")
    return model
