"""The worlds on which models of interest are held against the known truth.

Fixed before any model ran on them, and not touched since: a preset that is tuned to a model
measures nothing. Models learn from the events before each person's last item; that item judges, and
so does the truth, which is what people want at the end.
"""

from __future__ import annotations

from typing import Any

# Interests that stay, and interests that move: the same people and shops otherwise.
STEADY: dict[str, Any] = {
    "users": 2000, "items": 800, "domains": ("books", "films"), "overlap": 1.0, "sparsity": 0.97,
    "images": False, "seed": 401,
}  # fmt: skip
DRIFTING: dict[str, Any] = STEADY | {"drift": 0.8}
# Newcomers who are known by what they say of themselves, and by nothing else.
DESCRIBED: dict[str, Any] = STEADY | {"profiles": True, "seed": 402}
