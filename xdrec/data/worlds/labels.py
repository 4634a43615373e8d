"""Category, brand and price: the short attributes of an item, each a noisy view of its factors."""

from __future__ import annotations

import numpy as np

from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.lexicon import LEXICA
from xdrec.data.worlds.streams import Marks, bell, stream


def categories(
    seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float
) -> list[str]:
    """One category an item: the domain's own name for the theme of one mark."""
    return [
        LEXICA[domain].CATEGORIES[Marks(o, d, noise, stream(seed, domain, "category", i)).theme()]
        for i, (o, d) in enumerate(zip(v, decoys, strict=True))
    ]


def brands(seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float) -> list[str]:
    """One brand an item: each theme has a few houses of its own."""
    lexicon, names = LEXICA[domain], []
    for i, (own, decoy) in enumerate(zip(v, decoys, strict=True)):
        marks = Marks(own, decoy, noise, stream(seed, domain, "brand", i))
        house = marks.pick(lexicon.BRANDS[THEMES[marks.theme()]].split(", "))
        names.append(f"{house} {lexicon.MAKER}")
    return names


def prices(seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float) -> np.ndarray:
    """One price an item, > 0, [items]: some themes are dearer than others, the seed says which.

    log price = log(the domain's typical price) + 0.5 · ⟨lean, shown²⟩ + 0.2 · z, where `shown` are
    the item's own factors or, with chance `noise`, its decoy's.
    """
    rng = stream(seed, domain, "price")
    lean = rng.standard_normal(len(THEMES))
    z = bell(rng.random((len(v), 2)))
    strange = stream(seed, domain, "price", "noise").random(len(v)) < noise
    shown = np.where(strange[:, None], decoys, v) ** 2
    price = LEXICA[domain].PRICE * np.exp(0.5 * shown @ lean + 0.2 * z)
    return np.maximum(np.rint(price), 1) - 0.05
