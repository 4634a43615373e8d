"""Heads, continued pre-training, and its guard: values by hand, both families."""

import math

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data import CrossDomain, DataError, Domain, Split, leave_last_out, make_world
from xdrec.encoders import LanguageModel
from xdrec.encoders.fused_text import fused_text
from xdrec.encoders.generate import continue_sentence, who_sees_whom
from xdrec.encoders.heads import SHARE, HeadedModel
from xdrec.encoders.pretrain import pretrain
from xdrec.encoders.readable import pretraining_texts, refuse_held_out
from xdrec.encoders.tiny import tiny_bert, tiny_gpt
from xdrec.train import Plan

TINY = {"bert": tiny_bert, "gpt": tiny_gpt}
SMALL = {"vocabulary": 400, "width": 32, "max_length": 32}
CPU = {"device": "cpu"}


@pytest.fixture(scope="module")
def texts():
    world = make_world(users=20, items=150, sparsity=0.97, images=False)
    return [text for domain in world.domains.values() for text in domain.texts(["title"])]


@pytest.fixture(scope="module", params=list(TINY))
def folder(request, texts, tmp_path_factory):
    """An untrained model of either family."""
    return TINY[request.param](texts, tmp_path_factory.mktemp(request.param), **SMALL)


def test_a_tiny_model_follows_from_texts_and_seed(folder, texts, tmp_path):
    build = tiny_bert if "bert" in folder.name else tiny_gpt
    again, other = (
        build(texts, tmp_path / "a", **SMALL),
        build(texts, tmp_path / "b", **SMALL, seed=1),
    )
    weights = [(place / "model.safetensors").read_bytes() for place in (folder, again, other)]
    assert weights[0] == weights[1] != weights[2]
    for file in ("config.json", "tokenizer.json"):
        assert (folder / file).read_bytes() == (again / file).read_bytes()
    with pytest.raises(ValueError, match="none of the 2 texts has a word"):
        build([None, " "], tmp_path)


def test_perplexity_of_one_that_knows_nothing_is_its_vocabulary(folder, texts):
    model = HeadedModel(folder, **CPU)
    with torch.no_grad():
        for weight in model.net.parameters():
            weight.zero_()
    assert model.perplexity(texts) == pytest.approx(model.config.vocab_size, rel=1e-5)


def test_perplexity_of_a_gpt_by_hand(texts, tmp_path):
    """exp of the mean -log p(next token), the end of the text among them, text by text."""
    model = HeadedModel(tiny_gpt(texts, tmp_path, **SMALL), **CPU)
    losses = []
    for text in texts[:5]:
        ids = [*model.tokenizer(text)["input_ids"], 0]
        with torch.no_grad():
            logits = model.net(torch.tensor([ids])).logits[0].log_softmax(dim=1)
        losses += [-float(logits[at, word]) for at, word in enumerate(ids[1:])]
    assert model.perplexity(texts[:5]) == pytest.approx(math.exp(np.mean(losses)), rel=1e-4)


def test_perplexity_does_not_depend_on_company(folder, texts):
    """The same questions whatever the order and the batches, and the net is left as it was."""
    model = HeadedModel(folder, **CPU)
    model.net.train()
    one = model.perplexity(texts[:40])
    assert model.perplexity(texts[:40][::-1], budget=1) == pytest.approx(one, rel=1e-4)
    assert model.perplexity([*texts[:40], None, " "]) == pytest.approx(one, rel=1e-4)
    assert model.net.training
    if not model.causal:
        assert model.perplexity(texts[:40], seed=1) != one
    with pytest.raises(ValueError, match="none of the 2 texts has a word to guess"):
        model.perplexity([None, " "])


@settings(max_examples=20)
@given(seed=st.integers(0, 999))
def test_what_is_asked_of_a_bert(seed):
    """15 % of the words, one at least, never a special token; the answers are what was there."""
    model = bert_of_letters()
    things = model.prepare(["a b c", "a " * 20, "b"])
    for mixed in (False, True):
        draws = [np.random.default_rng([seed, row]) for row in range(3)]
        batch = model.lesson(things, draws, mixed)
        whole = model.lesson(things, draws, mixed)["input_ids"].new_tensor(
            [ids + [0] * (22 - len(ids)) for ids in things]
        )
        assert batch["asked"].sum(dim=1).tolist() == [1, round(SHARE * 20), 1]
        assert batch["answers"].tolist() == whole[batch["asked"]].tolist()
        assert not set(batch["answers"].tolist()) & set(model.tokenizer.all_special_ids)
        assert batch["input_ids"][~batch["asked"]].tolist() == whole[~batch["asked"]].tolist()
        if not mixed:
            assert set(batch["input_ids"][batch["asked"]].tolist()) == {4}


