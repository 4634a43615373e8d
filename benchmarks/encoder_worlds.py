"""The worlds on which the encoders are held against the known truth.

Fixed before any model was trained on them, and not touched since: a preset that is tuned to a model
measures nothing. Encoders learn from categories, interactions or the pairing of texts and covers,
never from the factors; the factors judge.
"""

from __future__ import annotations

from typing import Any

HELD_OUT = 1000  # the last items of each domain: not trained on, only judged on
CANDIDATES = 200  # covers among which the one of a description is to be found

# f for images and for texts: ridge from its vectors to the true factors.
FACTORS: dict[str, Any] = {
    "users": 100, "items": 5000, "domains": ("books", "films"), "sparsity": 0.99, "seed": 303,
}  # fmt: skip
# Which cover belongs to which description, where the description says what the cover shows.
PAIRS: dict[str, Any] = FACTORS | {"captions": True, "seed": 304}
# f for jingles, for clips and for sensor days; trained on the items of the first domain.
OTHER_MODALITIES: dict[str, Any] = {
    "users": 100, "items": 4000, "domains": ("films", "books"), "sparsity": 0.99, "images": False,
    "audio": True, "video": True, "series": True, "seed": 305,
}  # fmt: skip
