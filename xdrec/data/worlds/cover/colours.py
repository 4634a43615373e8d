"""Colours in words: the nearest of some forty names."""

from __future__ import annotations

from functools import cache

import numpy as np

NAMES = {
    "white": "f8f8f6", "cream": "f8ecd2", "pale yellow": "f8e6a0", "yellow": "f6d455",
    "gold": "dba83a", "orange": "ee8d3c", "apricot": "f2bd8c", "coral": "f4785e", "red": "c62c30",
    "brick red": "ac4a30", "maroon": "6a2228", "brown": "74492f", "dark brown": "3c2622",
    "tan": "c8a670", "pink": "f3c3c4", "rose": "de7d92", "plum": "9a4a82", "violet": "6a4aa4",
    "purple": "442f7c", "indigo": "211648", "navy": "142352", "black": "0d0f18",
    "blue": "3c6fb0", "azure": "549ad2", "sky blue": "86c3da", "pale blue": "c6e0e2",
    "teal": "2f8fa2", "dark teal": "174f66", "turquoise": "5ec6c4", "pale green": "cfe2b6",
    "sage": "a3b98c", "green": "5f9658", "dark green": "20503c", "olive": "7d8052",
    "pale grey": "c4c8c0", "grey": "8d9692", "dark grey": "4a5450", "charcoal": "282e2e",
}  # fmt: skip
LEVELS = 16  # of each channel in the table of nearest names


@cache
def _nearest() -> np.ndarray:
    """For each colour cell the number of the nearest name, [4096]."""
    names = np.array([list(bytes.fromhex(code)) for code in NAMES.values()])
    level = (np.arange(LEVELS) + 0.5) * 256 / LEVELS
    cells = np.stack(np.meshgrid(level, level, level, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    return ((cells - names) ** 2).sum(axis=2).argmin(axis=1)


def named(pixels: np.ndarray) -> np.ndarray:
    """The number of each pixel's name among NAMES; uint8 [..., 3] in, int [...] out."""
    cells = np.asarray(pixels).astype(int) // (256 // LEVELS)
    return _nearest()[cells @ [LEVELS * LEVELS, LEVELS, 1]]


def word(colour: tuple[int, int, int]) -> str:
    """One colour in words.

    >>> word((13, 16, 30)), word((250, 210, 80))
    ('black', 'yellow')
    """
    return list(NAMES)[int(named(np.array(colour)))]
