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
    # Each lacks one item of their colour; the other colour's share the lowest score.
    assert listed["user_id"].to_list() == ["u1", "u0"]
    assert listed["item_id"].to_list() == ["i1", "i0"]
    assert listed["rank"].to_list() == [1, 1]
    assert listed["title"][0] == "Title i1"
    assert listed["score"].to_list() == [1, 1]
    assert listed["because"].unique().to_list() == ["interest"]


def test_the_fallback_fills_what_the_model_leaves_open(model, known):
    crowd = Popularity().fit(known)
    listed = recommend(model, known, "u1", k=4, fallback=crowd)
    assert listed["rank"].to_list() == [1, 2, 3, 4]
    assert listed["because"].to_list() == ["interest"] + ["fallback"] * 3
    assert listed["item_id"][0] == "i1"
    counts = crowd.counts[known.target.item_index(listed["item_id"])]
    assert listed["score"].to_list() == [1.0, *counts[1:]]
    assert listed["item_id"].is_unique().all()


def test_known_items_are_left_out_unless_wanted(model, known):
    have = set(known.target.interactions.filter(pl.col("user_id") == "u2")["item_id"])
    crowd = Popularity().fit(known)
    listed = recommend(model, known, "u2", k=20, fallback=crowd)
    assert not have & set(listed["item_id"])
    assert len(listed) == 10 - len(have)  # there are no more
    everything = recommend(model, known, "u2", k=20, fallback=crowd, exclude_known=False)
    assert len(everything) == 10


def test_who_has_no_history_gets_the_fallback_and_is_told(model, known):
    listed = recommend(model, known, ["new", "u0"], k=1, fallback=Popularity().fit(known))
    assert listed["because"].to_list() == ["fallback", "interest"]
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
