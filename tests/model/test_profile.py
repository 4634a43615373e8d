"""Profiles: the history as a text, and what a language model writes of it."""

import numpy as np
import pytest

from tests.model.interest_contract import ScorerContract
from tests.model.small import checkerboard, domain
from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders import LanguageModel
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.tiny import tiny_bert, tiny_gpt
from xdrec.interest.profile import PROMPT, LanguageProfile, history_texts, write_profile
from xdrec.train import Plan

WORDS = [["green tea, loose leaf", "spanner, steel screws"][n % 2] for n in range(10)]


@pytest.fixture(scope="module")
def encoder():
    return LanguageModel()


def titled(known, target, source):
    """The same pair with these titles."""
    parts = []
    for part, titles in ((known.source, source), (known.target, target)):
        items = part.items.with_columns(title=np.array(titles))
        parts.append(Domain(part.name, items, part.interactions))
    return CrossDomain(*parts)


class TestLanguageProfile(ScorerContract):
    history = "target"
    exact = False  # of one moment the catalogue's order decides which title is written first

    @pytest.fixture
    def known(self):
        return titled(checkerboard(10), WORDS, ["black tea"] * 3 + ["steel hammer"] * 3)

    def make(self):
        encoder = LanguageModel()
        words = WORDS if self.order is None else [WORDS[at] for at in self.order]
        return LanguageProfile(encoder.encode(words), encoder, history=self.history)


class TestLanguageProfileOnBoth(TestLanguageProfile):
    learns_from_source = True
    history = "both"


class TestLanguageProfileOnSource(TestLanguageProfile):
    learns_from_source = True
    history = "source"


def pair(**columns):
    rows = [("a", "x"), ("a", "y"), ("a", "z"), ("b", "z")]
    known = CrossDomain(domain("s", [("a", "q")], timestamp=[4]),
                        domain("t", rows, timestamp=[1, 9, 5, 5], **columns))  # fmt: skip
    return titled(known, ["Red tea", " Blue cup ", None], ["Old pot"])


def test_histories_as_texts():
    assert history_texts(pair()) == ["Blue cup; Red tea", None]
    assert history_texts(pair(), "both") == ["Blue cup; Old pot; Red tea", None]
    assert history_texts(pair(), newest=1) == ["Blue cup", None]
    kinds = ["view", "purchase", "view", "view"]
    told = history_texts(pair(behaviour=kinds), behaviours=True)
    assert told == ["Blue cup (purchase); Red tea (view)", None]


def test_the_writer_writes_in_the_place_of_the_history(encoder):
    features, said = encoder.encode(["Red tea", "Blue cup", None]), []

    def writer(text):
        said.append(text)
        return "Red tea"

    model = LanguageProfile(features, encoder, writer=writer).fit(pair())
    assert said == ["Blue cup; Red tea"]
    assert model.profiles == ["Red tea", None]
    scores = model.score(["a", "b"])
    assert scores[0, 0] == pytest.approx(1, abs=1e-2)
    assert not scores[1].any()


def test_it_refuses(encoder):
    features = encoder.encode(["tea"])
    with pytest.raises(ValueError, match="newest=0"):
        LanguageProfile(features, encoder, newest=0)
    short = type(features)(features.vectors[:, :5], features.present)
    with pytest.raises(ValueError, match="5 dimensions, the encoder's texts 384"):
        LanguageProfile(short, encoder)


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    """A GPT that has read what people with a tea like, and what people with a saw."""
    asked = [PROMPT.replace("{history}", h) for h in ("tea", "saw", "saw; tea")]
    lessons = [f"{asked[0]} hot drinks", f"{asked[1]} hand tools"] * 80
    folder = tiny_gpt(lessons + asked, tmp_path_factory.mktemp("gpt"), vocabulary=400, width=32,
                      max_length=48)  # fmt: skip
    model = HeadedModel(folder, device="cpu")
    pretrain(model, lessons, Plan(epochs=30, batch_size=16, lr=0.003))
    return model


def test_a_model_writes_what_it_has_learnt_to_write(writer):
    assert write_profile(writer, "tea", 6) == "hot drinks"
    assert write_profile(writer, "saw", 6) == "hand tools"  # the history decides
    assert write_profile(writer, "tea", 6) == write_profile(writer, "tea", 6)
    drawn = {write_profile(writer, "saw", 4, temperature=5.0, seed=seed) for seed in range(5)}
    assert len(drawn) > 1
    again = write_profile(writer, "saw", 4, temperature=5.0, seed=3)
    assert again == write_profile(writer, "saw", 4, temperature=5.0, seed=3)


def test_a_long_history_loses_its_oldest_items(writer):
    def length(items):
        return len(
            writer.tokenizer([PROMPT.replace("{history}", "; ".join(items))])["input_ids"][0]
        )

    long, room = ["tea"] + ["saw"] * 40, writer.max_length - 6
    kept = max(n for n in range(len(long)) if length(long[:n]) <= room)
    assert 1 < kept < 40
    said = [write_profile(writer, "; ".join(items), 6) for items in (long, long[:kept])]
    assert said[0] == said[1]


def test_a_folder_will_do_and_others_are_refused(writer, tmp_path):
    writer.save(tmp_path / "gpt")
    assert write_profile(tmp_path / "gpt", "tea", 6) == "hot drinks"
    with pytest.raises(ValueError, match=r"expected \{history\} where"):
        write_profile(writer, "tea", prompt="Hm")
    with pytest.raises(ValueError, match="holds a bert: expected a model of the GPT family"):
        write_profile(tiny_bert(["tea"], tmp_path / "bert", width=32), "tea")
    with pytest.raises(ValueError, match="and 45 are wanted"):
        write_profile(writer, "tea", 45)
