"""The words of a newspaper: what happened, where, and who says so."""

from __future__ import annotations

MAKER = "Desk"
CATEGORIES = (
    "Coast and Fisheries", "Environment", "City Politics", "Food and Farming", "Science",
    "Transport and Travel", "Crime and Courts", "Arts and Trades",
)  # fmt: skip
BRANDS = {
    "sea": "Harbour, Shipping",
    "forest": "Nature, Climate",
    "city": "Town Hall, Housing",
    "hearth": "Consumer, Rural",
    "space": "Research, Technology",
    "journey": "Railways, Foreign",
    "mystery": "Court, Investigations",
    "craft": "Culture, Industry",
}
WORDS = {
    "sea": {
        "thing": "fishing quota, flood barrier, oil spill, port strike, lifeboat, sea wall, cargo "
        "ship, coral survey",
        "how": "coastal, maritime, flooded, offshore, rising",
        "where": "the container port, the estuary, the fish market, the storm coast",
        "about": "the dispute over herring catches, a tanker aground, higher sea levels, wages in "
        "the docks",
    },
    "forest": {
        "thing": "logging ban, wolf count, wildfire, nature park, bark beetle, carbon tax, river "
        "restoration, hunting rule",
        "how": "protected, endangered, green, rural, drought-hit",
        "where": "the national park, the timber county, the peat bog, the burnt valley",
        "about": "the return of the lynx, a petition for old trees, the driest spring on record, "
        "who owns the woods",
    },
    "city": {
        "thing": "rent cap, mayor's budget, tram line, housing block, council vote, traffic ban, "
        "police reform, protest march",
        "how": "municipal, crowded, contested, unaffordable, metropolitan",
        "where": "the town hall, the new quarter, the central square, the ring road",
        "about": "the vote on rents, an opposition without a plan, a hundred empty offices, who "
        "will be mayor",
    },
    "hearth": {
        "thing": "bread price, school meal, dairy subsidy, harvest report, food bank, sugar tax, "
        "heating bill, recipe dispute",
        "how": "domestic, organic, costly, seasonal, household",
        "where": "the wholesale market, a village bakery, the potato fields, school canteens",
        "about": "the rising cost of butter, a record apple harvest, labels on ready meals, "
        "families who skip dinner",
    },
    "space": {
        "thing": "satellite launch, fusion test, moon mission, telescope, chip factory, gene "
        "study, radio signal, research grant",
        "how": "scientific, orbiting, experimental, nuclear, astronomical",
        "where": "the launch centre, the physics institute, the lunar south pole, a data centre",
        "about": "water found on an asteroid, a rocket lost after launch, measurements nobody "
        "expected, the race for chips",
    },
    "journey": {
        "thing": "rail strike, border check, airport expansion, visa rule, mountain rescue, toll "
        "road, refugee route, ferry link",
        "how": "cross-border, delayed, international, alpine, stranded",
        "where": "the main station, the frontier, the airport, the alpine tunnel",
        "about": "the night train that came back, queues before the holidays, a closed mountain "
        "pass, the cost of flying",
    },
    "mystery": {
        "thing": "murder trial, art theft, leaked file, spy case, fraud inquiry, missing witness, "
        "jail break, forged will",
        "how": "alleged, secret, suspicious, unexplained, classified",
        "where": "the high court, the archive, an offshore account, the evidence room",
        "about": "a witness who vanished, papers found in a cellar, what the ministry knew, the "
        "robbery without traces",
    },
    "craft": {
        "thing": "museum opening, textile plant, orchestra tour, apprentice scheme, theatre "
        "premiere, violin auction, design prize, pottery guild",
        "how": "artistic, traditional, skilled, sculpted, restored",
        "where": "the opera house, the porcelain works, the gallery, the weaving mill",
        "about": "a painting that was not a fake, trades without apprentices, the last organ "
        "builder, a theatre without a stage",
    },
}
TITLES = (
    "{thing} divides {where}", "{how} {thing} under review", "no end in sight for {thing}",
    "{about}", "report from {where}", "{thing}: what we know", "{about}: an analysis",
    "what the {thing} means for {where}", "{how} {thing} angers critics",
    "after the {thing}, the {thing}", "experts warn of {how} {thing}", "{where} awaits {thing}",
)  # fmt: skip
OPENINGS = (
    "the {how} {thing} has reached {where}.", "at {where} all talk is of {about}.",
    "a {thing} was announced on Tuesday, after months of {how} debate.",
    "it began with {about}; then came the {thing}.",
)  # fmt: skip
CLOSINGS = (
    "background: {about}.", "a decision on the {thing+} is expected soon.",
    "critics call it {how+} and late.", "our reporter spoke to people at {where}.",
)  # fmt: skip
PRICE = 1.0
