"""f for images by a pretrained vision model: a convolutional network or a transformer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from xdrec.data.cache import write_whole
from xdrec.encoders.base import Encoder, Unreadable, weights_hash
from xdrec.encoders.families import read_net, write_net
from xdrec.encoders.pictures import Picture, check_pictures, picture_content, read_pictures
from xdrec.encoders.pretrained import fingerprint, locate, quietly
from xdrec.saved import loading

# What was tried: each of these has a test. Of CLIP and SigLIP the half that sees is taken.
KINDS = ("beit", "clip", "clip_vision_model", "convnext", "convnextv2", "deit", "dinov2", "regnet",
         "resnet", "siglip", "siglip_vision_model", "swin", "vit")  # fmt: skip
# Their pooling layer is taught by what many checkpoints leave out; the first token is not.
_FIRST_TOKEN = ("deit", "vit")
METHOD = "the model's own processor, its pooled output or first token"


class VisionModel(Encoder):
    """Pictures in, one vector out, by a vision model of Hugging Face, as it was pretrained.

    `model` is a folder or a name, fetched only with `download=True`. Pictures (paths, bytes, PIL
    images) are scaled and cropped by the model's own processor, the one that needs Pillow alone.
    The vector is what the model pools: the average over the places of a ResNet or ConvNeXt, the
    state of a ViT's first token, the projection of CLIP's image half, SigLIP's attention pooling.
    `precision="auto"` reads in bfloat16 where the machine has units for it. `fit_categories`
    trains it further.

    Raises FileNotFoundError where the model is not at hand; ValueError for another kind of model
    (`KINDS` are taken) and for missing weights. Source: document X 3.2.1; He et al., CVPR 2016;
    Dosovitskiy et al., ICLR 2021; Radford et al., ICML 2021 (CLIP). Book: encoders.
    """

    budget = 32
    chunk = 256  # at 224 x 224 pixels 150 MB

    def __init__(
        self,
        model: str | Path,
        *,
        device: str | None = None,
        precision: str = "auto",
        unreadable: str = "raise",
        download: bool = False,
    ) -> None:
        super().__init__(device=device, precision=precision, unreadable=unreadable)
        self.folder = locate(model, download)
        self.config, self._as_read = _config(self.folder), ""

    @property
    def width(self) -> int:
        config = getattr(self.config, "vision_config", self.config)
        if _model_class(self.config).endswith("WithProjection"):
            return config.projection_dim
        return config.hidden_size if hasattr(config, "hidden_size") else config.hidden_sizes[-1]

    def settings(self) -> dict[str, Any]:
        return {"method": METHOD}

    def identity(self) -> list[Any]:
        # By the files, so that a catalogue that was read before needs no model in memory; once the
        # net in memory has been trained further, by its weights.
        weights = weights_hash(self.net) if "net" in vars(self) else self._as_read
        weights = "" if weights == self._as_read else weights
        return [self.settings(), fingerprint(self.folder), weights, self.unreadable, self.device,
                str(self.dtype)]  # fmt: skip

    def check(self, items: Sequence[Picture | None]) -> None:
        check_pictures(items)

    def content(self, item: Picture) -> str:
        return picture_content(item)

    def prepare(self, items: Sequence[Picture]) -> list[np.ndarray | Unreadable]:
        """float32 [channels, height, width] a picture, as the model wants it."""
        if not items:
            return []
        processor = self.processor

        def fitted(image: Image.Image) -> np.ndarray:
            # Said, because of a picture 3 pixels high it could not be told.
            made = processor(images=image, return_tensors="np", input_data_format="channels_last")
            return made["pixel_values"][0].astype(np.float32)

        sides = [side for side in dict(processor.size).values() if side]
        return read_pictures(items, fitted, least=2 * max(sides))

    def collate(self, things: Sequence[np.ndarray]) -> dict[str, Tensor]:
        return {"pixels": torch.from_numpy(np.stack(things))}

    def save(self, folder: str | Path) -> None:
        """A folder that transformers reads too: config, weights (safetensors), processor."""
        write_net(self.net.model, self.processor, folder)
        said = json.dumps({"kind": type(self).__name__, "settings": self.settings()}, indent=1)
        write_whole(Path(folder, "encoder.json"), said.encode())

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> Self:
        """The model that `save` wrote; the same as `VisionModel(folder, **options)`."""
        return cls(folder, **options)

    @cached_property
    def processor(self) -> Any:
        from transformers import AutoImageProcessor

        with quietly(), loading(self.folder):
            return AutoImageProcessor.from_pretrained(self.folder, backend="pil")

    @cached_property
    def net(self) -> nn.Module:  # type: ignore[override]
        """The model with its pooling; read from the disk when it is first needed."""
        import transformers

        model, missing = read_net(getattr(transformers, _model_class(self.config)), self.folder)
        if self.config.model_type in _FIRST_TOKEN:
            model.pooler = None  # type: ignore[assignment]
            missing = [name for name in missing if not name.startswith("pooler.")]
        if missing:
            raise ValueError(
                f"{self.folder} lacks {len(missing)} weights of a {self.config.model_type} model, "
                f"{missing[0]!r} first; save the whole model again"
            )
        net = Seen(model)
        self._as_read = weights_hash(net)
        return net


class Seen(nn.Module):
    """A vision model and the one vector it sums a picture up in; [b, 3, h, w] to [b, width]."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: Tensor) -> Tensor:
        said = self.model(pixel_values=pixels.to(next(self.model.parameters()).dtype))
        one = getattr(said, "image_embeds", None)
        if one is None:
            one = said.pooler_output
        if one is None:
            one = said.last_hidden_state[:, 0]  # [b, tokens, width]
        return one.flatten(1)


def _config(folder: Path) -> Any:
    file = folder / "config.json"
    if not file.is_file():
        raise FileNotFoundError(f"{folder} has no config.json: expected the folder of a model")
    with loading(folder):
        kind = json.loads(file.read_text("utf-8")).get("model_type")
        if kind not in KINDS:
            raise ValueError(
                f"{folder} holds a {kind} model: expected a vision model ({', '.join(KINDS)})"
            )
        from transformers import AutoConfig

        return AutoConfig.from_pretrained(folder)


def _model_class(config: Any) -> str:
    """The transformers class to read: of a pair of image and text half the one that sees."""
    kind, saved = config.model_type, config.architectures or []
    if kind == "clip" or "CLIPVisionModelWithProjection" in saved:
        return "CLIPVisionModelWithProjection"
    if kind == "clip_vision_model":
        return "CLIPVisionModel"
    return "SiglipVisionModel" if kind.startswith("siglip") else "AutoModel"
