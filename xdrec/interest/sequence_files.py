"""A trained sequence transformer on disk: settings as JSON, weights as safetensors."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from xdrec.encoders.features import Features
from xdrec.plan import Plan
from xdrec.saved import SizedBy, load_model, loading, save_model


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
        save_model(folder, "interest", said, self.net.state_dict())

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

        Raises FileNotFoundError where there is none, ValueError where it is damaged or of another
        kind.
        """
        made: Any = cls  # it is the model's class, which this one does not know
        with loading(folder):
            said, weights = load_model(folder, "interest", cls.__name__)
            plan, width = Plan(**said["plan"]), target.vectors.shape[1]
            model = made(target, source, **said["settings"], plan=plan, device=device)
            model.behaviours = said["behaviours"]
            learnt = weights["project.weight"].shape[1]
            if learnt != width:
                raise ValueError(
                    f"target vectors have {width} dimensions, the model in {folder} has learnt "
                    f"from {learnt}: expected those of the same encoder"
                )
            learnt = weights["project.weight"].shape[0]
            if learnt != model.settings["width"]:
                raise ValueError(f"width={model.settings['width']}, the weights have {learnt}")
            with SizedBy(weights):
                model._make(np.zeros((learnt, width), np.float32))
            model.net.load_state_dict(weights)
        return cast(Self, model)
