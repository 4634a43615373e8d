"""A language model with its head: what it takes a hidden or a next word to be, and how well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xdrec.device import pick_device
from xdrec.encoders.base import batches
from xdrec.encoders.families import is_causal, places, read_config, read_net, write_net
from xdrec.encoders.language import padded
from xdrec.encoders.pretrained import MINILM, locate
from xdrec.encoders.texts import check_texts, says
from xdrec.saved import loading

SHARE = 0.15  # of the words hidden from a BERT: Devlin et al., 2019


class HeadedModel:
    """A BERT that guesses hidden words, or a GPT that guesses the next one; `net` has the weights.

    `model` is as for `LanguageModel`. A folder that holds no head (all-MiniLM's does not) gets a
    fresh one, drawn by `seed` and tied to the word embeddings as BERT's own is; `fresh` says so. A
    text is cut at `max_length` tokens. A GPT reads it between a token of beginning and one of end.
    Raises as `LanguageModel` does, and ValueError for a tokenizer without the tokens it takes.
    Source: documents X 2.1, T 2.1.1-2; Devlin et al., NAACL 2019. Book: language models.

    >>> model = HeadedModel("minilm")
    >>> model.causal, model.fresh
    (False, True)
    """

    def __init__(
        self,
        model: str | Path = MINILM,
        *,
        max_length: int | None = None,
        seed: int = 0,
        device: str | None = None,
        download: bool = False,
    ) -> None:
        from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

        self.device, self.folder = pick_device(device), locate(model, download)
        self.config = read_config(self.folder)
        with loading(self.folder):
            self.causal, room = is_causal(self.config), places(self.config)
        self.max_length = min(128, room) if max_length is None else max_length
        if not 3 <= self.max_length <= room:
            raise ValueError(f"max_length={max_length}: expected 3 to {room} tokens")
        with loading(self.folder):
            self.tokenizer = AutoTokenizer.from_pretrained(self.folder, truncation_side="right")
        needed = "eos_token_id" if self.causal else "mask_token_id"
        if getattr(self.tokenizer, needed) is None:
            raise ValueError(f"the tokenizer in {self.folder} has no {needed.removesuffix('_id')}")
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            kind = AutoModelForCausalLM if self.causal else AutoModelForMaskedLM
            net, missing = read_net(kind, self.folder)
        lost = [name for name in missing if name.startswith(f"{net.base_model_prefix}.")]
        if lost:
            raise ValueError(f"{self.folder} lacks {len(lost)} weights, {lost[0]!r} first")
        self.net, self.fresh = net.to(self.device).eval(), bool(missing)

    def prepare(self, texts: Sequence[str | None]) -> list[list[int]]:
        """Token ids of the texts there are; one without a word to guess is left out."""
        check_texts(texts)
        there = [text for text in texts if says(text)]
        room = self.max_length - 2 if self.causal else self.max_length
        ids = self.tokenizer(there, truncation=True, max_length=room)["input_ids"] if there else []
        if self.causal:
            end = self.tokenizer.eos_token_id
            begin = end if self.tokenizer.bos_token_id is None else self.tokenizer.bos_token_id
            ids = [[*([begin] if one[:1] != [begin] else []), *one, end] for one in ids]
        return [one for one in ids if self.askable(one).any()]

    def askable(self, ids: Sequence[int]) -> np.ndarray:
        """Which tokens may be asked for: a GPT's all but the first, a BERT's that are words."""
        if self.causal:
            return np.arange(len(ids)) > 0
        return ~np.isin(ids, self.tokenizer.all_special_ids)

    def lesson(
        self, things: Sequence[list[int]], draws: Sequence[np.random.Generator], mixed: bool = True
    ) -> dict[str, Tensor]:
        """A batch of questions: the arguments of `Questions`.

        From a BERT 15 % of the words (one at least) are hidden, each text's by its own generator;
        `mixed` leaves one in ten of them as it is and puts a chance word in the place of another,
        so that the model has to mind every word; else all become [MASK].
        """
        batch = padded(things, self.tokenizer.pad_token_id)
        asked = torch.zeros_like(batch["input_ids"], dtype=torch.bool)
        if self.causal:
            asked[:, :-1] = batch["attention_mask"][:, 1:] > 0
            return batch | {"asked": asked, "answers": batch["input_ids"][:, 1:][asked[:, :-1]]}
        answers = batch["input_ids"].clone()
        for row, (ids, rng) in enumerate(zip(things, draws, strict=True)):
            words = np.flatnonzero(self.askable(ids))
            hidden = rng.choice(words, max(1, round(SHARE * len(words))), replace=False)
            put, fate = np.full(len(hidden), self.tokenizer.mask_token_id), rng.random(len(hidden))
            if mixed:
                chance = rng.integers(self.config.vocab_size, size=len(hidden))
                put = np.where(fate < 0.1, chance, np.where(fate < 0.2, np.array(ids)[hidden], put))
            asked[row, hidden] = True
            batch["input_ids"][row, hidden] = torch.from_numpy(put)
        return batch | {"asked": asked, "answers": answers[asked]}

    def perplexity(
        self,
        texts: Sequence[str | None],
        seed: int = 0,
        budget: int = 4096,
        *,
        net: nn.Module | None = None,
    ) -> float:
        """exp of the mean -log p(token), over all tokens asked for in the texts; 1 is certainty.

        Exact for a GPT: every token given those before it, the end of the text included. For a BERT
        a pseudo-perplexity: 15 % of each text's words are hidden at once, always the same ones for
        the same `seed` and text, and guessed from the rest. The two cannot be compared with each
        other, and models only if they share their tokenizer. `net` has the weights, the
        model's own by default. Raises ValueError without a word.
        Source: Jelinek et al., 1977; Salazar et al., ACL 2020 (pseudo). Book: language models.
        """
        things = self.prepare(texts)
        if not things:
            raise ValueError(f"none of the {len(texts)} texts has a word to guess")
        net = net or self.net
        questions, total, count = Questions(net), 0.0, 0
        training = net.training
        net.eval()
        with torch.no_grad():
            for rows in batches([len(one) for one in things], budget):
                part = [things[row] for row in rows]
                draws = [np.random.default_rng([seed, *ids]) for ids in part]
                batch = self.lesson(part, draws, mixed=False)
                losses = questions(**{name: each.to(self.device) for name, each in batch.items()})
                total, count = total + float(losses.double().sum()), count + len(losses)
        net.train(training)
        return math.exp(total / count)

    def save(self, folder: str | Path) -> None:
        """Config, weights (safetensors), tokenizer: `LanguageModel` and this class read them."""
        write_net(self.net, self.tokenizer, folder)


class Questions(nn.Module):
    """-log p(answer) at each place that is asked about, float [asked]."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, asked: Tensor, answers: Tensor
    ) -> Tensor:
        given = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.net.config.model_type == "bert":
            # The head costs as much as all layers together: only what is asked for goes through it.
            logits = self.net.cls(self.net.bert(**given)[0][asked])
        else:
            logits = self.net(**given).logits[asked]
        return nn.functional.cross_entropy(logits.float(), answers, reduction="none")
