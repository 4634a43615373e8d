"""The ceiling of an encoder: how well anybody could tell an item's factors from what it shows.

An item shows only some marks, each of one theme, a share of them not its own. So even who reads
them all, and knows how the world was made, can but guess at v; the posterior mean guesses best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from xdrec.data.worlds import clip, cover, day, jingle, words
from xdrec.data.worlds.factors import THEMES, item_factors
from xdrec.data.worlds.streams import Marks, stream
from xdrec.data.worlds.world import World, decoys, gone
from xdrec.probe import r_squared, r_squared_of_ridge

DRAWS = 50_000  # from the prior; the items a posterior mean rests on are some hundreds of them
BLOCK = 200  # items at a time: about 80 MB of weights

# What is drawn for an item begins with the themes of its marks, in a stream of its own.
DRAWN: dict[str, tuple[str, Callable[[Marks], list[str]]]] = {
    "image": (cover.COVER.part, cover.themes), "audio": (jingle.JINGLE.part, jingle.themes),
    "video": (clip.CLIP.part, clip.themes), "series": (day.DAY.part, day.themes),
}  # fmt: skip
MODALITIES = ("text", *DRAWN)

Seen = tuple[int, str, np.ndarray, np.ndarray, float]


def themes_shown(world: World, domain: str, modality: str) -> np.ndarray:
    """How many marks of each theme an item shows in one modality; int [items, 8].

    An image (the cover) has three marks: scene, palette and small things. So have audio and series;
    a video has three a shot. A text has one for each phrase in title and description that was
    drawn and kept; one that comes back counts once. They are drawn again from the world's seed, and
    there need be no files; an item that lacks the modality has none. Where captions say what the
    cover shows, that is not counted here. Raises ValueError for another domain or modality.

    >>> from xdrec.data.worlds import make_world
    >>> world = make_world(users=60, items=40, sparsity=0.8, images=False)
    >>> shown = themes_shown(world, "films", "image")
    >>> shown.shape, int(shown.sum(axis=1).min()), int(shown.sum(axis=1).max())
    ((40, 8), 3, 3)
    """
    if domain not in world.truth:
        raise ValueError(f"domain {domain!r}: expected one of {', '.join(world.truth)}")
    if modality not in MODALITIES:
        raise ValueError(f"modality {modality!r}: expected one of {', '.join(MODALITIES)}")
    knobs, v = world.knobs, world.truth[domain].item_factors
    unrelated = decoys(knobs["seed"], domain, modality, len(v))
    seen = (knobs["seed"], domain, v, unrelated, knobs["noise"][modality])
    shown = _written(seen) if modality == "text" else _drawn(modality, seen)
    counts = np.array([[themes.count(theme) for theme in THEMES] for themes in shown])
    counts[gone(knobs, domain, modality)] = 0
    return counts


def posterior_mean(shown: Mapping[str, np.ndarray], noise: Mapping[str, float]) -> np.ndarray:
    """E[v | marks], the guess at the factors that no other beats in expected squared error.

    `shown`: for each modality the marks of each theme, [items, themes]; `noise`: its share of marks
    of the decoy d. Returns float64 [items, themes]:
    E[v | c] = Σ_n L_n v_n / Σ_n L_n, L_n = Π_m Π_k ((1 - noise_m) v_nk² + noise_m d_mnk²)^c_mk,
    over 50,000 draws (v_n, d_mn) from the world's own prior, always the same ones.
    Raises ValueError for counts of another shape. Book: encoders.

    >>> counts = np.array([[0, 0, 9, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]])
    >>> posterior_mean({"image": counts}, {"image": 0.0}).round(1).tolist()[0]
    [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    shapes = {np.shape(counts) for counts in shown.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 2 or shape[1] != len(THEMES):
        raise ValueError(
            f"shown of shapes {[np.shape(c) for c in shown.values()]}: expected "
            f"[items, {len(THEMES)}], the same for every modality"
        )
    v = item_factors(stream(0, "ceiling", "own"), DRAWS)
    logs = []
    for modality in shown:
        d = item_factors(stream(0, "ceiling", "decoys", modality), DRAWS)
        chance = (1 - noise[modality]) * v**2 + noise[modality] * d**2
        # What cannot happen counts as next to impossible: 0 · log 0 would be no number.
        logs.append(np.log(np.maximum(chance, 1e-300)))
    per_draw = np.concatenate(logs, axis=1).T
    # Many items show the same marks.
    counts, which = np.unique(
        np.concatenate(list(shown.values()), axis=1), axis=0, return_inverse=True
    )
    guess = np.empty((len(counts), len(THEMES)))
    for start in range(0, len(counts), BLOCK):
        likelihood = counts[start : start + BLOCK] @ per_draw
        weights = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        guess[start : start + BLOCK] = weights @ v / weights.sum(axis=1, keepdims=True)
    return guess[which.ravel()]


def world_ceiling(
    world: World, domain: str, *modalities: str, rows: np.ndarray | slice = slice(None)
) -> float:
    """The R² of `posterior_mean` on some items (default: all): what the world's noise allows.

    Who sees only these modalities (text, image, audio, video, series) does no better in
    expectation, whatever he has learnt from; what a phrase that was thrown away would tell is not
    counted. R² as in `xdrec.probe.r_squared`. A text with a caption shows its cover's marks too.
    Raises ValueError for another domain or modality, or none. Book: encoders.

    >>> from xdrec.data.worlds import make_world
    >>> world = make_world(users=60, items=40, sparsity=0.8, images=False)
    >>> image, text = (world_ceiling(world, "films", m) for m in ("image", "text"))
    >>> both = world_ceiling(world, "films", "image", "text")
    >>> round(image, 2), round(text, 2), round(both, 2)
    (0.77, 0.9, 0.91)
    """
    shown = {m: c[rows] for m, c in _all_shown(world, domain, modalities).items()}
    guess = posterior_mean(shown, world.knobs["noise"])
    return r_squared(world.truth[domain].item_factors[rows], guess)


def linear_ceiling(
    world: World, domain: str, *modalities: str, train_rows: np.ndarray, test_rows: np.ndarray
) -> float:
    """The R² of a ridge from the counts of the marks: what a straight line makes of all of them.

    It may be below `world_ceiling`, since the best guess at v is not linear in the marks, and never
    above it in expectation. Book: encoders.
    """
    counts = np.concatenate(list(_all_shown(world, domain, modalities).values()), axis=1)
    return r_squared_of_ridge(counts, world.truth[domain].item_factors, train_rows, test_rows)


def _all_shown(world: World, domain: str, modalities: tuple[str, ...]) -> dict[str, np.ndarray]:
    if not modalities:
        raise ValueError(f"no modality: expected some of {', '.join(MODALITIES)}")
    shown = {m: themes_shown(world, domain, m) for m in modalities}
    if world.knobs.get("captions") and "text" in shown and "image" not in shown:
        shown["image"] = themes_shown(world, domain, "image")
        shown["image"][gone(world.knobs, domain, "text")] = 0
    return shown


def _drawn(modality: str, seen: Seen) -> Sequence[Sequence[str]]:
    part, themes = DRAWN[modality]
    seed, domain, v, unrelated, noise = seen
    return [themes(Marks(own, decoy, noise, stream(seed, domain, part, i)))
            for i, (own, decoy) in enumerate(zip(v, unrelated, strict=True))]  # fmt: skip


def _written(seen: Seen) -> Sequence[Sequence[str]]:
    return [themes for _, _, themes in words.written(*seen)]
