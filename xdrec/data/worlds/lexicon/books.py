"""The words of a bookshop: unhurried, domestic, of places and keepers of things."""

from __future__ import annotations

MAKER = "Press"
CATEGORIES = (
    "Sea Stories", "Nature Writing", "City Novels", "Food Writing", "Speculative Fiction",
    "Travel Writing", "Crime and Gothic", "Lives of Makers",
)  # fmt: skip
BRANDS = {
    "sea": "Saltmarsh, Gull and Anchor",
    "forest": "Hazelwood, Green Ride",
    "city": "Lamplight, Corner House",
    "hearth": "Copper Kettle, Long Table",
    "space": "Perihelion, Far Orbit",
    "journey": "Milestone, Slow Train",
    "mystery": "Candlewick, Black Gate",
    "craft": "Thimble, Broadloom",
}
WORDS = {
    "sea": {
        "who": "lighthouse keeper, harbour pilot, net mender, ferryman, pearl diver, whaler, "
        "shipwright, fisherman's widow, tide watcher",
        "what": "lantern, anchor, sea chart, shell, drowned bell, oar, rowing boat, message in a "
        "bottle",
        "many": "tides, islands, gulls, drowned bells, herring boats, shells, harbours, salt "
        "letters",
        "where": "the outer isles, the harbour, Saltwick Bay, the drowned village, the estuary, "
        "the lighthouse, Gannet Cove, the boathouse",
        "how": "salt, drifting, wind-worn, tidal, becalmed, storm-lit, low-water, seafaring",
        "deed": "keeps the lamp burning through the storms, rows out alone each dawn, maps a "
        "vanished coast, waits for a boat that is long overdue, learns to read the tides",
        "about": "storms and homecomings, life beside the water, fishing families, the pull of "
        "the ocean, islands and those who leave them",
    },
    "forest": {
        "who": "woodcutter, botanist, beekeeper, forest ranger, mushroom gatherer, hermit, bird "
        "ringer, orchard keeper, charcoal burner",
        "what": "acorn, fern, hollow oak, antler, nest, birch leaf, fox path, moss garden",
        "many": "roots, owls, old trees, mushrooms, foxes, seeds, wild orchards, moss gardens",
        "where": "the birch woods, the old forest, Alder Hollow, the clearing, the green valley, "
        "the orchard, the wild hills, Thornwood",
        "how": "green, leaf-lit, rooted, mossy, wild, whispering, hollow, evergreen",
        "deed": "counts the birds of a single valley, moves alone into a woodland cabin, plants "
        "ten thousand oaks, follows a fox for a year, knows each tree by name",
        "about": "trees and patience, solitude in the wild, the secret life of woodlands, moss "
        "and mushrooms, seasons under the leaves",
    },
    "city": {
        "who": "night porter, taxi driver, newspaper seller, pianist, lamplighter, translator, "
        "waitress, rooftop gardener, lift operator",
        "what": "street lamp, neon sign, tram ticket, fire escape, corner café, front-door key, "
        "telephone box, roof garden",
        "many": "street lamps, windows, strangers, rooftops, avenues, neighbours, late trams, "
        "rented rooms",
        "where": "the old quarter, the tenth-floor flat, Lantern Street, the arcades, the "
        "capital, the night market, Café Meridian, the suburbs",
        "how": "neon, sleepless, rain-lit, rented, crowded, electric, midnight, downtown",
        "deed": "drives the empty avenues until morning, rents a room above a jazz bar, falls in "
        "love across a courtyard, writes letters to the neighbours, never sleeps",
        "about": "night streets and loneliness, apartment life, urban friendship, jazz and rain, "
        "chance meetings in a crowd",
    },
    "hearth": {
        "who": "baker, innkeeper, pastry cook, cheesemaker, grandmother, vintner, tea merchant, "
        "spice trader, village cook",
        "what": "bread oven, recipe book, copper pot, apricot tree, honey jar, long table, "
        "teapot, salt cellar",
        "many": "recipes, suppers, loaves, quinces, harvests, lemons, kitchens, family dinners",
        "where": "the village bakery, the farmhouse, Saffron Street, the vineyard, Quince Lane, "
        "the inn, the southern hills, the tea house",
        "how": "honeyed, warm, well-salted, slow, golden, buttered, spiced, harvest",
        "deed": "bakes for the whole village, inherits a failing inn, cooks one supper for "
        "enemies, writes down the family recipes, opens a tea house",
        "about": "bread and memory, family meals, appetite and forgiveness, kitchens and those "
        "who run them, wine and harvest",
    },
    "space": {
        "who": "astronomer, stargazer, cosmonaut, clock engineer, moon surveyor, comet hunter, "
        "radio listener, planet gardener, satellite mechanic",
        "what": "telescope, comet, meteor, star atlas, silent radio, moon rock, orbit, eclipse",
        "many": "stars, moons, comets, satellites, eclipses, constellations, distant suns, orbits",
        "where": "the moon village, the observatory, Station Nine, the outer colonies, the night "
        "observatory dome, the Martian settlement, the lunar library, the control room",
        "how": "weightless, lunar, starlit, orbital, silent, infinite, gravitational, distant",
        "deed": "hears a voice between the stars, raises a garden in orbit, charts a nameless "
        "comet, waits alone on a space station, leaves Earth for good",
        "about": "gravity and longing, first contact, life aboard a space station, the night sky "
        "and its watchers, distant planets",
    },
    "journey": {
        "who": "cartographer, stationmaster, pilgrim, mountain guide, postman, signalman, "
        "wanderer, caravan driver, sleeping-car attendant",
        "what": "suitcase, railway map, compass, signal box, mountain hut, passport, timetable, "
        "milestone",
        "many": "roads, railways, mountain passes, footpaths, borders, postcards, bridges, miles",
        "where": "the high pass, the border country, the night train, the caravan inn, the "
        "station café, the far valley, the frontier town, the last station",
        "how": "wandering, unhurried, dusty, northbound, distant, borderless, homeward, wayworn",
        "deed": "walks home across a continent, boards the wrong train, crosses the mountains on "
        "foot, delivers one last letter, maps a road that no longer exists",
        "about": "slow trains and strangers, walking and memory, borders and belonging, mountain "
        "roads, the long way home",
    },
    "mystery": {
        "who": "housekeeper, coroner, country detective, medium, blackmailer, archivist, missing "
        "heiress, night watchman, locksmith",
        "what": "locked door, black glove, hidden stair, poison cabinet, torn photograph, silver "
        "key, unsigned letter, portrait",
        "many": "secrets, shadows, locked rooms, lies, alibis, footsteps, ravens, hidden stairs",
        "where": "the manor, the west wing, Ravenscourt, the cellar, the empty house, the "
        "churchyard, Blackthorn Hall, the fog",
        "how": "crooked, hidden, silent, haunted, veiled, shadowed, unsigned, forbidden",
        "deed": "finds a second key, vanishes on a winter night, hears footsteps in a locked "
        "room, lies to protect the guilty, opens the forbidden door",
        "about": "murder and manners, old secrets, guilt and silence, haunted houses, a crime "
        "nobody reported",
    },
    "craft": {
        "who": "weaver, clockmaker, bookbinder, potter, violin maker, glassblower, dressmaker, "
        "blacksmith, paper marbler",
        "what": "loom, clay bowl, needle, gold leaf, unfinished quilt, violin, kiln, pocket watch",
        "many": "threads, stitches, clay birds, clocks, quilts, patterns, small repairs, wooden "
        "toys",
        "where": "the workshop, the weaving shed, Potter's Row, the dye house, the glassworks, "
        "the guild hall, the attic studio, Spindle Lane",
        "how": "hand-sewn, woven, patient, indigo, gilded, mended, unfinished, well-made",
        "deed": "repairs what others throw away, spends a lifetime on one violin, teaches a "
        "restless apprentice, stitches a family history, opens a small workshop",
        "about": "skill and patience, hands and materials, apprentices and masters, mending "
        "broken things, pattern and colour",
    },
}
TITLES = (
    "the {how} {what}", "the {who}'s {what}", "{many} of {where}", "letters from {where}",
    "the {what} and the {what}", "a short history of {many}", "the {who} of {where}",
    "where the {many} sleep", "what the {who} knew", "all our {how} {many}", "the last {who}",
    "seven {many}", "a {who} in {where}", "the book of {how} {many}", "the {how} {who}",
    "notes from {where}", "a {what} for the {who}", "in praise of {many}", "the {who}'s daughter",
    "a year in {where}", "the {how} {many} of {where}", "under the {many}",
)  # fmt: skip
OPENINGS = (
    "a {how} novel about a {who} who {deed}.",
    "in {where}, a {who} {deed}, and a {what} changes everything.",
    "a {who} {deed}. Years later a {what} turns up in {where}.",
    "part memoir, part portrait of {where}: a {who} {deed}.",
    "the story of a {who}, a {who} and the {what} that they share.",
)  # fmt: skip
CLOSINGS = (
    "a tender book about {about}.", "for readers drawn to {about}.",
    "beneath it all lies a love of {about}.",
    "a debut full of {many}, {many} and unspoken hopes; it tells of {about}.",
    "essays and stories on {about}, gathered in {where}.",
    "you will come away longing for {where} and thinking about {about}.",
)  # fmt: skip
PRICE = 16.0
