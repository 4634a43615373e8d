"""What the fusions that are taught share: a net over blocks and masks, its teaching, its file."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn.functional import normalize

from xdrec.checkpoint import copied
from xdrec.data.cache import write_whole
from xdrec.encoders.contrast import info_nce
from xdrec.encoders.features import Features
from xdrec.fusion.base import Fused, presence, simplex
from xdrec.train import History, Plan, train

VERSION = 1
MOST = 20  # pairs a person gives: who has 300 items is not to be heard 1,000 times as often


class TrainedFusion(ABC):
    """Blocks [n, d_m] of unit length in, one unit vector [n, width] and the shares out.

    `fit(features, pairs)` teaches it by what people have: a pair of items of one person is to be
    more alike than the other pairs of its batch (symmetric InfoNCE at `temperature`). In training
    each modality of an item is hidden with chance `hide`, so that none is relied upon alone; an
    item's last one is never. α steers afterwards, without another training: equal weights are as
    taught, and a modality of weight 0 is as good as missing.
    """

    def __init__(
        self, width: int = 64, *, temperature: float = 0.1, hide: float = 0.3,
        plan: Plan | None = None,
    ) -> None:  # fmt: skip
        if width < 1 or not temperature > 0 or not 0 <= hide < 1:
            raise ValueError(
                f"width={width}, temperature={temperature}, hide={hide}: expected a width of at "
                "least 1, a temperature > 0 and a chance from 0 to below 1"
            )
        self.width, self.temperature, self.hide = width, temperature, hide
        self.plan = plan or Plan(epochs=10, batch_size=256, lr=3e-3)
        self.widths: dict[str, int] | None = None

    @abstractmethod
    def build(self, widths: Mapping[str, int]) -> nn.Module:
        """A net of (blocks, present [n, M], log(M α) [M]) that returns ([n, width], [n, M])."""

    def loss(self, net: nn.Module, first: tuple[Any, Tensor], second: tuple[Any, Tensor]) -> Tensor:
        """Of a batch of pairs, each side (blocks, present)."""
        even = torch.zeros(first[1].shape[1])
        a, b = (normalize(net(blocks, self._hidden(there), even)[0], dim=1)
                for blocks, there in (first, second))  # fmt: skip
        return info_nce(a @ b.mT / self.temperature)

    def fit(self, features: Mapping[str, Features], pairs: np.ndarray) -> Self:
        """Teach it; `pairs` int [pairs, 2] are rows of the features, as `pairs_of` gives them.

        Pairs with an item that has no modality are left out. After it: `history`. Raises
        ValueError where fewer than two pairs are left, or a row is not there.
        """
        present = presence(features)
        pairs = np.asarray(pairs)
        if pairs.ndim != 2 or pairs.shape[1] != 2:
            raise ValueError(f"pairs of shape {pairs.shape}: expected [pairs, 2] rows of the items")
        outside = (pairs < 0) | (pairs >= len(present))
        if outside.any():
            raise ValueError(f"pairs name row {pairs[outside][0]}: there are {len(present)} items")
        some = present.sum(axis=1) > 0
        pairs = pairs[some[pairs].all(axis=1)]
        if len(pairs) < 2:
            raise ValueError(f"{len(pairs)} pairs of items to learn from: expected at least two")
        self._make({m: f.vectors.shape[1] for m, f in features.items()})
        blocks, there = self._read(features)

        def collate(rows: list[np.ndarray]) -> Any:
            first, second = np.stack(rows).T
            return [([block[at] for block in blocks], there[at]) for at in (first, second)]

        self.history: History = train(
            self.net, lambda net, batch: self.loss(net, *batch), list(pairs), self.plan,
            collate=collate, device="cpu",
        )  # fmt: skip
        return self

    def fuse(
        self, features: Mapping[str, Features], alpha: Mapping[str, float] | None = None
    ) -> Fused:
        """The fused vectors of any items that have these modalities, seen in training or not."""
        modalities = tuple(features)
        if self.widths is None:
            raise ValueError("this fusion has learnt nothing yet: call fit first, or load one")
        given = {m: f.vectors.shape[1] for m, f in features.items()}
        if given != self.widths or modalities != tuple(self.widths):
            raise ValueError(f"modalities {given}: this fusion was taught with {self.widths}")
        alphas = simplex(alpha, modalities)
        blocks, there = self._read(features)
        there &= torch.from_numpy(alphas > 0)
        steer = torch.from_numpy(np.log(np.maximum(alphas * len(alphas), 1e-30))).float()
        with torch.inference_mode():
            vectors, shares = self.net.eval()(blocks, there, steer)
        present = there.any(dim=1)
        vectors = normalize(vectors, dim=1) * present[:, None]
        shares = (shares * present[:, None]).double()
        return Fused(vectors.numpy(), present.numpy(), modalities, shares.numpy())

    def save(self, folder: str | Path) -> None:
        """Settings as JSON, weights as safetensors."""
        said = {"kind": type(self).__name__, "version": VERSION, "settings": self.settings(),
                "widths": self.widths}  # fmt: skip
        weights = copied(self.net.state_dict(), "cpu")
        write_whole(Path(folder, "fusion.json"), json.dumps(said, indent=1).encode())
        write_whole(Path(folder, "fusion.safetensors"), save(weights))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """What `save` wrote; ValueError where it is of another kind or of a later version."""
        said = json.loads(Path(folder, "fusion.json").read_text())
        if said["kind"] != cls.__name__ or said["version"] != VERSION:
            raise ValueError(
                f"{folder} holds a {said['kind']} of version {said['version']}: expected a "
                f"{cls.__name__} of version {VERSION}"
            )
        fusion = cls(**said["settings"])
        fusion._make(said["widths"])
        fusion.net.load_state_dict(load_file(Path(folder, "fusion.safetensors")))
        return fusion

    def settings(self) -> dict[str, Any]:
        return {"width": self.width, "temperature": self.temperature, "hide": self.hide}

    def _make(self, widths: Mapping[str, int]) -> None:
        self.widths = dict(widths)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.plan.seed)
            self.net = self.build(self.widths)

    def _read(self, features: Mapping[str, Features]) -> tuple[list[Tensor], Tensor]:
        blocks = [torch.from_numpy(f.unit()) for f in features.values()]
        return blocks, torch.from_numpy(presence(features))

    def _hidden(self, there: Tensor) -> Tensor:
        """Some modalities hidden, never an item's last one."""
        left = there & (torch.rand(there.shape) >= self.hide)
        return torch.where(left.any(dim=1, keepdim=True), left, there)


