"""The words of a garden shop: seeds, tools and corners to sit in."""

from __future__ import annotations

MAKER = "Nursery"
CATEGORIES = (
    "Coastal Planting", "Woodland Planting", "Balcony and Lighting", "Kitchen Garden",
    "Night-Sky Garden", "Paths and Alpines", "Hidden Corners", "Tools and Trellises",
)  # fmt: skip
BRANDS = {
    "sea": "Pebble and Thrift, Dune",
    "forest": "Fernbank, Wild Understorey",
    "city": "Balcony Nine, Urban Plot",
    "hearth": "Potager, Apple and Spade",
    "space": "Moonflower, Stargarden",
    "journey": "Rambler, Stile and Gate",
    "mystery": "Foxglove Lane, Secret Wall",
    "craft": "Forge and Willow, Trug",
}
WORDS = {
    "sea": {
        "product": "sea-holly plant, pebble edging, driftwood planter, shell mulch, rope hammock, "
        "thrift seedling, beach-hut bird box, tamarisk shrub",
        "look": "coastal, driftwood, salt-hardy, blue-flowering, wind-proof, pebble-grey, seaside",
        "motif": "a boat-shaped base, shell inlays, a wave-cut edge, rope ties",
        "use": "windy seaside gardens, gravel by the shore, salty air",
    },
    "forest": {
        "product": "fern, bluebell bulb, mossy log planter, hedgehog house, wild garlic plant, "
        "owl box, birch sapling, toadstool stool",
        "look": "woodland, shade-loving, mossy, native, leaf-green, wild, log-cut",
        "motif": "bark left on, a carved owl, oak-leaf detail, a living moss roof",
        "use": "shady corners under trees, welcoming hedgehogs, wild woodland borders",
    },
    "city": {
        "product": "balcony planter, window box, light string, wall trellis, folding bistro "
        "table, rooftop tub, herb tower, street-lamp lantern",
        "look": "urban, slim, balcony, metal-framed, neon, stackable, concrete",
        "motif": "a skyline cut-out, clip-on rails, warm city lights, brushed-metal feet",
        "use": "tiny city balconies, rooftop evenings, growing five floors up",
    },
    "hearth": {
        "product": "apple tree, tomato seed tin, herb planter, pumpkin plant, fire bowl, bread "
        "oven, strawberry pot, compost bin",
        "look": "kitchen-garden, sun-ripened, heirloom, cottage, terracotta, fruiting, harvest",
        "motif": "a wheat-ear pattern, room for basil and thyme, a harvest basket, a baker's shelf",
        "use": "harvest suppers, home-grown soup, cooking over embers outdoors",
    },
    "space": {
        "product": "moonflower seed tin, sundial, solar lantern, star-gazing lounger, cosmos seed "
        "tin, gazing globe, star-jasmine plant, meteor stone",
        "look": "lunar, starry, night-scented, solar, silver-leaved, celestial, planetary",
        "motif": "an orbit ring, a star-map base, solar cells, a crescent moon",
        "use": "watching meteors from the lawn, moonlit borders, night-sky evenings",
    },
    "journey": {
        "product": "rambling rose, stepping stone, alpine trough, garden gate, path lantern, "
        "mountain-pine shrub, wheelbarrow, wandering-ivy plant",
        "look": "rambling, alpine, wayside, climbing, mountain, well-travelled, gravel",
        "motif": "a compass rose, a signpost finial, railway-sleeper sides, a trail of stones",
        "use": "winding paths, rocky slopes, gardens that lead somewhere",
    },
    "mystery": {
        "product": "black tulip bulb, moon gate, stone raven, hidden bench, foxglove plant, "
        "walled-garden key, maze hedge, shadow lantern",
        "look": "midnight, secret, black-flowering, gothic, shadowy, enchanted, ivy-clad",
        "motif": "a hidden latch, raven finials, a veil of ivy, a keyhole window",
        "use": "secret corners, twilight walks, gardens with something to hide",
    },
    "craft": {
        "product": "willow trellis, forged trowel, wicker trug, ceramic pot, mosaic bird bath, "
        "woven fence, copper watering can, carved plant label",
        "look": "hand-forged, woven, glazed, willow, hand-painted, copper, artisan",
        "motif": "a blacksmith's mark, a mosaic edge, a basket weave, a potter's glaze",
        "use": "patient gardeners, generations of gardeners, handmade borders",
    },
}
TITLES = (
    "{look} {product}", "{look} {product} with {motif}", "{product} with {motif}",
    "small {look} {product}", "large {look} {product}", "{look} {product} and {product}",
    "{look} {product}, set of three", "{look} {product}, gift box",
)  # fmt: skip
OPENINGS = (
    "a {look} {product} made for {use}.", "ideal for {use}, with {motif}.",
    "this {product} comes with {motif}, for {use}.",
    "our {look} {product} settles in within a season.",
)  # fmt: skip
CLOSINGS = (
    "made with {use} in mind.", "finished with {motif}; frost hardy.",
    "lovely beside a {look+} {product+}.", "a {look+} favourite, year after year.",
    "a good choice for {use}.",
)  # fmt: skip
PRICE = 22.0
