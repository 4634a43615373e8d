"""f for video: each frame through the image CNN, then attention over the frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from xdrec.encoders.attention import SelfAttentionPooling
from xdrec.encoders.base import Encoder, Unreadable
from xdrec.encoders.image import ResidualNet
from xdrec.encoders.paths import check_paths, path_content
from xdrec.encoders.pictures import MOST_PIXELS, letterbox, open_picture

FORMATS = ("PNG", "GIF", "WEBP")  # those of pictures that move


class VideoEncoder(Encoder):
    """Paths of clips in, vectors out, by the image CNN on each frame and attention over time.

    A clip is a folder of pictures, in the order of their names, or an animated PNG, GIF or WebP. Of
    a film take some frames first: `ffmpeg -i film.mp4 -vf fps=1 clip/%04d.png`. At most `frames`
    of a clip are looked at, evenly spaced, each letterboxed to `size` (height, width). `widths` are
    the CNN's (`ImageCNN`), whose vector of a frame is told when in the clip it is; the attention
    then weighs the frames (`SelfAttentionPooling`). The vector is as wide as the sum of `widths`.

    Raises ValueError for settings out of range; a clip with a frame that cannot be read is
    unreadable. Source: documents X 6.3, T 8.2.3 (video content); X 3.2.1 (CNN, self-attention).
    Book: encoders.

    >>> encoder = VideoEncoder()
    >>> encoder.width, encoder.encode([None]).present.tolist()
    (112, [False])
    """

    net: OverFrames
    chunk = 1024
    budget = 128  # frames a batch

    def __init__(
        self,
        *,
        size: Sequence[int] = (48, 64),
        widths: Sequence[int] = (16, 32, 64),
        frames: int = 8,
        heads: int = 2,
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        least = 2 ** (len(widths) + 1)
        if len(size) != 2 or min(size) < least or frames < 1:
            raise ValueError(
                f"size={size}, frames={frames}: expected (height, width), each at least {least} "
                "pixels, and at least one frame"
            )
        self._settings: dict[str, Any] = {
            "size": list(size), "widths": list(widths), "frames": frames, "heads": heads,
            "seed": seed,
        }  # fmt: skip
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net = OverFrames(tuple(widths), heads)

    @property
    def width(self) -> int:
        return sum(self._settings["widths"])

    def settings(self) -> dict[str, Any]:
        return self._settings

    def check(self, items: Sequence[str | Path | None]) -> None:
        check_paths(items, "clips")

    def content(self, item: str | Path) -> str:
        return path_content(item)

    def prepare(self, items: Sequence[str | Path]) -> list[np.ndarray | Unreadable]:
        """Each clip as uint8 [frames, height, width, 3]; read in threads."""
        height, width = self._settings["size"]

        def read(item: str | Path) -> np.ndarray | Unreadable:
            found = read_frames(item, self._settings["frames"])
            if isinstance(found, Unreadable):
                return found
            return np.stack([letterbox(frame, height, width) for frame in found])

        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            return list(pool.map(read, items))

    def size(self, thing: np.ndarray) -> int:
        return len(thing)

    def collate(self, things: Sequence[np.ndarray]) -> dict[str, Tensor]:
        longest = max(map(len, things))
        frames = np.zeros((len(things), longest, *things[0].shape[1:]), np.uint8)
        mask = np.zeros((len(things), longest), bool)
        for row, thing in enumerate(things):
            frames[row, : len(thing)], mask[row, : len(thing)] = thing, True
        return {"frames": torch.from_numpy(frames), "mask": torch.from_numpy(mask)}


class OverFrames(nn.Module):
    """Frames, uint8 [batch, time, h, w, 3], and where they are [batch, time], to vectors."""

    def __init__(self, widths: Sequence[int], heads: int) -> None:
        super().__init__()
        self.look = ResidualNet(widths)
        self.when = nn.Linear(2, sum(widths), bias=False)
        self.pool = SelfAttentionPooling(sum(widths), heads=heads)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        return self.pool(self.states(frames, mask), mask)

    def states(self, frames: Tensor, mask: Tensor) -> Tensor:
        """What each frame shows and when, [batch, time, width]; zero where there is none."""
        seen = self.look(frames[mask])  # the CNN never sees padding: [frames, width]
        # From 0 at the clip's beginning to π at its end.
        turn = torch.pi * (mask.cumsum(dim=1) - 0.5) / mask.sum(dim=1, keepdim=True)
        place = torch.stack([turn.cos(), turn.sin()], dim=2)[mask].to(seen.dtype)
        states = seen.new_zeros(*mask.shape, seen.shape[1])
        states[mask] = seen + self.when(place)
        return states


def read_frames(path: str | Path, most: int) -> list[Image.Image] | Unreadable:
    """The frames of a clip, a folder or an animated picture, in RGB; or why it cannot be read.

    Of more than `most` frames those in the middle of `most` equal parts are taken.

    >>> read_frames("nowhere", 8)
    Unreadable(reason='nowhere: no such file or folder')
    """
    place = Path(path)
    try:
        if not place.exists():
            return Unreadable(f"{path}: no such file or folder")
        if place.is_dir():
            files = sorted(f for f in place.iterdir() if f.is_file() and f.name[0] != ".")
            found = [open_picture(files[n]) for n in spread(len(files), most)]
        else:
            found = _animated(place, most)
    except Image.UnidentifiedImageError:
        return Unreadable(f"{path}: no animated PNG, GIF or WebP; make a folder of frames, say by "
                          "ffmpeg -i FILE -vf fps=1 FOLDER/%04d.png")  # fmt: skip
    except Exception as error:  # a damaged file makes Pillow's decoders raise almost anything
        return Unreadable(f"{path}: {error or type(error).__name__}")
    if not found:
        return Unreadable(f"{path}: no frame in it")
    bad = next((frame for frame in found if isinstance(frame, Unreadable)), None)
    return bad or [frame for frame in found if isinstance(frame, Image.Image)]


def spread(there: int, most: int) -> list[int]:
    """Which of so many frames are looked at.

    >>> spread(3, 8), spread(100, 4)
    ([0, 1, 2], [12, 37, 62, 87])
    """
    if there <= most:
        return list(range(there))
    return [(2 * n + 1) * there // (2 * most) for n in range(most)]


def _animated(file: Path, most: int) -> list[Image.Image | Unreadable]:
    found = []
    with Image.open(file, formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            return [Unreadable(f"{file}: a frame of more than {MOST_PIXELS:,} pixels")]
        for n in spread(getattr(image, "n_frames", 1), most):
            image.seek(n)
            found.append(open_picture(image.copy()))
    return found
