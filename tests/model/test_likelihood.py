"""A language model as the recommender: likelihoods of titles, and the bias of where they stand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.model.interest_contract import ScorerContract
from tests.model.small import checkerboard
from tests.model.test_profile import WORDS, pair, titled
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.tiny import tiny_bert, tiny_gpt
from xdrec.interest import ItemKNN, Popularity, TitleLikelihood
from xdrec.interest.likelihood import ASKED, history_lessons, listwise, log_likelihoods
from xdrec.train import Plan

THINGS = ["mint", "chai", "saw", "plane"]


class Cache:
    """What `Reader` has read so far: [rows, tokens]."""

    def __init__(self, ids):
        self.ids = ids

    def batch_repeat_interleave(self, times):
        self.ids = self.ids.repeat_interleave(times, dim=0)


class Reader(torch.nn.Module):
    """A net of known truth: it takes what is offered first, and a little what it has liked."""

    def __init__(self, first, liked, vocabulary):
        super().__init__()
        self.first, self.liked, self.vocabulary = first, liked, vocabulary

    def forward(self, input_ids, attention_mask=None, past_key_values=None, use_cache=False):
        logits = torch.zeros(*input_ids.shape, self.vocabulary)
        logits[:, :, self.liked] = 1.0
        read = input_ids
        if past_key_values is not None:
            read = torch.cat([past_key_values.ids, input_ids], dim=1)
        for row, ids in enumerate(read.tolist()):
            if self.first in ids:
                logits[row, :, ids[ids.index(self.first) + 1]] += 3.0  # whatever stands there
        return SimpleNamespace(logits=logits, past_key_values=Cache(read))


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    """Every thing is one token; "offer" comes right before the titles, and chai is liked."""
    folder = tmp_path_factory.mktemp("gpt")
    tiny_gpt(["offer " + " ".join(THINGS)] * 9, folder, vocabulary=400, width=32, max_length=64)
    model = HeadedModel(folder, device="cpu")
    ids = [model.tokenizer([f" {word}"], add_special_tokens=False)["input_ids"][0]
           for word in ("offer", "chai", *THINGS)]  # fmt: skip
    assert all(len(one) == 1 for one in ids)
    model.net = Reader(ids[0][0], ids[1][0], len(model.tokenizer))
    return model


def board():
    return titled(checkerboard(10), WORDS, ["black tea"] * 3 + ["steel hammer"] * 3)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A GPT that was taught by the histories themselves."""
    lessons, folder = history_lessons(board()), tmp_path_factory.mktemp("gpt")
    tiny_gpt(lessons, folder, vocabulary=400, width=32, max_length=96)
    model = HeadedModel(folder, device="cpu", max_length=96)
    pretrain(model, lessons * 8, Plan(epochs=20, batch_size=16, lr=0.01))
    return model


class TestTitleLikelihood(ScorerContract):
    exact = False  # of one moment the catalogue's order decides which title is read first

    @pytest.fixture(autouse=True)
    def _taught(self, taught):
        self.language = taught

    @pytest.fixture
    def known(self):
        return board()

    def make(self):
        return TitleLikelihood(self.language, ItemKNN(10), candidates=10)


def test_the_likelihood_is_the_nets_own(taught):
    """Token by token, without a batch and without padding."""
    model, asked = taught, ASKED.replace("{history}", "green tea")
    found = log_likelihoods(model, asked, ["leaf", "steel spanner"])
    for ending, value in zip(["leaf", "steel spanner"], found, strict=True):
        before = model.tokenizer([asked])["input_ids"][0]
        after = model.tokenizer([" " + ending], add_special_tokens=False)["input_ids"][0]
        total = 0.0
        for n, token in enumerate(after):
            with torch.no_grad():
                logits = model.net(torch.tensor([before + after[:n]])).logits[0, -1]
            total += float(logits.log_softmax(0)[token])
        assert value == pytest.approx(total / len(after), abs=1e-4)


def test_batches_and_padding_change_nothing(taught):
    endings = ["leaf", "steel spanner", "mint", "a leaf of mint"]
    together = log_likelihoods(taught, "green tea", endings)
    assert log_likelihoods(taught, "green tea", endings, budget=1) == pytest.approx(
        together, abs=1e-5
    )
    assert log_likelihoods(taught, "green tea", []).shape == (0,)


