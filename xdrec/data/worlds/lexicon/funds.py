"""The words of an invented fund shop: what the money is put into. Nobody should buy any of it."""

from __future__ import annotations

MAKER = "Capital"
CATEGORIES = (
    "Shipping and Water", "Timber and Climate", "Real Estate", "Consumer Goods",
    "Technology and Aerospace", "Transport and Emerging Markets", "Insurance and Security",
    "Industry and Luxury",
)  # fmt: skip
BRANDS = {
    "sea": "Anchor, Blue Horizon",
    "forest": "Evergreen, Oakmont",
    "city": "Keystone, Boulevard",
    "hearth": "Staple, Harvest Home",
    "space": "Apogee, Silicon Peak",
    "journey": "Caravan, Gateway",
    "mystery": "Sentinel, Vault",
    "craft": "Anvil and Co, Maison",
}
WORDS = {
    "sea": {
        "thing": "shipping bond, port operator, desalination fund, offshore wind share, fishery "
        "loan, marine insurance pool",
        "how": "maritime, offshore, liquid, tidal",
        "where": "the big ports, northern waters, the freight market",
        "about": "freight rates, clean water for growing towns, wind parks at sea, container "
        "leasing",
    },
    "forest": {
        "thing": "timber fund, carbon certificate, green bond, farmland share, paper maker, "
        "biomass loan",
        "how": "sustainable, green, renewable, long-growing",
        "where": "boreal woods, certified farmland, the carbon market",
        "about": "growing timber, prices for carbon, farmland that keeps its worth, recycled paper",
    },
    "city": {
        "thing": "office trust, housing bond, property fund, municipal loan, mall operator, "
        "construction share",
        "how": "residential, metropolitan, leveraged, leased",
        "where": "ten capitals, the suburbs, prime locations",
        "about": "rents in large towns, student housing, offices made into flats, municipal "
        "budgets",
    },
    "hearth": {
        "thing": "food producer, grocery index, dairy share, household fund, utility bond, "
        "agriculture note",
        "how": "defensive, steady, everyday, dividend-paying",
        "where": "supermarket shelves, the heating market, the grain exchange",
        "about": "what people always buy, energy bills, grain prices, family brands",
    },
    "space": {
        "thing": "satellite share, chip index, robotics fund, aerospace note, cloud operator, "
        "venture pool",
        "how": "high-growth, disruptive, digital, volatile",
        "where": "silicon valleys, low orbit, data centres",
        "about": "launch costs that fall, demand for chips, machines that learn, patents and "
        "laboratories",
    },
    "journey": {
        "thing": "airline bond, railway trust, frontier fund, toll-road share, tourism index, "
        "logistics loan",
        "how": "emerging, frontier, global, currency-hedged",
        "where": "young markets, the sea lanes, the airports",
        "about": "holidays after hard years, new routes of trade, railways in state hands, "
        "young populations",
    },
    "mystery": {
        "thing": "insurance note, security share, hedge fund, gold certificate, catastrophe bond, "
        "private placement",
        "how": "opaque, hedged, secured, contrarian",
        "where": "the vaults, closed markets, the derivatives desk",
        "about": "disasters that do not happen, locks and firewalls, bets against the crowd, "
        "gold in bad times",
    },
    "craft": {
        "thing": "machine-tool share, luxury index, watchmaker, textile bond, mid-cap fund, "
        "family-firm pool",
        "how": "industrial, artisanal, cyclical, high-margin",
        "where": "the workshops of europe, old factories, the fashion houses",
        "about": "hidden champions, bags that cost a car, orders for machines, firms in the "
        "fifth generation",
    },
}
TITLES = (
    "{how} {thing}", "{thing}, {where}", "{about}", "{thing} and {thing}", "{how} {thing} plus",
    "{thing} income", "{about} growth", "{how} opportunities in {where}", "{where} select",
    "{about} in {where}",
)  # fmt: skip
OPENINGS = (
    "a {how} {thing} that invests in {where}.", "this fund is about {about}.",
    "it holds a {thing} and a {thing+}, mostly in {where}.", "a {how} way to own {about}.",
)  # fmt: skip
CLOSINGS = (
    "main risk: {about}.", "it may hold a {thing+} as well.", "a {how+} portfolio with high fees.",
    "the past of {where} says nothing about its future.",
)  # fmt: skip
PRICE = 100.0
