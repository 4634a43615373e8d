"""Events and live streams: the posts' words with an hour beside them."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.posts import WORDS

__all__ = ["WORDS"]

MAKER = "Live"
CATEGORIES = (
    "Live from the Shore", "Outdoor Meetings", "Concerts and Nights", "Cook-Alongs",
    "Sky Watch", "Live on the Road", "Mystery Evenings", "Open Workshops",
)  # fmt: skip
BRANDS = {
    "sea": "Harbour Stage, Shoreline",
    "forest": "Clearing Stage, Treetop",
    "city": "Rooftop Stage, Basement",
    "hearth": "Open Kitchen, Campfire",
    "space": "Dome Stage, Night Dome",
    "journey": "Platform Nine, Overland",
    "mystery": "Candle Stage, Locked Room",
    "craft": "Bench Stage, Shed",
}
TITLES = (
    "live: {about}", "tonight at {where}", "{how} {thing} live", "open evening at {where}",
    "{thing} marathon", "one hour of {thing} and {thing}", "{about}, your questions live",
    "the {how} {thing} festival", "{thing} premiere at {where}", "Friday live: {how} {thing}",
)  # fmt: skip
OPENINGS = (
    "starts at eight: {about}.", "live from {where}, with a {thing}.",
    "bring your {thing} and join in.", "a {how} evening for all who come to {where}.",
)  # fmt: skip
CLOSINGS = (
    "the chat is open for {about}.", "guests bring a {thing+}.", "it will be {how+}; no recording.",
    "afterwards we stay at {where}.",
)  # fmt: skip
PRICE = 3.0