def pairs_of(interactions: pl.DataFrame, item_ids: pl.Series, seed: int = 0) -> np.ndarray:
    """Pairs of different items that one person has, int64 [pairs, 2]: rows of the catalogue.

    Of each person up to 20, drawn at random from all of theirs. Source: document X 3.2.2 asks for
    no teacher; behaviour is one that every shop has. Book: fusion.

    >>> events = pl.DataFrame({"user_id": ["a", "a", "b"], "item_id": ["x", "y", "x"]})
    >>> sorted(pairs_of(events, pl.Series(["x", "y"])).tolist())
    [[0, 1], [1, 0]]
    """
    row = {item: at for at, item in enumerate(item_ids)}
    rng, pairs = np.random.default_rng(seed), []
    once = interactions.select("user_id", "item_id").unique().sort("user_id", "item_id")
    for _, theirs in once.group_by("user_id", maintain_order=True):
        rows = [row[item] for item in theirs["item_id"]]
        n = len(rows)
        if n < 2:
            continue
        for cell in rng.choice(n * (n - 1), min(MOST, n * (n - 1)), replace=False):
            i, j = divmod(int(cell), n - 1)
            pairs.append((rows[i], rows[j + (j >= i)]))
    return np.array(pairs, np.int64).reshape(-1, 2)
