"""Training on behaviour: an item's vector is good if it lies where its people's other items lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.encoders.contrast import info_nce
from xdrec.encoders.features import Features
from xdrec.fusion.base import presence, shared_out, simplex
from xdrec.fusion.trained import FusionNet, TrainedFusion
from xdrec.train import Plan, train

HISTORY = 16  # items drawn from a history, with replacement, to stand for it in one step
Batch = dict[str, Tensor]


class BehaviourFusion(TrainedFusion):
    """A fusion whose weights are learnt from who has what, and never from a label or a truth.

    `drop` is the chance that training hides a modality that an item has (never all of them), so
    that the fusion is used to holes.
    """

    def __init__(self, *, drop: float = 0.3, **options: Any) -> None:
        if not 0 <= drop < 1:
            raise ValueError(f"drop={drop!r}: expected a chance from 0 to below 1")
        super().__init__(**options)
        self.drop = drop

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"drop": self.drop}

    def fit(
        self,
        features: Mapping[str, Features],
        x: Any,
        plan: Plan | None = None,
        *,
        valid: float = 0.1,
        **options: Any,
    ) -> Self:
        """Learn from x [users, n items], sparse or not: a person has what is not zero there.

        For each person u and each item i of theirs, u is the mean of some others of their items, as
        in `BehaviourMean`, and i is to be told from the other items of the batch:

            L = InfoNCE(cos(u, v_i) / temperature), both ways, the temperature learnt.

        What a person of the batch has is never held against them. Items of no modality and people
        with fewer than two others are left out. A share `valid` of the people, drawn by the plan's
        seed, is not learnt from, and the epoch with their least loss stays. α is even in training;
        steer it in `fuse`. For two domains, stack their features and their x (target first, as
        `CrossDomain.matrix("both")` does). `options` go to `train`; in several processes an item is
        told from those of its own process's part of the batch, so that fewer are held against it.

        Raises ValueError for an x of other items, with NaN, or with nobody to learn from.
        Source: document X 3.2.2, way 2; van den Oord et al., 2018 (InfoNCE). Book: fusion.
        """
        if not 0 <= valid < 1:
            raise ValueError(f"valid={valid}: expected a share of the people from 0 to below 1")
        present = presence(features)
        x = sparse.csr_matrix(x)
        if x.shape[1] != len(present):
            raise ValueError(f"x of {x.shape[1]} columns: expected the {len(present)} items")
        if np.isnan(x.data).any():
            raise ValueError("x holds NaN: expected numbers, 0 where a person has no such item")
        x = x.multiply(present.any(axis=1)).tocsr()  # nothing can be said of the others
        x.eliminate_zeros()
        x = x[np.diff(x.indptr) >= 2]
        if x.shape[0] < 2:
            raise ValueError(
                f"{x.shape[0]} people have two items with a modality: expected two to learn from"
            )
        plan = plan or Plan(epochs=8, batch_size=256, lr=3e-3, patience=3, seed=self.seed)
        people = np.random.default_rng(plan.seed).permutation(x.shape[0])
        held, taught = np.split(people, [round(valid * len(people))])
        self.begin(features)
        prior = shared_out(simplex(None, self.modalities), present)
        model = _Contrast(self.net, self.inputs(features), prior, self.drop).to(self.device)
        events, rest = Events(x[taught]), Events(x[held])
        draw = torch.Generator().manual_seed(plan.seed)
        watched = [rest.batch(rows, draw) for rows in np.array_split(
            torch.randperm(len(rest), generator=draw).numpy(), -(-len(rest) // plan.batch_size)
        )] if len(rest) else []  # fmt: skip

        def loss(contrast: nn.Module, batch: Batch) -> Tensor:
            return info_nce(contrast(batch))

        def missed(contrast: nn.Module) -> float:
            on_device = [{k: t.to(self.device) for k, t in batch.items()} for batch in watched]
            return float(np.mean([float(loss(contrast, batch)) for batch in on_device]))

        self.history = train(
            model, loss, range(len(events)), plan, collate=events.batch,
            valid=missed if watched else None, device=self.device, **options,
        )  # fmt: skip
        return self


class Events:
    """The filled cells (u, i) of a matrix; a batch of them, each with a piece of u's history."""

    def __init__(self, x: sparse.csr_matrix) -> None:
        self.x = x
        self.users = np.repeat(np.arange(x.shape[0]), np.diff(x.indptr))

    def __len__(self) -> int:
        return len(self.users)

    def batch(self, rows: Sequence[int] | np.ndarray, draw: torch.Generator | None = None) -> Batch:
        """Of b events: `ids` [all], the items that occur in it; where among them each `target` [b]
        and the items of each `history` [b, 16] stand; `owned` [b, b]: does row's person have
        column's item? A history never holds its target."""
        at = np.asarray(rows)
        users = self.users[at]
        start, size = self.x.indptr[users], np.diff(self.x.indptr)[users]
        drawn = torch.rand(len(at), HISTORY, generator=draw, dtype=torch.float64).numpy()
        # A step of 1 to size - 1 from the target's place, around the end: any other item.
        step = 1 + (drawn * (size - 1)[:, None]).astype(int)
        places = start[:, None] + ((at - start)[:, None] + step) % size[:, None]
        items = self.x.indices[np.column_stack([at, places])]
        ids, among = np.unique(items, return_inverse=True)
        stand = torch.from_numpy(among.reshape(items.shape))
        owned = torch.from_numpy(self.x[users][:, items[:, 0]].toarray() != 0)
        return {"ids": torch.from_numpy(ids).long(), "target": stand[:, 0], "history": stand[:, 1:],
                "owned": owned}  # fmt: skip


class _Contrast(nn.Module):
    """A batch to its scores [b, b] over the temperature, -inf where a wrong item would be right."""

    def __init__(
        self, net: FusionNet, inputs: list[Tensor], prior: np.ndarray, drop: float
    ) -> None:
        super().__init__()
        self.net, self.drop = net, drop
        self.inputs, self.prior = inputs, torch.tensor(prior, dtype=torch.float32)
        self.sharpness = nn.Parameter(torch.tensor(np.log(10.0), dtype=torch.float32))

    def forward(self, batch: Batch) -> Tensor:
        prior = self.prior.to(batch["ids"].device)[batch["ids"]]
        if self.training:
            prior = hidden(prior, self.drop)
        v, _ = self.net([x[batch["ids"]] for x in self.inputs], prior)
        u = normalize(v[batch["history"]].mean(dim=1), dim=-1)
        scores = u @ v[batch["target"]].mT * self.sharpness.clamp(max=np.log(100)).exp()
        own = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        return scores.masked_fill(batch["owned"] & ~own, -torch.inf)


def hidden(prior: Tensor, drop: float) -> Tensor:
    """The prior with each modality of an item hidden with chance `drop`, but never all of them.

    >>> hidden(torch.tensor([[0.5, 0.5, 0.0]]), drop=0.0).tolist()
    [[0.5, 0.5, 0.0]]
    """
    kept = prior * (torch.rand(prior.shape, device=prior.device) >= drop)
    return torch.where(kept.any(dim=1, keepdim=True), kept, prior)
