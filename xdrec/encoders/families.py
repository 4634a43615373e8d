"""Two families of language models: what tells them apart, and how one is read from its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from xdrec.encoders.pretrained import quietly
from xdrec.saved import loading

# What was tried: each of these has a test. Every token of a BERT sees the whole text; a token of a
# GPT sees itself and what stands to its left.
BERTS = ("albert", "bert", "camembert", "deberta-v2", "distilbert", "electra", "modernbert",
         "mpnet", "roberta", "xlm-roberta")  # fmt: skip
GPTS = ("gemma", "gemma2", "gpt2", "gpt_neo", "gpt_neox", "gptj", "llama", "mistral", "olmo2",
        "phi", "qwen2", "qwen3", "smollm3")  # fmt: skip
# Their first places, as many as the number of the padding token and one more, are never used.
_PLACES_FROM_PADDING = ("camembert", "roberta", "xlm-roberta")


def read_config(folder: Path) -> Any:
    """The configuration of the model in a folder, as transformers has it.

    Raises FileNotFoundError where there is none, ValueError for a model of neither family: one
    with an encoder and a decoder (T5, BART), one of pictures, one that nobody has tried.
    """
    file = folder / "config.json"
    if not file.is_file():
        raise FileNotFoundError(f"{folder} has no config.json: expected the folder of a model")
    with loading(folder):
        kind = json.loads(file.read_text("utf-8")).get("model_type")
        if kind not in BERTS + GPTS:
            raise ValueError(
                f"{folder} holds a {kind} model: expected one of the BERT family "
                f"({', '.join(BERTS)}) or of the GPT family ({', '.join(GPTS)})"
            )
        from transformers import AutoConfig

        return AutoConfig.from_pretrained(folder)


def is_causal(config: Any) -> bool:
    """Does a token see only what stands to its left?"""
    return config.model_type in GPTS or bool(getattr(config, "is_decoder", False))


def places(config: Any) -> int:
    """The longest text that the model has places for, in tokens."""
    unused = config.pad_token_id + 1 if config.model_type in _PLACES_FROM_PADDING else 0
    if config.model_type == "mpnet":
        unused = 2  # it has its padding token's number built in
    return config.max_position_embeddings - unused


def read_net(kind: Any, folder: Path) -> tuple[nn.Module, list[str]]:
    """A net of one of transformers' Auto classes in float32, and which weights its folder lacks."""
    with quietly(), loading(folder):  # what is missing is the caller's to judge, not to print
        net, said = kind.from_pretrained(
            folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
    return net, sorted(said["missing_keys"])


def write_net(net: Any, tokenizer: Any, folder: str | Path) -> None:
    """Config, weights (safetensors) and tokenizer, as transformers reads them."""
    with quietly():
        net.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
