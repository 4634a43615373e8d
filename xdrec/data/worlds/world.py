"""A world: domains with known truth, made to order from a seed and some knobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.domain import CrossDomain, Domain, pair_of
from xdrec.data.worlds import factors, labels, people, words
from xdrec.data.worlds.clip import CLIP
from xdrec.data.worlds.cover import CAPTION, COVER
from xdrec.data.worlds.day import DAY
from xdrec.data.worlds.jingle import JINGLE
from xdrec.data.worlds.knobs import check, with_defaults
from xdrec.data.worlds.streams import bell, stream
from xdrec.data.worlds.truth import Truth

# What may be drawn for every item: modality, the knob that asks for it, and who draws it.
DRAWN = (("image", "images", COVER), ("audio", "audio", JINGLE), ("video", "video", CLIP),
         ("series", "series", DAY))  # fmt: skip


@dataclass(frozen=True, eq=False)
class World:
    """Some domains, the people they share, and the truth about them.

    `domains` and `truth` go by domain name; `knobs` are the arguments it was made with, defaults
    included. Book: names and notation.
    """

    domains: dict[str, Domain]
    truth: dict[str, Truth]
    knobs: dict[str, Any]

    def cross(self, source: str, target: str) -> CrossDomain:
        """One domain as source, another as target."""
        return pair_of(self.domains, source, target, "this world")

    def __repr__(self) -> str:
        lines = [f"World(seed={self.knobs['seed']}, gap={self.knobs['gap']}, "
                 f"overlap={self.knobs['overlap']})"]  # fmt: skip
        for domain in self.domains.values():
            s = domain.summary()
            lines.append(f"  {s['domain']}: {s['users']:,} people, {s['items']:,} items, "
                         f"{s['interactions']:,} events, sparsity {s['sparsity']:.1%}")  # fmt: skip
        return "\n".join(lines)


def make_world(
    users: int = 400,
    items: int = 200,
    domains: Sequence[str] = ("books", "films"),
    *,
    overlap: float = 0.5,
    sparsity: float = 0.92,
    gap: float = 0.2,
    drift: float = 0.0,
    popularity: float = 0.5,
    noise: Mapping[str, float] | None = None,
    missing: Mapping[str, float] | None = None,
    images: bool = True,
    captions: bool = False,
    audio: bool = False,
    video: bool = False,
    series: bool = False,
    profiles: bool = False,
    folder: str | Path | None = None,
    seed: int = 0,
) -> World:
    """Make domains with known truth: catalogues, covers, people and two years of their events.

    A person u has interests in the eight themes, shared by all domains; an item i is a mixture of
    themes; what u thinks of i is s(u, i) = ⟨a_u, v_i⟩ + q_i; what u comes to touch is drawn with
    chances proportional to exp(s(u, i) / τ + exposure_i). `Truth` keeps all of it.

    - `users`: people in the whole world; `items`: catalogue size of each domain.
    - `domains`: two or more of books, films, music, kitchen, garden and those of `scenario`.
    - `overlap` in [0, 1]: share of the people who live in every domain; each of the others lives in
      one. A person has the same user_id everywhere.
    - `sparsity` from 0.5: share of empty cells in each user-item matrix, as `Domain.summary`
      counts it; a person touches (1 - sparsity) · items different items on average.
    - `gap` in [0, 1]: how far interests in the later domains are from those in the first: 0 the
      same, 1 unrelated; their correlation is about 1 - gap (`factors.mix`).
    - `drift` in [0, 1]: how far a person's interests move in the two years: 0 not at all; between
      the first day and the last their correlation falls to about 1 - drift. Every item has a day on
      which a person would meet it, and what they think of it that day decides. `Truth` keeps the
      interests at the end: what a recommender should know now.
    - `popularity` >= 0: spread of the exposure, 0 shows every item alike. It biases the events,
      not the truth.
    - `noise`: share of a modality's marks that are not the item's own, by modality (text, image,
      category, brand, price, audio, video, series); at 1 it tells nothing. Those not given keep
      their default.
    - `missing`: share of the items without a modality, which is null then (text: title and
      description).
    - `images`: draw covers (96 x 128 PNG) and give `image_path`. They are kept below `folder`
      (default: `worlds` in the cache folder) and used again. So are the next four.
    - `captions`: say in a sentence at the end of the description, and in a column `caption` of its
      own, what the cover shows, as a shop does for who cannot see it: what stands where, the
      colours, the frame. It tells what can be seen on the drawn cover, and works without `images`.
    - `audio`: play jingles (2 s of WAV) and give `audio_path`.
    - `video`: shoot clips (animated PNG, six frames of 72 x 54) and give `video_path`.
    - `series`: record days (CSV, three sensors every 15 minutes) and give `series_path`.
    - `profiles`: people say in a sentence what they like, and `users` has it as `description`. Its
      phrases show themes as an item's do (`noise` of text), by the interests at the end.

    The same arguments give the same tables and the same image bytes. Each part draws from its own
    stream, so a knob changes what depends on it and nothing else.
    Raises ValueError for a knob out of range, listing every one. Source: document X 2.2, T 2.2.1
    (source, target, overlapping users). Book: start here.

    >>> world = make_world(users=60, items=40, sparsity=0.8, images=False)
    >>> world
    World(seed=0, gap=0.2, overlap=0.5)
      books: 45 people, 40 items, 477 events, sparsity 82.9%
      films: 45 people, 40 items, 579 events, sparsity 77.9%
    >>> best = world.truth["films"]
    >>> float(best.expected_ndcg(best.scores).min())
    1.0
    """
    names = domains if isinstance(domains, str) else tuple(domains)
    knobs: dict[str, Any] = {
        "users": users, "items": items, "domains": names, "overlap": overlap,
        "sparsity": sparsity, "gap": gap, "drift": drift, "popularity": popularity,
        "noise": noise, "missing": missing, "images": images, "captions": captions, "audio": audio,
        "video": video, "series": series, "profiles": profiles, "seed": seed,
    }  # fmt: skip
    check(knobs)
    knobs |= with_defaults(noise, missing)

    width = max(4, len(str(users - 1)))
    user_ids = pl.Series("user_id", [f"u{n:0{width}d}" for n in range(users)])
    now, before = interests(seed, users, domains, gap), interests(seed, users, domains, gap, "past")
    shared = now[0]
    everybody = people.describe(seed, user_ids, shared)
    if profiles:
        written = words.profiles(seed, domains[0], shared, knobs["noise"]["text"])
        everybody = everybody.with_columns(pl.Series("description", written))
    homes = residents(seed, users, len(domains), overlap)

    made: dict[str, Domain] = {}
    truth: dict[str, Truth] = {}
    for place, name in enumerate(domains):
        catalogue, v = make_items(name, knobs, folder)
        draws = stream(seed, name, "appeal").random((items, 4))
        quality, exposure = bell(draws[:, :2]), popularity * bell(draws[:, 2:])
        quality *= factors.QUALITY
        days, chances = people.chances(seed, name, users, items)
        moved = drift * (1 - days / people.DAYS)
        scores = people.scores_then(now[place], before[place], v, quality, moved)
        mean = (1 - sparsity) * items
        rows, columns = people.choose(seed, name, scores, exposure, mean)
        here = homes[place][rows]
        rows, columns = rows[here], columns[here]
        low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
        happened = people.act(days, chances, (scores - low) / (high - low), rows, columns)
        events = people.events(user_ids, catalogue["item_id"], rows, columns, *happened)
        live = everybody.filter(pl.Series(homes[place]))
        made[name] = Domain(name, catalogue, events, live)
        truth[name] = Truth(
            live["user_id"], catalogue["item_id"], now[place][homes[place]], v, quality, exposure
        )
    return World(made, truth, knobs)


def interests(
    seed: int, users: int, domains: Sequence[str], gap: float, *when: str
) -> list[np.ndarray]:
    """a_u in each domain, [users, themes]: shared ones in the first, further off in the others."""
    shared = factors.interests(stream(seed, "people", "interests", *when), users)
    own = (factors.interests(stream(seed, name, "interests", *when), users) for name in domains[1:])
    return [shared, *(factors.mix(shared, each, gap) for each in own)]


def residents(seed: int, users: int, domains: int, overlap: float) -> np.ndarray:
    """Who lives where, bool [domains, users]; a larger overlap moves people in and nobody out."""
    order = stream(seed, "people", "homes").permutation(users)
    lives = np.arange(domains)[:, None] == np.arange(users) % domains
    lives |= np.arange(users) < round(overlap * users)
    return lives[:, np.argsort(order)]


def make_items(
    name: str, knobs: dict[str, Any], folder: str | Path | None
) -> tuple[pl.DataFrame, np.ndarray]:
    """The items table of one domain and the true factors v behind it."""
    seed, items, noise = knobs["seed"], knobs["items"], knobs["noise"]
    v = factors.item_factors(stream(seed, name, "items"), items)
    seen = {m: (seed, name, v, decoys(seed, name, m, items), noise[m]) for m in noise}
    width = max(4, len(str(items - 1)))
    titles, descriptions = words.texts(*seen["text"])
    table = pl.DataFrame({
        "item_id": [f"{name}-{i:0{width}d}" for i in range(items)],
        "title": titles,
        "description": descriptions,
        "category": labels.categories(*seen["category"]),
        "brand": labels.brands(*seen["brand"]),
        "price": labels.prices(*seen["price"]),
    })  # fmt: skip
    columns = {m: [m] for m in noise} | {"text": ["title", "description"]}
    for modality, knob, medium in DRAWN:
        columns[modality] = []
        if knobs[knob]:
            wanted = ~gone(knobs, name, modality)
            paths = medium.draw_all(*seen[modality], wanted=wanted, folder=folder)
            table = table.with_columns(pl.Series(medium.column, paths, dtype=pl.String))
    if knobs["captions"]:
        wanted = ~gone(knobs, name, "image")
        files = CAPTION.draw_all(*seen["image"], wanted=wanted, folder=folder)
        said = [None if file is None else Path(file).read_text("utf-8") for file in files]
        table = table.with_columns(pl.Series("caption", said, dtype=pl.String)).with_columns(
            pl.concat_str("description", "caption", separator=" ", ignore_nulls=True)
            .alias("description")
        )  # fmt: skip
    for modality in noise:
        lost = pl.Series(gone(knobs, name, modality))
        table = table.with_columns(pl.when(~lost).then(pl.col(c)).alias(c)
                                   for c in columns[modality])  # fmt: skip
    return table, v


def decoys(seed: int, name: str, modality: str, items: int) -> np.ndarray:
    """The factors of the unrelated items whose marks are the noise of a modality; [items, 8]."""
    return factors.item_factors(stream(seed, name, "decoys", modality), items)


def gone(knobs: dict[str, Any], name: str, modality: str) -> np.ndarray:
    """Which items lack a modality, bool [items]; a larger share only adds to them."""
    items, share = knobs["items"], knobs["missing"][modality]
    order = stream(knobs["seed"], name, "missing", modality).permutation(items)
    return np.argsort(order) < round(share * items)