def test_the_history_decides(taught):
    for history in (0, 1):
        asked = ASKED.replace("{history}", "; ".join([WORDS[history]] * 3))
        assert log_likelihoods(taught, asked, WORDS[:2]).argmax() == history


def test_a_long_beginning_loses_its_beginning(taught):
    long = "spanner " * 80 + ASKED.replace("{history}", WORDS[0])
    ids = taught.tokenizer([long], verbose=False)["input_ids"][0]
    room = taught.max_length - 1 - len(
        taught.tokenizer([" leaf"], add_special_tokens=False)["input_ids"][0]
    )  # fmt: skip
    assert len(ids) > taught.max_length
    kept = taught.tokenizer.decode(ids[-room:])
    assert log_likelihoods(taught, long, ["leaf"]) == pytest.approx(
        log_likelihoods(taught, kept, ["leaf"]), abs=1e-5
    )
    with pytest.raises(ValueError, match="more than 94 tokens"):
        log_likelihoods(taught, "tea", ["leaf " * 80 + "screws " * 80])


def test_the_bias_of_place_is_shown_and_cancelled(biased):
    """Whatever stands first is chosen; over all rotations only what is liked has gained."""
    prompt = "offer {titles}; {history}"
    for turn in range(4):
        order = list(np.roll(THINGS, turn))
        one, _ = listwise(biased, "", order, turns=1, prompt=prompt)
        assert one.argmax() == 0
    fair, place = listwise(biased, "", THINGS, prompt=prompt)
    assert fair.argmax() == THINGS.index("chai")
    assert np.ptp(np.delete(fair, 1)) < 0.2 < np.ptp(place)
    assert place.argmax() == 0
    turned, _ = listwise(biased, "", THINGS[1:] + THINGS[:1], prompt=prompt)
    assert turned == pytest.approx(np.roll(fair, -1), abs=1e-5)  # the order makes no difference


def test_the_rest_of_the_list_stays_behind(taught):
    known = board()
    base = Popularity().fit(known).score(["u0"])[0]
    scores = TitleLikelihood(taught, Popularity(), candidates=2).fit(known).score(["u0"])[0]
    lifted = np.flatnonzero(scores >= 0)
    assert len(lifted) == 2
    rest = np.setdiff1d(np.arange(10), lifted)
    assert (
        np.argsort(-scores[rest], kind="stable") == np.argsort(-base[rest], kind="stable")
    ).all()


def test_of_a_title_too_long_to_be_read_the_beginning_counts(taught):
    """Some shops write a whole description into the title."""
    start = "mint leaf " + "tea " * 4
    long = [start + end * 200 for end in ("spanner ", "leaf ")] + WORDS[2:]
    assert len(long) == len(WORDS)
    known = titled(checkerboard(10), long, ["black tea"] * 3 + ["steel hammer"] * 3)
    model = TitleLikelihood(taught, Popularity(), candidates=10).fit(known)
    read = model._titles[: len(long)]
    sizes = [len(ids) for ids in taught.tokenizer(read, add_special_tokens=False)["input_ids"]]
    assert max(sizes) == taught.max_length // 2
    assert all(whole.startswith(part) for part, whole in zip(read, long, strict=True))
    assert read[2:] == long[2:]
    assert np.isfinite(model.score(known.users)).all()


def test_lessons_hold_nothing_but_histories():
    assert history_lessons(pair(), prompt="{history} >") == ["Red tea > Blue cup"]


def test_it_refuses(taught, tmp_path):
    with pytest.raises(ValueError, match="holds a bert"):
        TitleLikelihood(tiny_bert(["tea"], tmp_path / "bert", width=32), Popularity())
    with pytest.raises(ValueError, match="k=0"):
        TitleLikelihood(taught, Popularity(), candidates=0)
    with pytest.raises(ValueError, match="expected a β"):
        TitleLikelihood(taught, Popularity(), prior=2)
    with pytest.raises(ValueError, match=r"expected \{history\}"):
        TitleLikelihood(taught, Popularity(), prompt="Hm")
    with pytest.raises(ValueError, match="ending 1 of 2 has no word"):
        log_likelihoods(taught, "tea", ["mint", " "])
    with pytest.raises(ValueError, match="turns=5: expected 1 to 4"):
        listwise(taught, "tea", THINGS, turns=5)
    with pytest.raises(ValueError, match=r"expected \{titles\}"):
        listwise(taught, "tea", THINGS, prompt="{history}")
