"""A reason in a sentence: by a template, which says what the numbers say, or by a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from xdrec.data.domain import CrossDomain
from xdrec.encoders.heads import HeadedModel
from xdrec.explain.counterfactual import Counterfactual
from xdrec.explain.why import Why, titles
from xdrec.interest.profile import write_profile

PROMPT = "A person chose: {history}. We recommend {item} because"


def in_words(
    why: Why,
    known: CrossDomain,
    top: int = 2,
    without: Counterfactual | None = None,
    called: Mapping[str, str] | None = None,
) -> str:
    """The reason as a sentence: what gives most, how much of the score that is, and from where.

    It names up to `top` things of the history that speak for the item, with their share of what
    speaks for it at all; of several origins the largest, as it is `called`; and, with `without`,
    where the item would stand. The titles are data: nothing in them is read. Everything it says is
    a number of `why`. Book: why this item.

    >>> import polars as pl
    >>> from xdrec.data.domain import Domain
    >>> items = pl.DataFrame({"item_id": list("xyz"), "title": ["Red tea", "Blue cup", "Kettle"]})
    >>> events = pl.DataFrame({"user_id": ["ann", "ann"], "item_id": ["x", "y"]})
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> why = Why("ann", 2, np.array([0, 1]), ("target",), np.array([[3.0], [1.0]]))
    >>> in_words(why, known, top=1)
    '“Kettle” is here because you chose “Red tea” (75 % of what speaks for it).'
    """
    (item,) = titles(known, np.array([why.item]))
    at = np.argsort(-why.each, kind="stable")
    named = [n for n in at[:top] if why.each[n] > 0]
    if not named:
        return f"“{item}” is here, and nothing that you chose speaks for it."
    speaks = why.each.clip(min=0).sum() + max(why.rest, 0)
    share = why.each[named].sum() / speaks
    said = f"“{item}” is here because you chose {_listed(titles(known, why.columns[named]))}"
    said += f" ({share:.0%} of what speaks for it)".replace("%", " %")
    if len(why.origins) > 1:
        most = int(why.parts[named].sum(axis=0).argmax())
        origin = why.origins[most]
        said += f", most of it through {(called or {}).get(origin, origin)}"
    if without is not None:
        gone = _listed(titles(known, np.array(without.columns)))
        said += f". Without {gone} it would be number {without.after:.0f}, not {without.before:.0f}"
    return said + "."


def in_model_words(
    model: HeadedModel | str | Path,
    why: Why,
    known: CrossDomain,
    tokens: int = 24,
    *,
    prompt: str = PROMPT,
    top: int = 3,
) -> str:
    """What a causal language model says, told the item and the titles that give most for it.

    `prompt` has {history} and {item} where these stand; else as in `write_profile`, which asks the
    model. Nothing ties what it writes to `why`: it reads as well when the titles are not the
    reason, and may name what is not there. So check it (`in_words` needs no check).
    Source: Li et al., ACM TOIS 2023 (reasons by a language model). Book: why this item.
    """
    if "{item}" not in prompt:
        raise ValueError(f"prompt={prompt!r}: expected {{item}} where the title is to stand")
    (item,) = titles(known, np.array([why.item]))
    best = why.order[:top]
    if not len(best):
        raise ValueError(f"user {why.user!r} has no history here: nothing to tell the model")
    before, after = prompt.split("{item}", 1)
    asked = before + item.replace("{history}", "") + after
    return write_profile(model, "; ".join(titles(known, best)), tokens, prompt=asked)


def _listed(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
