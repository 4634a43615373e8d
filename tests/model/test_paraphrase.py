"""The same items in other words."""

from __future__ import annotations

import re

import polars as pl
import pytest

from xdrec.encoders.paraphrase import paraphrases

ITEMS = pl.DataFrame({
    "item_id": ["a", "b", "c"],
    "title": ["Red tea", "Blue cup", None],
    "category": ["drinks", None, None],
    "description": ["Leaves from a hill. Strong! Sold by weight.", "  ", None],
})  # fmt: skip
PHRASES = {
    *("this", "is", "as", "it", "called", "here", "we", "have", "known", "kind", "one", "of"),
    *("the", "to", "be", "found", "under", "belongs"),
}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def test_no_word_is_invented_and_the_title_is_always_there() -> None:
    for texts in paraphrases(ITEMS, 30):
        for text, row in zip(texts, ITEMS.to_dicts(), strict=True):
            own = words(" ".join(str(v) for k, v in row.items() if k != "item_id" and v))
            if not own:
                assert text is None
                continue
            assert words(text) <= own | PHRASES
            assert words(row["title"]) <= words(text)
            assert words(text) & own


def test_texts_differ_and_same_seed_says_the_same() -> None:
    first = paraphrases(ITEMS, 8)
    assert first == paraphrases(ITEMS, 8)
    assert first != paraphrases(ITEMS, 8, seed=1)
    assert len({texts[0] for texts in first}) > 4
    assert first[:3] == paraphrases(ITEMS, 3), "more of them begin with the same ones"


def test_a_description_never_goes_whole() -> None:
    for (text,) in paraphrases(ITEMS[:1].select("item_id", "description"), 60):
        assert words(text) <= words(ITEMS["description"][0])
        assert text.strip(" .")


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="count=0"):
        paraphrases(ITEMS, 0)
    with pytest.raises(ValueError, match="expected a column of words"):
        paraphrases(ITEMS.select("item_id"))
