"""Reviews and buying guides: the kitchen shop's words, told by who has tried the goods."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.kitchen import WORDS

__all__ = ["WORDS"]

MAKER = "Tests"
CATEGORIES = (
    "Fish Tools Tested", "Wood Care and Boards", "Coffee Reviews", "Baking Guides",
    "Gadget Reviews", "Lunch on the Go", "Table and Candle", "Pottery Guides",
)  # fmt: skip
BRANDS = {
    "sea": "Captain Cook, Brine",
    "forest": "Plain Wood, Forager",
    "city": "Third Cup, Bar Notes",
    "hearth": "Crust and Crumb, Sunday Table",
    "space": "Lab Kitchen, Precisely",
    "journey": "Trail Lunch, Flask Club",
    "mystery": "Late Supper, Wick",
    "craft": "Kiln Letters, By Hand",
}
TITLES = (
    "which {product} is worth it?", "{look} {product}: our verdict", "six of the best for {use}",
    "{product} or {product}?", "what you need for {use}", "the {look} {product} after a year",
    "buying a {product}: look for {motif}", "a {product} for {use}",
)  # fmt: skip
OPENINGS = (
    "we tried a {look} {product} for {use}.", "a good {product} is rare; this one has {motif}.",
    "readers ask us what is best for {use}.", "after a year, the {look} {product} still pleases.",
)  # fmt: skip
CLOSINGS = (
    "our advice for {use}: try before you buy.", "cheaper than a {look+} {product+}.",
    "we did not need {motif}, and liked it all the same.", "four stars of five for {use}.",
)  # fmt: skip
PRICE = 1.0