@pytest.fixture(scope="module", autouse=True)
def _letters(tmp_path_factory):
    bert_of_letters.model = HeadedModel(
        tiny_bert(["a b c"], tmp_path_factory.mktemp("letters"), vocabulary=20, width=8), **CPU
    )


def bert_of_letters():
    return bert_of_letters.model


@pytest.mark.parametrize("part", ["all", "lora"])
def test_pre_training_teaches(folder, texts, tmp_path, part):
    """Held-out perplexity falls; what is saved is what was trained, to both readers."""
    model = HeadedModel(folder, **CPU)
    names = set(model.net.state_dict())
    untrained = LanguageModel(folder, precision="float32", **CPU).encode(texts[:3]).vectors
    before = model.perplexity(texts[:50])
    plan = Plan(epochs=3, batch_size=16, lr=0.01)
    history = pretrain(model, texts[50:], plan, part=part, valid=texts[:50])
    after = model.perplexity(texts[:50])
    assert after < (0.98 if part == "lora" else 0.8) * before
    assert min(history.curve()["valid"]) == pytest.approx(after, rel=1e-6)
    assert set(model.net.state_dict()) == names  # LoRA is merged, nothing is left of it
    assert all(weight.requires_grad for weight in model.net.parameters())
    model.save(tmp_path)
    assert HeadedModel(tmp_path, **CPU).perplexity(texts[:50]) == pytest.approx(after, rel=1e-5)
    read = LanguageModel(tmp_path, precision="float32", **CPU)
    assert not np.allclose(read.encode(texts[:3]).vectors, untrained, atol=1e-3)
    again = LanguageModel(tmp_path, precision="float32", **CPU)
    assert (again.encode(texts, cache=False).vectors == read.encode(texts).vectors).all()


def test_a_fresh_head_is_taught_alone(tmp_path):
    """MiniLM comes without one: the head learns, the rest stays what it was."""
    model = HeadedModel("minilm", max_length=16, **CPU)
    assert model.fresh
    with pytest.raises(ValueError, match="came without a head"):
        continue_sentence(model, "a cup of")
    tied = model.net.get_output_embeddings().weight
    assert tied is model.net.get_input_embeddings().weight
    same = HeadedModel("minilm", max_length=16, **CPU).net.state_dict()
    words = ["a cup of tea", "a pot of tea", "a cup of milk"] * 8
    before = model.perplexity(words)
    pretrain(model, words, Plan(epochs=2, batch_size=8, lr=1e-3), part="head")
    assert model.perplexity(words) < before / 10
    changed = {name for name, each in model.net.state_dict().items()
               if not torch.equal(each, same[name])}  # fmt: skip
    assert changed
    assert all(name.startswith("cls.") for name in changed)
    assert continue_sentence(model, "a cup of", tokens=1).startswith("a cup of ")


