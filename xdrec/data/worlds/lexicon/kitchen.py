"""The words of a kitchen shop: tools, pots and what they are good for."""

from __future__ import annotations

MAKER = "Ware"
CATEGORIES = (
    "Fish and Seafood Tools", "Wooden Boards and Bowls", "Coffee and Bar", "Baking and Roasting",
    "Gadgets and Timers", "Flasks and Lunch Boxes", "Candlelight and Serving",
    "Hand-Thrown Pottery",
)  # fmt: skip
BRANDS = {
    "sea": "Oyster Quay, Tidepool",
    "forest": "Oak and Ember, Bramble",
    "city": "Espresso Nord, Metro Bar",
    "hearth": "Dough and Daughter, Big Spoon",
    "space": "Lunar Spoon, Orbitra",
    "journey": "Campfire, Waypoint",
    "mystery": "Midnight Pantry, Black Cat",
    "craft": "Clay and Kiln, Slow Hand",
}
WORDS = {
    "sea": {
        "product": "oyster knife, fish kettle, mussel pot, lobster pick, salt pig, sushi board, "
        "fish scaler, seafood platter",
        "look": "tide-blue, shell-handled, wave-patterned, sea-glass, coral, rope-handled, "
        "nautical",
        "motif": "a wave pattern, a scalloped rim, an anchor stamp, a whale motif, rope handles",
        "use": "shucking oysters at the table, steaming mussels, poaching a whole salmon, seaside "
        "suppers",
    },
    "forest": {
        "product": "chopping board, mushroom brush, nut bowl, salad bowl, rolling pin, herb mill, "
        "acorn scoop, berry colander",
        "look": "walnut, oak-leaf, moss-green, pine-scented, woodland, bark-edged, birch",
        "motif": "a fern pattern, a live bark edge, an owl engraving, leaf-shaped handles, carved "
        "acorns",
        "use": "cleaning wild mushrooms, carving a Sunday roast outdoors, foraged salads, "
        "cracking hazelnuts",
    },
    "city": {
        "product": "espresso maker, cocktail shaker, takeaway cup, ice bucket, bar spoon, martini "
        "glass, bagel slicer, milk frother",
        "look": "chrome, skyline, neon-pink, art-deco, loft-style, brushed-steel, downtown",
        "motif": "a skyline print, art-deco lines, a neon stripe, a street-map print, a chrome "
        "base",
        "use": "late-night cocktails, espresso before the commute, rooftop parties, tiny "
        "apartment kitchens",
    },
    "hearth": {
        "product": "bread bin, casserole, pie dish, roasting tin, honey pot, butter dish, soup "
        "ladle, cake stand",
        "look": "farmhouse, butter-yellow, cast-iron, golden, family-size, slow-cook, harvest",
        "motif": "a wheat-sheaf stamp, a checked cloth lining, an apple motif, a baker's mark, a "
        "honeycomb pattern",
        "use": "baking sourdough, feeding a big family, slow Sunday stews, afternoon cakes",
    },
    "space": {
        "product": "egg timer, digital scale, stand mixer, smoothie blender, whisk, vacuum "
        "sealer, induction hob, thermometer",
        "look": "lunar, orbit, meteor-grey, titanium, starlight, galaxy-print, zero-gravity",
        "motif": "a star-chart dial, a crater finish, a ring of planets, a rocket handle, a "
        "constellation print",
        "use": "precise science-like cooking, space-saving kitchens, freeze-dried snacks, "
        "whipping egg whites to clouds",
    },
    "journey": {
        "product": "thermos flask, lunch tin, travel mug, camping stove, folding kettle, picnic "
        "basket, enamel cup, pocket grill",
        "look": "trail, roadside, folding, mountain, pocket-size, expedition, all-terrain",
        "motif": "a mountain stamp, a luggage-strap handle, a compass lid, a route-map print, a "
        "leather strap",
        "use": "tea on a mountain pass, lunch on the train, camping by the road, long hikes",
    },
    "mystery": {
        "product": "carafe, candle holder, absinthe glass, tea caddy, spice safe, decanter, "
        "serving cloche, cake dome",
        "look": "midnight, raven-black, smoked-glass, candlelit, secret-drawer, gothic, "
        "velvet-lined",
        "motif": "a hidden compartment, a keyhole motif, raven handles, a moth engraving, a "
        "poison-bottle stopper",
        "use": "murder-mystery dinners, candlelit suppers, serving after midnight, keeping secret "
        "recipes",
    },
    "craft": {
        "product": "teapot, serving bowl, stoneware mug, butter crock, woven trivet, linen towel, "
        "ladle rest, jug",
        "look": "hand-thrown, indigo-dyed, patchwork, ash-glazed, hand-painted, woven, artisan",
        "motif": "a potter's thumbprint, an indigo glaze, a stitched edge, a brushwork pattern, a "
        "woven handle",
        "use": "slow mornings with tea, setting a handmade table, gifts that last, everyday "
        "pottery lovers",
    },
}
TITLES = (
    "{look} {product}", "{look} {product} with {motif}", "{product} with {motif}",
    "small {look} {product}", "large {look} {product}", "{look} {product} and {product}",
    "{look} {product}, boxed set", "{product} in a set of two, {look}",
    "{look} {product}, gift box",
)  # fmt: skip
OPENINGS = (
    "a {look} {product} made for {use}.", "made for {use}, with {motif}.",
    "this {product} comes with {motif} and is just right for {use}.",
    "our {look} {product}: heavy in the hand, light on the table.",
)  # fmt: skip
CLOSINGS = (
    "a favourite for {use}.", "finished with {motif}; dishwasher safe.",
    "pairs well with a {look+} {product+}.", "built for {use}, and guaranteed for ten years.",
    "a {look+} classic, finished with {motif}.", "a thoughtful gift for anyone keen on {use}.",
)  # fmt: skip
PRICE = 28.0
