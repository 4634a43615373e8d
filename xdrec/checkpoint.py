"""A training's state on disk: enough to go on as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from xdrec.cache import checksum
from xdrec.data.cache import write_whole
from xdrec.spread import as_spread, whole

Weights = dict[str, Tensor]


class Checkpoint:
    """One file in a folder of its own: weights now and at their best, the optimizer's, the history.

    `what` says which training this is, as JSON. The file is written whole or not at all, as
    safetensors with JSON in its header: nothing in it can run. Of several processes all read and
    call `write`, and one writes (`writes`); the file is the same whatever their number, and whether
    or not the weights were spread over them. Book: encoders.
    """

    def __init__(self, folder: Path, what: Mapping[str, Any], writes: bool = True) -> None:
        self.path, self.what = Path(folder, "checkpoint.safetensors"), dict(what)
        self.writes = writes

    def write(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        best: Weights | None,
        history: Mapping[str, Any],
    ) -> None:
        """Put what a training needs to go on in place of what was there."""
        tensors = {f"model/{name}": each for name, each in model.state_dict().items()}
        tensors |= {f"best/{name}": each for name, each in (best or {}).items()}
        numbers: dict[str, Any] = {}
        for row, state in optimizer.state_dict()["state"].items():
            for name, each in state.items():
                place = tensors if isinstance(each, Tensor) else numbers
                place[f"optimizer/{row}/{name}"] = each
        tensors = copied(tensors, "cpu")
        if not self.writes:
            return
        said = json.dumps({"what": self.what, "history": history, "numbers": numbers})
        write_whole(self.path, save(tensors, {"said": said, "crc32": sum_of(tensors, said)}))

    def read(
        self, model: nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[dict[str, Any], Weights | None]:
        """Set model and optimizer to what was written; return the history and the best weights.

        Where nothing was written, nothing is set: ({}, None). Raises ValueError for the checkpoint
        of another training, and for one that is damaged.
        """
        if not self.path.exists():
            return {}, None
        tensors, said = self._load()
        if said["what"] != self.what:
            names = sorted(said["what"].keys() | self.what.keys())
            there, here = ([each.get(name) for name in names] for each in (said["what"], self.what))
            differ = [f"{name} is {b!r}, was {a!r}"
                      for name, a, b in zip(names, there, here, strict=True) if a != b]  # fmt: skip
            more = [f"and {len(differ) - 5} more"] * (len(differ) > 5)
            raise ValueError(
                f"{self.path} is the checkpoint of another training: "
                f"{'; '.join(differ[:5] + more)}; choose another folder, or delete the file"
            )
        parts: dict[str, Weights] = {"model": {}, "best": {}, "optimizer": {}}
        for name, each in tensors.items():
            part, rest = name.split("/", 1)
            parts[part][rest] = each
        own = model.state_dict()
        model.load_state_dict(
            {name: as_spread(each, own[name]) for name, each in parts["model"].items()}
        )
        weights = [each for group in optimizer.param_groups for each in group["params"]]
        state: dict[int, dict[str, Any]] = {}
        for name, each in parts["optimizer"].items():
            row, key = name.split("/", 1)
            state.setdefault(int(row), {})[key] = as_spread(each, weights[int(row)])
        for name, number in said["numbers"].items():
            _, row, key = name.split("/", 2)
            state.setdefault(int(row), {})[key] = number
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        return said["history"], parts["best"] or None

    def _load(self) -> tuple[Weights, dict[str, Any]]:
        try:
            with safe_open(self.path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                header = file.metadata() or {}
            if header.get("crc32") == sum_of(tensors, header.get("said", "")):
                return tensors, json.loads(header["said"])
        except (SafetensorError, UnicodeDecodeError):
            pass
        raise ValueError(
            f"{self.path} is damaged: its bytes are not those that were written; "
            "delete it to train from the start"
        )


def weights_of(model: nn.Module) -> dict[str, Any]:
    """Which weights a model has, as JSON: shape, type, and whether it is trained.

    >>> weights_of(nn.Linear(2, 1))["weights of bias"]
    '[1] float32, trained'
    """
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    return {
        f"weights of {name}": f"{list(each.shape)} {str(each.dtype).removeprefix('torch.')}"
        + ", trained" * (name in trained)
        for name, each in model.state_dict().items()
    }


def copied(weights: Mapping[str, Tensor], device: str | None = None) -> Weights:
    """The same numbers in memory of their own, each apart from the others, and whole."""
    return {
        name: whole(each.detach()).clone(memory_format=torch.contiguous_format)
        .to(device or each.device)
        for name, each in weights.items()
    }  # fmt: skip


def sum_of(tensors: Weights, said: str) -> str:
    """A sum of the weights and of what is said of them.

    >>> sum_of({"a": torch.zeros(2)}, "one") == sum_of({"a": torch.zeros(2)}, "two")
    False
    """
    raw = {f"{name} {each.dtype} {list(each.shape)}": each.reshape(-1).view(torch.uint8).numpy()
           for name, each in tensors.items()}  # fmt: skip
    return checksum({said: np.empty(0), **raw})
