"""f for images: a small residual network to train, and the documents' own as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from xdrec.encoders.base import Encoder, Unreadable
from xdrec.encoders.pictures import (
    Picture,
    check_pictures,
    letterbox,
    picture_content,
    read_pictures,
)


class PictureEncoder(Encoder):
    """What the CNNs share: pictures (paths, bytes, PIL images) in, RGB of one size to the net.

    `size` is (height, width) in pixels; a picture is letterboxed into it, on white.
    """

    chunk = 1024  # at 224 x 224 pixels 150 MB

    def __init__(self, size: Sequence[int], least: int, **options: Any) -> None:
        super().__init__(**options)
        if len(size) != 2 or min(size) < least:
            raise ValueError(f"size={size}: expected (height, width), each at least {least} pixels")
        self.pixels = (int(size[0]), int(size[1]))

    def check(self, items: Sequence[Picture | None]) -> None:
        check_pictures(items)

    def content(self, item: Picture) -> str:
        return picture_content(item)

    def prepare(self, items: Sequence[Picture]) -> list[np.ndarray | Unreadable]:
        height, width = self.pixels
        # Twice as many as are wanted leave the last scaling something to average.
        least = 2 * max(height, width)
        return read_pictures(items, lambda image: letterbox(image, height, width), least)

    def collate(self, things: Sequence[np.ndarray]) -> dict[str, Tensor]:
        return {"pixels": torch.from_numpy(np.stack(things))}


class ImageCNN(PictureEncoder):
    """Pictures in, one vector out, by a residual network small enough to be taught on a laptop.

    A first convolution looks at every `stride`-th place of a picture of `size` (height, width),
    then each of `widths` is one residual block, each but the first at half the resolution of the
    one before. The vector holds what every block sees, averaged over the picture: colours and edges
    from the first, things from the last; its width is the sum of `widths`. `seed` draws the first
    weights; `fit_categories` teaches them.
    In training the pictures are shifted, mirrored and tinted a little, by torch's own seed.
    bfloat16 halves the time where the chip has units for it, hence precision="auto".

    Source: document X 3.2.1 (CNN); He et al., CVPR 2016 (residual blocks). Book: encoders.

    >>> from PIL import Image
    >>> f = ImageCNN().encode([Image.new("RGB", (96, 128), "navy"), None])
    >>> f.vectors.shape, f.present.tolist()
    ((2, 224), [True, False])
    """

    budget = 128

    def __init__(
        self,
        size: Sequence[int] = (128, 96),
        widths: Sequence[int] = (32, 64, 128),
        stride: int = 4,
        *,
        seed: int = 0,
        device: str | None = None,
        precision: str = "auto",
        unreadable: str = "raise",
    ) -> None:
        options = {"device": device, "precision": precision, "unreadable": unreadable}
        super().__init__(size, stride * 2 ** len(widths), **options)
        self.widths, self.stride = tuple(int(width) for width in widths), int(stride)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = ResidualNet(self.widths, self.stride)

    @property
    def width(self) -> int:
        return sum(self.widths)

    def settings(self) -> dict[str, Any]:
        return {"size": list(self.pixels), "widths": list(self.widths), "stride": self.stride}


class ResidualNet(nn.Module):
    """uint8 [b, h, w, 3] to [b, sum of widths]."""

    def __init__(self, widths: Sequence[int], stride: int = 2) -> None:
        super().__init__()
        # Every pixel but those at the edge is seen from two places a side, or nearly so.
        self.first = nn.Conv2d(3, widths[0], 2 * stride - 1, stride, stride - 1, bias=False)
        self.norm = nn.BatchNorm2d(widths[0])
        before = (widths[0], *widths[:-1])
        self.blocks = nn.ModuleList(
            Residual(c, d, stride=2 if at else 1)
            for at, (c, d) in enumerate(zip(before, widths, strict=True))
        )
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """What each block sees where: [b, d, h / stride, w / stride], then half of that, ..."""
        x = pixels.permute(0, 3, 1, 2).to(self.first.weight.dtype) / 127.5 - 1  # [b, 3, h, w]
        if self.training:
            x = varied(x)
        x = functional.relu(self.norm(self.first(x)))  # [b, c, h / stride, w / stride]
        return [x := block(x) for block in self.blocks]

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.cat([seen.mean(dim=(2, 3)) for seen in self.maps(pixels)], dim=1)


class Residual(nn.Module):
    """ReLU(S(x) + F(x)): F, two convolutions of 3 x 3, learns what to add to what came in.

    [b, c, h, w] to [b, d, h / stride, w / stride]; S leaves x as it is, or fits its shape.
    """

    def __init__(self, c: int, d: int, stride: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(c, d, 3, stride, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU(),
            nn.Conv2d(d, d, 3, 1, 1, bias=False), nn.BatchNorm2d(d),
        )  # fmt: skip
        self.same: nn.Module = nn.Identity()
        if stride > 1 or c != d:
            project = nn.Conv2d(c, d, 1, stride, bias=False)
            self.same = nn.Sequential(project, nn.BatchNorm2d(d))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.same(x) + self.change(x))


def varied(x: Tensor) -> Tensor:
    """The same pictures a little otherwise: shifted, half of them mirrored, tinted; [b, 3, h, w].

    Shifts are of up to a sixteenth of the picture, one a batch; colours change by a few percent.
    """
    b, _, h, w = x.shape
    far = max(1, min(h, w) // 16)
    dy, dx = torch.randint(0, 2 * far + 1, (2,)).tolist()
    x = functional.pad(x, (far, far, far, far), mode="replicate")[:, :, dy : dy + h, dx : dx + w]
    mirrored = torch.rand(b, 1, 1, 1, device=x.device) < 0.5
    tint = 1 + 0.05 * torch.randn(b, 3, 1, 1, device=x.device, dtype=x.dtype)
    light = 0.05 * torch.randn(b, 1, 1, 1, device=x.device, dtype=x.dtype)
    return torch.where(mirrored, x.flip(3), x) * tint + light


class DocumentCNN(PictureEncoder):
    """The documents' own image model, as the baseline: one convolution, one pooling, no average.

    ReLU of 32 filters of 3 x 3, the largest of every 2 x 2, and all of it laid out as the vector:
    at 224 x 224 pixels 32 · 111 · 111 = 394,272 numbers, 1.6 MB a picture and 1.6 GB a thousand.
    It has 896 weights to learn and a linear head of 16 categories on it 6.3 million. A thing that
    moves by two pixels is at other places of the vector. The documents never train it.

    Source: document X 4.4 (and X 5.2). Book: encoders.

    >>> DocumentCNN().width, DocumentCNN().parameters
    (394272, 896)
    """

    budget = 32
    chunk = 128  # 200 MB of vectors

    def __init__(
        self,
        size: Sequence[int] = (224, 224),
        *,
        seed: int = 0,
        device: str | None = None,
        precision: str = "float32",
        unreadable: str = "raise",
    ) -> None:
        super().__init__(size, 4, device=device, precision=precision, unreadable=unreadable)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = _DocumentNet()

    @property
    def width(self) -> int:
        height, width = self.pixels
        return 32 * ((height - 2) // 2) * ((width - 2) // 2)

    def settings(self) -> dict[str, Any]:
        return {"size": list(self.pixels)}


class _DocumentNet(nn.Module):
    """uint8 [b, h, w, 3] to [b, 32 · (h - 2) / 2 · (w - 2) / 2]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 3)
        # As Keras draws them, which the documents' program leaves to it.
        nn.init.xavier_uniform_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels.permute(0, 3, 1, 2).to(self.conv.weight.dtype) / 255  # [b, 3, h, w], 0 to 1
        x = functional.max_pool2d(functional.relu(self.conv(x)), 2)  # [b, 32, ...]
        return x.permute(0, 2, 3, 1).flatten(1)
