"""Help pages of a kitchen shop's service desk: the goods' words as questions and answers."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.kitchen import WORDS

__all__ = ["WORDS"]

MAKER = "Help"
CATEGORIES = (
    "Fish Tools Help", "Wood and Oil", "Machines and Bar", "Baking Help", "Gadget Settings",
    "Flasks and Seals", "Candles and Glass", "Pottery Care",
)  # fmt: skip
BRANDS = {
    "sea": "Tidepool Desk, Quay Desk",
    "forest": "Bramble Desk, Ember Desk",
    "city": "Nord Desk, Metro Desk",
    "hearth": "Dough Desk, Spoon Desk",
    "space": "Lunar Desk, Orbit Desk",
    "journey": "Campfire Desk, Waypoint Desk",
    "mystery": "Pantry Desk, Cat Desk",
    "craft": "Kiln Desk, Hand Desk",
}
TITLES = (
    "my {product} leaks", "how do I clean a {look} {product}?", "returning a {look} {product}",
    "{product}: spare parts", "is the {product} good for {use}?", "{look} {product} arrived broken",
    "{product} and {product} in one parcel", "setting up the {look} {product}",
)  # fmt: skip
OPENINGS = (
    "your {product} is covered for two years.", "wash the {look} {product} by hand.",
    "if it is for {use}, read on.", "send the {product} back with the slip; keep {motif} dry.",
)  # fmt: skip
CLOSINGS = (
    "ask us about {use} at any time.", "the same holds for a {look+} {product+}.",
    "check {motif} before you write to us.", "most problems with {use} end here.",
)  # fmt: skip
PRICE = 1.0
