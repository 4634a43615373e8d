"""The benchmark on posters, on a small world whose covers tell something, or nothing at all."""

import numpy as np
import polars as pl
import pytest

from benchmarks.poster_lists import DOMAINS, chosen, one_domain, pooled, with_both
from xdrec.data import Domain, leave_last_out, make_world
from xdrec.encoders import Features
from xdrec.records import read_record
from xdrec.tune import rehearsal


@pytest.fixture(scope="module")
def world():
    return make_world(users=200, items=80, sparsity=0.85, overlap=1.0, images=False, seed=5)


def test_a_catalogue_of_films_that_have_both():
    files = ["b.jpg", "a.jpg", "c.jpg"]
    items = pl.DataFrame(
        {"item_id": ["b", "a", "c"], "title": ["B", "A", None], "image_path": files}
    )
    events = pl.DataFrame({"user_id": ["u", "u", "v"], "item_id": ["a", "c", "b"]})
    kept = with_both(Domain("films", items, events), ["title"])
    assert kept.items["item_id"].to_list() == ["a", "b"]
    assert kept.interactions.rows() == [("u", "a"), ("v", "b")]


def test_a_picture_that_knows_the_truth_is_chosen_and_helps(world):
    truth = Features.of(world.truth["films"].item_factors)
    luck = Features.of(np.random.default_rng(0).standard_normal((80, 8)))
    found = one_domain(
        world.domains["films"], world.domains["books"], luck, {"luck": luck, "truth": truth}
    )
    assert found["chosen"]["picture"] == "truth"
    assert found["chosen"]["α of the picture"] > 0.5
    assert pooled([found], "ndcg")["low"] > 0
    means = found["means"]
    assert means["text and image"]["ndcg"] > means["text alone"]["ndcg"]


def test_a_picture_that_does_not_help_gets_no_weight(world):
    split = leave_last_out(world.cross("books", "films"))
    truth = Features.of(world.truth["films"].item_factors)
    same = {"the same": truth}
    assert chosen(rehearsal(split), truth, same)[2] == 0  # of equals the first


def test_people_of_several_domains_count_once():
    found = [{"by person": {"recall": {"a": 1.0, "b": 0.0}}}, {"by person": {"recall": {"a": 0.0}}}]
    assert pooled(found, "recall")["mean"] == pytest.approx(0.25)  # a: 0.5, b: 0


def test_the_record():
    cases = read_record("poster_lists")["cases"]
    for case in cases:
        assert [each["target"] for each in case["domains"]] == list(DOMAINS)
        for interval in case["difference"].values():
            assert interval["low"] <= interval["mean"] <= interval["high"]
