"""f for sounds: a small CNN over the log-mel picture of an item's jingle, trailer or voice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from xdrec.encoders.base import Encoder, Unreadable
from xdrec.encoders.convolution import Halving, mean_over_time, padded
from xdrec.encoders.mel import log_mel, mel_filters
from xdrec.encoders.paths import check_paths, path_content
from xdrec.encoders.waves import read_wave


class AudioCNN(Encoder):
    """Paths of WAV files in, vectors out, by a CNN that is trained here.

    A sound is resampled to `rate` Hz and cut after `seconds`; its log-mel picture has `bands` rows
    and a column every 16 ms, each seen through a window of 64 ms. Each but the last
    of `channels` is a convolution that halves time and bands, the last one looks along time alone.
    The vector holds what every one of them hears, averaged over the sound: its width is the sum of
    `channels`. A sound is brought to one loudness, its picture to mean 0 and variance 1: how loud
    it was recorded makes no difference.

    Raises ValueError for settings that do not go together; files are refused as in `read_wave`.
    Source: document X 2.3 (audio as a modality), X 4.2.1. Book: encoders.

    >>> encoder = AudioCNN(seed=0)
    >>> encoder.width, encoder.encode([None]).present.tolist()
    (176, [False])
    """

    chunk = 1024
    budget = 64 * 126  # frames a batch: 64 sounds of two seconds

    def __init__(
        self,
        *,
        rate: int = 8000,
        seconds: float = 10.0,
        bands: int = 64,
        channels: Sequence[int] = (16, 32, 64, 64),
        seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if len(channels) < 2:
            raise ValueError(f"channels={channels}: expected at least two, the last along time")
        if rate < 1000 or not 0 < seconds < float("inf"):
            raise ValueError(f"rate={rate}, seconds={seconds}: expected >= 1000 Hz and > 0 seconds")
        self.rate, self.seconds, self.bands = rate, seconds, bands
        self.window, self.hop = 2 * round(0.032 * rate), round(0.016 * rate)
        mel_filters(rate, self.window, bands)  # an impossible number of bands is refused here
        self._settings: dict[str, Any] = {
            "rate": rate, "seconds": seconds, "bands": bands, "channels": list(channels),
            "seed": seed,
        }  # fmt: skip
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.net = OverMel(bands, tuple(channels))

    @property
    def width(self) -> int:
        return sum(self._settings["channels"])

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

    def __init__(self, bands: int, channels: tuple[int, ...]) -> None:
        super().__init__()
        *halving, last = channels
        self.layers = nn.ModuleList(
            Halving(before, after, rows=True)
            for before, after in zip((1, *halving), halving, strict=False)
        )
        for _ in halving:
            bands = (bands + 1) // 2
        # From here on time is the only axis: the bands, low and high, are told apart.
        self.across = nn.Conv1d(halving[-1] * bands, last, 3, padding=1)

    def forward(self, pictures: Tensor, mask: Tensor) -> Tensor:
        x, heard = pictures[:, None], []
        for layer in self.layers:
            x, mask = layer(x, mask)
            heard.append(mean_over_time(x.mean(dim=2), mask))
        x = nn.functional.relu(self.across(x.flatten(1, 2)))  # [batch, last, frames / 8]
        return torch.cat([*heard, mean_over_time(x, mask)], dim=1)
