"""Categories and tags of a video platform: the videos' words, as shelves to follow."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.videos import WORDS

__all__ = ["WORDS"]

MAKER = "Playlist"
CATEGORIES = (
    "Tag: Ocean", "Tag: Wild", "Tag: Street", "Tag: Food", "Tag: Science", "Tag: Travel",
    "Tag: Unsolved", "Tag: Making",
)  # fmt: skip
BRANDS = {
    "sea": "Deep Mix, Salt Mix",
    "forest": "Wild Mix, Leaf Mix",
    "city": "Street Mix, Neon Mix",
    "hearth": "Kitchen Mix, Crumb Mix",
    "space": "Rocket Mix, Star Mix",
    "journey": "Road Mix, Border Mix",
    "mystery": "Night Mix, Riddle Mix",
    "craft": "Bench Mix, Rust Mix",
}
TITLES = (
    "{thing} and more", "{how} clips of the week", "everything {thing}", "best of {where}",
    "{about}: the list", "{how} {thing} compilation", "{thing}, {thing}, {thing}",
    "filmed in {where}", "{how} stories from {where}", "{how} {thing} only",
)  # fmt: skip
OPENINGS = (
    "every {how} {thing} in one list.", "forty clips from {where}.", "follow for {about}.",
    "tagged as {how}: {thing} first.",
)  # fmt: skip
CLOSINGS = (
    "new on Mondays: {about}.", "for who likes a {thing+}.", "sorted from mild to {how+}.",
    "mostly shot in {where}.",
)  # fmt: skip
PRICE = 1.0
