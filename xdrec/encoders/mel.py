"""The log-mel picture of a sound: how loud it is in each band of pitch, frame by frame."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

QUIET = 1e-6  # added to each band's energy: what is fainter counts as silence


def to_mel(hertz: Tensor) -> Tensor:
    """Pitch as the ear spaces it: mel = 2595 · log10(1 + f / 700); 1000 Hz are 1000 mel.

    Source: O’Shaughnessy, Speech Communication, 1987.

    >>> to_mel(torch.tensor([0.0, 1000.0])).round().tolist()
    [0.0, 1000.0]
    """
    return 2595 * torch.log10(1 + hertz / 700)


def from_mel(mel: Tensor) -> Tensor:
    """The frequency in Hz of a pitch in mel: f = 700 · (10^(mel / 2595) - 1)."""
    return 700 * (10 ** (mel / 2595) - 1)


def mel_centres(rate: int, bands: int) -> Tensor:
    """The frequencies in Hz at which the bands are loudest, evenly spaced in mel; [bands].

    >>> mel_centres(8000, 3).round().tolist()
    [427.0, 1114.0, 2220.0]
    """
    top = to_mel(torch.tensor(rate / 2, dtype=torch.float64))
    return from_mel(top * torch.arange(1, bands + 1) / (bands + 1))


@lru_cache(maxsize=8)
def mel_filters(rate: int, window: int, bands: int) -> Tensor:
    """Triangles over the bins of a spectrum, float32 [bands, window // 2 + 1].

    Band b rises from the centre of band b - 1 to 1 at its own and falls to 0 at that of b + 1, so
    between the first and the last centre the filters of a bin sum to 1. Raises ValueError where a
    band is narrower than a bin, and so would hear nothing.
    """
    mel = to_mel(torch.arange(window // 2 + 1, dtype=torch.float64) * rate / window)
    spacing = to_mel(torch.tensor(rate / 2, dtype=torch.float64)) / (bands + 1)
    centres = spacing * torch.arange(1, bands + 1, dtype=torch.float64)
    filters = (1 - (mel - centres[:, None]).abs() / spacing).clamp(min=0)
    deaf = (filters.sum(dim=1) == 0).sum().item()
    if deaf:
        raise ValueError(
            f"{bands} bands over a window of {window} samples at {rate} Hz: {deaf} of them lie "
            "between two bins of the spectrum; take fewer bands or a longer window"
        )
    return filters.float()


def power(wave: Tensor, window: int, hop: int) -> Tensor:
    """|STFT|² / window under a Hann window, [window // 2 + 1, samples // hop + 1].

    Frame t is centred on sample t · hop; before and after the sound there is silence. Parseval:
    bins 1 to window / 2 - 1 counted twice, a frame's sum is the energy of its windowed samples.
    """
    hann = torch.hann_window(window)
    spectrum = torch.stft(
        wave, window, hop, window=hann, center=True, pad_mode="constant", return_complex=True
    )
    return spectrum.abs() ** 2 / window


def log_mel(wave: Tensor, rate: int, *, bands: int = 64, window: int = 512, hop: int = 128
            ) -> Tensor:  # fmt: skip
    """ln(energy + 10⁻⁶) in each band and frame, float32 [bands, samples // hop + 1].

    `wave` is [samples] in [-1, 1] at `rate` Hz, `window` and `hop` are in samples. By torch alone.
    Source: Davis and Mermelstein, IEEE TASSP, 1980; document X 2.3 (audio). Book: encoders.

    >>> log_mel(torch.zeros(8000), 8000).shape
    torch.Size([64, 63])
    """
    return torch.log(mel_filters(rate, window, bands) @ power(wave, window, hop) + QUIET)
