"""f for images: a small residual network to train, and the documents' own as it was."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
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

    Convolutions halve a picture of `size` (height, width) until only every `stride`-th place (2, 4,
    8 ...) is left, then each of `widths` is one residual block, each but the first at half the
    resolution of the one before. The vector holds what every block sees, its mean over the picture
    and its spread: colours and edges from the first, things from the last. Its width is twice the
    sum of `widths`. `seed` draws the first weights; `fit_categories` teaches them.
    In training the pictures are shifted, turned, stretched, mirrored and tinted a little, by
    torch's own seed.
    bfloat16 halves the time where the chip has units for it, hence precision="auto".

    Source: document X 3.2.1 (CNN); He et al., CVPR 2016 (residual blocks). Book: encoders.

    >>> from PIL import Image
    >>> f = ImageCNN().encode([Image.new("RGB", (96, 128), "navy"), None])
    >>> f.vectors.shape, f.present.tolist()
    ((2, 672), [True, False])
    """

    budget = 128

    def __init__(
        self,
        size: Sequence[int] = (128, 96),
        widths: Sequence[int] = (48, 96, 192),
        stride: int = 4,
        *,
        seed: int = 0,
        device: str | None = None,
        precision: str = "auto",
        unreadable: str = "raise",
    ) -> None:
        options = {"device": device, "precision": precision, "unreadable": unreadable}
        if stride < 2 or stride & (stride - 1):
            raise ValueError(f"stride={stride}: expected 2, 4, 8 or another power of 2")
        super().__init__(size, stride * 2 ** len(widths), **options)
        self.widths, self.stride = tuple(int(width) for width in widths), int(stride)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = ResidualNet(self.widths, self.stride, spread=True)

    @property
    def width(self) -> int:
        return 2 * sum(self.widths)

    def settings(self) -> dict[str, Any]:
        return {"size": list(self.pixels), "widths": list(self.widths), "stride": self.stride}


class ResidualNet(nn.Module):
    """uint8 [b, h, w, 3] to [b, sum of widths], or twice that: means, then spreads."""

    def __init__(self, widths: Sequence[int], stride: int = 2, spread: bool = False) -> None:
        super().__init__()
        self.spread = spread
        halvings = stride.bit_length() - 1
        channels = [3, *(widths[0] // 2 for _ in range(halvings - 1)), widths[0]]
        self.stem = nn.Sequential(*(
            part for c, d in pairwise(channels)
            for part in (nn.Conv2d(c, d, 3, 2, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU())
        ))  # fmt: skip
        before = (widths[0], *widths[:-1])
        self.blocks = nn.ModuleList(
            Residual(c, d, stride=2 if at else 1)
            for at, (c, d) in enumerate(zip(before, widths, strict=True))
        )
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """What each block sees where: [b, d, h / stride, w / stride], then half of that, ..."""
        x = pixels.permute(0, 3, 1, 2).to(next(self.parameters()).dtype) / 127.5 - 1  # [b, 3, h, w]
        x = self.stem(varied(x) if self.training else x)  # [b, d, h / stride, w / stride]
        return [x := block(x) for block in self.blocks]

    def forward(self, pixels: Tensor) -> Tensor:
        maps = self.maps(pixels)
        seen = [each.mean(dim=(2, 3)) for each in maps]
        if self.spread:  # a small thing hardly moves a mean
            seen += [(each.var(dim=(2, 3), unbiased=False) + 1e-4).sqrt() for each in maps]
        return torch.cat(seen, dim=1)


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
    """The same pictures a little otherwise, moved, turned, stretched, tinted; [b, 3, h, w].

    By up to 7 % of the picture, 7 degrees and a fifth in size, half of them mirrored; what comes
    into view at an edge mirrors what is inside. Colours change by a few percent.
    """
    b, _, h, w = x.shape
    new = partial(torch.empty, device=x.device, dtype=torch.float32)
    angle, size = new(b).uniform_(-0.12, 0.12), new(b).uniform_(0.8, 1.2)
    mirror = torch.where(new(b).uniform_() < 0.5, -1.0, 1.0)
    cos, sin = angle.cos() * size, angle.sin() * size
    move = new(b).uniform_(-0.15, 0.15), new(b).uniform_(-0.15, 0.15)  # the picture is 2 wide
    rows = (cos * mirror, -sin * h / w, move[0]), (sin * w / h * mirror, cos, move[1])
    turn = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)  # [b, 2, 3]
    grid = functional.affine_grid(turn, [b, 3, h, w], align_corners=False)
    x = functional.grid_sample(
        x.float(), grid, padding_mode="reflection", align_corners=False
    ).to(x.dtype)  # fmt: skip
    tint = 1 + 0.05 * torch.randn(b, 3, 1, 1, device=x.device, dtype=x.dtype)
    light = 0.05 * torch.randn(b, 1, 1, 1, device=x.device, dtype=x.dtype)
    return (x * tint + light).contiguous(memory_format=torch.channels_last)


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
