"""The worlds on which the fusions are held against single modalities and against each other.

Fixed before any model was run on them, and not touched since. Whatever a fusion's own settings are,
they were chosen on the world `REHEARSAL`, which counts for nothing; weights α that a row leaves
open are chosen on the valid part of each world.
"""

from __future__ import annotations

from typing import Any

TARGET, SOURCE = "films", "books"
WORLD: dict[str, Any] = {
    "users": 2000, "items": 600, "domains": (SOURCE, TARGET), "sparsity": 0.97, "overlap": 0.5,
}  # fmt: skip
SEEDS = (411, 412, 413)  # of the worlds; the fusion of each is trained with the same seed
REHEARSAL = 400
# Two cases: everything is there, or 40 % of the items lack each of these, drawn apart.
MISSING: dict[str, dict[str, float]] = {
    "whole": {},
    "40 % missing": dict.fromkeys(("text", "image", "category", "brand", "price"), 0.4),
}
