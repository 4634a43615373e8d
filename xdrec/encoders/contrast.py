"""Teach which belongs to which: the true pair must beat the others of its batch, both ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from xdrec.encoders.base import Unreadable
from xdrec.encoders.crossmodal import CrossModal
from xdrec.encoders.pictures import Picture
from xdrec.encoders.texts import says
from xdrec.encoders.words_and_patches import WordsAndPatches
from xdrec.ranks import gathered
from xdrec.train import History, Plan, held_apart, train

AMONG = 200  # candidates, where the held-out part has so many


def info_nce(scores: Tensor) -> Tensor:
    """Mean of -log softmax(row i)[i] and -log softmax(column i)[i] of scores [n, n].

    Source: van den Oord et al., 2018 (InfoNCE); Radford et al., ICML 2021 (both ways). Book:
    encoders.

    >>> round(float(info_nce(torch.zeros(8, 8))), 4) == round(math.log(8), 4)
    True
    """
    own = torch.arange(len(scores), device=scores.device)
    return (cross_entropy(scores, own) + cross_entropy(scores.mT, own)) / 2


def recall_at_1(scores: Tensor) -> float:
    """Share of rows i whose greatest score is that of column i, and of no other.

    >>> recall_at_1(torch.tensor([[3.0, 1.0], [2.0, 2.0]]))
    0.5
    """
    best = scores.diagonal()
    others = scores.masked_fill(
        torch.eye(len(scores), dtype=torch.bool, device=scores.device), -torch.inf
    )
    return float((best > others.amax(dim=1)).float().mean())


def fit_pairs(
    model: CrossModal,
    texts: Sequence[str | None],
    pictures: Sequence[Picture | None],
    plan: Plan | None = None,
    *,
    valid: float = 0.1,
    **options: Any,
) -> History:
    """Teach a `CrossModal` which picture belongs to which text; its net is trained in place.

    Loss: `info_nce` of the match scores of a batch, plus that of the cosines of texts alone and
    pictures alone, each with its own learnt temperature. So the batch size is the number of
    candidates, and two like pairs in a batch are held against each other though both are right.
    Pairs that lack a side are left out, and where the model masks unreadable pictures, those too. A
    share `valid`, drawn by the plan's seed, is not trained on: `valid` in the history's rows is the
    share of its texts whose picture is not the best of (up to) 200, and the epoch with the least is
    the one that stays. `options` go to `train`. Raises ValueError for unequal lengths, fewer than
    two pairs, and pictures that cannot be read. Source: document X 3.2.1. Book: encoders.
    """
    plan = plan or Plan()
    if not 0 <= valid < 1:
        raise ValueError(f"valid={valid}: expected a share of the pairs from 0 to below 1")
    if len(texts) != len(pictures):
        raise ValueError(f"{len(texts)} texts and {len(pictures)} pictures: expected pairs")
    pairs = list(zip(texts, pictures, strict=True))
    model.check(pairs)
    pairs = [(text, picture) for text, picture in pairs if says(text) and picture is not None]
    things = [thing for thing in model.prepare(pairs) if not isinstance(thing, Unreadable)]
    if len(things) < len(pairs) and model.unreadable == "raise":
        raise ValueError(
            f"{len(pairs) - len(things)} pictures cannot be read: encode() lists them; mend them, "
            "or make the model with unreadable='mask' to leave them out"
        )
    taught, held = ([things[at] for at in rows]
                    for rows in held_apart(len(things), valid, plan.seed))  # fmt: skip
    if len(taught) < 2:
        raise ValueError(f"{len(taught)} pairs to learn from: expected at least two")

    def loss(contrast: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, int]:
        fine, alone = contrast(**batch)
        return info_nce(fine.float()) + info_nce(alone.float()), 1  # the whole batch's, everywhere

    def missed(contrast: nn.Module) -> float:
        """Weighted by size, the share missed in parts of `AMONG`."""
        found = 0.0
        for start in range(0, len(held), AMONG):
            batch = model.collate(held[start : start + AMONG])
            fine, _ = contrast(**{name: each.to(model.device) for name, each in batch.items()})
            found += recall_at_1(fine) * len(fine)
        return 1 - found / len(held)

    contrast = _Contrast(model.net).to(model.device)
    return train(
        contrast, loss, taught, plan, collate=model.collate, valid=missed if held else None,
        device=model.device, **options,
    )  # fmt: skip


class _Contrast(nn.Module):
    """A batch to two matrices of scores over their temperatures: words with patches, and alone."""

    def __init__(self, net: WordsAndPatches) -> None:
        super().__init__()
        self.net = net
        self.sharpness = nn.Parameter(torch.full((2,), math.log(10)))

    def forward(self, ids: Tensor, mask: Tensor, pixels: Tensor, seen: Tensor) -> tuple[Any, Any]:
        words, shares, mask = self.net.words(ids, mask)
        patches = self.net.patches(pixels)
        texts = normalize(self.net.pooled_words(words, shares), dim=-1)
        pictures = normalize(self.net.pooled_patches(patches), dim=-1)
        if self.training:  # the candidates of the whole batch, whichever process has them
            words, shares, mask = gathered(words), gathered(shares), gathered(mask)
            patches, texts, pictures = gathered(patches), gathered(texts), gathered(pictures)
        fine, alone = self.sharpness.clamp(max=math.log(100)).exp()
        return self.net.scores(words, shares, mask, patches) * fine, texts @ pictures.mT * alone
