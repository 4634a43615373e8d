"""Exercises of a chapter: a question, and a check that the reader can run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Exercise:
    """Says whether an answer is right; made only if its check tells right answers from wrong ones.

    `accepts(answer)` is the check, by default "equal to `right`" (strings: in any case). `right` is
    a right answer, `wrong` are some that are not: each is tried when the exercise is made, so that
    a check which accepts everything, or nothing, fails the page. Answers may be anything: a word, a
    number, a list, a function. `hint` is said of what is not right. An answer of None is one that
    is still to come; one that breaks the check is not right.

    Raises ValueError if the check refuses `right` or accepts one of `wrong`, or if none is given.
    Book: how to use this book.

    >>> sign = Exercise("positive", wrong=["negative", "zero"], hint="Try two small numbers.")
    >>> sign(None)
    Decide first: answer = ...
    >>> sign("zero")
    Not yet. Try two small numbers.
    >>> sign("Positive")
    Right!
    >>> half = Exercise(0.5, wrong=[0.25, 1], accepts=lambda a: abs(a - 0.5) < 0.01)
    >>> half(0.501)
    Right!
    """

    def __init__(
        self,
        right: Any,
        wrong: Sequence[Any],
        accepts: Callable[[Any], Any] | None = None,
        hint: str = "",
    ) -> None:
        self.hint = hint
        self._accepts = accepts or (lambda answer: _plain(answer) == _plain(right))
        if not len(wrong):
            raise ValueError("wrong=[]: expected at least one wrong answer to try the check on")
        if not self._accepts(right):
            raise ValueError(f"the check refuses right={right!r}: mend it, or the answer")
        for answer in wrong:
            if self.is_right(answer):
                raise ValueError(f"the check accepts the wrong answer {answer!r}: make it stricter")

    def is_right(self, answer: Any) -> bool:
        """Whether the check accepts the answer; one that breaks the check is not right."""
        try:
            return bool(self._accepts(answer))
        except Exception:
            return False

    def __call__(self, answer: Any) -> None:
        """Say what the check says."""
        if answer is None:
            print("Decide first: answer = ...")
        elif self.is_right(answer):
            print("Right!")
        else:
            print(f"Not yet. {self.hint}".strip())


def _plain(answer: Any) -> Any:
    return answer.strip().lower() if isinstance(answer, str) else answer
