"""What may be read before the test: no text of a held-out interaction, ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from xdrec.data.checks import DataError
from xdrec.data.domain import Domain
from xdrec.data.splits import Split


def pretraining_texts(
    split: Split, fields: Sequence[str] | None = None, reviews: str | None = None
) -> list[str]:
    """The texts of both domains that a model may read before it is tested on `split`, sorted.

    The shop's own texts (`fields` of the items, as `Domain.texts` joins them) are known before
    anybody buys, so they may be read, with one exception: an item that occurs in held-out
    interactions and in no known one is new to the test, and so is its text. What people wrote
    (`reviews`, a column of the interactions) may be read of the known interactions alone. Whatever
    has the very words of a held-out text is left out too. Each text is given once.
    Raises DataError for a column that is not there.
    Source: document T 3.2.2, with a caution that it does not give. Book: language models.

    >>> from xdrec.data import CrossDomain, leave_last_out
    >>> items = pl.DataFrame({"item_id": list("abcd"), "title": ["Tea", "Rice", "Salt", "Pan"]})
    >>> events = pl.DataFrame({"user_id": "ann", "item_id": list("abc"), "position": [0, 1, 2],
    ...                        "review": ["Fine.", "Good.", "Too salty!"]})
    >>> shop = CrossDomain(Domain("kitchen", items, events.clear()), Domain("food", items, events))
    >>> pretraining_texts(leave_last_out(shop), reviews="review")
    ['Fine.', 'Pan', 'Tea']
    """
    domains = (split.known.source, split.known.target)
    if reviews and not any(reviews in domain.interactions.columns for domain in domains):
        raise DataError([f"reviews={reviews!r}: the interactions of neither domain have it"])
    known = {text for domain in domains for text in domain.texts(fields) if text is not None}
    for domain in domains:
        known |= _written(domain.interactions, reviews)
    return sorted(known - held_out_texts(split, fields, reviews))


def held_out_texts(
    split: Split, fields: Sequence[str] | None = None, reviews: str | None = None
) -> set[str]:
    """The texts of the held-out interactions, and of the items that occur in no other."""
    found: set[str] = set()
    for domain, events in _held_out(split):
        new = _new_items(domain, events)
        rows = domain.items["item_id"].is_in(new.implode()).to_numpy()
        found |= {text for text, held in zip(domain.texts(fields), rows, strict=True)
                  if held and text is not None}  # fmt: skip
        found |= _written(events, reviews)
    return found


def refuse_held_out(texts: Sequence[str | None], split: Split, reviews: str | None = None) -> None:
    """Raise ValueError if one of the texts is that of a held-out interaction.

    It knows the new items' texts by their title, their description and all fields together. Source:
    document T 3.2.2 (see `pretraining_texts`). Book: language models.
    """
    barred = held_out_texts(split, None, reviews)
    for field in ("title", "description"):
        if all(field in domain.items.columns for domain, _ in _held_out(split)):
            barred |= held_out_texts(split, [field])
    bad = [row for row, text in enumerate(texts) if text is not None and text.strip() in barred]
    if bad:
        raise ValueError(
            f"{len(bad)} of the {len(texts)} texts belong to held-out interactions, the first in "
            f"row {bad[0]}: expected what pretraining_texts(split) gives"
        )


def _held_out(split: Split) -> Iterator[tuple[Domain, pl.DataFrame]]:
    yield split.known.source, split.valid_source
    yield split.known.target, pl.concat([split.valid, split.test])


def _new_items(domain: Domain, held: pl.DataFrame) -> pl.Series:
    new = held["item_id"].unique()
    return new.filter(~new.is_in(domain.interactions["item_id"].unique().implode()))


def _written(events: pl.DataFrame, reviews: str | None) -> set[str]:
    """The words in a column of the interactions, where there is one."""
    if reviews is None or reviews not in events.columns:
        return set()
    return set(events[reviews].drop_nulls().str.strip_chars()) - {""}
