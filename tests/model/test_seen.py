"""Words read off pictures: votes by hand, nothing invented, and a world whose answer is known."""

import numpy as np
import pytest

from xdrec.encoders import Features
from xdrec.encoders.seen import words_seen

KNOWN = Features.of(np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]))
WORDS = ["sea", "sea", "city", "night"]


def test_votes_by_hand():
    # Cosines .8, .8, .6 and 0: "sea" gets 1.6, "city" .6, and who does not look like it is silent.
    picture = Features.of(np.array([[0.8, 0.6, 0.0]]))
    assert words_seen(picture, KNOWN, WORDS, most=3) == [["sea", "city"]]
    # Of the three nearest of this one two are the sea's, though the nearest is the city.
    picture = Features.of(np.array([[0.6, 0.8, 0.0]]))
    assert words_seen(picture, KNOWN, WORDS, neighbours=3, most=1) == [["sea"]]
    assert words_seen(picture, KNOWN, WORDS, neighbours=1, most=1) == [["city"]]


def test_what_is_missing_says_nothing():
    picture = Features.of(np.ones((2, 3)), present=[False, True])
    known = Features.of(KNOWN.vectors, present=[True, True, False, True])
    assert words_seen(picture, known, ["sea", None, "city", "night"], most=9) == [
        [], ["night", "sea"],
    ]  # fmt: skip
    assert words_seen(picture, known, [None] * 4) == [[], []]


def test_equal_votes_go_by_the_alphabet():
    picture = Features.of(np.array([[0.0, 1.0, 1.0]]))
    assert words_seen(picture, KNOWN, WORDS) == [["city", "night"]]
    turned = Features.of(KNOWN.vectors[::-1])
    assert words_seen(picture, turned, WORDS[::-1]) == [["city", "night"]]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"words": WORDS[:2]}, "2 words for 4 known pictures"),
        (
            {"pictures": Features.of(np.ones((1, 2)))},
            "pictures have 2 dimensions, the known ones 3",
        ),
        ({"neighbours": 0}, "neighbours=0, most=2: expected both at least 1"),
        ({"most": 0}, "most=0"),
    ],
)
def test_what_cannot_be_is_refused(options, says):
    given = {"pictures": KNOWN, "known": KNOWN, "words": WORDS} | options
    with pytest.raises(ValueError, match=says):
        words_seen(**given)
