"""What all trained fusions share: whitened inputs of one width, steering by α, save and load."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, relu

from xdrec.device import pick_device
from xdrec.encoders.features import Features
from xdrec.fusion.base import Fused, presence, shared_out, simplex
from xdrec.fusion.whitening import Whitening
from xdrec.saved import SizedBy, load_model, loading, save_model
from xdrec.train import History

VERSION = 1  # of what `save` writes; `load` refuses others
BLOCK = 8192  # items fused at a time


class FusionNet(nn.Module, ABC):
    """One small net a modality, so that all speak in `width` numbers, and a rule that joins them.

    `forward(inputs, prior)`: a list of float [n, c_m], one a modality, and float [n, modalities],
    the shares that α and presence ask for (0: do not look at this one). Returns vectors of length
    1, float [n, width], and the shares in them, float [n, modalities]; both zero where the prior is
    zero throughout.
    """

    def __init__(self, inputs: Sequence[int], width: int) -> None:
        super().__init__()
        self.maps = nn.ModuleList(_Projection(c, width) for c in inputs)

    def project(self, inputs: Sequence[Tensor]) -> Tensor:
        """z_m of all modalities, each of length 1, float [n, modalities, width]."""
        mapped = [each(x) for each, x in zip(self.maps, inputs, strict=True)]
        return normalize(torch.stack(mapped, dim=1), dim=-1)

    @abstractmethod
    def forward(self, inputs: Sequence[Tensor], prior: Tensor) -> tuple[Tensor, Tensor]: ...


class _Projection(nn.Module):
    """x → P x + B relu(A x + a): a linear map, and a hidden layer for what no line can tell."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.line = nn.Linear(inputs, width, bias=False)
        self.hidden = nn.Linear(inputs, 2 * width)
        self.out = nn.Linear(2 * width, width, bias=False)
        # Untrained, a modality's cosines are as they were.
        nn.init.orthogonal_(self.line.weight)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(x) + self.out(relu(self.hidden(x)))


