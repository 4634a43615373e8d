"""Colours: each theme has its own few moods, recognisable across a room."""

from __future__ import annotations

from dataclasses import dataclass

from xdrec.data.worlds.streams import Marks

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The eight colours of a picture: sky above and low, sun, three distances, dark, accent."""

    sky: Colour
    low: Colour
    sun: Colour
    far: Colour
    mid: Colour
    near: Colour
    dark: Colour
    accent: Colour


MOODS = {
    # theme: sky, low, sun, far, mid, near, dark, accent; a line a mood
    "sea": """86cfd0 e6f2e2 fff1c2 6bbdc2 3296a8 176c87 0d3f5c ff7f5c
              2f9fb5 bfe6dc fff8e0 58b4bd 1f829b 0f5b7a 0a3450 ffb54d
              1d5f86 8ec9cf ffd9a0 4fa3b5 23799a 12527a 0a2f4c f2795e""",
    "forest": """cfe3b4 f4f0cf f7d774 9cc088 5f9a63 2f6f4b 173f33 d9653b
                 a9cf9f e9f2d0 fff6cf 7fb07d 478458 245c43 11362d e8a33d
                 e9e2a6 fbf3cc f2a65a a3b86c 6d924f 3c6a3f 1c3d2b b5472f""",
    "city": """5b3f8f e0729b ffd27a 7a4f9f 4d3480 2f2160 1a1340 ffcf5c
               3d2c78 b45fa8 ffe9a8 64469a 43307c 2a1e58 150f38 ff8f6b
               8a4fa0 f59ab0 fff0c0 8a5aa8 593b88 362566 1c1444 ffe066""",
    "hearth": """f3b37a fbe3bd fff3d6 e58f55 cf6a3c a3472d 5c2a22 7a9a4e
                 f6c98f fdebc9 ffd98a e07b4a c4552f 8f3a27 4e231d e8b23a
                 ee9f6b f9d9ae fff0cc d9743f b84c2c 83331f 471e19 6f8f57""",
    "space": """0b1030 1d2660 f4e9ff 4a56b0 2c3585 191f55 080b22 5ee0e6
                0d0b26 2a1f5e ffe3f4 6a4fb8 3f2f8a 221a55 090719 ff6fae
                071629 12405f e9fbff 2f7fa8 1c5580 123655 050e1c ffd166""",
    "journey": """7db5c9 f5dca6 fff2c6 b9a88c c4803f a84f2a 4a2c24 e23e2e
                  f2c14e fae3a0 fff6d8 c9a05c 9c7350 6a5348 35302f d9402c
                  a7c7c4 f7e0b0 ffe9a8 d1a45a b5733a 7d4a2c 3c2a24 1f7f8c""",
    "mystery": """3c4a46 8a9684 e9e4c4 5f6e66 43504b 2a3532 131918 b3202a
                  4a4650 9a929a f0ead8 6f6974 4e4a55 312e38 16141a c4262e
                  56624f b3b58f f5efcf 7b8368 565e4b 363d33 191d18 a81f2d""",
    "craft": """f4c9c6 fbe9df fff7ea e99a9c d9657a 3d4a8c 2a2f5c e8b23f
                f1d6d8 fdf1e8 fffaf0 e5a3b4 b9617f 5a4a86 33285a 58a59a
                f7d2b6 fdeee0 fff6e6 f0a08c d96a6a 2f5d7c 23324f e9a93a""",
}


def palette(theme: str, marks: Marks) -> Palette:
    """One of the theme's moods, each colour channel a little warmer or cooler."""
    mood = marks.pick(MOODS[theme].splitlines())
    tint = [marks.between(0.95, 1.05) for _ in range(3)]
    colours = [bytes.fromhex(word) for word in mood.split()]
    return Palette(*(_tinted(c, tint) for c in colours))


def _tinted(colour: bytes, tint: list[float]) -> Colour:
    r, g, b = (min(255, round(c * t)) for c, t in zip(colour, tint, strict=True))
    return r, g, b


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour `share` of the way from a to b.

    >>> mix((0, 0, 0), (200, 100, 50), 0.5)
    (100, 50, 25)
    """
    r, g, b_ = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, b_
