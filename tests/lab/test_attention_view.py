"""AttentionView from Python: what it answers, what it refuses, what lets go of what."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from xdrec.encoders.crossmodal import Association
from xdrec.lab import AttentionView

MAPS = np.array([[[0.1, 0.2, 0.3], [0.4, 0.0, 0.0]], [[0.0, 0.0, 0.5], [0.5, 0.0, 0.0]]])
SEEN = Association(
    np.ones((2, 4)), [["green", "tea"], ["cup"]], [np.array([0.3, 0.7]), np.array([1.0])],
    [MAPS, np.full((1, 2, 3), 1 / 6)],
)  # fmt: skip


@pytest.fixture
def files(tmp_path):
    for name in "ab":
        Image.new("RGB", (30, 20), "teal").save(tmp_path / f"{name}.png")
    return [str(tmp_path / f"{name}.png") for name in "ab"]


def test_a_word_answers_with_places_and_a_patch_with_words(files):
    view = AttentionView(SEEN, files)
    assert view.shown().rows() == [("tea", 0.7), ("green", 0.3)]  # nothing is pointed at
    view.word = 0
    assert view.shown().rows()[:2] == [(2, 1, 0.4), (1, 3, 0.3)]
    view.patch = 2
    assert view.word == -1
    assert view.shown().rows() == [("tea", 0.5), ("green", 0.3)]
    view.word = 1
    assert view.patch == -1
    view.pair = 1
    assert (view.word, view.patch) == (-1, -1)
    assert view.shown().rows() == [("cup", 1.0)]


def test_the_page_gets_json_of_every_pair(files):
    data = json.loads(json.dumps(AttentionView(SEEN, files).data, allow_nan=False))
    assert [pair["grid"] for pair in data["pairs"]] == [[2, 3], [2, 3]]
    assert data["pairs"][0]["maps"] == MAPS.reshape(2, 6).tolist()
    assert data["pairs"][1]["picture"].startswith("data:image/webp;base64,")


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [("pair", 2, "expected 0 to 1"), ("word", 2, "expected -1 to 1"), ("patch", 6, "-1 to 5")],
)
def test_what_is_not_there_cannot_be_pointed_at(files, name, wrong, said):
    view = AttentionView(SEEN, files)
    with pytest.raises(ValueError, match=re.escape(f"{name}={wrong}: ") + ".*" + said):
        setattr(view, name, wrong)
    assert (view.pair, view.word, view.patch) == (0, -1, -1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tokens": SEEN.tokens[:1]}, "1 texts, 2 maps, 2 shares and 2 pictures"),
        ({"maps": [MAPS[:1], SEEN.maps[1]]}, "pair 0: maps of shape (1, 2, 3)"),
        ({"maps": [MAPS, SEEN.maps[1] * 2]}, "pair 1: a word's attention"),
        ({"maps": [MAPS - 0.1, SEEN.maps[1]]}, "pair 0: a word's attention"),
        ({"maps": [MAPS * np.nan, SEEN.maps[1]]}, "pair 0: a word's attention"),
        ({"shares": [np.array([0.3, np.nan]), SEEN.shares[1]]}, "share is below 0 or NaN"),
    ],
)
def test_it_refuses_what_is_no_attention(files, changed, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        AttentionView(replace(SEEN, **changed), files)


def test_it_refuses_what_is_no_picture(files, tmp_path):
    with pytest.raises(ValueError, match="no readable picture"):
        AttentionView(SEEN, [files[0], str(tmp_path / "none.png")])
