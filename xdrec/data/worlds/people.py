"""The people of a world: who they are, and what they look at, mark and buy over two years."""

from __future__ import annotations

import numpy as np
import polars as pl

from xdrec.data.worlds.factors import TEMPERATURE, THEMES
from xdrec.data.worlds.streams import stream

START = 1_640_995_200  # 1 January 2022, 00:00 UTC, in Unix seconds
DAYS = 730
DAY = 86_400
FEWEST = 2  # distinct items a person touches at least: one to know them by, one to test on
BEHAVIOURS = ("view", "favourite", "purchase")
GENDERS = ("female", "male", "other")


def describe(seed: int, user_ids: pl.Series, shared: np.ndarray) -> pl.DataFrame:
    """Age, gender and income of everybody: a faint echo of their interests and nothing more.

    Which theme leans to which age, gender or income is invented, drawn from the seed; another seed
    gives other leanings. They are here to be used as weak features, and to teach no stereotype.
    """
    n, rng = len(user_ids), stream(seed, "people", "attributes")
    lean = stream(seed, "people", "leanings").standard_normal((len(THEMES), 2 + len(GENDERS)))
    pull = (shared**2) @ lean
    age = np.clip(44 + 5 * pull[:, 0] + 14 * rng.standard_normal(n), 16, 90).astype(int)
    income = np.exp(10.4 + 0.15 * pull[:, 1] + 0.4 * rng.standard_normal(n))
    chance = np.log([0.48, 0.48, 0.04]) + 0.4 * pull[:, 2:] + rng.gumbel(size=(n, len(GENDERS)))
    gender = np.array(GENDERS)[chance.argmax(axis=1)]
    return pl.DataFrame({"user_id": user_ids, "age": age, "gender": gender,
                         "income": income.round(-2)})  # fmt: skip


def choose(
    seed: int, domain: str, scores: np.ndarray, exposure: np.ndarray, mean: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which items each person touches: `mean` on average, drawn without replacement.

    The chance of item i, each time among those that are left, is proportional to
    exp(s(u, i) / τ + exposure_i), the Plackett-Luce law, drawn by the Gumbel top-n trick; `scores`
    are those of the day on which u would meet i. Exposure is how much a shop shows an item: it
    shapes what happens, never what people like.
    Returns rows (people) and columns (items) of the chosen pairs, int64 [pairs] each.
    """
    users, items = scores.shape
    activity = stream(seed, domain, "activity").standard_normal(users)
    # exp(σz - σ²/2) has mean 1: some people are busy, most are not.
    wanted = np.rint(mean * np.exp(0.5 * activity - 0.125)).astype(int).clip(FEWEST, items)
    noise = stream(seed, domain, "choice").random((users, items))
    keys = scores / TEMPERATURE + exposure - np.log(-np.log(np.maximum(noise, 1e-300)))
    order = np.argsort(-keys, axis=1, kind="stable")[:, : wanted.max()]
    rows, places = np.nonzero(np.arange(order.shape[1]) < wanted[:, None])
    return rows, order[rows, places]


def chances(seed: int, domain: str, users: int, items: int) -> tuple[np.ndarray, np.ndarray]:
    """What is in store for every person and item: the day of their meeting, and four more draws.

    One drawer a (person, item) cell: whether u buys i, and when, never depends on what else was
    chosen. Days are float, whole numbers from 0, [users, items]; the draws uniform float32
    [users, items, 4], for `act`.
    """
    draws = stream(seed, domain, "behaviour").random((users, items, 5), np.float32)
    joined = 0.8 * DAYS * stream(seed, domain, "joined").random((users, 1))
    # The last week takes no new views, so that a purchase some days later is still inside.
    return np.floor(joined + (DAYS - 7 - joined) * draws[:, :, 0]), draws[:, :, 1:]


def act(
    days: np.ndarray, draws: np.ndarray, liking: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The funnel: every chosen pair is viewed, some are marked as favourites, fewer are bought.

    `days` and `draws` are of `chances`. `liking` in [0, 1], [users, items], is the person's score
    at the time between their worst and best item.
    P(favourite | view) = 0.6 · liking², P(purchase | favourite) = 0.2 + 0.4 · liking.
    Returns pair number, behaviour (0 view, 1 favourite, 2 purchase) and time in Unix seconds.
    """
    hour, marked, bought, pause = draws[rows, columns].astype(float).T
    likes = liking[rows, columns]
    favourite = marked < 0.6 * likes**2
    purchase = favourite & (bought < 0.2 + 0.4 * likes)
    # The mean of a uniform hour and late evening: most views fall between noon and night.
    view = START + (DAY * (days[rows, columns] + (hour * 24 + 20) / 48)).astype(np.int64)
    mark = view + (60 + 1740 * pause).astype(np.int64)
    buy = mark + (3600 + 5 * DAY * pause).astype(np.int64)
    pair = np.arange(len(rows))
    parts = ((pair, view), (pair[favourite], mark[favourite]), (pair[purchase], buy[purchase]))
    kinds = np.repeat([0, 1, 2], [len(p) for p, _ in parts])
    return np.concatenate([p for p, _ in parts]), kinds, np.concatenate([t for _, t in parts])


def events(
    user_ids: pl.Series, item_ids: pl.Series, rows: np.ndarray, columns: np.ndarray,
    pair: np.ndarray, kinds: np.ndarray, times: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    """The interactions table in the order of time."""
    table = pl.DataFrame({
        "user_id": user_ids.gather(rows[pair]),
        "item_id": item_ids.gather(columns[pair]),
        "timestamp": times,
        "behaviour": pl.Series(kinds).replace_strict(dict(enumerate(BEHAVIOURS))),
    })  # fmt: skip
    return table.sort("timestamp", "user_id", "item_id", "behaviour")


def scores_then(
    a: np.ndarray, before: np.ndarray, v: np.ndarray, quality: np.ndarray, moved: np.ndarray
) -> np.ndarray:
    """What u thought of i at a time when their interests were `mix(a, before, moved)`.

    `moved` in [0, 1], [users, items], may be another for every pair: 0 today, where this is
    `true_scores` to the last bit. `a` and `before` [users, themes] are of length 1. Returns
    [users, items]. The mixture m = r a + √(1 - r²) b has the length √(1 + 2 r √(1 - r²) ⟨a, b⟩).

    >>> a, b, v = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), np.eye(2)
    >>> scores_then(a, b, v, np.zeros(2), np.array([[0.4, 0.4]])).round(3).tolist()
    [[0.6, 0.8]]
    """
    r = 1 - moved
    rest = np.sqrt(1 - r * r)
    length = np.sqrt(1 + 2 * r * rest * (a * before).sum(axis=1, keepdims=True))
    return (r * (a @ v.T) + rest * (before @ v.T)) / length + quality
