"""Topics and circles of a social network: the posts' words, as places to meet."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.posts import WORDS

__all__ = ["WORDS"]

MAKER = "Group"
CATEGORIES = (
    "Sea Circles", "Nature Circles", "City Circles", "Cooking Circles", "Sky Circles",
    "Travel Circles", "Puzzle Circles", "Maker Circles",
)  # fmt: skip
BRANDS = {
    "sea": "Tide Pool, Swell",
    "forest": "Undergrowth, Canopy",
    "city": "Block Party, Night Shift",
    "hearth": "Long Table, Warm Oven",
    "space": "Perigee, Zenith",
    "journey": "Fellow Travellers, Layover",
    "mystery": "Third Clue, Witching Hour",
    "craft": "Loose Threads, Sawdust",
}
TITLES = (
    "friends of the {thing}", "the {how} {thing} circle", "all about {thing} and {thing}",
    "meet at {where}", "topic: {about}", "{how} people, {how} pictures", "your best {thing}",
    "{thing} lovers at {where}", "{about}: share yours", "a {how} {thing} every day",
)  # fmt: skip
OPENINGS = (
    "a circle for everyone with a {thing}.", "we are {how} people and talk about {about}.",
    "here we share every {how} {thing}.", "started at {where}, open to all.",
)  # fmt: skip
CLOSINGS = (
    "topic of the month: {about}.", "no adverts, only {how+} stories.",
    "members show a {thing+} each week.", "we meet at {where}.",
)  # fmt: skip
PRICE = 1.0
