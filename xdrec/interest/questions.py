"""What a sequence model is asked: what did this person meet next, after what came before?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from xdrec.interest.histories import Histories

# person, `upto` of what is asked for, its own row in what is read of the history (-1: none), answer
Question = tuple[int, int, int, int]
HELD = 0.1  # of the people: their last question is not learnt from


def next_items(told: Histories, longest: int, people: int) -> Iterator[list[Question]]:
    """For each person a question for every row that something stands before.

    Before it, or at one moment with it. Of a long history the newest `longest` rows are taken.
    """
    for person in range(people):
        of = told.of(person, longest)
        # So many rows are not read, and one that has no more beside itself cannot be asked for.
        out = int(told.starts[person + 1] - told.starts[person]) - (of.stop - of.start)
        yield [(person, int(told.upto[row]), row - of.start, int(told.item[row]))
               for row in range(of.start, of.stop) if told.upto[row] > out + 1]  # fmt: skip


def all_items(told: Histories, asked: Histories, people: int) -> Iterator[list[Question]]:
    """For each person a question for every row of `asked`, after all that is `told`."""
    for person in range(people):
        of = told.of(person)
        yield [(person, of.stop - of.start + 1, -1, int(item))
               for item in asked.item[asked.of(person)] if of.stop > of.start]  # fmt: skip


def held_out(
    asked: Iterator[list[Question]], answerable: Callable[[int], bool], seed: int
) -> tuple[list[list[Question]], list[list[Question]]]:
    """The questions to learn from and those held out: the last of one in ten people."""
    rng = np.random.default_rng(seed)
    learnt, held = [], []
    for each in asked:
        questions, drawn = [q for q in each if answerable(q[3])], rng.random() < HELD
        if drawn and questions:
            held.append([questions.pop()])
        if questions:
            learnt.append(questions)
    return learnt, held


def collate(
    told: Histories, readable: np.ndarray, longest: int, asked: Sequence[Sequence[Question]]
) -> dict[str, Tensor]:
    """Some people's histories and the questions to each, padded: the arguments of `SequenceNet`.

    `readable` bool [items of both domains]: which of them have a vector. Besides, `item` int64
    [b, n] in place of the vectors and `answers` int64 [b, m], -1 where no question is.
    """
    parts = [told.of(questions[0][0], longest) for questions in asked]
    b, n = len(asked), max(1, *(part.stop - part.start for part in parts))
    item, upto = np.zeros((2, b, n), np.int64)
    there = np.zeros((b, n), bool)
    did = np.zeros((b, n, told.did.shape[1]), np.float32)
    ask, own, answers = np.full((3, b, max(map(len, asked))), -1, np.int64)
    for row, (part, questions) in enumerate(zip(parts, asked, strict=True)):
        here, m = slice(part.stop - part.start), slice(len(questions))
        item[row, here], upto[row, here], did[row, here] = (
            each[part] for each in (told.item, told.upto, told.did)
        )
        there[row, here] = readable[told.item[part]]
        _, ask[row, m], own[row, m], answers[row, m] = zip(*questions, strict=True)
    arrays = {"item": item, "did": did, "upto": upto, "there": there, "ask": ask, "own": own,
              "answers": answers}  # fmt: skip
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
