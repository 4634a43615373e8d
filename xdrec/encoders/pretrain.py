"""Continued pre-training: a language model goes on reading, now the texts of the two domains."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xdrec.data.splits import Split
from xdrec.encoders.heads import HeadedModel, Questions
from xdrec.encoders.readable import refuse_held_out
from xdrec.train import History, Plan, train

PARTS = ("all", "head", "lora")


def pretrain(
    model: HeadedModel,
    texts: Sequence[str | None],
    plan: Plan | None = None,
    *,
    part: str = "all",
    rank: int = 8,
    valid: Sequence[str | None] | None = None,
    split: Split | None = None,
    reviews: str | None = None,
    **options: Any,
) -> History:
    """Teach the model, in place, to guess the words of the texts: hidden ones (BERT), next ones
    (GPT).

    `part` says which weights learn: "all"; "head", the head alone, which is fair to a fresh one
    before it is measured; "lora", a low-rank addition to every linear map of the layers, W + BA
    with B [out, `rank`] and A [rank, in], which is merged into W at the end. With `valid`, texts
    that are only measured, a history's row has their perplexity. With `split`, every text is held
    against its held-out part (`refuse_held_out`). `options` go to `train` (progress, checkpoint).

    Loss: the mean of -log p(token) over the tokens asked for; a BERT's questions are drawn anew
    each time. Raises ValueError for texts without a word, and one that is held out; ImportError
    where peft is missing. Source: documents T 3.2.2, X 3.2.3; Gururangan et al., ACL 2020; Hu et
    al., ICLR 2022 (LoRA). Book: language models.
    """
    if part not in PARTS:
        raise ValueError(f"part={part!r}: expected one of {', '.join(PARTS)}")
    if split is not None:
        refuse_held_out([*texts, *(valid or [])], split, reviews)
    things = model.prepare(texts)
    if not things:
        raise ValueError(f"none of the {len(texts)} texts has a word to learn from")

    def questions(alike: list[list[int]]) -> dict[str, Tensor]:
        # From torch's own stream, which `train` seeds by epoch: a resumed run asks the same.
        seeds = torch.randint(2**62, (len(alike),)).tolist()
        return model.lesson(alike, [np.random.default_rng(seed) for seed in seeds])

    def asked(net: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, int]:
        lost = net(**batch)
        return lost.mean(), len(lost)  # a mean over tokens, not over texts

    def measure(learner: Any) -> float:
        return model.perplexity(valid or [], net=learner.net)

    plan = plan or Plan(epochs=1)
    groups = _alike(things, plan.batch_size, plan.seed)
    learner = Questions(model.net)
    adapted = _adapted(model, rank) if part == "lora" else None
    if part == "head":
        model.net.base_model.requires_grad_(False)
        if not any(weight.requires_grad for weight in model.net.parameters()):
            model.net.requires_grad_(True)
            raise ValueError("the head has no weight of its own, it is the word embeddings")
    try:
        history = train(
            learner, asked, things, plan, groups=groups, collate=questions,
            valid=measure if valid else None, device=model.device, **options,
        )  # fmt: skip
    finally:
        if adapted is not None:
            adapted.merge_and_unload()
        model.net.requires_grad_(True)
    model.net.eval()
    model.fresh = False
    return history


def _alike(things: list[list[int]], size: int, seed: int) -> list[list[int]]:
    """Rows of texts of like length, so that little of a batch is padding; equals in any order."""
    chance = np.random.default_rng(seed).random(len(things))
    order = np.lexsort([chance, np.array([len(ids) for ids in things])])
    return [rows.tolist() for rows in np.array_split(order, math.ceil(len(order) / size))]


def _adapted(model: HeadedModel, rank: int) -> Any:
    """The model with low-rank additions put into it; only they ask for gradients."""
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise ImportError("LoRA needs peft: pip install 'xdrec[lora]'") from error
    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules="all-linear",
        fan_in_fan_out=model.config.model_type == "gpt2",  # its maps are stored transposed
    )  # fmt: skip
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, about peft's own call
        torch.manual_seed(0)
        return get_peft_model(model.net, config)
