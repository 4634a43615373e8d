"""Past runs: what was measured is what is read, once a run, and strange files do no harm."""

import json

import pytest

from xdrec.data import leave_last_out, make_world
from xdrec.evaluate import evaluate
from xdrec.interest import ItemKNN, Popularity
from xdrec.runs import keep_run, past_runs


@pytest.fixture(scope="module")
def reports():
    world = make_world(users=80, items=40, sparsity=0.8, images=False)
    split = leave_last_out(world.cross("books", "films"))
    return [evaluate(model.fit(split.known), split) for model in (Popularity(), ItemKNN(5))]


def test_a_run_comes_back_as_it_was(reports, tmp_path):
    popularity, knn = reports
    keep_run(popularity, folder=tmp_path)
    keep_run(knn, {"k": 5}, tmp_path)
    table = past_runs(tmp_path)
    assert table["recall"].is_sorted(descending=True)
    row = table.filter(model="ItemKNN").row(0, named=True)
    assert row["settings"] == "k=5"
    assert row["users"] == len(knn.per_user)
    for metric, mean in knn.mean().items():
        assert row[metric] == pytest.approx(mean)
    assert row["low"] <= row["recall"] <= row["high"]


def test_the_same_run_is_kept_once(reports, tmp_path):
    first, again = (keep_run(reports[0], {"a": 1}, tmp_path) for _ in range(2))
    assert first == again
    assert keep_run(reports[0], {"a": 2}, tmp_path) != first
    assert len(past_runs(tmp_path)) == 2


def test_groups_and_splits_are_told_apart(reports, tmp_path):
    keep_run(reports[0], folder=tmp_path)
    assert len(past_runs(tmp_path, users="warm")) == 1
    assert past_runs(tmp_path, users="cold").is_empty()  # nobody is cold in this split
    assert past_runs(tmp_path, split="cold-start").is_empty()
    with pytest.raises(ValueError, match="users='rich'"):
        past_runs(tmp_path, users="rich")


def test_what_is_no_run_is_passed_over(reports, tmp_path):
    keep_run(reports[0], folder=tmp_path)
    (tmp_path / "torn.json").write_text('{"model": ')
    (tmp_path / "list.json").write_text(json.dumps([1, 2]))
    (tmp_path / "other.json").write_text(json.dumps({"figures": {}}))
    assert len(past_runs(tmp_path)) == 1


def test_settings_that_cannot_be_written_are_refused(reports, tmp_path):
    with pytest.raises(TypeError):
        keep_run(reports[0], {"model": object()}, tmp_path)
    assert not list(tmp_path.iterdir())
