"""What every encoder of texts asks of its texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xdrec.encoders.base import Encoder, check_list

HALF = re.compile("[\ud800-\udfff]")  # UTF-8 has no way to write one


def says(text: str | None) -> bool:
    """Is there anything to read?

    >>> [says(text) for text in ("tea", " ", None)]
    [True, False, False]
    """
    return text is not None and bool(text.strip())


def check_texts(texts: Sequence[str | None]) -> None:
    """Raise ValueError for a single string, what is neither words nor None, and half a character.

    >>> check_texts(["tea", "\\ud83d"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: the text in row 1 ('\\ud83d') holds half a character (a lone surrogate); ...
    """
    if isinstance(texts, str):
        raise ValueError("texts is a single string: expected a list of texts")
    check_list(texts, "texts")
    strange = [i for i, t in enumerate(texts) if t is not None and not isinstance(t, str)]
    if strange:
        raise ValueError(
            f"{len(strange)} texts are neither words nor None, the first in row {strange[0]} "
            f"({texts[strange[0]]!r:.60}): expected None where there is no text"
        )
    for row, text in enumerate(texts):
        if text and HALF.search(text):
            raise ValueError(
                f"the text in row {row} ({text!r:.60}) holds half a character (a lone surrogate); "
                "leave it out: text.encode('utf-8', 'ignore').decode()"
            )


class TextEncoder(Encoder):
    """What the encoders of texts share: strings in, None where there is no text."""

    def check(self, items: Sequence[str | None]) -> None:
        check_texts(items)

    def present(self, item: str | None) -> bool:
        return says(item)

    def content(self, item: str) -> str:
        return item
