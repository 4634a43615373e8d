"""The words of an invented health centre: group programmes to take part in, not treatments.

They are made up, as everything here: nothing in them is medical advice.
"""

from __future__ import annotations

MAKER = "Centre"
CATEGORIES = (
    "Water and Breath", "Outdoors", "Stress and Sleep", "Eating Well", "Eyes and Screens",
    "Walking and Back", "Memory and Mood", "Hands and Joints",
)  # fmt: skip
BRANDS = {
    "sea": "Deep Breath, Aqua",
    "forest": "Fresh Air, Birchwood",
    "city": "Switch Off, Quiet Hour",
    "hearth": "Good Table, Oat and Apple",
    "space": "Far Sight, Daylight",
    "journey": "Step by Step, Long Walk",
    "mystery": "Clear Mind, Lantern",
    "craft": "Steady Hand, Soft Grip",
}
WORDS = {
    "sea": {
        "thing": "aqua gymnastics, breathing class, swimming lesson, steam room hour, choir "
        "practice, float session",
        "how": "breathing, water-based, rhythmic, buoyant",
        "where": "the warm pool, the salt room, the lakeside",
        "about": "calmer breathing, swimming without fear, singing for the lungs, gentle "
        "movement in water",
    },
    "forest": {
        "thing": "woodland walk, pollen diary, outdoor gym, allergy evening, barefoot path, "
        "gardening group",
        "how": "outdoor, green, fresh-air, shady",
        "where": "the park, the birch path, the community garden",
        "about": "spring without sneezing, an hour among trees, muscles from gardening, living "
        "with hay fever",
    },
    "city": {
        "thing": "stress course, sleep diary, meditation evening, quiet hour, workload talk, "
        "noise check",
        "how": "calming, unhurried, evening, restful",
        "where": "the quiet room, the lunch break, the sixth floor",
        "about": "falling asleep sooner, a week without overtime, noise and the heart, saying no "
        "at work",
    },
    "hearth": {
        "thing": "cooking group, sugar check, meal plan, breakfast club, salt diary, label reading",
        "how": "nourishing, low-sugar, wholemeal, balanced",
        "where": "the demonstration kitchen, the canteen, the market stall",
        "about": "less sugar without sadness, cooking with pulses, reading labels, breakfasts "
        "that last",
    },
    "space": {
        "thing": "eye exercise, daylight lamp, screen break, vision check, stargazing walk, "
        "posture scan",
        "how": "far-sighted, bright, screen-free, wide-angle",
        "where": "the light room, the roof terrace, the eye bus",
        "about": "resting tired eyes, light in dark months, a day without screens, glasses at "
        "fifty",
    },
    "journey": {
        "thing": "walking group, back school, step counter, balance course, hiking day, "
        "travel-health evening",
        "how": "step-by-step, upright, mobile, steady",
        "where": "the river path, the gym, the hill route",
        "about": "ten minutes more each week, a back that carries, walking after an operation, "
        "balance on uneven ground",
    },
    "mystery": {
        "thing": "memory training, puzzle circle, mood diary, talking group, dream workshop, "
        "hearing check",
        "how": "thoughtful, attentive, gentle, confidential",
        "where": "the reading corner, the talking room, the library",
        "about": "names and faces, low moods in autumn, strange dreams, questions one does not "
        "dare to ask",
    },
    "craft": {
        "thing": "hand therapy, knitting circle, joint exercise, clay hour, grip training, "
        "occupational workshop",
        "how": "hands-on, dexterous, supple, slow-paced",
        "where": "the craft room, the therapy bench, the pottery wheel",
        "about": "stiff fingers in the morning, tools for weak hands, knitting against pain, "
        "small movements that help",
    },
}
TITLES = (
    "{how} {thing}", "{thing} in {where}", "{about}", "{thing} for newcomers",
    "{thing} and {thing}", "{about}: six evenings", "a {how} hour: {about}",
    "{thing}, {how} and free", "{about} in {where}", "{thing} for two",
)  # fmt: skip
OPENINGS = (
    "a {how} {thing} in a small group.", "we meet in {where} and talk about {about}.",
    "six evenings on {about}, with {thing}.", "this {thing} takes place in {where}.",
)  # fmt: skip
CLOSINGS = (
    "no experience needed for the {thing+}.", "also of use for {about}.",
    "a {how+} pace for everyone.", "afterwards there is tea in {where}.",
)  # fmt: skip
PRICE = 15.0
