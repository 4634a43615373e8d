"""Jingles: two seconds of music; its scale, its tempo and its timbre are marks."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np

from xdrec.data.worlds.drawn import Medium
from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.streams import Marks

RATE = 8000  # samples a second
SECONDS = 2.0
# The lowest note (60 is the middle C) and the steps above it, in semitones.
SCALES: dict[str, tuple[int, tuple[int, ...]]] = {
    "sea": (62, (0, 2, 3, 5, 7, 9, 10, 12)),  # Dorian
    "forest": (67, (0, 2, 4, 7, 9, 12)),  # major pentatonic
    "city": (58, (0, 3, 5, 6, 7, 10, 12)),  # blues
    "hearth": (53, (0, 2, 4, 5, 7, 9, 11, 12)),  # major
    "space": (76, (0, 2, 4, 6, 8, 10, 12)),  # whole tones
    "journey": (71, (0, 2, 4, 6, 7, 9, 11, 12)),  # Lydian
    "mystery": (44, (0, 1, 4, 5, 7, 8, 11, 12)),  # double harmonic
    "craft": (49, (0, 3, 5, 7, 10, 12)),  # minor pentatonic
}
NOTES = {"hearth": 3, "space": 4, "sea": 5, "mystery": 7, "forest": 9, "journey": 12, "craft": 16,
         "city": 21}  # fmt: skip
# Partials as (multiple of the note's frequency, loudness), seconds until a note has swelled, and
# seconds in which it then falls to 1/e.
TIMBRES: dict[str, tuple[tuple[tuple[float, float], ...], float, float]] = {
    "sea": (((1, 1), (2, 0.15)), 0.08, 1.0),  # flute
    "forest": (((1, 1), (3, 0.6), (5, 0.35), (7, 0.2)), 0.03, 1.0),  # clarinet
    "city": (tuple((n, n**-0.5) for n in range(1, 9)), 0.02, 0.6),  # brass
    "hearth": (((1, 1), (2, 0.8), (4, 0.6), (8, 0.4)), 0.01, 3.0),  # organ
    "space": (((1, 1), (2.76, 0.6), (5.4, 0.35)), 0.003, 0.5),  # bell
    "journey": (tuple((n, 1 / n) for n in range(1, 7)), 0.002, 0.15),  # plucked string
    "mystery": (((1, 1), (1.03, 1), (2, 0.5), (2.06, 0.5)), 0.05, 1.5),  # two strings out of tune
    "craft": (((1, 1), (3.93, 0.5), (9.2, 0.25)), 0.001, 0.05),  # xylophone
}


def themes(marks: Marks) -> list[str]:
    """The themes of scale, tempo and timbre: the first draws of a jingle."""
    return [THEMES[marks.theme()] for _ in range(3)]


def play(marks: Marks) -> np.ndarray:
    """A jingle as a wave in [-0.9, 0.9], float [16000]; scale, tempo, timbre are three marks.

    The notes walk up and down the scale, begin and end on its lowest note, and each still rings
    while the next one sounds.
    """
    scale, tempo, timbre = themes(marks)
    root, steps = SCALES[scale]
    root_hz = 440 * 2 ** ((root - 69 + marks.between(-0.3, 0.3)) / 12)
    sound, place = np.zeros(round(RATE * SECONDS)), 0
    notes, first = NOTES[tempo], marks.between(0, 0.04)
    apart = (SECONDS - 0.1) / notes
    for n in range(notes):
        if n == notes - 1:
            place = 0
        elif n > 0:
            place = int(np.clip(place + marks.pick((-2, -1, 1, 1, 2)), 0, len(steps) - 1))
        hz = root_hz * 2 ** (steps[place] / 12)
        start = round(RATE * (first + n * apart))
        ring = min(round(2 * RATE * apart), len(sound) - start)
        sound[start : start + ring] += note(hz, timbre, ring) * marks.between(0.8, 1)
    return sound * marks.between(0.5, 0.9) / np.abs(sound).max()


def note(hz: float, timbre: str, samples: int) -> np.ndarray:
    """One note of an instrument, float [samples], damped in its last third so that it never clicks.

    Partials above half the rate, which samples cannot hold, are left out.
    """
    partials, swell, fall = TIMBRES[timbre]
    t = np.arange(samples) / RATE
    sound = np.zeros(samples)
    for multiple, loudness in partials:
        if multiple * hz < RATE / 2:
            sound += loudness * np.sin(2 * np.pi * multiple * hz * t)
    damped = np.minimum(3 * (1 - np.arange(1, samples + 1) / samples), 1)
    return sound * damped * np.minimum(t / swell, 1) * np.exp(-np.maximum(t - swell, 0) / fall)


def encode(sound: np.ndarray) -> bytes:
    """A WAV file, one channel of 16 bits, of a wave in [-1, 1]."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def _make(domain: str, marks: Marks) -> bytes:
    return encode(play(marks))


JINGLE = Medium("audio_path", "jingle", ".wav", _make, (Path(__file__),), np.__version__)
