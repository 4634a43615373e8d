"""The words of a smart home: settings that the house can take over."""

from __future__ import annotations

MAKER = "Automation"
CATEGORIES = (
    "Bath and Humidity", "Air and Plants", "Workday", "Heating and Kitchen", "Light and Night",
    "Away from Home", "Safety", "Workshop and Laundry",
)  # fmt: skip
BRANDS = {
    "sea": "Dewpoint, Wavehome",
    "forest": "Airleaf, Sprout",
    "city": "Rush, Doorstep",
    "hearth": "Ember, Kettle",
    "space": "Lumen, Nightfall",
    "journey": "Suitcase, Faraway",
    "mystery": "Watchdog, Keyring",
    "craft": "Spindle, Toolbox",
}
WORDS = {
    "sea": {
        "thing": "shower fan, towel warmer, leak alarm, dehumidifier, water meter, boiler timer",
        "how": "steamy, humid, dripping, damp",
        "where": "the bathroom, the shower, the cellar drain",
        "about": "hot water at half past five, no more mould, a warm towel after swimming, "
        "saving water",
    },
    "forest": {
        "thing": "window opener, plant sprinkler, air sensor, pollen filter, terrarium lamp, "
        "bird-feeder camera",
        "how": "airy, fresh, leafy, breezy",
        "where": "the conservatory, the bedroom window, the plant shelf",
        "about": "fresh air at noon, plants that drink alone, pollen left outside, less dust",
    },
    "city": {
        "thing": "alarm clock, coffee switch, doorbell, parcel locker, commute display, radio "
        "timer",
        "how": "punctual, brisk, weekday, hurried",
        "where": "the hallway, the front door, the home office",
        "about": "out of bed at seven, coffee before the train, parcels while at work, doors at "
        "rush hour",
    },
    "hearth": {
        "thing": "oven timer, thermostat, slow cooker, dishwasher, fridge alert, fireplace fan",
        "how": "warm, cosy, toasty, family",
        "where": "the kitchen, the dining room, the pantry",
        "about": "dinner ready at eight, warm rooms in the evening, cheap power for washing up, "
        "bread overnight",
    },
    "space": {
        "thing": "blackout blind, night light, projector, ceiling lamp, dimmer, telescope heater",
        "how": "dim, bluish, dark, glowing",
        "where": "the ceiling, the roof window, the cinema room",
        "about": "dark at bedtime, stars instead of lamps, light for night owls, a sunrise indoors",
    },
    "journey": {
        "thing": "holiday mode, presence simulation, car charger, garage door, suitcase "
        "reminder, pet feeder",
        "how": "absent, remote, returning, early",
        "where": "the garage, the driveway, the letter box",
        "about": "lights while you are away, warm on return, a full battery by six, the cat at "
        "lunchtime",
    },
    "mystery": {
        "thing": "motion alarm, night camera, door lock, smoke alarm, panic button, safe sensor",
        "how": "silent, armed, watchful, locked",
        "where": "the back door, the attic, the stairwell",
        "about": "steps after eleven, an unlocked door, smoke in the night, who rang the bell",
    },
    "craft": {
        "thing": "washing machine, sewing light, tool charger, dryer, glue heater, dust extractor",
        "how": "handy, busy, mended, folded",
        "where": "the workshop, the laundry, the hobby table",
        "about": "charged tools by three, a dry wash before dinner, dust out after sawing, light "
        "for fine work",
    },
}
TITLES = (
    "{how} {thing}", "{thing} for {where}", "{about}", "{thing} and {thing}", "{how} {where}",
    "{thing} on its own", "{about} with the {thing}", "when {where} is {how}",
    "{thing}, {how} setting", "{about} in {where}",
)  # fmt: skip
OPENINGS = (
    "the {thing} in {where} takes care of it.", "a {how} rule for {where}.",
    "for {about}: {thing} on its own.", "this rule joins {thing} and {where}.",
)  # fmt: skip
CLOSINGS = (
    "helps with {about}.", "works with any {thing+}.", "good for {how+} days.",
    "can be switched off in {where}.",
)  # fmt: skip
PRICE = 9.0
