"""The same item in other words: more texts where there are few people."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

OPENINGS = ("{}", "This is {}", "{}, as it is called", "Here we have {}", "Known as {}")
KINDS = ("{}", "kind: {}", "one of the {}", "to be found under {}", "it belongs to {}")
MAKERS = ("{}", "by {}", "made by {}", "brand: {}", "from {}")
LEFT_OUT = 0.2  # of the sentences of a description, as long as one remains


def paraphrases(items: pl.DataFrame, count: int = 4, seed: int = 0) -> list[list[str | None]]:
    """`count` lists of one text an item, each item put in other words every time.

    By templates: title, category and brand are wrapped in one of five phrases each, and they and
    the sentences of the description come in any order, one sentence in five left out. No word is
    invented, so a text never says what is not in the catalogue. Read by a language model and
    averaged, they give a vector that depends less on how a text happens to be put. None where an
    item has no words. Same seed, same texts. Raises ValueError for a count below 1 or items
    without any text column.
    Source: document T 9.5; Wei and Zou, EMNLP 2019 (EDA). Book: sparse data.

    >>> tea = pl.DataFrame({"item_id": ["x"], "title": ["Red tea"], "category": ["drinks"]})
    >>> [texts[0] for texts in paraphrases(tea, 2)]
    ['Known as Red tea. To be found under drinks.', 'This is Red tea. Kind: drinks.']
    """
    if count < 1:
        raise ValueError(f"count={count}: expected at least 1 paraphrase")
    wrapped = {"title": OPENINGS, "category": KINDS, "brand": MAKERS}
    there = [name for name in (*wrapped, "description") if name in items.columns]
    if not there:
        raise ValueError(
            f"the items have {', '.join(items.columns)}: expected a column of words, one of "
            f"{', '.join((*wrapped, 'description'))}"
        )
    rng = np.random.default_rng(seed)

    def once(row: dict[str, object]) -> str | None:
        parts = []
        for name in there:
            said = str(row[name] or "").strip()
            if name == "description":
                parts += _some(re.split(r"(?<=[.!?])\s+", said), rng)
            elif said:
                phrases = wrapped[name]
                parts.append(phrases[rng.integers(len(phrases))].format(said))
        parts = [parts[i].rstrip(".") for i in rng.permutation(len(parts)) if parts[i].strip()]
        parts = [part[:1].upper() + part[1:] for part in parts]
        return ". ".join(parts) + "." if parts else None

    rows = items.select(there).to_dicts()
    return [[once(row) for row in rows] for _ in range(count)]


def _some(sentences: list[str], rng: np.random.Generator) -> list[str]:
    """Most of them; the first of all if the draw leaves none."""
    kept = [one for one in sentences if rng.random() >= LEFT_OUT]
    return kept or sentences[:1]
