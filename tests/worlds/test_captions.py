"""Captions: true of what can be seen on the cover, unlike from cover to cover, off by default."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from xdrec.data.worlds import make_world
from xdrec.data.worlds.cover import draw, themes
from xdrec.data.worlds.cover.caption import Witness, caption, main, side
from xdrec.data.worlds.cover.colours import NAMES, word
from xdrec.data.worlds.cover.poster import paint
from xdrec.data.worlds.factors import THEMES, item_factors
from xdrec.data.worlds.lexicon import LEXICA
from xdrec.data.worlds.streams import Marks, stream

FEW: dict[str, Any] = {"users": 20, "items": 30, "sparsity": 0.8}
SEA, FAR, RED = (20, 60, 120), (20, 65, 125), (200, 30, 30)


def pure(domain: str, theme: int, n: int) -> Marks:
    only = np.eye(len(THEMES))[theme]
    return Marks(only, only, 0.0, stream(n, domain, theme))


def test_what_is_covered_or_does_not_stand_out_is_not_told() -> None:
    pen = Witness(SEA)
    pen.says("the sea")
    with pen.shows("a red boat", at=20):
        pen.rect(10, 40, 30, 60, RED)
    with pen.shows("a hidden boat", at=70):
        pen.rect(60, 40, 80, 60, RED)
    with pen.shows("a boat in the dark"):
        pen.rect(60, 90, 80, 110, FAR)
    with pen.shows("a boat behind the frame"):
        pen.rect(0, 0, 20, 10, RED)
    pen.rect(55, 35, 85, 65, SEA)
    pen.finish()
    pen.says("within a panel")
    pen.rect(0, 0, 96, 20, SEA)
    assert pen.seen(whole=False) == ["a red boat on the left"]
    assert (pen.subject, pen.frame) == ("the sea", "within a panel")


def test_half_of_a_thing_must_be_left() -> None:
    for covered, told in ((0.4, ["a boat"]), (0.6, [])):
        pen = Witness(SEA)
        with pen.shows("a boat"):
            pen.rect(0, 0, 50, 20, RED)
        pen.rect(0, 0, 50 * covered, 20, SEA)
        pen.finish()
        assert pen.seen(whole=False) == told


def test_equal_things_are_counted_in_the_order_they_were_begun() -> None:
    pen = Witness(SEA)
    with pen.shows("a pier"):
        pen.rect(0, 100, 96, 110, RED)
        for x in (10, 30, 50):
            with pen.shows("a gull", "gulls", at=x):
                pen.rect(x, 10, x + 4, 14, RED)
    with pen.shows("one fish", "fish"):
        pen.rect(10, 80, 20, 84, RED)
    pen.finish()
    assert pen.seen(whole=False) == ["a pier", "three gulls", "one fish"]


def test_a_sleeve_shows_all_but_the_top_and_bottom_of_the_picture() -> None:
    pen = Witness(SEA)
    with pen.shows("a lamp"):
        pen.rect(10, 0, 20, 10, RED)
    with pen.shows("a boat"):
        pen.rect(10, 60, 20, 70, RED)
    pen.finish()
    pen.rect(0, 0, 96, 128, FAR)
    assert pen.seen(whole=True) == ["a boat"]
    assert pen.seen(whole=False) == []


def test_colours_and_sides_by_hand() -> None:
    assert [side(x) for x in (-20, 12, 35, 37, 59, 61, 120)] == [
        "on the left", "on the left", "on the left", "in the middle", "in the middle",
        "on the right", "on the right"]  # fmt: skip
    assert [word(c) for c in ((255, 255, 255), (0, 0, 0), (130, 90, 180))] == [
        "white", "black", "violet"]  # fmt: skip
    for name, code in NAMES.items():
        r, g, b = bytes.fromhex(code)
        assert word((r, g, b)) == name
    picture = np.zeros((128, 96, 3), np.int16)  # black
    picture[:70] = (248, 248, 246)
    picture[-4:] = (198, 44, 48)  # 4 of 128 rows are less than a twelfth
    assert main(picture) == ["white", "black"]


@pytest.mark.parametrize("domain", sorted(LEXICA))
def test_the_witness_sees_the_very_cover_and_tells_only_of_its_marks(domain: str) -> None:
    scenes = {"sea": "sea|reef", "forest": "firs|birches", "city": "city|front of a house",
              "hearth": "table|fruit", "space": "night sky|planets", "journey": "mountains|map",
              "mystery": "house on a hill|keyhole", "craft": "quilt|pottery"}  # fmt: skip
    trifles = {"sea": "gull", "forest": "leafy branch", "city": "lamps", "hearth": "hanging",
               "space": "bright star", "journey": "balloon", "mystery": "bat",
               "craft": "running stitch"}  # fmt: skip
    told = 0
    for theme, name in enumerate(THEMES):
        for n in range(3):
            pen = paint(domain, pure(domain, theme, n), Witness)
            assert pen.small().tobytes() == draw(domain, pure(domain, theme, n)).tobytes()
            assert themes(pure(domain, theme, n)) == [name] * 3
            said = caption(domain, pure(domain, theme, n))
            assert said[0].isupper()
            assert said.endswith(".")
            assert not re.search(r"[{}]|  |,,|\bNone\b|with  | ,", said), said
            assert not re.search(r"\b(\w+) \1\b", said), said
            assert re.search(scenes[name], said), said
            others = "|".join(t for k, t in trifles.items() if k != name)
            assert not re.search(rf"\b({others})s?\b", said), said
            told += bool(re.search(trifles[name], said))
    # Of 24; the others are behind the frame or dark on dark.
    assert told >= {"films": 18, "music": 14, "books": 10}.get(domain, 4), told


def test_captions_are_off_by_default_and_add_a_sentence_and_a_column(tmp_path: Path) -> None:
    plain = make_world(**FEW, folder=tmp_path)
    world = make_world(**FEW, folder=tmp_path, captions=True)
    undrawn = make_world(**FEW, folder=tmp_path / "else", captions=True, images=False)
    for name, domain in world.domains.items():
        before, items = plain.domains[name].items, domain.items
        assert "caption" not in before.columns
        assert_frame_equal(before.drop("description"), items.drop("description", "caption"))
        assert_frame_equal(plain.domains[name].interactions, domain.interactions)
        both = before["description"] + " " + items["caption"]
        assert both.equals(items["description"])
        assert undrawn.domains[name].items["caption"].equals(items["caption"])
    assert not list(tmp_path.glob("else/**/*.png"))


def test_a_caption_goes_with_its_image_and_moves_with_its_noise_alone(tmp_path: Path) -> None:
    base: dict[str, Any] = FEW | {"folder": tmp_path, "captions": True, "images": False}
    missing = {"image": 0.4, "text": 0.4}
    some = make_world(**base, missing=missing).domains["films"].items
    bare = make_world(**FEW, missing=missing, images=False).domains["films"].items
    whole = make_world(**base).domains["films"].items
    assert some["caption"].null_count() == some["description"].null_count() == 12
    there = some["caption"].is_not_null()
    assert some["caption"].filter(there).equals(whole["caption"].filter(there))
    both = some["description"].is_not_null() & ~there
    assert both.any()
    assert some["description"].filter(both).equals(bare["description"].filter(both))
    assert (there & some["description"].is_null()).any()
    for knob, same in (({"text": 1.0}, True), ({"image": 1.0}, False)):
        other = make_world(**base, noise=knob).domains["films"].items
        assert other["caption"].equals(whole["caption"]) == same


@pytest.mark.parametrize("domain", ["books", "films"])
def test_of_200_captions_nearly_all_are_unique_whatever_the_words_around(domain: str) -> None:
    v, decoys = (item_factors(stream(0, domain, part), 200) for part in ("own", "decoy"))
    facts = Counter()
    for i in range(200):
        pen = paint(domain, Marks(v[i], decoys[i], 0.2, stream(0, "caption", i)), Witness)
        said = (pen.subject, *pen.seen(whole=False), pen.frame, *main(pen.look()))
        facts[said] += 1
    alone = sum(count == 1 for count in facts.values())
    assert alone >= 190


def test_the_knob_is_checked() -> None:
    with pytest.raises(ValueError, match="captions='all': expected True or False"):
        make_world(**FEW, captions="all")  # type: ignore[arg-type]


def test_a_caption_is_text(tmp_path: Path) -> None:
    items = make_world(**FEW, folder=tmp_path, captions=True, missing={"image": 1.0}).domains
    assert items["films"].items.schema["caption"] == pl.String
