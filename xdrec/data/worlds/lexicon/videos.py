"""The words of a video platform: short clips with loud titles."""

from __future__ import annotations

MAKER = "Channel"
CATEGORIES = (
    "Ocean and Diving", "Wildlife", "Urban and Street", "Food", "Science and Rockets",
    "Travel Vlogs", "Unsolved", "Making and Restoring",
)  # fmt: skip
BRANDS = {
    "sea": "Blue Fin, Wave Riders",
    "forest": "Bear Cam, Canopy",
    "city": "Parkour Crew, Subway Sounds",
    "hearth": "One Pan, Crumb Lab",
    "space": "Lift Off, Orbit Daily",
    "journey": "Van Diaries, Far Away",
    "mystery": "Cold Case Club, Night Files",
    "craft": "Rust to New, Bench Time",
}
WORDS = {
    "sea": {
        "thing": "shark dive, freediving record, giant squid, surfing wipeout, aquarium build, "
        "whale song, sailing fail",
        "how": "underwater, deep-sea, drenched, tidal, oceanic",
        "where": "a coral reef, the north atlantic, an oil rig, the deepest trench",
        "about": "swimming with orcas, what lives below four miles, building a raft from bottles, "
        "a week aboard a trawler",
    },
    "forest": {
        "thing": "trail camera, bear encounter, bushcraft shelter, owl rescue, wolf pack, tree "
        "climb, beaver dam",
        "how": "wild, camouflaged, feral, untouched, howling",
        "where": "siberian taiga, the rainforest canopy, a beaver pond, bear country",
        "about": "surviving with only a knife, raising an orphaned fox, a year in one tree, how "
        "wolves changed a river",
    },
    "city": {
        "thing": "parkour run, street interview, subway musician, graffiti timelapse, traffic "
        "jam, skyscraper climb, drift race",
        "how": "urban, high-rise, fast-cut, electric, rush-hour",
        "where": "tokyo at night, a crane above town, the busiest crossing, an empty mall",
        "about": "living in nine square metres, asking strangers about pay, sneaking onto roofs, "
        "buskers better than the charts",
    },
    "hearth": {
        "thing": "noodle challenge, pizza oven, knife skill, bread scoring, street food tour, "
        "barbecue, lunch hack",
        "how": "crispy, cheesy, sizzling, five-minute, giant",
        "where": "a noodle bar, my nonna's kitchen, the smallest bakery, a farm in tuscany",
        "about": "frying everything once, the perfect egg in ten ways, feeding a village, cheap "
        "dinners ranked",
    },
    "space": {
        "thing": "rocket landing, black hole, mars rover, zero-g experiment, telescope build, "
        "solar flare, asteroid",
        "how": "interstellar, orbital, supersonic, explosive, quantum",
        "where": "mission control, the space station, the surface of mars, a particle collider",
        "about": "falling into a black hole, why rockets explode, sounds recorded on mars, the "
        "size of everything",
    },
    "journey": {
        "thing": "van conversion, border run, motorbike trip, sleeper train, cheap flight, desert "
        "crossing, airport fail",
        "how": "non-stop, long-haul, roadside, remote, budget",
        "where": "the karakoram highway, patagonia, a ghost airport, the longest railway",
        "about": "crossing africa by bus, thirty countries without a plane, moving into a van, "
        "the worst hostel ever",
    },
    "mystery": {
        "thing": "cold case, ghost hunt, cipher, missing plane, hidden room, hoax, magic trick",
        "how": "unsolved, haunted, vanished, forbidden, disturbing",
        "where": "an abandoned asylum, the catacombs, a sealed vault, the bermuda triangle",
        "about": "the letters nobody could read, how the trick is done, a town that vanished, "
        "footage without explanation",
    },
    "craft": {
        "thing": "axe restoration, marble run, wood joint, lego machine, blacksmith build, watch "
        "repair, paper engine",
        "how": "restored, satisfying, precise, hand-cut, rusty",
        "where": "a japanese workshop, my garage, the glass furnace, a violin maker's bench",
        "about": "restoring a rusty vice, one table without a screw, weaving a bridge from "
        "grass, folding a paper plane that returns",
    },
}
TITLES = (
    "I tried a {how} {thing}", "{how} {thing} in {where}", "{about}", "{thing} gone wrong",
    "inside {where}", "the most {how} {thing} ever", "{about}, explained",
    "top ten {thing} moments",
    "we spent a day in {where}", "{thing} versus {thing}", "{about}: part two",
    "do not try this {thing}",
)  # fmt: skip
OPENINGS = (
    "{about}, filmed in one take.", "we went to {where} for a {how} {thing}.",
    "a {how} {thing}, and it only gets better.", "this {thing} took us to {where}.",
)  # fmt: skip
CLOSINGS = (
    "next week: {about}.", "subscribe for more {how+} moments.",
    "watch until the {thing+} at the end.", "thanks to everyone in {where}.",
)  # fmt: skip
PRICE = 1.0
