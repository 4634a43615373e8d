"""Sounds as they come, in WAV files of any rate and depth: read into one channel at one rate."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from xdrec.encoders.base import Unreadable

MOST_HZ = 384_000  # no recorder has more, and the filter's length grows with the rate
BYTES = (1, 2, 3, 4)  # a sample's size that can be read: 8, 16, 24 or 32 bits


def read_wave(path: str | Path, rate: int, seconds: float) -> np.ndarray | Unreadable:
    """The first `seconds` of a WAV file in [-1, 1] at `rate` samples a second; or why not.

    Returns float32 [samples], the mean of the file's channels. Between rates it is resampled by a
    polyphase filter, which leaves out what the lower one of them cannot hold. PCM of 8, 16, 24 and
    32 bits is read; other formats (MP3, floating point) are not.

    >>> read_wave("nowhere.wav", 8000, 1.0)
    Unreadable(reason='nowhere.wav: no such file')
    """
    try:
        if not Path(path).is_file():
            return Unreadable(f"{path}: no such file")
        with wave.open(str(path), "rb") as file:
            channels, size, given = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if size not in BYTES or not 1 <= given <= MOST_HZ:
                return Unreadable(f"{path}: {8 * size} bits at {given} Hz: expected 8 to 32 bits "
                                  f"at no more than {MOST_HZ:,} Hz")  # fmt: skip
            wanted = min(file.getnframes(), math.ceil(seconds * given))
            data = file.readframes(wanted)
    except (wave.Error, EOFError, OSError, ValueError, RuntimeError) as error:
        said = str(error) or "ends too early"
        return Unreadable(f"{path}: no WAV file of whole numbers ({said}); convert it, say by "
                          "ffmpeg -i FILE -c:a pcm_s16le NAME.wav")  # fmt: skip
    if len(data) < wanted * channels * size:
        return Unreadable(f"{path}: cut short: {len(data)} of {wanted * channels * size} bytes")
    if not wanted:
        return Unreadable(f"{path}: no sound in it")
    mono = decode(data, size).reshape(-1, channels).mean(axis=1)
    shared = math.gcd(rate, given)
    if given != rate:
        mono = resample_poly(mono, rate // shared, given // shared)
    return mono[: math.ceil(seconds * rate)].astype(np.float32)


def decode(data: bytes, size: int) -> np.ndarray:
    """PCM samples of `size` bytes each as numbers in [-1, 1), float64 [samples].

    8 bits are unsigned with the zero at 128, more are signed, the lowest byte first.

    >>> decode(bytes([0, 128, 192]), 1).tolist(), decode(bytes([0, 0, 192]), 3).tolist()
    ([-1.0, 0.0, 0.5], [-0.5])
    """
    raw = np.frombuffer(data, np.uint8).reshape(-1, size)
    if size == 1:
        return (raw[:, 0].astype(np.float64) - 128) / 128
    # Moved to the upper end of 32 bits, so that the sign falls into its place.
    whole = np.zeros((len(raw), 4), np.uint8)
    whole[:, 4 - size :] = raw
    return whole.reshape(-1).view("<i4").astype(np.float64) / 2**31
