"""The words of a cinema: loud, quick, of chases, captains and last chances."""

from __future__ import annotations

MAKER = "Pictures"
CATEGORIES = (
    "Ocean Adventure", "Wilderness Drama", "Urban Thriller", "Culinary Comedy", "Science Fiction",
    "Road Movie", "Mystery and Noir", "Artist Biopic",
)  # fmt: skip
BRANDS = {
    "sea": "Deep Blue, Mainsail",
    "forest": "Tall Pine, Wild Stag",
    "city": "Skyline, Ninth Avenue",
    "hearth": "Second Helping, Brass Ladle",
    "space": "Zero Gravity, Nova Nine",
    "journey": "Open Road, Iron Rail",
    "mystery": "Long Shadow, Keyhole",
    "craft": "Red Thread, Anvil",
}
WORDS = {
    "sea": {
        "who": "captain, pirate, submarine commander, surfer, deckhand, marine biologist, "
        "stowaway, smuggler, coastguard",
        "what": "wreck, submarine, treasure map, shark, wave, trawler, harpoon, reef",
        "many": "waves, sharks, pirates, sailors, currents, mermaids, fathoms, breakers",
        "where": "the coral reef, Shark Bay, the open ocean, the deep, Cape Fury, the lagoon, the "
        "sunken fleet, Port Tempest",
        "how": "raging, sunken, deep, stormy, shipwrecked, tropical, uncharted, blue",
        "deed": "sails straight into a hurricane, dives for a sunken treasure, hunts a great "
        "white shark, survives a shipwreck, steals a navy submarine",
        "about": "a deadly ocean crossing, survival on the open water, pirates and lost treasure, "
        "a crew against the waves",
    },
    "forest": {
        "who": "trapper, park ranger, logger, wolf tracker, runaway, bear keeper, wildlife "
        "filmmaker, huntress, smokejumper",
        "what": "wolf, wildfire, stag, cabin, bear, avalanche, timber trail, watchtower",
        "many": "wolves, pines, wildfires, hunters, branches, stags, wild things, thickets",
        "where": "the deep woods, Grizzly Valley, the rainforest, the timber town, Wolf Hollow, "
        "the jungle, the pine barrens, the wilderness",
        "how": "untamed, feral, burning, jungle, snowbound, howling, savage, woodland",
        "deed": "tracks a lone wolf through the snow, fights a wildfire alone, gets lost in the "
        "jungle, raises an orphaned bear, defends the last grove",
        "about": "survival in the wilderness, a girl and a wolf, loggers against rangers, a "
        "winter lost among pines",
    },
    "city": {
        "who": "cabbie, rookie cop, club singer, bike courier, bartender, hustler, street dancer, "
        "reporter, getaway driver",
        "what": "skyscraper, subway, nightclub, limousine, billboard, taxi, penthouse, jukebox",
        "many": "skyscrapers, sirens, headlights, gangsters, taxis, neon nights, dancers, blocks",
        "where": "the financial district, Neon Alley, the subway, Ninth Street, Chinatown, the "
        "rooftop bar, the underground club, Club Paradise",
        "how": "neon, wired, fast, after-hours, restless, concrete, glittering, street-smart",
        "deed": "bets everything on one night downtown, races across the rooftops, steals a taxi "
        "full of cash, sings in a failing nightclub, blows the whistle at city hall",
        "about": "one wild night downtown, crooks and cops, love between two subway stops, fame "
        "and neon lights",
    },
    "hearth": {
        "who": "chef, food critic, truffle hunter, dishwasher, sommelier, cake decorator, waiter, "
        "noodle cook, rival restaurateur",
        "what": "soufflé, food truck, wedding cake, truffle, dumpling, banquet, frying pan, feast",
        "many": "dumplings, feasts, chefs, cakes, appetites, truffles, lobsters, waiters",
        "where": "the bistro, Little Italy, the noodle bar, the pastry school, the restaurant, "
        "Café Pamplemousse, the food market, the banquet hall",
        "how": "delicious, sizzling, bittersweet, hungry, flambéed, sugar-dusted, hot, gourmet",
        "deed": "quits a starred restaurant to run a food truck, ruins the wedding cake, falls "
        "for a food critic, smuggles truffles, cooks for a mob boss",
        "about": "chefs at war, love over a hot stove, one disastrous banquet, a restaurant on "
        "the brink",
    },
    "space": {
        "who": "astronaut, android, starship pilot, alien, colonist, mission controller, bounty "
        "hunter, robot, space cadet",
        "what": "rocket, wormhole, spaceship, asteroid, robot, black hole, galaxy, signal",
        "many": "galaxies, aliens, rockets, asteroids, androids, star fighters, wormholes, light "
        "years",
        "where": "the Martian colony, the galaxy, the escape pod, the asteroid belt, deep space, "
        "Sector Seven, the starship, the Titan colony",
        "how": "cosmic, interstellar, hyper, alien, zero-gravity, supernova, galactic, atomic",
        "deed": "steals the fastest starship in the fleet, lands on a hostile planet, befriends "
        "an alien, flies into a black hole, refuses an order from mission control",
        "about": "a rescue mission beyond Mars, robots that dream, alien invasion, a crew lost in "
        "space",
    },
    "journey": {
        "who": "trucker, hitchhiker, train robber, explorer, biker, bush pilot, mountaineer, "
        "tourist, engine driver",
        "what": "motorcycle, express train, summit, convertible, hot-air balloon, motel, highway, "
        "expedition",
        "many": "highways, summits, motels, trains, detours, riders, crossroads, hairpin bends",
        "where": "the truck stop, the last camp, the desert, the dining car, Dead Horse Pass, the "
        "motel, the canyon, the frontier",
        "how": "runaway, endless, westbound, reckless, high-speed, dust-blown, restless, long",
        "deed": "drives coast to coast in a stolen car, climbs the deadliest peak, jumps aboard a "
        "runaway train, hitchhikes across the desert, loses the only map",
        "about": "two strangers and one road, a race over the mountains, a runaway train, "
        "friendship on the highway",
    },
    "mystery": {
        "who": "private eye, femme fatale, forger, inspector, spy, widow, cat burglar, suspect, "
        "double agent",
        "what": "alibi, diamond, murder weapon, safe, revolver, phantom, blackmail note, trench "
        "coat",
        "many": "suspects, spies, clues, ghosts, diamonds, phantoms, double crosses, corpses",
        "where": "the haunted hotel, Shadow Street, the interrogation room, Room 13, the morgue, "
        "the casino, Vampire Castle, the fog",
        "how": "deadly, cold-blooded, phantom, sinister, masked, guilty, double, dark",
        "deed": "takes one case too many, hides a body in the hotel, steals the same diamond "
        "twice, trusts the wrong suspect, sees a ghost on the security tape",
        "about": "a perfect murder, ghosts in an old hotel, a detective with a past, spies who "
        "trust nobody",
    },
    "craft": {
        "who": "fashion designer, sculptor, tailor, puppeteer, jeweller, toymaker, tattoo artist, "
        "swordsmith, painter",
        "what": "masterpiece, red dress, marionette, sewing machine, statue, mural, music box, "
        "workshop",
        "many": "puppets, painters, sculptures, ribbons, masterpieces, needles, mannequins, "
        "brushes",
        "where": "the studio, the fashion house, the toy factory, the gallery, the forge, Atelier "
        "Rouge, the theatre workshop, the auction room",
        "how": "handmade, tailor-made, painted, scarlet, hammered, embroidered, brilliant, paper",
        "deed": "fakes a masterpiece, sews a dress for the queen, carves a puppet that talks, "
        "wins the fashion show, burns every painting",
        "about": "art and obsession, rival designers, the making of a masterpiece, a puppet "
        "theatre in wartime",
    },
}
TITLES = (
    "return to {where}", "{how} {many}", "midnight in {where}", "the {what} job", "goodbye, {who}",
    "escape from {where}", "five {many}", "night of the {what}", "beyond {where}",
    "the {how} {who}", "the last {what}", "meet me in {where}", "a {what} for the {who}",
    "save the {what}", "{who} wanted", "dancing with {many}", "my {how} {who}",
    "the {what} conspiracy", "the {who}, the {who} and the {what}", "no {many} tonight",
    "{how} {what}", "how to lose a {what}", "{how} {many} of {where}", "the {how} {what}",
)  # fmt: skip
OPENINGS = (
    "a {how} {who} {deed}.", "when a {who} {deed}, {where} will never be the same.",
    "a {who} and a {who} chase a {what} through {where}.",
    "trapped in {where}, a {who} has one night to find the {what}.",
    "nobody believes the {who}, until a {what} appears in {where}.",
    "a {who} {deed}; a {how} {who} follows close behind.",
)  # fmt: skip
CLOSINGS = (
    "a fast ride through {about}.", "edge-of-your-seat cinema: {about}.",
    "comes with {many}, {many} and a great deal of heart.", "a big-screen story of {about}.",
    "stunning camera work in {where}, and a finale full of {many}.",
    "the critics' favourite of the season, on {about}.",
)  # fmt: skip
PRICE = 11.0
