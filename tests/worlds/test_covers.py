"""The covers: sound small files, drawn once, the same bytes again, and alike where themes are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from xdrec.data.worlds import World, make_world
from xdrec.data.worlds.cover import HEIGHT, WIDTH, draw
from xdrec.data.worlds.cover.files import encode
from xdrec.data.worlds.cover.scenes import SCENES
from xdrec.data.worlds.cover.trifles import TRIFLES
from xdrec.data.worlds.factors import THEMES, item_factors
from xdrec.data.worlds.lexicon import LEXICA
from xdrec.data.worlds.streams import Marks, stream

FEW: dict[str, Any] = {"users": 20, "items": 12, "sparsity": 0.7}


def pictures(world: World, domain: str) -> list[bytes]:
    paths = world.domains[domain].items["image_path"]
    return [Path(p).read_bytes() for p in paths if p is not None]


def test_files_are_small_sound_pngs_at_absolute_paths(world: World) -> None:
    for domain in world.domains.values():
        sizes = []
        for path in map(Path, domain.items["image_path"]):
            assert path.is_absolute()
            with Image.open(path) as image:
                image.load()
                assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT)) == ("PNG", (96, 128))
                assert len(image.getcolors(256) or []) > 8
            sizes.append(path.stat().st_size)
        assert np.mean(sizes) < 3000
        assert max(sizes) < 6000
        assert not list(Path(domain.items["image_path"][0]).parent.glob("*.part"))


def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    a, b = (make_world(**FEW, folder=tmp_path / name) for name in "ab")
    c = make_world(**FEW, folder=tmp_path / "a", seed=1)
    for domain in ("books", "films"):
        assert pictures(a, domain) == pictures(b, domain)
        assert not set(pictures(a, domain)) & set(pictures(c, domain))
        assert len(set(pictures(a, domain))) == 12


def test_covers_change_with_their_own_noise_alone(tmp_path: Path) -> None:
    base = make_world(**FEW, folder=tmp_path)
    other = make_world(**FEW | {"gap": 1, "overlap": 0.9, "noise": {"text": 1}}, folder=tmp_path)
    same = base.domains["films"].items["image_path"]
    assert same.equals(other.domains["films"].items["image_path"])
    noisy = make_world(**FEW, folder=tmp_path, noise={"image": 1})
    assert pictures(noisy, "films") != pictures(base, "films")
    columns = ["title", "description", "category", "brand", "price"]
    assert (
        base.domains["films"]
        .items.select(columns)
        .equals(noisy.domains["films"].items.select(columns))
    )


def test_a_cover_that_is_there_is_used_again_and_a_lost_one_drawn_anew(tmp_path: Path) -> None:
    first = make_world(**FEW, folder=tmp_path)
    paths = [Path(p) for p in first.domains["books"].items["image_path"]]
    content, kept = paths[0].read_bytes(), paths[1].stat().st_mtime_ns
    paths[0].unlink()
    make_world(**FEW, folder=tmp_path)
    assert paths[0].read_bytes() == content
    assert paths[1].stat().st_mtime_ns == kept


def test_the_cache_folder_is_the_default_and_no_images_means_no_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDREC_CACHE", str(tmp_path))
    world = make_world(**FEW, images=False)
    assert "image_path" not in world.domains["books"].items.columns
    assert list(tmp_path.iterdir()) == []
    drawn = make_world(**FEW, missing={"image": 0.5}).domains["books"].items["image_path"]
    assert drawn.null_count() == 6
    assert all(Path(p).parent.parent == tmp_path / "worlds" for p in drawn.drop_nulls())


@pytest.mark.parametrize("domain", sorted(LEXICA))
@pytest.mark.parametrize("theme", range(len(THEMES)))
def test_every_theme_can_be_drawn_in_every_domain(domain: str, theme: int) -> None:
    pure = np.eye(len(THEMES))[theme]
    for n in range(6):
        image = draw(domain, Marks(pure, pure, 0.0, stream(n, domain, theme)))
        assert image.size == (WIDTH, HEIGHT)
        assert 500 < len(encode(image)) < 6000
    assert list(SCENES) == list(TRIFLES) == list(THEMES)


def colours(image: Image.Image) -> np.ndarray:
    """Share of the pixels in each of 4 x 4 x 4 colour cells, square-rooted (Hellinger), [64]."""
    cells = np.asarray(image).astype(int) // 64 @ [16, 4, 1]
    return np.sqrt(np.bincount(cells.ravel(), minlength=64) / cells.size)


def shared_theme(noise: float) -> float:
    """How often the nearest other cover, by colours, has the same main theme."""
    v, decoys = (item_factors(stream(0, "films", part), 240) for part in ("own", "decoy"))
    marks = (Marks(a, b, noise, stream(0, "cover", i))
             for i, (a, b) in enumerate(zip(v, decoys, strict=True)))  # fmt: skip
    x = np.stack([colours(draw("films", m)) for m in marks])
    near = x @ x.T
    np.fill_diagonal(near, -1)
    theme = v.argmax(axis=1)
    return float((theme[near.argmax(axis=1)] == theme).mean())


def test_near_in_colour_means_alike_in_theme_unless_all_is_noise() -> None:
    assert shared_theme(0.0) > 0.5
    assert shared_theme(0.2) > 0.3
    # 240 draws of chance 1/8 have a standard error of 0.021.
    assert shared_theme(1.0) < 0.2


def test_paths_are_text_and_null_where_missing(tmp_path: Path) -> None:
    items = make_world(**FEW, missing={"image": 1.0}, folder=tmp_path).domains["films"].items
    assert items.schema["image_path"] == pl.String
    assert items["image_path"].null_count() == 12
