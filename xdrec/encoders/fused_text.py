"""An item as one text: its title, its attributes, and words read off its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

FIELDS = ("title", "category", "brand", "price")


def fused_text(
    items: pl.DataFrame,
    seen: Mapping[str, Sequence[str]] | Sequence[Sequence[str] | None] | None = None,
    fields: Sequence[str] = FIELDS,
) -> list[str | None]:
    """One text an item, made of the `fields` it has and of the words `seen` on its picture.

    `seen` goes by item_id, or has one entry an item; an item without an entry has no such words. A
    language model that reads the result has fused the modalities itself: the early alternative to
    the fusions g of vectors. A price is a word to it like any other. None where there is nothing.
    Raises ValueError for fields, ids or lengths that do not fit.
    Source: document X 2.5.1 (the node "LLM fused features"), X 3.1.3. Book: language models.

    >>> items = pl.DataFrame({"item_id": ["x", "y"], "title": ["Red tea", None], "price": [3.5, 2]})
    >>> fused_text(items, {"x": ["a cup", "steam"]})
    ['Red tea. price: 3.5. picture: a cup, steam', 'price: 2.0']
    """
    there = items.columns
    if fields is not FIELDS and not set(fields) <= set(there):
        raise ValueError(f"fields {list(fields)}: the items have {', '.join(there)}")
    ids = items["item_id"].to_list()
    if isinstance(seen, Mapping):
        unknown = sorted(set(seen) - set(ids))
        if unknown:
            raise ValueError(f"words for {len(unknown)} unknown items, {unknown[0]!r} first")
        seen = [seen.get(item) for item in ids]
    if seen is not None and len(seen) != len(items):
        raise ValueError(f"words for {len(seen)} items: expected one entry for each of {len(ids)}")
    columns = [
        [_part(field, value) for value in items[field]] for field in fields if field in there
    ]
    if seen is not None:
        columns.append([f"picture: {', '.join(words)}" if words else None for words in seen])
    rows = zip(*columns, strict=True) if columns else [()] * len(items)
    return [". ".join(part for part in row if part) or None for row in rows]


def _part(field: str, value: object) -> str | None:
    said = "" if value is None else str(value).strip()
    if not said:
        return None
    # A title and a category speak for themselves; a number does not say what it counts.
    return said if isinstance(value, str) else f"{field}: {said}"
