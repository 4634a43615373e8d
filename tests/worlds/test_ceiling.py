"""The ceiling: by hand where that can be done, calibrated elsewhere, no line above it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xdrec.data.worlds import World, make_world
from xdrec.data.worlds.ceiling import (
    MODALITIES,
    linear_ceiling,
    posterior_mean,
    themes_shown,
    world_ceiling,
)
from xdrec.data.worlds.factors import THEMES, item_factors
from xdrec.data.worlds.streams import Marks, stream
from xdrec.data.worlds.words import vocabulary
from xdrec.probe import r_squared


@pytest.fixture(scope="module")
def many() -> World:
    return make_world(users=60, items=1500, sparsity=0.99, images=False,
                      missing={"text": 0.1})  # fmt: skip


def guess(counts: list[list[int]], noise: float) -> np.ndarray:
    return posterior_mean({"image": np.array(counts)}, {"image": noise})


def test_many_marks_without_noise_leave_no_doubt() -> None:
    one, two = np.zeros(8, int), np.zeros(8, int)
    one[3], two[[3, 5]] = 500, 60
    pure, half = guess([one.tolist(), two.tolist()], 0.0)
    np.testing.assert_allclose(pure, np.eye(8)[3], atol=0.01)
    # No item is nearer to half and half than (1, 0.8) / √1.64, and it may be either way round.
    assert half[[3, 5]].sum() == pytest.approx(1.8 / np.sqrt(1.64), abs=0.03)
    np.testing.assert_allclose(half[[3, 5]], 0.9 / np.sqrt(1.64), atol=0.06)


def test_no_marks_or_nothing_but_noise_leave_the_prior_mean() -> None:
    mean = item_factors(stream(1, "prior"), 200_000).mean()
    np.testing.assert_allclose(guess([[0] * 8], 0.2), mean, atol=0.005)
    np.testing.assert_allclose(guess([[0, 1, 0, 0, 0, 0, 0, 0]], 1.0), mean, atol=0.015)
    noise = make_world(users=60, items=500, sparsity=0.99, images=False, noise={"image": 1})
    assert world_ceiling(noise, "films", "image") == pytest.approx(0, abs=0.02)


def test_one_noisy_mark_is_a_share_of_a_sure_one() -> None:
    """(1 - e) v_k² + e/8 weighs v by the mixture of both: E[v | k] = (1 - e) E₀[v | k] + e E[v]."""
    counts = np.eye(8, dtype=int).tolist()
    sure, noisy, prior = guess(counts, 0.0), guess(counts, 0.3), guess([[0] * 8], 0.0)
    np.testing.assert_allclose(noisy, 0.7 * sure + 0.3 * prior, atol=0.01)
    # And of a sure one: P(k) = E[v_k²] = 1/8, so E₀[v_k | k] = 8 E[v_k³].
    cubes = (item_factors(stream(1, "prior"), 200_000) ** 3).mean()
    np.testing.assert_allclose(np.diag(sure), 8 * cubes, atol=0.01)


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.6])
def test_more_marks_tell_more_and_less_noise_too(noise: float) -> None:
    n = 600
    v, d = (item_factors(stream(2, part), n) for part in "vd")
    marks = [Marks(v[i], d[i], noise, stream(2, "marks", i)) for i in range(n)]
    themes = np.array([[m.theme() for _ in range(9)] for m in marks])
    reached = []
    for count in (0, 1, 3, 9):
        counts = np.stack([np.bincount(row[:count], minlength=8) for row in themes])
        shown = {"image": counts}
        reached.append(r_squared(v, posterior_mean(shown, {"image": noise})))
    assert reached[0] == pytest.approx(0, abs=0.01)
    assert (np.diff(reached) > 0.01).all()
    # Who takes the noise for less than it is does worse than who knows it.
    wrong = r_squared(v, posterior_mean(shown, {"image": max(0.0, noise - 0.2)}))
    assert wrong < reached[-1] if noise else wrong == reached[-1]


@pytest.mark.parametrize("modality", ["image", "text"])
def test_the_guess_is_calibrated(many: World, modality: str) -> None:
    """v - E[v | marks] has mean 0 and is orthogonal to the guess, or it could be bettered."""
    v = many.truth["films"].item_factors
    shown = {modality: themes_shown(many, "films", modality)}
    best = posterior_mean(shown, many.knobs["noise"])
    np.testing.assert_allclose((v - best).mean(axis=0), 0, atol=0.03)
    slope = ((best - best.mean()) * (v - v.mean())).sum() / ((best - best.mean()) ** 2).sum()
    assert slope == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("modality", ["image", "text"])
def test_no_line_through_the_counts_is_better(many: World, modality: str) -> None:
    rows = {"train_rows": np.arange(1000), "test_rows": np.arange(1000, 1500)}
    ceiling = world_ceiling(many, "films", modality, rows=np.arange(1000, 1500))
    line = linear_ceiling(many, "films", modality, **rows)
    assert ceiling - 0.15 < line < ceiling + 0.005


def test_both_modalities_tell_more_than_each(many: World) -> None:
    some = np.arange(400)
    image, text, both = (world_ceiling(many, "books", *m, rows=some) for m in
                         (["image"], ["text"], ["image", "text"]))  # fmt: skip
    assert 0.6 < image < text < both < 1
    assert both == pytest.approx(world_ceiling(many, "books", "text", "image", rows=some))


def test_what_a_text_shows_stands_in_it(many: World) -> None:
    items = many.domains["films"].items
    shown = themes_shown(many, "films", "text")
    gone = items["title"].is_null().to_numpy()
    assert gone.sum() == 150
    assert not shown[gone].any()
    assert (shown[~gone].sum(axis=1) >= 3).all()
    phrases = [[p.lower() for role in theme.values() for p in role]
               for theme in vocabulary("films")]  # fmt: skip
    for counts, title, description in zip(
        shown[~gone], *(items[c].drop_nulls() for c in ("title", "description")), strict=True
    ):
        text = f"{title} {description}".lower()
        for theme in counts.nonzero()[0]:
            assert any(p in text for p in phrases[theme]), (THEMES[theme], text)


def test_without_noise_an_item_shows_its_own_themes_alone() -> None:
    world = make_world(users=60, items=80, sparsity=0.9, images=False,
                       noise=dict.fromkeys(MODALITIES, 0))  # fmt: skip
    for modality in MODALITIES:
        shown = themes_shown(world, "books", modality)
        assert not shown[world.truth["books"].item_factors == 0].any()


def test_a_caption_brings_the_covers_marks_into_the_text(tmp_path: Path) -> None:
    few = {"users": 60, "items": 40, "sparsity": 0.8, "images": False, "folder": tmp_path}
    plain = make_world(**few)  # type: ignore[arg-type]
    told = make_world(**few, captions=True)  # type: ignore[arg-type]
    assert world_ceiling(told, "films", "image") == world_ceiling(plain, "films", "image")
    both = world_ceiling(plain, "films", "text", "image")
    assert world_ceiling(told, "films", "text") == pytest.approx(both)
    assert both > world_ceiling(plain, "films", "text")


def test_wrong_questions_are_refused(many: World) -> None:
    with pytest.raises(ValueError, match="domain 'music': expected one of books, films"):
        world_ceiling(many, "music", "image")
    with pytest.raises(ValueError, match="modality 'smell': expected one of text, image, audio"):
        world_ceiling(many, "films", "smell")
    with pytest.raises(ValueError, match="no modality"):
        world_ceiling(many, "films")
    with pytest.raises(ValueError, match=r"expected \[items, 8\]"):
        posterior_mean({"image": np.zeros((2, 7))}, {"image": 0.2})
