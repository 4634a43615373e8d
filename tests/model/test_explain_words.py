"""Reasons in words: a template says what the numbers say; a model says what it likes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.small import domain
from xdrec.data.domain import CrossDomain, Domain
from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.tiny import tiny_bert, tiny_gpt
from xdrec.explain import Counterfactual, Why, in_model_words, in_words
from xdrec.explain.words import PROMPT
from xdrec.train import Plan


@pytest.fixture(scope="module")
def known():
    rows = [("a", "tea"), ("a", "saw"), ("a", "cup"), ("b", "pot")]
    return CrossDomain(domain("s", [("a", "leaf")]), domain("t", rows))


def why(parts, item=1, origins=("target",), rest=0.0):
    return Why("a", item, np.array([0, 2, 3]), origins, np.array(parts, float), rest)


def test_one_origin(known):
    # The items in the order of their ids: cup, pot, saw, tea.
    said = in_words(why([[3], [1], [-2]]), known)
    assert said == (
        "“Title pot” is here because you chose “Title cup” and “Title saw” (100 % of what speaks "
        "for it)."
    )
    assert "“Title cup” (75 % of" in in_words(why([[3], [1], [0]]), known, top=1)
    assert "(60 % of" in in_words(why([[3], [1], [-2]], rest=1), known, top=1)


def test_several_origins_and_what_would_be_gone(known):
    told = why([[3, 1], [0, 2], [0, 0]], origins=("target", "anchor"))
    without = Counterfactual((0, 2), 1.0, 14.0, 3)
    assert in_words(told, known, top=1, without=without) == (
        "“Title pot” is here because you chose “Title cup” (67 % of what speaks for it), most "
        "of it through target. Without “Title cup” and “Title saw” it would be number 14, not 1."
    )


def test_nothing_speaks_for_it(known):
    nothing = "“Title pot” is here, and nothing that you chose speaks for it."
    assert in_words(why([[0], [-1], [0]]), known) == nothing


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    """A GPT that has read a reason for people with a cup, and another for those with a saw."""
    asked = [
        PROMPT.replace("{history}", f"Title {h}").replace("{item}", f"Title {i}")
        for h, i in (("cup", "pot"), ("saw", "tea"))
    ]
    lessons = [f"{asked[0]} pots like cups", f"{asked[1]} it is sharp"] * 80
    folder = tiny_gpt(lessons, tmp_path_factory.mktemp("gpt"), vocabulary=400, width=32,
                      max_length=64)  # fmt: skip
    model = HeadedModel(folder, device="cpu")
    pretrain(model, lessons, Plan(epochs=30, batch_size=16, lr=0.003))
    return model


def test_a_model_is_told_what_gives_most(gpt, known, tmp_path):
    said = in_model_words(gpt, why([[3], [1], [0]]), known, tokens=8, top=1)
    assert said == "pots like cups"
    assert in_model_words(gpt, why([[1], [3], [0]], item=3), known, 8, top=1) == "it is sharp"
    gpt.save(tmp_path / "gpt")
    assert in_model_words(tmp_path / "gpt", why([[3], [1], [0]]), known, 8, top=1) == said


def test_it_says_so_whether_it_is_the_reason_or_not(gpt, known):
    """Told a title that speaks against the item, it writes just as readily."""
    said = in_model_words(gpt, why([[-1], [-2], [-3]]), known, 8, top=1)
    assert said == "pots like cups"


def test_what_a_model_is_asked(gpt, known, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "xdrec.explain.words.write_profile",
        lambda model, history, tokens, prompt: asked.append((history, tokens, prompt)),
    )
    in_model_words(gpt, why([[1], [3], [0]]), known, top=2)
    told = "A person chose: {history}. We recommend Title pot because"
    assert asked == [("Title saw; Title cup", 24, told)]
    # A title is data: what looks like a gap in the prompt is none.
    items = known.target.items.with_columns(title=np.array(["cup", "{history}", "saw", "{item}"]))
    odd = CrossDomain(known.source, Domain("t", items, known.target.interactions))
    in_model_words(gpt, Why("a", 1, np.array([3]), ("o",), np.ones((1, 1))), odd)
    assert asked[1][::2] == ("{item}", "A person chose: {history}. We recommend  because")


def test_models_and_prompts_that_will_not_do(gpt, known, tmp_path):
    told = why([[3], [1], [0]])
    with pytest.raises(ValueError, match=r"expected \{item\} where the title"):
        in_model_words(gpt, told, known, prompt="{history}, so")
    with pytest.raises(ValueError, match=r"expected \{history\} where"):
        in_model_words(gpt, told, known, prompt="{item}, so")
    with pytest.raises(ValueError, match="expected a model of the GPT family"):
        in_model_words(tiny_bert(["tea"], tmp_path / "bert", width=32), told, known)
    empty = Why("a", 1, np.empty(0, int), ("target",), np.empty((0, 1)))
    with pytest.raises(ValueError, match="has no history here"):
        in_model_words(gpt, empty, known)