def test_the_same_seed_gives_the_same_weights(folder, texts):
    states = []
    for seed in (0, 0, 1):
        model = HeadedModel(folder, **CPU)
        pretrain(model, texts[:40], Plan(epochs=1, batch_size=8, lr=0.01, seed=seed))
        states.append(torch.cat([p.flatten() for p in model.net.parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_a_gpt_continues_what_it_has_read(texts, tmp_path):
    model = HeadedModel(tiny_gpt(texts, tmp_path, **SMALL), **CPU)
    saying = "the owl counts the stars"
    pretrain(model, [saying] * 100, Plan(epochs=3, batch_size=10, lr=0.01))
    assert continue_sentence(model, "the owl") == saying  # and stops by itself
    drawn = {continue_sentence(model, "the owl", 2, temperature=9.0, seed=s) for s in range(5)}
    assert len(drawn) > 1
    with pytest.raises(ValueError, match="and 100 are wanted"):
        continue_sentence(model, "the owl", 100)
    with pytest.raises(ValueError, match="temperature=-1"):
        continue_sentence(model, "the owl", temperature=-1)
    with pytest.raises(ValueError, match="the head has no weight of its own"):
        pretrain(model, [saying], part="head")


def test_who_sees_whom(folder, texts):
    tokens, moved = who_sees_whom(LanguageModel(folder, **CPU), texts[0])
    assert moved.shape == (len(tokens), len(tokens))
    assert (np.diag(moved) > 0.1).all()
    below, above = (moved[f(len(tokens), k)] for f, k in ((np.tril_indices, -1),
                                                          (np.triu_indices, 1)))  # fmt: skip
    assert (below > 1e-5).all()
    if "gpt" in folder.name:
        assert (above < 1e-6).all()
    else:
        assert (above > 1e-5).all()


def test_wrong_arguments(folder, texts):
    model = HeadedModel(folder, **CPU)
    with pytest.raises(ValueError, match="part='some': expected one of all, head, lora"):
        pretrain(model, texts, part="some")
    with pytest.raises(ValueError, match="none of the 1 texts has a word to learn from"):
        pretrain(model, [None])
    with pytest.raises(ValueError, match="max_length=33: expected 3 to 32"):
        HeadedModel(folder, max_length=33)


def test_without_peft_the_error_names_the_extra(folder, texts, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "peft", None)
    with pytest.raises(ImportError, match=r"pip install 'xdrec\[lora\]'"):
        pretrain(HeadedModel(folder, **CPU), texts, part="lora")


# What may be read


def shop(seen, held):
    """A pair of domains whose target events have reviews; items a to h, titles T-a to T-h."""
    ids = list("abcdefgh")
    items = pl.DataFrame({"item_id": ids, "title": [f"T-{i}" for i in ids]})
    schema = {"user_id": pl.String, "item_id": pl.String, "review": pl.String}

    def events(rows):
        said = [f"review {who} {what}" for who, what in rows]
        data = {"user_id": [r[0] for r in rows], "item_id": [r[1] for r in rows], "review": said}
        return pl.DataFrame(data, schema=schema)

    source = Domain(
        "kitchen", items.with_columns(title=pl.lit("S") + pl.col("title")), events([("u", "a")])
    )
    half = len(held) // 2
    return Split(
        "by hand", CrossDomain(source, Domain("food", items, events(seen))), events(held[:half]),
        events(held[half:]), events([]),
    )  # fmt: skip


PAIRS = st.lists(st.tuples(st.sampled_from("uvw"), st.sampled_from("abcdefgh")), max_size=12)


@settings(max_examples=30)
@given(seen=PAIRS, held=PAIRS)
def test_no_text_of_a_held_out_interaction_is_read(seen, held):
    held = [pair for pair in held if pair not in seen]
    split = shop(seen, held)
    read = pretraining_texts(split, reviews="review")
    known = {f"review {who} {what}" for who, what in seen} | {"review u a"}
    secret = {f"review {who} {what}" for who, what in held}
    assert {text for text in read if text.startswith("review")} == known - secret
    new = {what for _, what in held} - {what for _, what in seen}
    assert {text for text in read if text.startswith("T-")} == {
        f"T-{i}" for i in set("abcdefgh") - new
    }
    assert sum(text.startswith("ST-") for text in read) == 8
    refuse_held_out(read, split, "review")
    for text in secret | {f"T-{i}" for i in new}:
        with pytest.raises(ValueError, match="1 of the 2 texts belong to held-out interactions"):
            refuse_held_out(["fine", f" {text} "], split, "review")


def test_pre_training_refuses_a_held_out_text():
    split = shop([("u", "a"), ("u", "b")], [("u", "c"), ("u", "d")])
    model = bert_of_letters()
    before = [weight.clone() for weight in model.net.parameters()]
    for bad in ({"texts": ["a b", "T-c"]}, {"texts": ["review u d"]},
                {"texts": ["a"], "valid": ["T-d"]}):  # fmt: skip
        with pytest.raises(ValueError, match="belong to held-out interactions, the first in row"):
            pretrain(model, split=split, reviews="review", **bad)
    assert all(torch.equal(a, b) for a, b in zip(before, model.net.parameters(), strict=True))


def test_class_r_may_read_what_was_for_choosing():
    items = pl.DataFrame({"item_id": list("abc"), "title": ["Tea", "Rice", "Salt"]})
    events = pl.DataFrame({"user_id": "ann", "item_id": list("abc"), "position": [0, 1, 2]})
    none = Domain("kitchen", items.with_columns(title=pl.lit("Pan")), events.clear())
    split = leave_last_out(CrossDomain(none, Domain("food", items, events)))
    assert pretraining_texts(split) == ["Pan", "Tea"]
    assert pretraining_texts(split.refit()) == ["Pan", "Rice", "Tea"]
    with pytest.raises(DataError, match="reviews='words': the interactions of neither"):
        pretraining_texts(split, reviews="words")


# One text of all that is known


def test_fused_text():
    items = pl.DataFrame({
        "item_id": ["x", "y", "z"], "title": ["Red tea", " ", None],
        "category": ["drinks", None, None], "price": [3, None, None],
    })  # fmt: skip
    assert fused_text(items) == ["Red tea. drinks. price: 3", None, None]
    assert fused_text(items, {"y": ["owl", "moon"]}) == [
        "Red tea. drinks. price: 3", "picture: owl, moon", None,
    ]  # fmt: skip
    assert fused_text(items, [["cup"], None, []], ["title"]) == [
        "Red tea. picture: cup",
        None,
        None,
    ]
    with pytest.raises(ValueError, match="words for 1 unknown items, 'q' first"):
        fused_text(items, {"q": ["owl"]})
    with pytest.raises(ValueError, match="words for 1 items: expected one entry for each of 3"):
        fused_text(items, [["owl"]])
    with pytest.raises(ValueError, match="the items have item_id, title, category, price"):
        fused_text(items, fields=["colour"])
