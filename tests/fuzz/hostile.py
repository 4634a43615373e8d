"""What comes from outside at its worst, and the one promise every entry keeps: read, or said why.

An attempt makes one hostile input from a `random.Random` and gives it to an entry of the library.
Hypothesis lends it a random source that it can shrink (`make test`), `scripts/fuzz.py` a plain one,
which is fast (`make fuzz`).
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Attempt = Callable[[Random, Path], object]
# Errors whose text says what Python stumbled over, never what the user gave.
UNCLEAR = (UnicodeError, json.JSONDecodeError, IndexError, KeyError, AttributeError)
WORDS = (
    "", " ", "\t", "a", "b", "x", "tea", "0", "1", "-1", "1.0", "1e999", "nan", "inf", "-0", "null",
    "9" * 400, "2014-02-30", "2014-01-25", "0000-00-00", "9999-12-31T23:59:60Z", "True", "$3",
    "\0", "a\0b", "\r", "\n", "a\nb", '"', '""', "'", ",", ";", "\\", "\x85", "\u2028", "\ufeff",
    "\u202e\u05d0\u05d1", "\u200f", "\u0301", "e\u0301", "\uff11\uff12", "\U0001f469\u200d",
    "\U0010ffff", "../../x", "/etc/passwd", "=cmd|' /C calc'!A0", "<script>alert(1)</script>",
    "{{7*7}}", "%s%n", "x" * 3000,
)  # fmt: skip
SURROGATES = ("\ud800", "a\udc80b", "\udfff\ud800")
NUMBERS = (
    0, 1, -1, 2, 7, 127, 128, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1,
    -(2**63), 1_390_608_000, 20_140_125, 4_102_444_800, 1_390_608_000_000, 0.5, -0.0, 1.5, 1e-320,
    1e308, -1e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip


def word(rng: Random, surrogates: bool = False) -> str:
    """Some text: of the usual suspects, a few of them, or any letters at all."""
    kind = rng.randrange(8)
    if kind < 5:
        return rng.choice(WORDS)
    if kind < 7:
        return "".join(rng.choice(WORDS)[:5] for _ in range(rng.randrange(4)))
    if surrogates and rng.randrange(3) == 0:
        return rng.choice(SURROGATES)
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0xD800)))) for _ in range(6))


def thing(rng: Random, depth: int = 2) -> Any:
    """Any value that JSON knows, and some that it does not."""
    kind = rng.randrange(8 if depth else 5)
    if kind < 2:
        return rng.choice(NUMBERS)
    if kind < 4:
        return word(rng)
    if kind == 4:
        return rng.choice((None, True, False))
    if kind < 7:
        return [thing(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {word(rng): thing(rng, depth - 1) for _ in range(rng.randrange(4))}


def damaged(rng: Random, data: bytes) -> bytes:
    """A file with flipped bits, other bytes, a piece cut out, doubled or put in, or a torn end."""
    new = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        kind, at = rng.randrange(8), rng.randrange(len(new)) if new else 0
        piece = slice(at, at + rng.choice((1, 2, 4, 8, 50)))
        if kind < 2 and new:
            new[at] ^= 1 << rng.randrange(8)
        elif kind == 2 and new:
            new[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x2C, 0x0A, rng.randrange(256)))
        elif kind == 3:
            del new[at : rng.choice((len(new), at + 1, at + 20))]
        elif kind == 4:
            new[at:at] = new[piece]
        elif kind == 5:
            new[piece] = rng.choice((b"", b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0" * 8))
        elif kind == 6:
            new[at:at] = word(rng).encode("utf-8")[:40]
        else:
            new = new[: rng.choice((0, 1, 4, 8, at, at))] if rng.randrange(2) else new + new[:at]
    return bytes(new)


def changed(rng: Random, said: Any) -> Any:
    """JSON with a value of another kind somewhere, a key more or a key less."""
    if isinstance(said, dict) and said and rng.randrange(6):
        key, new = rng.choice(sorted(said)), dict(said)
        kind = rng.randrange(5)
        if kind == 0:
            del new[key]
        elif kind == 1:
            new[word(rng)] = thing(rng)
        else:
            new[key] = changed(rng, new[key])
        return new
    if isinstance(said, list) and said and rng.randrange(3):
        at = rng.randrange(len(said))
        return [*said[:at], changed(rng, said[at]), *said[at + 1 :]]
    return thing(rng)


def told(call: Callable[[], Any], *names: object) -> Any:
    """What the call gives; None if it refuses with an error that names one of `names`.

    A warning, an error of another class and one that says nothing of what was given all fail.
    """
    error: Exception
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return call()
    except (ValueError, TypeError, OSError) as caught:
        error = caught
    said = f"{type(error).__name__}: {error!s:.300}"
    assert not isinstance(error, UNCLEAR), said
    assert str(error), said
    assert not names or any(str(name) in str(error) for name in names), f"names nothing: {said}"
    return None


def holds(attempt: Attempt, examples: int = 40) -> Callable[[], None]:
    """The attempt as a test of so many inputs, each with an empty folder of its own."""

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(rng=st.randoms(use_true_random=False))
    def test(rng: Random) -> None:
        with tempfile.TemporaryDirectory() as place:
            attempt(rng, Path(place))

    return test
