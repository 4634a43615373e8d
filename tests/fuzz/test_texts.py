"""Texts and what stands around them: words of any kind to encoders, cards, widgets, exercises."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import polars as pl

from tests.fuzz.hostile import SURROGATES, holds, thing, told, word
from xdrec.encoders import TextRNN
from xdrec.encoders.paths import check_paths, path_content
from xdrec.encoders.text import train_tokenizer
from xdrec.encoders.texts import check_texts, says
from xdrec.fusion import simplex
from xdrec.lab.base import Cards
from xdrec.lab.exercise import Exercise

LONG = ("tea " * 250_000, "x" * 1_000_000, "\0" * 1_000_000, "👩" * 100_000, "\u0301" * 100_000)


@cache
def reader(kind: str) -> TextRNN:
    texts = ["green tea", "black tea", "green apples", "black apples"]
    return TextRNN.of(texts, words=kind, hidden=2, embedding=2, device="cpu")


def texts(rng: Random, _: Path) -> None:
    some = [rng.choice((word(rng, surrogates=True), word(rng), None)) for _ in range(3)]
    if rng.randrange(2000) == 0:
        some.append(rng.choice(LONG))
    encoder = reader(rng.choice(("words", "bpe")))
    found = told(lambda: encoder.encode(some, cache=rng.random() < 0.2), "row", "text")
    if found is None:
        assert any(mark in text for mark in "\ud800\udc80\udfff" for text in some if text)
    else:
        assert found.present.tolist() == [says(text) for text in some]
        assert np.isfinite(found.vectors).all()
        told(lambda: train_tokenizer(some, size=20, kind="bpe"), "texts")


def lists(rng: Random, _: Path) -> None:
    """What is no list of texts or paths is refused with its place."""
    said = thing(rng)
    told(lambda: check_texts(said), "text")
    told(lambda: check_paths(said, "sounds"), "path")
    told(lambda: path_content(word(rng, surrogates=True)))
    told(lambda: simplex(said, ("text", "image")), "weights")


def cards(rng: Random, _: Path) -> None:
    frame = pl.DataFrame({name: [rng.choice((word(rng), None)) for _ in range(2)]
                          for name in ("item_id", "title", "image_path")[: rng.randrange(1, 4)]},
                         schema_overrides={"image_path": pl.String})  # fmt: skip
    shown = told(lambda: Cards(frame), "items have no column")
    if shown is not None:
        assert len(told(lambda: shown.of([0, 1]), "image_path") or "no") == 2
    ask = Exercise("right", wrong=["wrong"])
    assert not ask.is_right(thing(rng) if rng.randrange(2) else rng.choice(SURROGATES))


def test_a_word_without_an_end_is_read() -> None:
    """Learning from a word of a million letters took the square of that: hours."""
    assert train_tokenizer(["x" * 1_000_000], size=9, kind="bpe").get_vocab_size() == 9
    assert reader("bpe").encode(["x" * 1_000_000], cache=False).present.all()


ENTRIES = {"texts": (texts, 60), "lists": (lists, 150), "cards": (cards, 40)}
test_texts = holds(texts, 100)
test_lists = holds(lists, 150)
test_cards = holds(cards, 60)
