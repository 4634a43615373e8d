"""The CNNs: what every encoder promises, the documents' own width, filters and maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders.image import DocumentCNN, ImageCNN, varied
from xdrec.encoders.shown import activation_map, first_filters
from xdrec.encoders.supervised import fit_categories
from xdrec.train import Plan


def pictures(folder: Path) -> list[Any]:
    """A path, None, bytes, and PIL images of several sizes and modes."""
    rng = np.random.default_rng(0)
    noise = [Image.fromarray(rng.integers(0, 255, shape, np.uint8))
             for shape in ((40, 30, 3), (30, 90, 3), (64, 64), (32, 32, 4))]  # fmt: skip
    noise[0].save(folder / "a.jpg")
    noise[1].save(folder / "b.png")
    return [folder / "a.jpg", None, (folder / "b.png").read_bytes(), *noise[2:]]


class TestImageCNN(EncoderContract):
    @pytest.fixture
    def encoder(self) -> ImageCNN:
        return ImageCNN((32, 24), (8, 16), device="cpu", precision="float32")

    @pytest.fixture
    def items(self, tmp_path: Path) -> list[Any]:
        return pictures(tmp_path)


class TestDocumentCNN(EncoderContract):
    @pytest.fixture
    def encoder(self) -> DocumentCNN:
        return DocumentCNN((20, 16), device="cpu", precision="float32")

    @pytest.fixture
    def items(self, tmp_path: Path) -> list[Any]:
        return pictures(tmp_path)


def test_the_documents_own_width() -> None:
    """X 4.4 at 224 x 224: (224 - 2) / 2 = 111 places a side, 32 filters."""
    encoder = DocumentCNN(device="cpu")
    assert encoder.width == 32 * 111 * 111 == 394_272
    assert encoder.parameters == 32 * 3 * 3 * 3 + 32
    assert encoder.encode([Image.new("RGB", (96, 128))], cache=False).vectors.shape == (1, 394_272)


def test_the_documents_cnn_by_hand() -> None:
    """One filter that adds up red, on a picture that is red on the left: 9 below it, else less."""
    encoder = DocumentCNN((6, 6), device="cpu")
    with torch.no_grad():
        encoder.net.conv.weight.zero_()
        encoder.net.conv.weight[0, 0] = 1.0
        encoder.net.conv.bias[0] = -1.0
    image = Image.new("RGB", (6, 6), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, 3, 6))
    found = encoder.encode([image], cache=False).vectors[0].reshape(2, 2, 32)
    # Windows from column 0, 1, 2, 3 hold 9, 6, 3, 0 reds; the larger of each two, less 1.
    assert found[:, :, 0].tolist() == [[8, 2], [8, 2]]
    assert not found[:, :, 1:].any()


def colourful(n: int = 60) -> tuple[list[Any], list[str | None]]:
    """Reddish and bluish pictures with noise."""
    rng = np.random.default_rng(0)
    images, names = [], []
    for at in range(n):
        pixels = rng.integers(0, 120, (20, 15, 3))
        pixels[:, :, 0 if at % 2 else 2] += 100
        images.append(Image.fromarray(pixels.astype(np.uint8)))
        names.append("warm" if at % 2 else "cold")
    return images, names


@pytest.mark.parametrize("kind", [ImageCNN, DocumentCNN])
def test_it_learns_a_colour(kind: Any) -> None:
    arguments: dict[str, Any] = {"widths": (8, 16)} if kind is ImageCNN else {}
    encoder = kind((20, 16), device="cpu", precision="float32", **arguments)
    history = fit_categories(
        encoder, *colourful(), Plan(epochs=6, batch_size=16, lr=3e-3), valid=0.2
    )
    assert max(row["accuracy"] for row in history.epochs) == 1.0


def test_first_weights_by_seed_and_nobody_elses_chance() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = ImageCNN(seed=1), ImageCNN(seed=1), ImageCNN(seed=2)
    assert (torch.get_rng_state() == before).all()
    a, b, c = (e.net.stem[0].weight for e in (one, same, other))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_bad_files_are_listed_or_masked() -> None:
    items = [Image.new("RGB", (9, 9), "red"), b"", "gone.png", None]
    size = ((32, 24), (8, 16))
    with pytest.raises(ValueError, match=r"2 items cannot be read:\n  row 1: no bytes at all\n"
                       "  row 2: gone.png: no such file"):  # fmt: skip
        ImageCNN(*size).encode(items)
    found = ImageCNN(*size, unreadable="mask").encode(items)
    assert found.present.tolist() == [True, False, False, False]


def test_sizes() -> None:
    with pytest.raises(ValueError, match=r"size=\(4, 64\): expected \(height, width\), each at l"):
        ImageCNN((4, 64))
    with pytest.raises(ValueError, match="expected a list of pictures"):
        ImageCNN().encode("a.png")
    with pytest.raises(ValueError, match="stride=3: expected 2, 4, 8"):
        ImageCNN(stride=3)


def test_varied_pictures_stay_themselves() -> None:
    """Moved by 7 %, up to a fifth larger or smaller, perhaps mirrored, a little brighter or not."""
    torch.manual_seed(0)
    x = torch.zeros(64, 3, 32, 32)
    x[:, :, 10:20, 4:10] = 1.0
    y = varied(x)
    assert y.shape == x.shape
    there = y[:, 0] > 0.5
    left = there[:, :, :16].any(dim=(1, 2))
    assert 0.25 < left.float().mean() < 0.75
    size = there.sum(dim=(1, 2)) / 60
    assert size.min() > 0.6
    assert size.max() < 1.7
    assert size.std() > 0.1
    rows = torch.arange(32.0)[:, None].expand(32, 32)
    centre = torch.stack([rows[each].mean() for each in there])
    assert (centre - 14.5).abs().max() < 5
    assert centre.std() > 0.5
    assert (y.amax(dim=(1, 2, 3)) - 1).abs().max() < 0.5
    torch.manual_seed(0)
    assert torch.equal(varied(x), y)


def test_filters_as_pictures() -> None:
    encoder = DocumentCNN((8, 8), device="cpu")
    with torch.no_grad():
        encoder.net.conv.weight.zero_()
        encoder.net.conv.weight[3, 0, 1, 2] = -0.5
        encoder.net.conv.weight[3, 2, 0, 0] = 0.25
    found = first_filters(encoder)
    assert found.shape == (32, 3, 3, 3)
    assert found.dtype == np.uint8
    assert (found[0] == 128).all()
    assert found[3, 1, 2].tolist() == [1, 128, 128]
    assert found[3, 0, 0].tolist() == [128, 128, 192]


def test_a_map_adds_up_to_what_it_explains() -> None:
    encoder = ImageCNN((32, 24), (8, 16), device="cpu", precision="float32")
    image = Image.new("RGB", (24, 32), "navy")
    image.paste("yellow", (2, 2, 10, 10))
    vector = encoder.encode([image], cache=False).vectors[0]
    thing, found = activation_map(encoder, image)
    assert thing.shape == (32, 24, 3)
    assert found.shape == (32, 24)
    means = vector[:24]  # the spreads behind them are no averages
    assert found.mean() == pytest.approx(np.linalg.norm(means), rel=1e-4)
    direction = np.random.default_rng(0).standard_normal(24)
    _, found = activation_map(encoder, image, direction)
    assert found.mean() == pytest.approx(means @ direction, rel=1e-3, abs=1e-4)
    with pytest.raises(ValueError, match=r"direction of shape \(3,\): expected \[24\]"):
        activation_map(encoder, image, np.ones(3))
    with pytest.raises(ValueError, match=r"gone\.png: no such file: expected a picture"):
        activation_map(encoder, "gone.png")
