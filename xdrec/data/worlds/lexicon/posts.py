"""The words of a social network: short, in the first person, about what somebody just did."""

from __future__ import annotations

MAKER = "Circle"
CATEGORIES = (
    "Beach Life", "Into the Woods", "City Nights", "Home Cooking", "Stargazing", "On the Road",
    "Strange Things", "Made by Hand",
)  # fmt: skip
BRANDS = {
    "sea": "Salty Hair, Low Tide",
    "forest": "Muddy Boots, Leaf Pile",
    "city": "Night Bus, Corner Shop",
    "hearth": "Second Helpings, Flour Hands",
    "space": "Dark Skies, Moon Watch",
    "journey": "One Backpack, Slow Train",
    "mystery": "Odd Corners, After Midnight",
    "craft": "Knit Happens, Glue and Glitter",
}
WORDS = {
    "sea": {
        "thing": "surfboard, rock pool, beach towel, sandcastle, paddle board, ferry crossing, "
        "seashell, dolphin",
        "how": "salty, sunburnt, windswept, barefoot, beachy",
        "where": "the beach, the old harbour, a tiny cove, the lighthouse steps",
        "about": "my first cold swim, catching a wave at last, a whole day at the beach, crabs in "
        "a bucket",
    },
    "forest": {
        "thing": "woodland walk, mushroom basket, squirrel, tree house, hammock, muddy trail, "
        "birdsong recording, acorn",
        "how": "mossy, muddy, leafy, quiet, outdoorsy",
        "where": "the woods behind our house, a clearing, the nature reserve, the old oak",
        "about": "finding chanterelles, a deer at dawn, getting lost among trees, naming "
        "every bird",
    },
    "city": {
        "thing": "night bus, rooftop party, street mural, coffee queue, skateboard, flatshare, "
        "concert ticket, food truck",
        "how": "sleepless, loud, neon, downtown, overcaffeinated",
        "where": "the roof of our block, the night market, an empty subway car, the corner bar",
        "about": "missing the last bus, a new mural downtown, dancing until closing time, rents "
        "in this town",
    },
    "hearth": {
        "thing": "sourdough loaf, soup pot, sunday roast, birthday cake, family recipe, pancake "
        "stack, jam jar, tea break",
        "how": "buttery, homemade, cosy, slow-cooked, hungry",
        "where": "my kitchen, grandma's table, the allotment, the couch by the fire",
        "about": "a loaf that finally rose, leftovers for breakfast, cooking for twelve, the best "
        "soup in winter",
    },
    "space": {
        "thing": "telescope, meteor shower, eclipse photo, moon selfie, rocket launch, star map, "
        "comet, planetarium visit",
        "how": "starry, cosmic, moonlit, weightless, nerdy",
        "where": "a field without lamps, the observatory, the launch site, the balcony at three",
        "about": "seeing saturn's rings, a launch live on screen, aliens and where they hide, the "
        "milky way tonight",
    },
    "journey": {
        "thing": "backpack, boarding pass, mountain pass, camper van, passport stamp, hostel "
        "bunk, road map, border crossing",
        "how": "jet-lagged, restless, wandering, dusty, far-off",
        "where": "a bus in the andes, platform nine, the summit, somewhere past the border",
        "about": "packing too much again, two weeks by train, hitching across a desert, the view "
        "from the pass",
    },
    "mystery": {
        "thing": "ghost story, locked door, crossword, strange letter, haunted cellar, riddle, "
        "black cat, true-crime podcast",
        "how": "spooky, puzzling, eerie, unexplained, creepy",
        "where": "the attic, the abandoned hospital, the churchyard, a cellar with no light",
        "about": "noises behind the wall, who left that letter, a riddle for my followers, the "
        "neighbour nobody sees",
    },
    "craft": {
        "thing": "knitted jumper, pottery class, quilt, wooden spoon, screen print, sewing "
        "machine, lino cut, loom",
        "how": "handmade, wonky, colourful, patient, crafty",
        "where": "the shed, our maker space, the wool shop, a stall at the craft fair",
        "about": "my third wonky mug, mending instead of buying, dyeing wool with onions, a chair "
        "from old pallets",
    },
}
TITLES = (
    "{how} times at {where}", "that {thing} again", "{about}", "me and my {how} {thing}",
    "nobody told me about the {thing}", "just back from {where}", "{about}, a thread",
    "who else has a {thing} like this?", "spotted: a {how} {thing}", "{thing} of the day",
    "from {where} with a {thing}", "a {thing}, a {thing} and {where}",
)  # fmt: skip
OPENINGS = (
    "so, {about}: it happened.", "found a {how} {thing} at {where}.",
    "it was a {how} day and all I have is this {thing}.", "today at {where}: {about}.",
)  # fmt: skip
CLOSINGS = (
    "tell me about your {thing+}.", "more on {about} tomorrow.", "next stop is {where}.",
    "feeling {how+}, no regrets.",
)  # fmt: skip
PRICE = 1.0
