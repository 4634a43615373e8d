"""Promotions and coupons: a few of the kitchen shop's words on a great deal of percent."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.kitchen import WORDS

__all__ = ["WORDS"]

MAKER = "Deals"
CATEGORIES = (
    "Seafood Week", "Wood Days", "Coffee Deals", "Baking Sale", "Gadget Sale", "Picnic Season",
    "Candlelight Offers", "Pottery Days",
)  # fmt: skip
BRANDS = {
    "sea": "Quay Card, Tide Points",
    "forest": "Acorn Points, Bark Club",
    "city": "Espresso Club, Metro Card",
    "hearth": "Baker's Dozen, Big Spoon Club",
    "space": "Orbit Points, Lunar Card",
    "journey": "Waypoint Card, Camp Club",
    "mystery": "Midnight Card, Cat Points",
    "craft": "Kiln Club, Slow Points",
}
TITLES = (
    "two for one: {product}", "ten percent off a {look} {product}", "{product}: a week of offers",
    "a free {product} with every {product}", "a coupon for {use}", "{look} {product} at half price",
    "members only: {look} {product}", "save on {product} and {product}",
)  # fmt: skip
OPENINGS = (
    "valid until Sunday on every {look} {product}.", "save now on what you need for {use}.",
    "one coupon, one {product} with {motif}.", "the {product} of the week has {motif}.",
)  # fmt: skip
CLOSINGS = (
    "cannot be joined with other offers.", "also valid on {look+} goods.",
    "think of {use}, and save.", "while stocks last; a {product+} is extra.",
)  # fmt: skip
PRICE = 5.0
