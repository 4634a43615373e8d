"""A trained sequence transformer on disk: settings as JSON, weights as safetensors."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from safetensors.torch import load_file, save

from xdrec.checkpoint import copied
from xdrec.data.cache import write_whole
from xdrec.encoders.features import Features
from xdrec.plan import Plan


class Saved:
    """`save` and `load` of a `SequenceTransformer`."""

    settings: dict[str, Any]
    plan: Plan
    behaviours: list[str]
    net: Any

    def save(self, folder: str | Path) -> None:
        """Settings as JSON, weights as safetensors; item vectors and histories are not kept."""
        said = {"kind": type(self).__name__, "settings": self.settings, "plan": asdict(self.plan),
                "behaviours": self.behaviours}  # fmt: skip
        write_whole(Path(folder, "interest.json"), json.dumps(said, indent=1).encode())
        write_whole(Path(folder, "model.safetensors"), save(copied(self.net.state_dict(), "cpu")))

    @classmethod
    def load(
        cls,
        folder: str | Path,
        target: Features,
        source: Features | None = None,
        *,
        device: str | None = None,
    ) -> Self:
        """What `save` wrote, over the item vectors given, which may be of other items; then `read`.

        Raises FileNotFoundError where there is none, ValueError where it is of another kind.
        """
        said = json.loads(Path(folder, "interest.json").read_text())
        if said["kind"] != cls.__name__:
            raise ValueError(f"{folder} holds a {said['kind']}: expected a {cls.__name__}")
        made: Any = cls  # it is the model's class, which this one does not know
        model = made(target, source, **said["settings"], plan=Plan(**said["plan"]), device=device)
        model.behaviours, width = said["behaviours"], target.vectors.shape[1]
        model._make(np.zeros((model.settings["width"], width), np.float32))
        weights = load_file(Path(folder, "model.safetensors"))
        learnt = weights["project.weight"].shape[1]
        if learnt != width:
            raise ValueError(
                f"target vectors have {width} dimensions, the model in {folder} has learnt from "
                f"{learnt}: expected those of the same encoder"
            )
        model.net.load_state_dict(weights)
        return cast(Self, model)
