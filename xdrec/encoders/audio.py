"""f for sounds: a small CNN over the log-mel picture of an item's jingle, trailer or voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xdrec.encoders.base import Encoder, Unreadable
from xdrec.encoders.convolution import Halving, mean_over_time, padded, silenced
from xdrec.encoders.mel import log_mel, mel_filters
from xdrec.encoders.paths import check_paths, path_content
from xdrec.encoders.waves import read_wave


class AudioCNN(Encoder):
    """Paths of WAV files in, vectors out, by a CNN that is trained here.

    A sound is resampled to `rate` Hz and cut after `seconds`; its log-mel picture has `bands` rows
    and a column every 16 ms, each seen through a window of 64 ms. `width` is the vector's.
    `channels` are those of the convolutions; each halves time and bands. A sound is brought to one
    loudness, its picture to mean 0 and variance 1: how loud it was recorded makes no difference.

    Raises ValueError for settings that do not go together; files are refused as in `read_wave`.
    Source: document X 2.3 (audio as a modality), X 4.2.1. Book: encoders.

    >>> encoder = AudioCNN(seed=0)
    >>> encoder.width, encoder.encode([None]).present.tolist()
    (64, [False])
    """

    chunk = 1024
    budget = 64 * 126  # frames a batch: 64 sounds of two seconds

    def __init__(
        self,
        *,
        width: int = 64,
        rate: int = 8000,
        seconds: float = 10.0,
        bands: int = 64,
        channels: Sequence[int] = (16, 32, 64),
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if rate < 1000 or not 0 < seconds < float("inf"):
            raise ValueError(f"rate={rate}, seconds={seconds}: expected >= 1000 Hz and > 0 seconds")
        self.rate, self.seconds, self.bands = rate, seconds, bands
        self.window, self.hop = 2 * round(0.032 * rate), round(0.016 * rate)
        mel_filters(rate, self.window, bands)  # an impossible number of bands is refused here
        self._settings: dict[str, Any] = {
            "width": width, "rate": rate, "seconds": seconds, "bands": bands,
            "channels": list(channels), "seed": seed,
        }  # fmt: skip
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net = OverMel(bands, tuple(channels), width)

    @property
    def width(self) -> int:
        return self._settings["width"]

    def settings(self) -> dict[str, Any]:
        return self._settings

    def check(self, items: Sequence[str | Path | None]) -> None:
        check_paths(items, "sounds")

    def content(self, item: str | Path) -> str:
        return path_content(item)

    def prepare(self, items: Sequence[str | Path]) -> list[Tensor | Unreadable]:
        return [self.picture(item) for item in items]

    def picture(self, item: str | Path) -> Tensor | Unreadable:
        """What the net is shown: the log-mel picture [bands, frames], one frame every 16 ms."""
        wave = read_wave(item, self.rate, self.seconds)
        if isinstance(wave, Unreadable):
            return wave
        loudness = max(float(np.sqrt((wave**2).mean())), 1e-4)
        found = log_mel(
            torch.from_numpy(wave * (0.1 / loudness)),
            self.rate, bands=self.bands, window=self.window, hop=self.hop,
        )  # fmt: skip
        return (found - found.mean()) / (found.std() + 1e-3)

    def size(self, thing: Tensor) -> int:
        return thing.shape[1]

    def collate(self, things: Sequence[Tensor]) -> dict[str, Tensor]:
        pictures, mask = padded(list(things))
        return {"pictures": pictures, "mask": mask}


class OverMel(nn.Module):
    """Log-mel pictures [batch, bands, frames] and where they are [batch, frames] to vectors."""

    def __init__(self, bands: int, channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Halving(before, after, rows=True)
            for before, after in zip((1, *channels), channels, strict=False)
        )
        for _ in channels:
            bands = (bands + 1) // 2
        # From here on time is the only axis: the bands, low and high, are told apart.
        self.across = nn.Conv1d(channels[-1] * bands, width, 3, padding=1)
        self.out = nn.Linear(width, width)

    def forward(self, pictures: Tensor, mask: Tensor) -> Tensor:
        x = pictures[:, None]
        for layer in self.layers:
            x, mask = layer(x, mask)
        x = nn.functional.relu(self.across(x.flatten(1, 2)))  # [batch, width, frames / 8]
        return self.out(mean_over_time(silenced(x, mask), mask))
