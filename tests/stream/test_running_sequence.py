"""The deep model catches up: it learns the new, and with replay it still knows the old."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
import torch

from tests.stream.shelf import DAY, IDS, VECTORS, domain, pair, shelf, table, untrained
from xdrec.checkpoint import copied
from xdrec.data import DataError, make_world
from xdrec.encoders import Features
from xdrec.interest import SequenceTransformer
from xdrec.plan import Plan
from xdrec.ranking import top_k
from xdrec.stream import RunningSequence, gained, prequential
from xdrec.stream.sequence import DAILY

KNOWN, STREAM, FOLLOWING = shelf()
QUICK = replace(DAILY, lr=3e-3)


@cache
def fitted():
    return copied(untrained().fit(pair(KNOWN)).net.state_dict())


def running(**options):
    model = untrained().begin(pair(KNOWN), fitted())
    return RunningSequence(model, pair(KNOWN), **{"plan": QUICK, "steps": 6} | options)


def remembers(model):
    """Of those who stopped in the midst of an old series: is what follows the best new item?"""
    people = sorted(FOLLOWING)
    scores = model.score(people)
    scores[KNOWN.matrix(people).nonzero()] = -np.inf
    return np.mean([IDS[best] == FOLLOWING[who]
                    for who, (best,) in zip(people, top_k(scores, 1), strict=True)])  # fmt: skip


def days(events=STREAM):
    for _, day in events.group_by(pl.col("timestamp") // DAY, maintain_order=True):
        yield day


def weights(model):
    return copied(model.model.net.state_dict())


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_with_replay_it_learns_the_new_and_keeps_the_old():
    found, kept = {}, {}
    for name, teach, options in (
        ("frozen", lambda m: lambda day: None, {}),
        ("histories", lambda m: lambda day: m.learn(day, weights=False), {}),
        ("no replay", lambda m: m.learn, {"replay": 0.0}),
        ("replay", lambda m: m.learn, {"replay": 0.5}),
    ):
        model = running(**options)
        before = remembers(model)
        found[name] = prequential(model, KNOWN, STREAM, 3, teach(model))
        kept[name] = remembers(model)
        assert before > 0.95
    print({name: (round(f["recall"].mean(), 3), kept[name]) for name, f in found.items()})
    assert kept["frozen"] == kept["histories"] > 0.95
    assert gained(found["replay"], found["frozen"]).low > 0.2
    assert gained(found["replay"], found["histories"]).low > 0.2
    assert found["no replay"]["recall"].mean() > 0.2  # it learns the new one as well
    assert kept["replay"] > 0.9
    assert kept["no replay"] < 0.5


@pytest.mark.long
def test_in_a_world_that_drifts_replay_guards_and_the_histories_gain():
    """Tastes drift, what goes with what does not: nothing for weights to catch up with.

    So the steps must not be expected to gain over weights that stay. What they do harm is less
    with replay, in the stream and in what was known before.
    """
    world = make_world(users=400, items=200, drift=0.8, seed=4, sparsity=0.93, overlap=1.0,
                       images=False)  # fmt: skip
    cross = world.cross("books", "films")
    events = cross.target.interactions.sort("timestamp", "user_id", "item_id")
    day = events["timestamp"] // DAY
    cut = int(day.quantile(0.6))
    known = replace(cross, target=cross.target.with_interactions(events.filter(day < cut)))
    x = Features.of(world.truth["films"].item_factors)
    plan = Plan(epochs=15, batch_size=32, lr=3e-3, patience=4)
    settings = {"width": 16, "layers": 1, "heads": 2, "max_length": 30, "plan": plan}
    base = SequenceTransformer(x, device="cpu", **settings).fit(known)
    start, held = copied(base.net.state_dict()), base.questions(known)[1]
    found, loss = {}, {"before": base.mean_loss(held)}
    for name, teach, share in (
        ("frozen", lambda m: lambda day: None, 0.0),
        ("histories", lambda m: lambda day: m.learn(day, weights=False), 0.0),
        ("no replay", lambda m: m.learn, 0.0),
        ("replay", lambda m: m.learn, 0.75),
    ):
        net = SequenceTransformer(x, device="cpu", **settings).begin(known, start)
        model = RunningSequence(net, known, replay=share)
        found[name] = prequential(model, known.target, events.filter(day >= cut), 10, teach(model))
        loss[name] = base.begin(known, net.net.state_dict()).mean_loss(held)
    print({name: round(f["recall"].mean(), 4) for name, f in found.items()}, loss)
    print("replay - histories", gained(found["replay"], found["histories"]))
    assert gained(found["replay"], found["frozen"]).low > 0
    assert loss["before"] == loss["histories"]
    assert loss["replay"] < loss["no replay"]
    assert found["replay"]["recall"].mean() > found["no replay"]["recall"].mean()


def test_a_day_by_hand_half_of_it_is_old():
    """Steps 6 of 32: 192 questions, 96 of them from the reservoir, each as often as any other."""
    model, asked = running(), []
    batch = model.model.batch
    model.model.batch = lambda questions: asked.extend(questions) or batch(questions)
    model.learn(table([("old0", "s9-1", 30 * DAY), ("old1", "s9-1", 30 * DAY)]))
    answers = [IDS[question[3]] for (question,) in asked]
    assert len(answers) == 192
    assert answers.count("s9-1") == 96
    first = [question[0] for (question,) in asked if IDS[question[3]] == "s9-1"]
    assert sorted(np.bincount(first)[np.bincount(first) > 0]) == [48, 48]


def test_the_same_days_give_the_same_numbers_and_another_seed_others():
    models = [running(plan=plan) for plan in (QUICK, QUICK, replace(QUICK, seed=1))]
    for model in models:
        torch.manual_seed(int(torch.randint(99, ())))  # what is outside does not count
        for day in list(days())[:4]:
            model.learn(day)
    first, again, other = map(weights, models)
    assert same(first, again)
    assert not same(first, other)


def test_saved_and_restored_it_goes_on_as_if_nothing_had_happened(tmp_path):
    whole, broken, every = running(), running(), list(days())[:8]
    for day in every:
        whole.learn(day)
    for day in every[:5]:
        broken.learn(day)
    broken.save(tmp_path / "state", fsync=True)
    resumed = running().restore(tmp_path / "state")
    assert np.array_equal(resumed.score(["new0", "old3"]), broken.score(["new0", "old3"]))
    for day in every[5:]:
        resumed.learn(day)
    assert same(weights(whole), weights(resumed))
    people = STREAM["user_id"].unique().sort()
    assert np.array_equal(whole.score(people), resumed.score(people))


def test_the_state_of_another_model_and_a_damaged_one(tmp_path):
    path = tmp_path / "state"
    running().learn(next(days())).save(path)
    for options in ({"replay": 0.2}, {"steps": 3}, {"room": 9}, {"plan": DAILY}):
        with pytest.raises(ValueError, match="of another model"):
            running(**options).restore(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    model = running()
    before = weights(model)
    with pytest.raises(ValueError, match="is damaged"):
        model.restore(path)
    assert same(weights(model), before)
    with pytest.raises(FileNotFoundError):
        model.restore(tmp_path / "nothing")


def test_histories_alone_move_no_weight():
    model = running()
    before, scores = weights(model), model.score(["old0"])
    model.learn(table([("old0", "s9-1", 30 * DAY)]), weights=False)
    assert same(weights(model), before)
    assert not np.array_equal(model.score(["old0"]), scores)


def test_a_clock_that_goes_back_sorts_in():
    """What comes late counts where it belongs: the scores are those of the right order."""
    late = [("new", "s0-2", 30 * DAY), ("new", "s0-1", 29 * DAY)]
    one, other = running(), running()
    for row in late:
        one.learn(table([row]), weights=False)
    other.learn(table(late), weights=False)
    assert np.array_equal(one.score(["new"]), other.score(["new"]))


def test_who_is_unknown_scores_0_and_a_day_without_events_is_none():
    model = running()
    before = weights(model)
    model.learn(STREAM.clear())
    model.learn(table([("first", "s9-0", 30 * DAY)]))  # of the day nothing can be asked: all old
    assert model.days == 1
    assert not model.score(["nobody"]).any()
    assert model.score(["first", "nobody"])[0].any()
    assert not same(weights(model), before)
    assert model.score([]).shape == (0, len(IDS))


def test_bad_input():
    model = running()
    with pytest.raises(ValueError, match="without timestamp"):
        model.learn(STREAM.drop("timestamp"))
    with pytest.raises(DataError, match="s99"):
        model.learn(table([("a", "s99", 1)]))
    assert not model.score(["a"]).any()  # nothing of it was taken
    plain = shelf()[0].interactions.with_columns(behaviour=pl.lit("view"))
    model = RunningSequence(untrained().begin(pair(domain(plain))), pair(domain(plain)))
    scores = model.score(["old0"])
    with pytest.raises(ValueError, match="steal"):
        model.learn(plain[:1].with_columns(item_id=pl.lit("s9-1"), behaviour=pl.lit("steal")))
    assert np.array_equal(model.score(["old0"]), scores)
    for options, said in (
        ({"steps": 0}, "steps >= 1"), ({"replay": 1.5}, "replay=1.5"), ({"room": 0}, "room=0"),
        ({"plan": Plan()}, "one epoch"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            running(**options)
    source = SequenceTransformer(VECTORS, VECTORS, history="source", device="cpu")
    with pytest.raises(ValueError, match="nothing to catch up"):
        RunningSequence(source, pair(domain(STREAM)))
