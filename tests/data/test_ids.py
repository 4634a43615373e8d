"""Long tables: ids as dictionary codes give the same as ids as text, lazily read or not."""

import numpy as np
import polars as pl
import pytest

from xdrec.data import (
    CrossDomain,
    DataError,
    Domain,
    cold_start,
    global_time,
    leave_last_out,
    make_world,
    read_domain,
    splits,
)
from xdrec.data.ids import MANY, index_of, places, texts_of
from xdrec.data.prepare import prepare
from xdrec.encoders import Features
from xdrec.interest import ALS, EASE, BehaviourMean, ItemKNN, NextItem, Popularity, UserKNN
from xdrec.transfer import Anchored, TextAnchor, TiedFactors, UserAnchor, UserRidge

DAY = 86_400


def cross(dictionary, seed=0, people=60, things=12, events=500):
    """Two small domains with repeated items and tied times."""
    rng = np.random.default_rng(seed)
    made = []
    for name in ("books", "films"):
        items = pl.DataFrame({"item_id": [f"{name}{i}" for i in range(things)], "title": "T"})
        table = pl.DataFrame({
            "user_id": [f"u{n}" for n in rng.integers(0, people, events)],
            "item_id": [f"{name}{n}" for n in rng.integers(0, things, events)],
            "timestamp": DAY * rng.integers(0, 30, events),
        })  # fmt: skip
        if dictionary:
            table = table.cast({"user_id": pl.Categorical, "item_id": pl.Categorical})
        made.append(Domain(name, items, table))
    return CrossDomain(*made)


def as_text(table):
    return table.cast({"user_id": pl.String, "item_id": pl.String})


