"""The benchmark of covers and descriptions: fair draws, an honest oracle, and the bar."""

import polars as pl
import pytest

from benchmarks.crossmodal import facts_of, figures, fives, oracle
from benchmarks.encoder_worlds import CANDIDATES, HELD_OUT


def catalogue(n, caption=lambda at: f"Pictured in red: thing {at}."):
    return pl.DataFrame({"item_id": range(n), "caption": [caption(at) for at in range(n)]})


def test_the_draws_are_the_held_out_items_each_once():
    parts = list(fives(catalogue(1700), seed=3))
    assert [len(part) for part in parts] == [CANDIDATES] * 5
    drawn = [item for part in parts for item in part["item_id"]]
    assert sorted(drawn) == list(range(1700 - HELD_OUT, 1700))
    assert drawn == [i for part in fives(catalogue(1700), seed=3) for i in part["item_id"]]
    assert drawn != [i for part in fives(catalogue(1700), seed=4) for i in part["item_id"]]


def test_the_oracle_can_but_guess_among_equal_covers():
    assert oracle(catalogue(1000), seed=0) == 1
    same = catalogue(1000, lambda at: "Pictured in red: a sea.")
    assert oracle(same, seed=0) == pytest.approx(1 / CANDIDATES)


def test_the_same_facts_in_any_sentence():
    told = [
        "The cover shows a sea with two gulls, from edge to edge, mostly in red and blue.",
        "Pictured from edge to edge, in red and blue: a sea with two gulls.",
        "On the poster, from edge to edge: a sea with two gulls; its colours are red and blue.",
        "Mostly red and blue, the cover shows a sea with two gulls, from edge to edge.",
    ]  # fmt: skip
    assert len({facts_of(each) for each in told}) == 1
    assert facts_of(told[0]) != facts_of(told[0].replace("two", "three"))


@pytest.mark.long
def test_the_cover_of_a_description_is_found_among_200():
    for line in figures(seeds=(0,))["lines"]:
        assert line["cover of a text, match"] >= 0.5
