"""Vision models by folder: five families and their kin, random and tiny, as a user would bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders.supervised import fit_categories
from xdrec.encoders.vision import KINDS, VisionModel
from xdrec.train import Plan

SEEN = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 48, "image_size": 32, "patch_size": 8}  # fmt: skip
READ = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 50,
        "intermediate_size": 32, "max_position_embeddings": 16}  # fmt: skip
STAGES = {"embedding_size": 8, "hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]}
NEXT = {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1], "num_stages": 4}
# Kind: class of the config, its arguments, class of the model.
MADE: dict[str, tuple[str, dict[str, Any], str]] = {
    "beit": ("BeitConfig", SEEN, "BeitModel"),
    "clip": (
        "CLIPConfig",
        {"vision_config": SEEN | {"projection_dim": 32}, "text_config": READ, "projection_dim": 32},
        "CLIPModel",
    ),
    "clip_vision_model": ("CLIPVisionConfig", SEEN, "CLIPVisionModel"),
    "convnext": ("ConvNextConfig", NEXT, "ConvNextModel"),
    "convnextv2": ("ConvNextV2Config", NEXT, "ConvNextV2Model"),
    "deit": ("DeiTConfig", SEEN, "DeiTModel"),
    "dinov2": ("Dinov2Config", SEEN, "Dinov2Model"),
    "regnet": ("RegNetConfig", STAGES | {"groups_width": 8}, "RegNetModel"),
    "resnet": ("ResNetConfig", STAGES | {"layer_type": "basic"}, "ResNetModel"),
    "siglip": ("SiglipConfig", {"vision_config": SEEN, "text_config": READ}, "SiglipModel"),
    "siglip_vision_model": ("SiglipVisionConfig", SEEN, "SiglipVisionModel"),
    "swin": (
        "SwinConfig",
        {"embed_dim": 8, "depths": [1, 1, 1], "num_heads": [1, 2, 4], "window_size": 4,
         "image_size": 32, "patch_size": 2},
        "SwinModel",
    ),
    "vit": ("ViTConfig", SEEN, "ViTModel"),
}  # fmt: skip
PROCESSOR = {"clip": "CLIPImageProcessorPil", "siglip": "SiglipImageProcessorPil",
             "convnext": "ConvNextImageProcessorPil", "resnet": "ConvNextImageProcessorPil",
             "regnet": "ConvNextImageProcessorPil", "dinov2": "BitImageProcessorPil"}  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """kind -> the folder of a random model of that kind, made when it is first asked for."""
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp(kind)
            config, arguments, model = MADE[kind]
            torch.manual_seed(0)
            net = getattr(transformers, model)(getattr(transformers, config)(**arguments))
            net.save_pretrained(made[kind])
            name = next((PROCESSOR[k] for k in PROCESSOR if kind.startswith(k)),
                        "ViTImageProcessorPil")  # fmt: skip
            shortest = name.startswith(("CLIP", "Bit", "ConvNext"))
            size = {"shortest_edge": 32} if shortest else {"height": 32, "width": 32}
            processor = getattr(transformers, name)(
                size=size, crop_size={"height": 32, "width": 32}
            )
            processor.save_pretrained(made[kind])
        return made[kind]

    return folder


def pictures(tmp_path: Path) -> list[Any]:
    """A path, bytes, PIL images of several sizes and modes, and None."""
    rng = np.random.default_rng(0)
    noise = [Image.fromarray(rng.integers(0, 255, shape, np.uint8))
             for shape in ((40, 30, 3), (3, 90, 3), (64, 64), (32, 32, 4))]  # fmt: skip
    noise[0].save(tmp_path / "a.jpg")
    noise[1].save(tmp_path / "b.png")
    return [tmp_path / "a.jpg", None, (tmp_path / "b.png").read_bytes(), *noise[2:]]


class _Contract(EncoderContract):
    kind = ""

    @pytest.fixture
    def encoder(self, folders: Any) -> VisionModel:
        return VisionModel(folders(self.kind), device="cpu", precision="float32")

    @pytest.fixture
    def items(self, tmp_path: Path) -> list[Any]:
        return pictures(tmp_path)


class TestViT(_Contract):
    kind = "vit"


class TestResNet(_Contract):
    kind = "resnet"


class TestCLIP(_Contract):
    kind = "clip"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_sees(kind: str, folders: Any, tmp_path: Path) -> None:
    encoder = VisionModel(folders(kind), device="cpu", precision="float32")
    found = encoder.encode(pictures(tmp_path))
    assert found.vectors.shape == (5, encoder.width) == (5, 32)
    assert found.present.tolist() == [True, False, True, True, True]
    assert np.abs(found.vectors[0] - found.vectors[2]).max() > 1e-5


def test_the_vit_vector_is_the_first_tokens_state(folders: Any) -> None:
    """By hand: scaled to -1..1 by ViT's own mean and deviation of 0.5, the last states' first."""
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8))
    model = transformers.ViTModel.from_pretrained(folders("vit")).eval()
    pixels = torch.tensor(np.asarray(image)).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.inference_mode():
        expected = model(pixels).last_hidden_state[0, 0].numpy()
    found = VisionModel(folders("vit"), precision="float32").encode([image]).vectors[0]
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_clip_vector_is_its_image_embedding(folders: Any) -> None:
    model = transformers.CLIPModel.from_pretrained(folders("clip")).eval()
    encoder = VisionModel(folders("clip"), device="cpu", precision="float32")
    image = Image.new("RGB", (50, 40), (200, 30, 20))
    pixels = torch.from_numpy(np.stack(encoder.prepare([image])))
    with torch.inference_mode():
        states = model.vision_model(pixel_values=pixels).pooler_output
        expected = model.visual_projection(states)[0].numpy()
    assert encoder.encode([image]).vectors[0] == pytest.approx(expected, abs=1e-5)


def test_trained_further_it_is_another_encoder(folders: Any, tmp_path: Path) -> None:
    encoder = VisionModel(folders("resnet"), device="cpu", precision="float32")
    images = [Image.new("RGB", (32, 32), (10 * n, 255 - 10 * n, 0)) for n in range(20)]
    before = encoder.encode(images).vectors
    fit_categories(encoder, images, ["a" if n < 10 else "b" for n in range(20)],
                   Plan(epochs=1, batch_size=8))  # fmt: skip
    after = encoder.encode(images).vectors
    assert not np.allclose(before, after)
    encoder.save(tmp_path)
    assert VisionModel.load(tmp_path, precision="float32").encode(images).vectors == pytest.approx(
        after, abs=1e-6
    )


def test_bad_folders(folders: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="say download=True to fetch it"):
        VisionModel("somebody/some-model")
    with pytest.raises(FileNotFoundError, match=r"no config\.json"):
        VisionModel(tmp_path)
    transformers.BertConfig().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="holds a bert model: expected a vision model"):
        VisionModel(tmp_path)
    # A configuration that wants more layers than were saved.
    broken = transformers.ResNetConfig(**STAGES | {"layer_type": "basic", "depths": [1, 1, 1, 2]})
    for file in folders("resnet").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    broken.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="weights of a resnet model"):
        VisionModel(tmp_path).encode([Image.new("RGB", (8, 8))])