def test_places_of_codes_and_of_text():
    index = {"x": 0, "y": 7}
    for kind in (pl.String, pl.Categorical):
        ids = pl.Series(["y", None, "q", "x", "y"], dtype=kind)
        assert places(ids, index).tolist() == [7, -1, -1, 0, 7]
        assert places(ids[:0], index).tolist() == []
        assert texts_of(ids.drop_nulls()).to_list() == ["q", "x", "y"]
    many = pl.Series(["x", "q"] * (MANY // 2))
    assert (places(many, index).reshape(-1, 2) == [0, -1]).all()
    assert places(["y", 3], index).tolist() == [7, -1]


def test_an_unknown_code_is_named():
    with pytest.raises(DataError, match=r"2 unknown item: 'p', 'q'"):
        index_of(pl.Series(["q", "x", "p", "q"], dtype=pl.Categorical), {"x": 0}, "item")


def test_a_domain_of_codes_is_the_same_domain():
    text, codes = cross(False), cross(True)
    assert text.users.equals(codes.users)
    assert text.overlapping.equals(codes.overlapping)
    assert codes.users.dtype == pl.String
    for which in ("source", "target", "both"):
        assert (text.matrix(which) != codes.matrix(which)).nnz == 0
    assert text.target.summary() == codes.target.summary()
    weights = np.arange(500.0)
    a, b = (d.target.matrix(["u1", "u5"], weights) for d in (text, codes))
    assert (a != b).nnz == 0


@pytest.mark.parametrize("block", [1 << 20, 40])
@pytest.mark.parametrize("cut", [leave_last_out, cold_start,
                                 lambda x: global_time(x, 20 * DAY, 25 * DAY)])  # fmt: skip
def test_splits_of_codes_and_in_blocks_are_the_same_splits(cut, block, monkeypatch):
    whole = cut(cross(False))
    monkeypatch.setattr(splits, "BLOCK", block)
    for dictionary in (False, True):
        found = cut(cross(dictionary))
        for a, b in ((whole.known.target.interactions, found.known.target.interactions),
                     (whole.valid, found.valid), (whole.test, found.test),
                     (whole.valid_source, found.valid_source)):  # fmt: skip
            assert as_text(a).equals(as_text(b))
        assert found.cold_users.equals(whole.cold_users)
        refitted = as_text(found.refit().known.target.interactions)
        assert refitted.equals(as_text(whole.refit().known.target.interactions))


@pytest.mark.parametrize("kind", ["parquet", "lazy", "frame", "csv"])
@pytest.mark.parametrize("ids", ["text", "whole", "float"])
def test_read_lazily_is_read(tmp_path, kind, ids):
    who = {"text": ["b", "a", "b"], "whole": [2, 1, 2], "float": [2.0, 1.0, 2.0]}[ids]
    events = pl.DataFrame({"who": who, "what": ["y", "x", "x"], "when": ["2014-01-25"] * 3})
    items = pl.DataFrame({"item_id": ["x", "y"], "title": ["X", "Y"]})
    if kind == "parquet":
        events.write_parquet(tmp_path / "e.parquet")
    elif kind == "csv":
        events.write_csv(tmp_path / "e.csv")
    given = {"lazy": events.lazy(), "frame": events}.get(kind, tmp_path / f"e.{kind}")
    names = {"interactions": {"who": "user_id", "what": "item_id", "when": "timestamp"}}
    if (kind, ids) == ("csv", "float"):
        names["interactions"].pop("who")  # a text in CSV is what is written there
        given = events.rename({"who": "user_id"})
    plain = read_domain("shop", items, given, columns=names)
    codes = read_domain("shop", items, given, columns=names, dictionary=True)
    assert codes.interactions["user_id"].dtype == pl.Categorical
    assert codes.interactions["item_id"].dtype == pl.Categorical
    assert as_text(codes.interactions).equals(plain.interactions)
    assert codes.items.equals(plain.items)


def test_faults_are_told_of_codes_too(tmp_path):
    events = pl.DataFrame({"user_id": ["a", " ", None, "b"], "item_id": ["x", "x", "x", "q"]})
    events.write_parquet(tmp_path / "e.parquet")
    items = pl.DataFrame({"item_id": ["x"], "title": ["X"]})
    said = []
    for dictionary in (False, True):
        with pytest.raises(DataError) as error:
            read_domain("shop", items, tmp_path / "e.parquet", dictionary=dictionary)
        said.append(error.value.faults)
    assert said[0] == said[1]
    assert len(said[0]) == 2
    with pytest.raises(DataError, match="but ids are strings"):  # a catalogue is no long table
        Domain("shop", items.cast({"item_id": pl.Categorical}), events[:0])


WORLD = make_world(users=60, items=40, sparsity=0.8, overlap=0.8, images=False)
SPACE = [Features.of(WORLD.truth[d].item_factors) for d in ("films", "books")]


@pytest.mark.parametrize(
    "build",
    [
        Popularity, ItemKNN, UserKNN, lambda: EASE(10, 0.9, decay=0.9),
        lambda: EASE(10, domains="both"), lambda: NextItem(mu=10),
        lambda: BehaviourMean(*SPACE, history="both", recency=0.9),
        lambda: BehaviourMean(*SPACE, history="either"), lambda: ALS(4),
        lambda: Anchored(EASE(10), TextAnchor(*SPACE), 5.0),
        lambda: Anchored(EASE(10), UserAnchor(), 5.0),
        lambda: UserRidge(10, source=SPACE[1], calendar=1.0),
        lambda: TiedFactors(*SPACE, factors=4),
    ],
)  # fmt: skip
def test_models_take_codes_as_text(build):
    text = WORLD.cross("books", "films")
    kinds = {"user_id": pl.Categorical, "item_id": pl.Categorical}
    codes = CrossDomain(
        *(d.with_interactions(d.interactions.cast(kinds)) for d in (text.source, text.target))
    )
    a, b = (build().fit(known).score(text.users) for known in (text, codes))
    assert np.array_equal(a, b)


@pytest.mark.parametrize("how", [{}, {"k_core": 2}, {"min_seconds": 5}, {"until": "2023-01-01"}])
def test_preparing_takes_codes_as_text(how):
    domain = WORLD.domains["films"]
    codes = domain.interactions.cast({"user_id": pl.Categorical, "item_id": pl.Categorical})
    found = prepare(domain.with_interactions(codes), **how).domain.interactions
    assert as_text(found).equals(prepare(domain, **how).domain.interactions)
