"""Worlds: domains with known truth, the embedded default of the whole lab."""

from __future__ import annotations

from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.truth import Truth
from xdrec.data.worlds.world import World, make_world

__all__ = ["THEMES", "Truth", "World", "make_world"]