class TrainedFusion(ABC):
    """A fusion that is fitted first: `fit(...)`, then `fuse(features, alpha)`.

    `width` is that of the fused vectors; each modality is whitened (`Whitening`, learnt by `fit`)
    to at most as many directions before it is mapped, so neither its width nor its scale counts.
    `seed` draws the first weights. After `fit`: `history`, what the training was like.
    """

    net: FusionNet
    history: History

    def __init__(self, *, width: int = 64, seed: int = 0, device: str | None = None) -> None:
        if not isinstance(width, int) or width < 1:
            raise ValueError(f"width={width!r}: expected a whole number, at least 1")
        self.width, self.seed, self.device = width, seed, pick_device(device)
        self._whitening: dict[str, Whitening] = {}

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities it was fitted on, in their order; none before."""
        return tuple(self._whitening)

    @abstractmethod
    def make_net(self, inputs: Sequence[int]) -> FusionNet:
        """The net for inputs of these widths, its weights not yet trained."""

    def settings(self) -> dict[str, Any]:
        """The arguments it was made with, as JSON."""
        return {"width": self.width, "seed": self.seed}

    def fuse(
        self, features: Mapping[str, Features], alpha: Mapping[str, float] | None = None
    ) -> Fused:
        """The fused vectors of length 1, float32 [n, width], with the share of each modality.

        `features`: the modalities it was fitted on, of any items; those that an item lacks leave
        their weight to the others, and an item without any (of α_m > 0) is not present. Raises
        RuntimeError before `fit`, ValueError for other modalities, other widths and bad weights.
        """
        features = self._known(features)
        prior = shared_out(simplex(alpha, self.modalities), presence(features))
        vectors = np.zeros((len(prior), self.width), np.float32)
        shares = np.zeros(prior.shape)
        self.net.eval().to(self.device)
        for start in range(0, len(prior), BLOCK):
            rows = slice(start, start + BLOCK)
            asked = torch.tensor(prior[rows], dtype=torch.float32, device=self.device)
            with torch.inference_mode():
                v, a = self.net(self.inputs(features, rows), asked)
            vectors[rows], shares[rows] = v.cpu().numpy(), a.cpu().numpy()
        # Once more in double precision, so that they sum to 1 and not only nearly so.
        return Fused(vectors, prior.sum(axis=1) > 0, self.modalities, shared_out(shares, prior > 0))

    def begin(self, features: Mapping[str, Features]) -> None:
        """Learn the whitenings and make an untrained net: the first step of every `fit`."""
        presence(features)
        found = {}
        for name, each in features.items():
            try:
                found[name] = Whitening.of(each, self.width)
            except ValueError as error:
                raise ValueError(f"modality {name!r}: {error}") from None
        self._whitening = found
        self._make_net()

    def _make_net(self) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.net = self.make_net([len(w.map) for w in self._whitening.values()])

    def inputs(self, features: Mapping[str, Features], rows: slice = slice(None)) -> list[Tensor]:
        """What the net reads: whitened vectors of length 1, float32 [rows, c_m] a modality."""
        return [
            torch.from_numpy(whiten(Features(f.vectors[rows], f.present[rows])).unit()).to(
                self.device
            )
            for whiten, f in zip(self._whitening.values(), features.values(), strict=True)
        ]

    def _known(self, features: Mapping[str, Features]) -> dict[str, Features]:
        """The features in the order of `modalities`, or an error that says what does not fit."""
        if not self._whitening:
            raise RuntimeError(f"this {type(self).__name__} is not fitted: call fit(...) first")
        if set(features) != set(self.modalities):
            raise ValueError(
                f"modalities {sorted(features)}: expected {list(self.modalities)}, as fitted; "
                "one that no item has is Features.of(zeros, present=[False, ...])"
            )
        known = {m: features[m] for m in self.modalities}
        presence(known)
        for name, whiten in self._whitening.items():
            width = known[name].vectors.shape[1]
            if width != len(whiten.mean):
                raise ValueError(
                    f"modality {name!r} has vectors of {width} numbers: expected "
                    f"{len(whiten.mean)}, as fitted"
                )
        return known

    def save(self, folder: str | Path) -> None:
        """Settings as JSON, weights as safetensors; `load` makes the same fusion of them."""
        if not self._whitening:
            raise RuntimeError(f"this {type(self).__name__} is not fitted: nothing to save yet")
        said = {
            "kind": type(self).__name__, "version": VERSION, "settings": self.settings(),
            "modalities": list(self.modalities),
        }  # fmt: skip
        tensors = {f"net/{name}": each for name, each in self.net.state_dict().items()}
        for at, whiten in enumerate(self._whitening.values()):
            tensors[f"whitening/{at}/mean"] = torch.from_numpy(whiten.mean)
            tensors[f"whitening/{at}/map"] = torch.from_numpy(whiten.map)
        save_model(folder, "fusion", said, tensors)

    @classmethod
    def load(cls, folder: str | Path, *, device: str | None = None) -> Self:
        """The fusion that `save` wrote; it has no `history`.

        Raises FileNotFoundError where there is none, ValueError where it is damaged or of another
        kind or version.
        """
        with loading(folder):
            said, tensors = load_model(folder, "fusion", cls.__name__, VERSION)
            fusion = cls(**said["settings"], device=device)
            fusion._whitening = {
                name: Whitening(
                    *(tensors[f"whitening/{at}/{part}"].numpy() for part in ("mean", "map"))
                )
                for at, name in enumerate(said["modalities"])
            }
            with SizedBy(tensors):
                fusion._make_net()
            fusion.net.load_state_dict(
                {name.removeprefix("net/"): each for name, each in tensors.items()
                 if name.startswith("net/")}
            )  # fmt: skip
        return fusion
