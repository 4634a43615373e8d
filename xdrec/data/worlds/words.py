"""Titles and descriptions: a small grammar over a large vocabulary.

A template has slots ({who}, {where}, ...). The theme of each slot is one mark of the item, so a
book that is two parts sea and one part craft talks of both, in that measure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from xdrec.data.worlds.factors import THEMES, interests
from xdrec.data.worlds.lexicon import LEXICA
from xdrec.data.worlds.streams import Marks, stream

SLOT = re.compile(r"{(\w+)(\+?)}")
ARTICLE = re.compile(r"\b([Aa]) (?=([\w'-]+))")
SAID_LIKE_A_CONSONANT = ("uni", "use", "eu", "one", "once", "ufo")
SAID_LIKE_A_VOWEL = ("hour", "honest", "heir")
MINOR = {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
TRIES = 20
KEPT = 4  # catalogues whose texts are remembered: two of a pair, before a knob moved and after
PROFILE = "What I like: {role}, {role+} and {role+}."


def texts(
    seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float
) -> tuple[list[str], list[str]]:
    """A title and a description for each item of a domain, from its factors v [items, themes].

    A title that is taken is thrown away and drawn again, up to 20 times; after that it may repeat.
    """
    both = [(title, text) for title, text, _ in written(seed, domain, v, decoys, noise)]
    return [title for title, _ in both], [text for _, text in both]


def written(
    seed: int, domain: str, v: np.ndarray, decoys: np.ndarray, noise: float
) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    """Title, description and the themes of the phrases in both, an item at a time.

    A phrase that comes back counts once: it is one mark. The last few catalogues are remembered:
    most knobs of a world leave its texts alone, and the ceiling asks for what was written before.
    """
    own, other = (np.asarray(each, float).tobytes() for each in (v, decoys))
    return _written(seed, domain, own, other, noise)


@lru_cache(maxsize=KEPT)
def _written(
    seed: int, domain: str, v: bytes, decoys: bytes, noise: float
) -> list[tuple[str, str, tuple[str, ...]]]:
    lexicon = LEXICA[domain]
    found = []
    taken: set[str] = set()
    factors = (np.frombuffer(each).reshape(-1, len(THEMES)) for each in (v, decoys))
    for i, (own, decoy) in enumerate(zip(*factors, strict=True)):
        marks = Marks(own, decoy, noise, stream(seed, domain, "title", i))
        for _ in range(TRIES):
            marks.notes.clear()
            named: dict[str, str] = {}
            title = title_case(fill(marks.pick(lexicon.TITLES), marks, domain, set(), named))
            if title not in taken:
                break
        taken.add(title)
        themes = marks.notes
        marks = Marks(own, decoy, noise, stream(seed, domain, "description", i))
        used: set[str] = set()
        sentences = [fill(marks.pick(kind), marks, domain, used, dict(named))
                     for kind in (lexicon.OPENINGS, lexicon.CLOSINGS)]  # fmt: skip
        text = " ".join(s[0].upper() + s[1:] for s in sentences)
        found.append((title, text, (*themes, *marks.notes)))
    return found


def profiles(seed: int, domain: str, a: np.ndarray, noise: float) -> list[str]:
    """A sentence by each person about what they like, from their interests a [people, themes].

    The noise speaks of the interests of somebody unrelated.
    """
    role = "about" if "about" in LEXICA[domain].WORDS[THEMES[0]] else "use"
    template = PROFILE.replace("role", role)
    decoys = interests(stream(seed, "people", "decoys", "profile"), len(a))
    marks = (Marks(own, decoy, noise, stream(seed, "people", "profile", u))
             for u, (own, decoy) in enumerate(zip(a, decoys, strict=True)))  # fmt: skip
    return [fill(template, each, domain, set(), {}) for each in marks]


@cache
def vocabulary(domain: str) -> list[dict[str, list[str]]]:
    """The phrases of each role, a dict a theme."""
    words = LEXICA[domain].WORDS
    return [{role: list_.split(", ") for role, list_ in words[t].items()} for t in THEMES]


def fill(template: str, marks: Marks, domain: str, used: set[str], named: dict[str, str]) -> str:
    """The template with a phrase in each slot.

    What was `named` before, a phrase by role, comes back in the first slot of its role, so that the
    text stays on its subject; a slot with a plus ({product+}) wants another one. A phrase that is
    drawn shares no word with the `used` ones. Both are brought up to date, and the marks note the
    theme of each phrase that was drawn and kept.
    """
    phrases = vocabulary(domain)

    def phrase(slot: re.Match[str]) -> str:
        role, another = slot[1], bool(slot[2])
        chosen = named.get(role, "")
        barred = used | words_in(chosen) if another else used
        if not chosen or words_in(chosen) & barred:
            for _ in range(TRIES):
                theme = marks.theme()
                chosen = marks.pick(phrases[theme][role])
                if not words_in(chosen) & barred:
                    break
            marks.notes.append(THEMES[theme])
        named.setdefault(role, chosen)
        used.update(words_in(chosen))
        return chosen

    return with_articles(SLOT.sub(phrase, template))


@cache
def words_in(phrase: str) -> set[str]:
    """The words of four letters and more, without a plural's s."""
    return {word.removesuffix("s") for word in re.findall(r"\w{4,}", phrase.lower())}


def with_articles(text: str) -> str:
    """The article "a" becomes "an" where the next word sounds like a vowel.

    >>> with_articles("a owl, a hour and a unicorn in a old house")
    'an owl, an hour and a unicorn in an old house'
    """

    def article(found: re.Match[str]) -> str:
        word = found[2].lower()
        vowel = word.startswith(SAID_LIKE_A_VOWEL) or (
            word[0] in "aeiou" and not word.startswith(SAID_LIKE_A_CONSONANT)
        )
        return f"{found[1]}n " if vowel else f"{found[1]} "

    return ARTICLE.sub(article, text)


def title_case(text: str) -> str:
    """Capitals for all words but the small ones, which have them in front only.

    >>> title_case("the net mender of the wind-worn isles")
    'The Net Mender of the Wind-Worn Isles'
    """
    words = text.split(" ")
    for at, word in enumerate(words):
        if at == 0 or word not in MINOR:
            words[at] = "-".join(
                w if w in MINOR and n else w[:1].upper() + w[1:]
                for n, w in enumerate(word.split("-"))
            )
    return " ".join(words)
