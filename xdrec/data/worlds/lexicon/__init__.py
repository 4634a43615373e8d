"""The vocabulary of each domain: the same eight themes, told in five shops' own words.

A module a domain: `WORDS[theme][role]` (comma-separated), `TITLES`, `OPENINGS` and `CLOSINGS`
(templates over the roles), `CATEGORIES` (in theme order), `BRANDS`, what a `MAKER` is called,
and the typical `PRICE`.
"""

from __future__ import annotations

from types import ModuleType

from xdrec.data.worlds.lexicon import books, films, garden, kitchen, music

LEXICA: dict[str, ModuleType] = {
    "books": books, "films": films, "music": music, "kitchen": kitchen, "garden": garden,
}  # fmt: skip
