"""Leaflets of the invented health centre: the programmes' words, to read at home."""

from __future__ import annotations

from xdrec.data.worlds.lexicon.care import WORDS

__all__ = ["WORDS"]

MAKER = "Leaflets"
CATEGORIES = (
    "Breathing", "Fresh Air and Allergies", "Rest", "Food", "Eyes and Light", "Moving",
    "Mind", "Hands",
)  # fmt: skip
BRANDS = {
    "sea": "Lung Letter, Water Page",
    "forest": "Air Page, Green Letter",
    "city": "Rest Page, Calm Letter",
    "hearth": "Table Page, Oat Letter",
    "space": "Light Page, Eye Letter",
    "journey": "Step Page, Back Letter",
    "mystery": "Mind Page, Memory Letter",
    "craft": "Hand Page, Joint Letter",
}
TITLES = (
    "{about} in plain words", "questions about {about}", "what is a {thing}?",
    "the {how} leaflet: {thing}", "{thing} at home", "{about} and {about}", "reading on {thing}",
    "{about}, told in {where}", "{thing} or {thing}?",
)  # fmt: skip
OPENINGS = (
    "two pages on {about}.", "people who tried a {thing} tell of it.",
    "a {how} way into the subject: {about}.", "to be taken along in {where}.",
)  # fmt: skip
CLOSINGS = (
    "it does not replace a talk with a doctor.", "on the back: {about}.",
    "see also the page on {thing+}.", "written in a {how+} tone.",
)  # fmt: skip
PRICE = 1.0
