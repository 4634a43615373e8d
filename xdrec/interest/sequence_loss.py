"""The loss of naming the right item among a catalogue, whole or by a drawn part of it."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from xdrec.interest.sequence_net import SequenceNet

FEW = 20_000  # so many items are all held against the right one; of more a drawn part


def catalogue_loss(
    net: SequenceNet,
    u: Tensor,
    answers: Tensor,
    x: Tensor,
    present: Tensor,
    drawn: int | None,
    weights: Tensor | None = None,
) -> Tensor:
    """Mean of -log softmax(⟨u, v⟩ / τ)[answer] over the rows of u [n, width].

    `x` [items, d] are the item vectors, `present` those that can be asked for, `answers` int [n]
    the right ones among them. Of more than 20,000 the softmax is over those that are answers in
    this batch and `drawn` others (None: always over all). `weights` [items] says how much a row
    counts by its answer, 1 without. Source: Jean et al., ACL 2015 (sampled softmax).
    """
    if drawn is None or len(present) <= FEW:
        places = torch.searchsorted(present, answers)
        scores = net.scores(u, net.items(x[present]))
    else:
        asked, places = answers.unique(return_inverse=True)
        others = present[~torch.isin(present, asked)]
        some = others[torch.randint(len(others), (drawn,), device=u.device)]
        scores = net.scores(u, net.items(x[torch.cat([asked, some])]))
        # Each drawn item stands for many: the sum under the softmax is that of the whole catalogue
        # in expectation.
        scores[:, len(asked) :] += math.log(len(others) / drawn)
    if weights is None:
        return cross_entropy(scores, places)
    w = weights[answers]
    return (w * cross_entropy(scores, places, reduction="none")).sum() / w.sum()
