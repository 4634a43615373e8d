"""Jingles, clips and sensor days: off unless asked for, the same bytes again, true to themes."""

from __future__ import annotations

import io
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageSequence

from xdrec.data import read_domain
from xdrec.data.worlds import World, clip, day, jingle, make_world
from xdrec.data.worlds.drawn import Medium
from xdrec.data.worlds.factors import THEMES
from xdrec.data.worlds.streams import Marks, stream

FEW: dict[str, Any] = {"users": 20, "items": 12, "sparsity": 0.7, "images": False}
ALL = {"audio": True, "video": True, "series": True}
MEDIA = {"audio": jingle.JINGLE, "video": clip.CLIP, "series": day.DAY}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(**FEW, **ALL, folder=tmp_path_factory.mktemp("full"))


def files(world: World, domain: str, modality: str) -> list[bytes]:
    paths = world.domains[domain].items[f"{modality}_path"]
    return [Path(p).read_bytes() for p in paths if p is not None]


def marks(theme: int, n: int = 0) -> Marks:
    pure = np.eye(len(THEMES))[theme]
    return Marks(pure, pure, 0.0, stream(n, theme))


def test_knobs_that_are_off_leave_the_world_as_it_was(full: World) -> None:
    plain = make_world(**FEW)
    for name, domain in plain.domains.items():
        other = full.domains[name]
        assert other.items.drop("audio_path", "video_path", "series_path").equals(domain.items)
        assert other.interactions.equals(domain.interactions)
        assert np.array_equal(plain.truth[name].scores, full.truth[name].scores)


@pytest.mark.parametrize("modality", MEDIA)
def test_same_seed_same_bytes_and_another_seed_others(
    full: World, modality: str, tmp_path: Path
) -> None:
    only: dict[str, Any] = {modality: True, "folder": tmp_path}
    again, other = make_world(**FEW, **only), make_world(**FEW, **only, seed=1)
    for domain in ("books", "films"):
        assert files(again, domain, modality) == files(full, domain, modality)
        assert len(set(files(full, domain, modality))) == 12
        assert not set(files(full, domain, modality)) & set(files(other, domain, modality))
    assert again.domains["books"].items.width == other.domains["books"].items.width == 7


@pytest.mark.parametrize("modality", MEDIA)
def test_each_has_its_own_noise_and_its_own_missing_share(
    full: World, modality: str, tmp_path: Path
) -> None:
    noisy = make_world(**FEW, **ALL, noise={modality: 1}, folder=tmp_path)
    fewer = make_world(**FEW, **ALL, missing={modality: 0.25}, folder=tmp_path)
    for other in MEDIA:
        same = files(noisy, "films", other) == files(full, "films", other)
        assert same == (other != modality)
        lost = fewer.domains["films"].items[f"{other}_path"].null_count()
        assert lost == (3 if other == modality else 0)


@pytest.mark.parametrize("medium", MEDIA.values(), ids=MEDIA)
@pytest.mark.parametrize("theme", range(len(THEMES)))
def test_every_theme_can_be_made(medium: Medium, theme: int) -> None:
    made = [medium.make("films", marks(theme, n)) for n in range(3)]
    assert len(set(made)) == 3
    assert max(map(len, made)) < 33_000


def test_jingles_are_sound_wav_files_that_do_not_clip(full: World) -> None:
    for data in files(full, "books", "audio"):
        with wave.open(io.BytesIO(data)) as file:
            assert file.getparams()[:4] == (1, 2, 8000, 16_000)
            sound = np.frombuffer(file.readframes(16_000), "<i2") / 32767
        assert 0.45 < np.abs(sound).max() <= 0.9
        assert abs(sound.mean()) < 0.01
        assert np.abs(sound[-8:]).max() < 0.05  # no click at the end
        loud = np.sqrt((sound.reshape(20, -1) ** 2).mean(axis=1))
        assert (loud[:2] > 1e-3).any()


