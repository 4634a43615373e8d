"""Fields of application as presets of a world: data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from xdrec.data.domain import Domain
from xdrec.data.worlds.choice import liking
from xdrec.data.worlds.people import BEHAVIOURS
from xdrec.data.worlds.streams import bell, stream
from xdrec.data.worlds.truth import Truth
from xdrec.data.worlds.world import World, make_world

SHARES = (0.25, 0.5, 0.75, 1.0)  # how much of a video was watched, at most so much


@dataclass(frozen=True)
class Scenario:
    """One field of application: its pair of domains, its behaviours, its media, what it is after.

    `behaviours` names the three steps of a world (view, favourite, purchase), each with its weight
    in u; `modalities` are what an item shows; `knobs` are arguments of `make_world`; `outcome` is
    what the documents promise, `kind` how it is counted (`xdrec.data.worlds.choice.outcome`).
    With `watched` the first step is split by the share that was watched (`liking`² and
    some luck). Book: applications.
    """

    name: str
    documents: str
    source: str
    target: str
    behaviours: Mapping[str, float]
    outcome: str
    kind: str
    modalities: tuple[str, ...] = ("text",)
    knobs: Mapping[str, Any] = field(default_factory=dict)
    watched: bool = False

    @property
    def weights(self) -> dict[str, float]:
        """w of every behaviour, as `BehaviourMean(behaviour_weights=...)` takes them."""
        if not self.watched:
            return dict(self.behaviours)
        first, *others = self.behaviours.items()
        by_share = {f"{first[0]} {share:.0%}": first[1] * share for share in SHARES}
        return by_share | dict(others)

    def world(self, **knobs: Any) -> World:
        """The world of this scenario, its behaviours by their names here; `knobs` go on top."""
        media = {"image": "images", "audio": "audio", "video": "video", "series": "series"}
        drawn = {knob: medium in self.modalities for medium, knob in media.items()}
        made = make_world(**{"domains": (self.source, self.target), **drawn, **self.knobs, **knobs})
        named = dict(zip(BEHAVIOURS, self.behaviours, strict=True))
        domains = {}
        for name, domain in made.domains.items():
            events = domain.interactions.with_columns(pl.col("behaviour").replace_strict(named))
            if self.watched:
                events = self._by_share(domain, events, made.truth[name], made.knobs["seed"])
            domains[name] = domain.with_interactions(events)
        return replace(made, domains=domains)

    def _by_share(self, domain: Domain, events: pl.DataFrame, truth: Truth, seed: int
                  ) -> pl.DataFrame:  # fmt: skip
        """The first step by the share watched: liking² and some luck, rounded up to quarters."""
        first = next(iter(self.behaviours))
        users, items = truth.rows(events["user_id"]), domain.item_index(events["item_id"])
        luck = bell(stream(seed, domain.name, "watched").random((len(events), 2)))
        part = np.searchsorted(SHARES[:-1], liking(truth)[users, items] ** 2 + 0.2 * luck)
        said = pl.Series([f"{first} {SHARES[n]:.0%}" for n in part])
        is_first = pl.col("behaviour") == first
        return events.with_columns(behaviour=pl.when(is_first).then(said).otherwise("behaviour"))


# Small worlds of few events a person; most people are in both domains.
_SMALL: dict[str, Any] = {"users": 200, "items": 120, "sparsity": 0.95, "overlap": 0.8}
_SHOP = {"view": 1, "favourite": 2, "purchase": 4}
_SOCIAL = {"browse": 1, "like": 2, "comment": 4}
_WATCH = {"watch": 1, "like": 2, "comment": 3}

_ALL = (
    Scenario("goods", "X 3.4, X 6.1, T 3.4, T 6.1", "kitchen", "garden", _SHOP,
             "conversion", "any", ("text", "image"),
             {"gap": 0.2, "noise": {"text": 0.1, "image": 0.2}}),
    Scenario("guides", "T 6.1 (reviews, buying guides)", "kitchen", "guides",
             {"open": 1, "save": 2, "read": 4}, "loyalty", "stay",
             knobs={"gap": 0.1}),
    Scenario("coupons", "T 6.1 (promotions, coupons)", "kitchen", "coupons", _SHOP,
             "redemption", "any", knobs={"gap": 0.1, "noise": {"text": 0.5}}),
    Scenario("posts", "X 3.4, X 6.2, T 3.4, T 6.2", "news", "posts", _SOCIAL,
             "retention", "stay", ("text", "image"),
             {"gap": 0.3, "noise": {"text": 0.6, "image": 0.1}}),
    Scenario("circles", "T 6.2 (topics, circles)", "posts", "circles",
             {"browse": 1, "join": 3, "comment": 4}, "activity", "acts",
             knobs={"gap": 0.1}),
    Scenario("live", "T 6.2 (events, live streams)", "posts", "streams",
             {"browse": 1, "remind": 2, "attend": 4}, "attendance", "any",
             knobs={"gap": 0.3, "popularity": 1.0}),
    Scenario("videos", "X 3.4, X 6.3, T 3.4, T 6.3", "films", "videos", _WATCH,
             "watch time", "acts", ("text", "video"),
             {"gap": 0.2, "noise": {"text": 0.5, "video": 0.1}}, watched=True),
    Scenario("tags", "T 6.3 (categories, tags)", "videos", "channels",
             {"watch": 1, "like": 2, "follow": 4}, "retention", "stay",
             knobs={"gap": 0.1}, watched=True),
    Scenario("shows", "T 6.3 (events, live streams)", "videos", "streams", _WATCH,
             "activity", "acts", knobs={"gap": 0.5}, watched=True),
    Scenario("news", "X 6.2 (articles)", "books", "news",
             {"browse": 1, "read": 2, "share": 4}, "click-through", "acts",
             knobs={"gap": 0.3, "drift": 0.6}),
    Scenario("care", "X 6.4", "leaflets", "care", {"read": 1, "keep": 2, "take part": 4},
             "take-up", "any", knobs={"gap": 0.2, "sparsity": 0.96}),
    Scenario("home", "X 6.5", "kitchen", "routines", {"try": 1, "keep": 2, "automate": 4},
             "kept settings", "acts", ("text", "series"),
             {"gap": 0.1, "noise": {"text": 0.7, "series": 0.1}}),
    Scenario("service", "T 6.4 (customer service)", "kitchen", "answers",
             {"open": 1, "useful": 2, "solved": 4}, "solved at once", "any",
             knobs={"gap": 0.0, "sparsity": 0.975}),
    Scenario("courses", "T 6.4 (education)", "books", "courses",
             {"browse": 1, "enrol": 3, "finish": 5}, "completion", "any",
             knobs={"gap": 0.3}),
    Scenario("finance", "T 6.4 (finance)", "news", "funds",
             {"look": 1, "watch list": 2, "invest": 4}, "take-up", "any",
             knobs={"gap": 1.0}),
)  # fmt: skip
SCENARIOS: dict[str, Scenario] = {
    each.name: replace(each, knobs=_SMALL | dict(each.knobs)) for each in _ALL
}


def scenario(name: str) -> Scenario:
    """One of `SCENARIOS` by its name: goods, posts, videos, news, care, home, courses, ...

    Everything in it is made up; "care" and "finance" are toys and give no advice.
    Raises ValueError for another name. Source: documents X 3.4, X 6, T 3.4, T 6.
    Book: applications.

    >>> news = scenario("news")
    >>> news.target, news.outcome, news.weights
    ('news', 'click-through', {'browse': 1, 'read': 2, 'share': 4})
    >>> world = news.world(users=60, items=40, sparsity=0.8)
    >>> sorted(world.domains["news"].interactions["behaviour"].unique())
    ['browse', 'read', 'share']
    """
    if name not in SCENARIOS:
        raise ValueError(f"scenario {name!r}: expected one of {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
