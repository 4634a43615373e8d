"""The vocabulary of each domain: the same eight themes, told in each place's own words.

A module a domain: `WORDS[theme][role]` (comma-separated), `TITLES`, `OPENINGS` and `CLOSINGS`
(templates over the roles), `CATEGORIES` (in theme order), `BRANDS`, what a `MAKER` is called,
and the typical `PRICE`. Some domains talk of another's things (a guide of the kitchen's goods, a
live stream of what people post) and have its `WORDS`.
"""

from __future__ import annotations

from types import ModuleType

from xdrec.data.worlds.lexicon import (
    answers,
    books,
    care,
    channels,
    circles,
    coupons,
    courses,
    films,
    funds,
    garden,
    guides,
    kitchen,
    leaflets,
    music,
    news,
    posts,
    routines,
    streams,
    videos,
)  # fmt: skip

LEXICA: dict[str, ModuleType] = {
    "books": books, "films": films, "music": music, "kitchen": kitchen, "garden": garden,
    "guides": guides, "coupons": coupons, "answers": answers, "posts": posts, "circles": circles,
    "streams": streams, "videos": videos, "channels": channels, "news": news,
    "leaflets": leaflets, "care": care, "courses": courses, "routines": routines, "funds": funds,
}  # fmt: skip
