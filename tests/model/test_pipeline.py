"""The whole corridor as one object: what its parts say by themselves, saved, loaded and refused."""

import json

import pytest

from xdrec.data import make_world
from xdrec.data.checks import DataError
from xdrec.encoders import ImageCNN, LanguageModel
from xdrec.fusion import GatedFusion, concatenate
from xdrec.interest import EASE, BehaviourMean
from xdrec.pipeline import Pipeline


@pytest.fixture(scope="module")
def world():
    return make_world(users=80, items=40, sparsity=0.8, missing={"image": 0.3})


@pytest.fixture(scope="module")
def f():
    return {"text": LanguageModel(), "image": ImageCNN((64, 48), (8, 16))}


def made(f, world, **options):
    pipeline = Pipeline(f, **{"settings": {"history": "either"}} | options)
    return pipeline.fit(world.domains["books"], world.domains["films"])


def test_it_is_its_parts(f, world):
    pipeline = made(f, world, alpha={"text": 0.7, "image": 0.3})
    cross = world.cross("books", "films")
    sides = {
        side: concatenate(
            {"text": f["text"].encode(d.texts()),
             "image": f["image"].encode(d.items["image_path"].to_list())},
            {"text": 0.7, "image": 0.3},
        )
        for side, d in (("target", cross.target), ("source", cross.source))
    }  # fmt: skip
    by_hand = BehaviourMean(sides["target"], sides["source"], history="either").fit(cross)
    assert (pipeline.score(cross.users) == by_hand.score(cross.users)).all()


def test_steering_encodes_nothing_again(f, world, monkeypatch):
    pipeline = made(f, world)
    text_alone = made({"text": f["text"]}, world)
    for encoder in f.values():
        monkeypatch.setattr(encoder, "encode", None)
    users = world.domains["films"].user_ids
    steered = pipeline.steer({"text": 1, "image": 0}).score(users)
    assert steered == pytest.approx(text_alone.score(users), abs=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"alpha": {"text": 3, "image": 1}},
        {"g": GatedFusion(width=8, device="cpu")},
        {"h": "EASE", "settings": {"mu": 10.0, "recency": 0.7}},
        {"h": "ItemKNN", "settings": {"k": 5}},
    ],
    ids=["plain", "steered", "gated", "EASE", "ItemKNN"],
)
def test_saved_and_loaded_it_is_the_same(f, world, tmp_path, options):
    pipeline = made(f, world, **options)
    pipeline.save(tmp_path / "p")
    assert not [p for p in (tmp_path / "p").rglob("*") if p.suffix in (".pkl", ".pt", ".bin")]
    again = Pipeline.load(tmp_path / "p")
    users = pipeline.known.users
    assert (again.score(users) == pipeline.score(users)).all()
    assert again.recommend(list(users[:5])).equals(pipeline.recommend(list(users[:5])))
    assert repr(again) == repr(pipeline)
    new = {"text": 0.5, "image": 0.5}
    assert (again.steer(new).score(users) == pipeline.steer(new).score(users)).all()


def test_ease_reads_the_fused_vectors(f, world):
    pipeline = made(f, world, h="EASE", settings={"mu": 10.0})
    own = EASE(mu=10.0, content=pipeline.fused["target"]).fit(pipeline.known)
    users = pipeline.known.users
    assert (pipeline.score(users) == own.score(users)).all()


def test_a_list_has_nothing_that_is_known(f, world):
    pipeline = made(f, world)
    films = world.domains["films"]
    users = list(films.user_ids[:10])
    listed = pipeline.recommend(users, k=40)
    both = listed.join(films.interactions, on=["user_id", "item_id"])
    assert both.is_empty()
    known = films.interactions.select("user_id", "item_id").unique()
    for user, n in listed.group_by("user_id").len().rows():
        assert n == len(films.items) - len(known.filter(user_id=user))
    with pytest.raises(DataError, match="'nobody'"):
        pipeline.recommend("nobody")


def test_its_parts_are_printed(f, world):
    lines = repr(made(f, world, alpha={"text": 3, "image": 1})).splitlines()
    present = world.domains["films"].items["image_path"].count()
    assert lines[0].startswith("f  text   LanguageModel: 384 numbers, 40 of 40")
    assert lines[1].startswith(f"   image  ImageCNN: 48 numbers, {present} of 40")
    assert lines[2] == "g  concatenate, α: text 0.75, image 0.25"
    assert lines[3] == "h  BehaviourMean(history=either)"


def test_what_it_does_not_know_is_refused(f, world, tmp_path):
    with pytest.raises(ValueError, match="expected some of text, image"):
        Pipeline({"smell": f["text"]})
    with pytest.raises(ValueError, match="h='Magic': expected one of BehaviourMean"):
        Pipeline(f, h="Magic")
    with pytest.raises(ValueError, match="expected one for each"):
        Pipeline(f, alpha={"text": 1})
    with pytest.raises(ValueError, match="no column 'audio_path'"):
        Pipeline({"audio": f["text"]}).fit(world.domains["books"], world.domains["films"])
    made(f, world).save(tmp_path)
    said = json.loads((tmp_path / "pipeline.json").read_text())
    for change, says in (
        ({"version": 99}, "version 99: expected 2"),
        ({"f": {"text": "CrystalBall"}}, r"needs the parts \['CrystalBall'\]"),
        ({"h": "Magic"}, "h='Magic'"),
    ):
        (tmp_path / "pipeline.json").write_text(json.dumps(said | change))
        with pytest.raises(ValueError, match=says):
            Pipeline.load(tmp_path)
