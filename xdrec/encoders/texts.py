"""What every encoder of texts asks of its texts."""

from __future__ import annotations

from collections.abc import Sequence

from xdrec.encoders.base import Encoder


def says(text: str | None) -> bool:
    """Is there anything to read?

    >>> [says(text) for text in ("tea", " ", None)]
    [True, False, False]
    """
    return text is not None and bool(text.strip())


def check_texts(texts: Sequence[str | None]) -> None:
    """Raise ValueError for a single string, and for what is neither words nor None."""
    if isinstance(texts, str):
        raise ValueError("texts is a single string: expected a list of texts")
    strange = [i for i, t in enumerate(texts) if t is not None and not isinstance(t, str)]
    if strange:
        raise ValueError(
            f"{len(strange)} texts are neither words nor None, the first in row {strange[0]} "
            f"({texts[strange[0]]!r}): expected None where there is no text"
        )


class TextEncoder(Encoder):
    """What the encoders of texts share: strings in, None where there is no text."""

    def check(self, items: Sequence[str | None]) -> None:
        check_texts(items)

    def present(self, item: str | None) -> bool:
        return says(item)

    def content(self, item: str) -> str:
        return item
