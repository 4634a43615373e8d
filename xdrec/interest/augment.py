"""Augmentation of histories: each training step sees them a little otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Augment:
    """A batch of histories in, the same batch out, some histories changed: cropped, masked, mixed.

    Each history is left alone or gets one of three changes, all four equally often:

    - **crop**: only a stretch of it, `crop` of its rows, can be read;
    - **mask**: every row is hidden with probability `mask`;
    - **reorder**: among a stretch, `reorder` of the rows that are asked for, items change places,
      and the answers with them: the order of what came close together is forgotten.

    Every question is still asked. A share of 1 for `crop`, of 0 for the others leaves that change
    out. It goes to `SequenceTransformer.fit(augment=...)`, which calls it on training batches only
    (`xdrec.interest.questions.collate` says what they hold); drawn by torch's generator, so the
    plan's seed decides. Raises ValueError for shares outside [0, 1].
    Source: document T 9.5; Xie et al., ICDE 2022 (CL4SRec). Book: sparse data.

    >>> batch = {"there": torch.ones(2, 4, dtype=torch.bool), "own": torch.tensor([[1, 2, 3]] * 2),
    ...          "item": torch.arange(8).reshape(2, 4), "did": torch.zeros(2, 4, 1),
    ...          "answers": torch.tensor([[1, 2, 3], [5, 6, 7]])}
    >>> changed = Augment(mask=1.0, crop=1.0, reorder=0.0)(batch)
    >>> sorted(batch) == sorted(changed), changed["answers"].equal(batch["answers"])
    (True, True)
    """

    crop: float = 0.6
    mask: float = 0.3
    reorder: float = 0.6

    def __post_init__(self) -> None:
        for name in ("crop", "mask", "reorder"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ValueError(f"{name}={share}: expected a share of the history, 0 to 1")

    def __call__(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        kind = torch.randint(4, (len(batch["item"]), 1))
        there = batch["there"].clone()
        there &= (kind != 1) | stretch(there.sum(dim=1), self.crop, there.shape[1])[0]
        there &= (kind != 2) | (torch.rand(there.shape) >= self.mask)
        mixed = reordered(batch, self.reorder, kind[:, 0] == 3)
        return {**batch, **mixed, "there": there}


def stretch(sizes: Tensor, share: float, width: int) -> tuple[Tensor, Tensor]:
    """A random run of `share` of each row's first `sizes` [b] places: bool [b, width], its start.

    Rounded up to whole places.
    """
    length = (sizes * share).ceil().long()
    start = (torch.rand(len(sizes)) * (sizes - length + 1)).long()
    at = torch.arange(width)
    return (at >= start[:, None]) & (at < (start + length)[:, None]), start


def reordered(batch: Mapping[str, Tensor], share: float, rows: Tensor) -> dict[str, Tensor]:
    """Items (with what was done) and answers of `rows` bool [b], mixed within a stretch.

    Only rows of the history that are asked for change places, and all of those can be answered:
    so no question ever asks for what cannot be answered.
    """
    own, answers = batch["own"], batch["answers"]
    asked = (own >= 0) & rows[:, None]
    inside, start = stretch(asked.sum(dim=1), share, own.shape[1])
    at = torch.arange(own.shape[1], dtype=torch.float32)
    # Places outside keep their number; those inside draw one within the stretch.
    drawn = start[:, None] + torch.rand(own.shape) * inside.sum(dim=1, keepdim=True)
    order = torch.where(inside, drawn, at).argsort(dim=1)
    person, question = asked.nonzero(as_tuple=True)
    to, come = own[person, question], own.gather(1, order)[person, question]
    item, did = batch["item"].clone(), batch["did"].clone()
    item[person, to], did[person, to] = batch["item"][person, come], batch["did"][person, come]
    return {"item": item, "did": did,
            "answers": torch.where(asked, answers.gather(1, order), answers)}  # fmt: skip
