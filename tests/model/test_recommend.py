"""k: lists that a person can read."""

import numpy as np
import polars as pl
import pytest

from tests.model.small import checkerboard
from xdrec.data.checks import DataError
from xdrec.encoders import Features
from xdrec.interest import BehaviourMean, Popularity
from xdrec.recommend import recommend


@pytest.fixture
def known():
    return checkerboard(10)


@pytest.fixture
def model(known):
    return BehaviourMean(Features.of(np.eye(2)[np.arange(10) % 2])).fit(known)


def test_a_list_has_ranks_titles_and_scores(model, known):
    listed = recommend(model, known, ["u1", "u0"], k=3)
    assert listed.columns == ["user_id", "rank", "item_id", "title", "score", "because"]
    assert listed["user_id"].to_list() == ["u1"] * 3 + ["u0"] * 3
    assert listed["rank"].to_list() == [1, 2, 3] * 2
    assert listed["item_id"].to_list() == ["i1", "i0", "i2", "i0", "i1", "i3"]
    assert listed["title"][0] == "Title i1"
    assert listed["score"].to_list() == [1, 0, 0] * 2
    assert listed["because"].unique().to_list() == ["interest"]


def test_known_items_are_left_out_unless_wanted(model, known):
    have = set(known.target.interactions.filter(pl.col("user_id") == "u2")["item_id"])
    assert not have & set(recommend(model, known, "u2")["item_id"])
    assert len(recommend(model, known, "u2")) == 10 - len(have)  # no list is filled up
    everything = recommend(model, known, "u2", exclude_known=False)
    assert len(everything) == 10


def test_who_has_no_history_gets_the_fallback_and_is_told(model, known):
    listed = recommend(model, known, ["new", "u0"], k=2, fallback=Popularity().fit(known))
    assert listed["because"].to_list() == ["fallback"] * 2 + ["interest"] * 2
    assert listed["score"][0] == Popularity().fit(known).counts.max()


def test_without_a_fallback_there_is_no_list(model, known):
    listed = recommend(model, known, ["new"])
    assert listed.is_empty()
    assert listed.schema["user_id"] == pl.String


def test_unknown_users_are_named(model, known):
    with pytest.raises(DataError, match="'nobody'"):
        recommend(model, known, "nobody")


def test_pictures_come_along(model, known):
    items = known.target.items.with_columns(image_path=pl.lit("cover.png"))
    object.__setattr__(known.target, "items", items)
    assert recommend(model, known, "u0", k=1)["image_path"].to_list() == ["cover.png"]
