"""The words of a record shop: songs, sessions and sounds."""

from __future__ import annotations

MAKER = "Records"
CATEGORIES = (
    "Shanty and Surf", "Acoustic Folk", "City Jazz", "Soul and Supper Songs",
    "Ambient and Electronic", "Road Songs and Blues", "Noir Soundtracks",
    "Chamber and Handmade Instruments",
)  # fmt: skip
BRANDS = {
    "sea": "Undertow, Sandbar",
    "forest": "Barn Owl, Pinecone",
    "city": "Blue Note Lane, Rooftop",
    "hearth": "Sunday Roast, Cinnamon",
    "space": "Moonbase, Analogue Star",
    "journey": "Boxcar, Crossroad",
    "mystery": "Velvet Curtain, Nightshade",
    "craft": "Gut String, Sawdust",
}
WORDS = {
    "sea": {
        "who": "sailor, siren, shanty singer, beachcomber, mermaid",
        "what": "undertow, foghorn, driftwood, high tide, sailor's knot, sandbar",
        "many": "waves, shanties, sirens, seagulls, coral bells, breakers",
        "where": "the pier, the beach house, Lagoon Road, the bay, the boat shed",
        "how": "salty, surfing, undersea, foamy, tidal, sun-bleached",
        "sound": "accordion and crashing surf, washed-out surf guitar, a choir of sailors, "
        "foghorns and slow drums",
        "about": "sunburnt afternoons at the beach, leaving port before dawn, the sway of a boat "
        "at anchor",
    },
    "forest": {
        "who": "woodland fiddler, barn owl, shepherd, mountain child, wild fox",
        "what": "pinecone, birdsong, campfire, barn dance, maple leaf, tree line",
        "many": "pines, crickets, wrens, fireflies, leaves, wild berries",
        "where": "the log cabin, the barn, Cedar Meadow, the woods, the campsite",
        "how": "leafy, barefoot, autumn, evergreen, unplugged, misty",
        "sound": "banjo and birdsong, close harmonies and fiddle, fingerpicked guitar, crickets "
        "and bowed saw",
        "about": "walks under tall trees, rainy weekends in a cabin, the first day of autumn",
    },
    "city": {
        "who": "saxophone player, subway busker, night owl, cabaret singer, street poet",
        "what": "last train, neon heart, taxi ride, skyline, boulevard, fire escape",
        "many": "streetlights, sidewalks, sirens, strangers, rooftops, cocktails",
        "where": "the jazz cellar, Boulevard Nine, the rooftop, the lobby bar, the loft",
        "how": "neon, uptown, blue, smoky, after-hours, electric",
        "sound": "brushed drums and saxophone, muted trumpet and double bass, slick keys and "
        "traffic noise, late-night piano",
        "about": "driving through town at midnight, one more drink at the bar, wet streets at dawn",
    },
    "hearth": {
        "who": "baker's boy, kitchen choir, sugar seller, honey bee, supper club singer",
        "what": "honey jar, sugar bowl, slow cooker, gravy train, cherry pie, kettle",
        "many": "lemons, biscuits, plums, spices, cherries, hot rolls",
        "where": "the supper club, the kitchen, the corner diner, the coffee house, Ginger Street",
        "how": "sweet, buttery, slow-cooked, warm, peppery, brown-sugar",
        "sound": "Hammond organ and handclaps, warm brass and a gospel choir, spoons and upright "
        "piano, slow soul grooves",
        "about": "long Sunday lunches, cooking with the radio on, dancing in the kitchen",
    },
    "space": {
        "who": "cosmonaut, moonwalker, star pilot, satellite choir, radio astronomer",
        "what": "satellite, ion drive, moonbeam, solar wind, orbit, black hole",
        "many": "stars, satellites, nebulae, moons, meteors, particles",
        "where": "the space station, Moonbase Two, the planetarium, orbit, the observatory",
        "how": "cosmic, weightless, stellar, slow-orbit, ultraviolet, infinite",
        "sound": "analogue synthesizers, drifting drones and radio static, glassy pads and "
        "pulses, vocoders and deep bass",
        "about": "floating above the Earth, staring at the night sky, deep sleep on a long flight",
    },
    "journey": {
        "who": "drifter, railroad singer, trucker, wandering minstrel, runaway",
        "what": "freight train, suitcase, dusty boot, mile marker, motel room, steel rail",
        "many": "highways, railroads, horizons, crossroads, goodbyes, miles",
        "where": "the roadhouse, the train station, Junction City, the mountain pass, the motel",
        "how": "rambling, dusty, westbound, lonesome, rolling, homesick",
        "sound": "slide guitar and harmonica, boots and train rhythms, pedal steel, dusty "
        "baritone ballads",
        "about": "empty highways, trains in the distance, mornings in a strange town",
    },
    "mystery": {
        "who": "masked stranger, velvet widow, night detective, phantom, fortune teller",
        "what": "black veil, music box, candle, locked room, crystal ball, raven",
        "many": "shadows, whispers, ravens, masks, footsteps, secrets",
        "where": "the haunted ballroom, the séance room, Phantom Street, the cellar, the theatre",
        "how": "haunted, velvet, whispering, midnight, masked, sinister",
        "sound": "theremin and harpsichord, creeping strings, tremolo guitar in the dark, a "
        "whispering choir",
        "about": "unsolved cases, long corridors after dark, a secret that will not keep",
    },
    "craft": {
        "who": "violin maker, instrument builder, piano tuner, lute player, toymaker",
        "what": "wooden flute, music box, silver thread, gut string, patchwork, cello",
        "many": "strings, patterns, wooden bells, threads, stitches, small machines",
        "where": "the workshop, the instrument museum, Carver's Yard, the attic, the chapel studio",
        "how": "handmade, woven, wooden, stitched, finely tuned, delicate",
        "sound": "hand-built marimba, string quartet and clockwork, lute and viola, prepared "
        "piano and music boxes",
        "about": "quiet hours at the workbench, careful patterns, things made by hand",
    },
}
TITLES = (
    "songs for the {who}", "{how} {many}", "live from {where}", "{what} blues", "{what} waltz",
    "{many} and {many}", "ballads of {where}", "nocturne for a {what}", "{how} hours",
    "the {how} {who}", "music for {many}", "{who} suite", "{how} {what}", "the {what} sessions",
    "{many} on the radio", "lullabies for {many}", "dance of the {many}",
    "{how} evenings in {where}", "hymn to the {what}",
)  # fmt: skip
OPENINGS = (
    "twelve tracks of {sound}.", "recorded in {where}: {sound}.",
    "{sound}; later, {sound}: a {how} record.", "an album about {about}, carried by {sound}.",
    "the long-awaited second album of the {how} {who}.",
)  # fmt: skip
CLOSINGS = (
    "made for {about}.", "play it on the way to {where}.", "listen out for {many} and {sound}.",
    "best heard late, with {many} in mind.", "songs about {about}.",
)  # fmt: skip
PRICE = 14.0
