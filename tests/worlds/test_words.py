"""The texts: readable, nearly unique, in each domain's own words, and as telling as asked."""

from __future__ import annotations

import re
from itertools import combinations
from string import Formatter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.data.worlds.factors import THEMES, item_factors
from xdrec.data.worlds.lexicon import LEXICA
from xdrec.data.worlds.streams import stream
from xdrec.data.worlds.words import _written, texts, title_case, vocabulary, with_articles

DOMAINS = sorted(LEXICA)


def write(domain: str, items: int, noise: float = 0.2, seed: int = 0) -> list[str]:
    """Title and description of some items, whose factors come first in their own list."""
    v = item_factors(stream(seed, domain, "items"), items)
    decoys = item_factors(stream(seed, domain, "decoys", "text"), items)
    titles, descriptions = texts(seed, domain, v, decoys, noise)
    return [f"{t}. {d}" for t, d in zip(titles, descriptions, strict=True)]


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.sampled_from(DOMAINS), st.sampled_from([0.0, 0.3, 1.0]))
def test_no_fault_of_grammar(seed: int, domain: str, noise: float) -> None:
    for text in write(domain, 12, noise, seed):
        assert not re.search(r"[{}+]|  |\.\.|,,|^\s|\s$| [.,;]", text), text
        assert not re.search(r"\b(\w+) \1\b", text.lower()), text
        for article, word in re.findall(r"\b(an?) ([\w'-]+)", text, re.IGNORECASE):
            w = word.lower()
            a_vowel = w[0] in "aeiou" and not w.startswith(("uni", "one"))
            a_vowel |= w.startswith(("hour", "honest", "heir"))
            assert (article.lower() == "an") == a_vowel, text
        for sentence in re.split(r"(?<=\.) ", text):
            assert sentence[0].isupper(), text
        assert text.endswith(".")


def test_articles_and_capitals_by_hand() -> None:
    assert (
        with_articles("A owl and an one-eyed a honest man")
        == "An owl and an one-eyed an honest man"
    )
    assert with_articles("a apple, a pear") == "an apple, a pear"
    assert title_case("a wind-worn day in the south of it") == "A Wind-Worn Day in the South of It"
    assert (
        title_case("in praise of tailor-made café lamps") == "In Praise of Tailor-Made Café Lamps"
    )


@pytest.mark.parametrize("domain", DOMAINS)
def test_titles_are_nearly_unique(domain: str) -> None:
    v = item_factors(stream(0, domain, "items"), 1000)
    titles, _ = texts(0, domain, v, v, 0.0)
    assert len(set(titles)) >= 950
    assert all(5 <= len(t) <= 90 for t in titles)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_slot_has_phrases_in_every_theme(domain: str) -> None:
    lexicon = LEXICA[domain]
    templates = (*lexicon.TITLES, *lexicon.OPENINGS, *lexicon.CLOSINGS)
    roles = {f.rstrip("+") for t in templates for _, f, _, _ in Formatter().parse(t) if f}
    assert len(lexicon.CATEGORIES) == len(set(lexicon.CATEGORIES)) == len(THEMES)
    assert list(lexicon.BRANDS) == list(lexicon.WORDS) == list(THEMES)
    for theme in vocabulary(domain):
        assert roles == set(theme), "a role without phrases, or phrases that nobody uses"
        assert all(len(set(phrases)) == len(phrases) >= 3 for phrases in theme.values())


def bag(domain: str) -> set[str]:
    phrases = (p for theme in vocabulary(domain) for role in theme.values() for p in role)
    return {word for p in phrases for word in re.findall(r"\w{4,}", p.lower())}


def test_vocabularies_are_rich_and_differ_between_domains() -> None:
    bags = {domain: bag(domain) for domain in DOMAINS}
    assert min(len(words) for words in bags.values()) > 150
    for a, b in combinations(DOMAINS, 2):
        if LEXICA[a].WORDS is LEXICA[b].WORDS:  # they talk of the same things
            continue
        shared = len(bags[a] & bags[b]) / len(bags[a] | bags[b])
        assert 0 < shared < 0.25, (a, b, shared)


def naive_bayes_accuracy(noise: float) -> float:
    """How often naive Bayes, taught on half the items, tells the others' main theme from words."""
    v = item_factors(stream(0, "books", "items"), 800)
    theme = v.argmax(axis=1)
    words = [re.findall(r"\w{4,}", text.lower()) for text in write("books", 800, noise)]
    index = {w: n for n, w in enumerate(sorted({w for ws in words for w in ws}))}
    x = np.zeros((800, len(index)))
    for row, ws in enumerate(words):
        for w in ws:
            x[row, index[w]] += 1
    counts = np.stack([x[:400][theme[:400] == t].sum(axis=0) + 0.5 for t in range(8)])
    chance = np.log(counts / counts.sum(axis=1, keepdims=True))
    return float(((x[400:] @ chance.T).argmax(axis=1) == theme[400:]).mean())


def test_words_tell_less_with_more_noise_and_nothing_at_one() -> None:
    accuracy = [naive_bayes_accuracy(noise) for noise in (0.0, 0.4, 0.8, 1.0)]
    assert accuracy[0] > 0.7
    assert accuracy[0] > accuracy[1] > accuracy[2] > 0.18
    # 400 coin tosses of chance 1/8 have a standard error of 0.017.
    assert accuracy[3] == pytest.approx(1 / 8, abs=0.05)


def test_the_text_stays_on_the_subject_of_its_title() -> None:
    v = item_factors(stream(0, "kitchen", "items"), 200)
    titles, descriptions = texts(0, "kitchen", v, v, 0.0)
    products = {p for theme in vocabulary("kitchen") for p in theme["product"]}
    named = [p for t in titles for p in products if t.lower().startswith(p)]
    assert len(named) > 10
    for title, description in zip(titles, descriptions, strict=True):
        spoken = [p for p in products if re.search(rf"^(this|our [\w-]+) {p}", description.lower())]
        assert all(p in title.lower() for p in spoken), (title, description)


def test_what_is_remembered_is_what_would_be_written_anew() -> None:
    before = {noise: write("films", 20, noise) for noise in (0.0, 0.5)}
    asked = [("films", 20, 0.0), ("films", 20, 0.5), ("films", 19, 0.0), ("films", 20, 0.0)]
    found = [write(*each) for each in asked]
    assert found == [before[0.0], before[0.5], before[0.0][:19], before[0.0]]
    _written.cache_clear()
    assert write("films", 20, 0.5) == before[0.5]