def test_jingles_keep_to_scale_tempo_and_timbre() -> None:
    """What one theme's jingles are made of is heard in them."""

    def spectrum(theme: str) -> np.ndarray:
        sound = jingle.play(marks(THEMES.index(theme)))
        return np.abs(np.fft.rfft(sound)) ** 2  # a bin each half hertz

    hz = np.arange(8001) / 2
    for theme in THEMES:
        low = 440 * 2 ** ((jingle.SCALES[theme][0] - 69 - 0.5) / 12)
        # Out-of-tune strings and the foot of each peak need a little room below the lowest note.
        power = spectrum(theme)
        assert power[hz < 0.8 * low].sum() < 0.02 * power.sum()
    assert len({root for root, _ in jingle.SCALES.values()}) == 8
    # Odd partials alone: a clarinet's note has nothing at twice its frequency.
    note = np.abs(np.fft.rfft(jingle.note(400, "forest", 8000)))
    assert note[800] < 0.01 * note[400]
    assert note[1200] > 0.3 * note[400]
    counts = {}
    for theme in ("hearth", "craft"):
        sound = jingle.play(marks(THEMES.index(theme)))
        loud = np.sqrt((sound.reshape(-1, 80) ** 2).mean(axis=1))  # every 10 ms
        rises = np.diff(loud) > 0.35 * loud.max()
        counts[theme] = int((rises[1:] & ~rises[:-1]).sum())
    assert counts["craft"] >= 12 > 4 >= counts["hearth"]


def test_partials_beyond_half_the_rate_are_left_out() -> None:
    note = np.abs(np.fft.rfft(jingle.note(1500, "forest", 8000)))
    assert note[3500] < 1e-3 * note[1500]  # 3 · 1500 would come back at 8000 - 4500


def test_clips_have_six_frames_in_three_shots_that_move(full: World) -> None:
    steps = []
    for data in files(full, "films", "video"):
        with Image.open(io.BytesIO(data)) as image:
            frames = [np.asarray(f.convert("RGB"), float) for f in ImageSequence.Iterator(image)]
        assert len(frames) == clip.SHOTS * clip.FRAMES == 6
        assert {frame.shape for frame in frames} == {(54, 72, 3)}
        steps.append([np.abs(a - b).mean() for a, b in pairwise(frames)])
    assert np.min(steps) > 1
    # From one shot to the next more changes than within one.
    move, cut, *_ = np.mean(steps, axis=0)
    assert cut > 1.2 * move


def test_days_are_tables_of_ninety_six_readings(full: World) -> None:
    gaps = 0
    for path in full.domains["books"].items["series_path"]:
        table = pl.read_csv(path)
        assert table.columns == ["time", *day.CHANNELS]
        assert table["time"].to_list()[::95] == ["00:00", "23:45"]
        assert (table["power"].drop_nulls() >= 0).all()
        assert table["temperature"].drop_nulls().is_between(10, 30).all()
        assert table["motion"].dtype == pl.Int64
        nulls = table.null_count().row(0)[1:]
        assert all(n <= 16 for n in nulls)  # four hours at most
        gaps += sum(n > 0 for n in nulls)
    assert 0 < gaps < 18


def test_habits_peak_at_their_hours_whatever_the_midnight() -> None:
    for theme in THEMES:
        use = day.habit(theme)
        assert use.shape == (96,)
        assert use.max() == 1
        assert use.min() >= 0
        best = max(day.HABITS[theme], key=lambda bell: bell[2])[0]
        assert abs((use.argmax() / 4 - best + 12) % 24 - 12) <= 0.25 or theme == "city"
    late = day.habit("mystery", 1.0)
    assert late[0] > 0.8  # a quarter past midnight and not lost
    assert np.roll(day.habit("sea"), 4) == pytest.approx(day.habit("sea", 1.0))
    shapes = np.stack([day.habit(theme) for theme in THEMES])
    assert np.corrcoef(shapes)[~np.eye(8, dtype=bool)].max() < 0.7


def test_a_world_written_to_files_is_read_back_with_its_paths(full: World, tmp_path: Path) -> None:
    domain = full.domains["books"]
    domain.items.write_csv(tmp_path / "items.csv")
    domain.interactions.write_csv(tmp_path / "events.csv")
    found = read_domain("books", tmp_path / "items.csv", tmp_path / "events.csv")
    paths = ["audio_path", "video_path", "series_path"]
    assert found.items.select(paths).equals(domain.items.select(paths))
    numbers = domain.items.with_columns(audio_path=pl.lit("007"))
    numbers.write_csv(tmp_path / "items.csv")
    found = read_domain("books", tmp_path / "items.csv", tmp_path / "events.csv")
    assert found.items["audio_path"].to_list() == ["007"] * 12
