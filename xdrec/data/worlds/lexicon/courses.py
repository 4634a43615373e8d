"""The words of a learning platform: what is taught, how, and for whom."""

from __future__ import annotations

MAKER = "Academy"
CATEGORIES = (
    "Marine Studies", "Ecology", "Architecture and Society", "Nutrition and Cookery",
    "Physics and Astronomy", "Languages and Geography", "Logic and Forensics",
    "Design and Workshop",
)  # fmt: skip
BRANDS = {
    "sea": "Tidewater, Nautilus",
    "forest": "Greenleaf, Biotope",
    "city": "Metropolis, Agora",
    "hearth": "Ladle and Leaf, Hearthside",
    "space": "Kepler, Lagrange",
    "journey": "Meridian, Silk Road",
    "mystery": "Sherlock Hall, Enigma",
    "craft": "Bauhof, Workbench",
}
WORDS = {
    "sea": {
        "thing": "navigation, marine biology, sailing theory, oceanography, coastal engineering, "
        "fishery science, ship design",
        "how": "nautical, marine, tidal, aquatic",
        "where": "a research vessel, the tide lab, the sailing school",
        "about": "reading a nautical chart, how currents move heat, life in coral reefs, the "
        "physics of waves",
    },
    "forest": {
        "thing": "botany, ecology, forestry, bird identification, soil science, conservation, "
        "mycology",
        "how": "ecological, botanical, field-based, seasonal",
        "where": "the arboretum, a field station, the herbarium",
        "about": "telling trees by their bark, how forests store carbon, counting animals "
        "honestly, fungi and their partners",
    },
    "city": {
        "thing": "urban planning, architecture, sociology, economics, public policy, traffic "
        "modelling, local government",
        "how": "urban, civic, social, economic",
        "where": "the planning office, a model flat, the debating hall",
        "about": "why rents rise, drawing a street for people, how markets fail, who decides in "
        "a council",
    },
    "hearth": {
        "thing": "nutrition, bread baking, food chemistry, home economics, fermentation, "
        "cookery, gardening",
        "how": "nourishing, kitchen-tested, homely, edible",
        "where": "the teaching kitchen, a bakery, the vegetable plot",
        "about": "the chemistry of a crust, planning meals on a budget, yeast and patience, what "
        "vitamins do",
    },
    "space": {
        "thing": "astronomy, astrophysics, rocketry, quantum mechanics, relativity, satellite "
        "imaging, calculus",
        "how": "astronomical, mathematical, celestial, theoretical",
        "where": "the observatory dome, the planetarium, a vacuum chamber",
        "about": "weighing a star, orbits by hand, the light of galaxies, from newton to einstein",
    },
    "journey": {
        "thing": "spanish, cartography, geography, arabic, travel writing, anthropology, "
        "migration history",
        "how": "intercultural, conversational, worldly, geographical",
        "where": "a language cafe, the map room, an exchange abroad",
        "about": "ordering dinner in three languages, how maps lie, peoples on the move, writing "
        "on the road",
    },
    "mystery": {
        "thing": "cryptography, forensics, formal logic, criminal psychology, paleography, game "
        "theory, statistics of evidence",
        "how": "logical, forensic, cryptic, deductive",
        "where": "the crime lab, the code room, a mock court",
        "about": "breaking a simple cipher, what a fingerprint proves, paradoxes and proofs, "
        "why witnesses err",
    },
    "craft": {
        "thing": "furniture making, ceramics, typography, drawing, textile design, bookbinding, "
        "metalwork",
        "how": "practical, creative, hand-drawn, tactile",
        "where": "the print shop, the studio, a joiner's bench",
        "about": "joints that last, letters and white space, glazes from ash, seeing before "
        "drawing",
    },
}
TITLES = (
    "introduction to {thing}", "{how} {thing}", "{thing} for beginners", "{about}",
    "{thing} and {thing}", "advanced {thing} in {where}", "{about}: a short course",
    "a {how} approach to {thing}", "{thing} in ten weeks", "foundations of {how} {thing}",
    "{thing} at {where}", "{thing} through {about}",
)  # fmt: skip
OPENINGS = (
    "you learn {thing} by doing: {about}.", "a {how} course that starts in {where}.",
    "ten lessons on {about}.", "this course in {thing} takes you to {where}.",
)  # fmt: skip
CLOSINGS = (
    "the last lesson is on {about}.", "good preparation for {thing+}.",
    "with {how+} exercises each week.", "guest lecture from {where}.",
)  # fmt: skip
PRICE = 60.0
