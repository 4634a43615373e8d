"""Augmented histories: what is hidden, what changes places, what stays as it was."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.model.interest_contract import colours
from tests.model.small import checkerboard
from xdrec.interest import SequenceTransformer
from xdrec.interest.augment import Augment, reordered, stretch
from xdrec.plan import Plan

PLAN = Plan(epochs=2, batch_size=4, lr=1e-2)


def batch(sizes=(6, 3), n=6):
    """People with so many rows, each but the first asked for; item and deed tell the row."""
    b, m = len(sizes), n - 1
    there = torch.arange(n) < torch.tensor(sizes)[:, None]
    item = torch.where(there, torch.arange(n) + 10 * torch.arange(b)[:, None], 0)
    own = torch.where(there[:, 1:], torch.arange(1, n).expand(b, m), -1)
    answers = torch.where(own >= 0, item.gather(1, own.clip(0)), -1)
    return {"item": item, "did": item[:, :, None].float(), "there": there, "own": own,
            "answers": answers, "upto": torch.arange(1, n + 1).expand(b, n),
            "ask": own + 1}  # fmt: skip


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.floats(0, 1), st.integers(0, 99))
def test_a_stretch_is_one_run_within_its_row(sizes: list[int], share: float, seed: int) -> None:
    torch.manual_seed(seed)
    inside, start = stretch(torch.tensor(sizes), share, 6)
    for row, size, first in zip(inside, sizes, start, strict=True):
        places = row.nonzero().flatten().tolist()
        length = int((torch.tensor([size]) * share).ceil())
        assert places == list(range(int(first), int(first) + length))
        assert all(place < size for place in places)


@given(st.lists(st.integers(2, 6), min_size=1, max_size=5), st.floats(0, 1), st.integers(0, 99))
def test_reordered_answers_are_the_items_that_stand_there(
    sizes: list[int], share: float, seed: int
) -> None:
    torch.manual_seed(seed)
    before = batch(sizes)
    after = reordered(before, share, torch.ones(len(sizes), dtype=torch.bool))
    asked = before["own"] >= 0
    person, question = asked.nonzero(as_tuple=True)
    place = before["own"][person, question]
    assert after["item"][person, place].equal(after["answers"][person, question])
    assert after["did"][..., 0].equal(after["item"].float()), "what was done goes with its item"
    assert after["item"].sort(dim=1).values.equal(before["item"].sort(dim=1).values)
    assert after["answers"][~asked].eq(-1).all()
    assert after["item"][:, 0].equal(before["item"][:, 0]), "nobody asks for the first"


def test_only_the_people_named_are_reordered() -> None:
    torch.manual_seed(1)
    before = batch((6, 6))
    after = reordered(before, 1.0, torch.tensor([True, False]))
    assert not after["item"][0].equal(before["item"][0])
    assert after["item"][1].equal(before["item"][1])


def test_a_row_asked_of_the_source_alone_stays() -> None:
    before = batch((6,)) | {"own": torch.full((1, 5), -1)}
    after = reordered(before, 1.0, torch.tensor([True]))
    assert all(after[name].equal(before[name]) for name in after)


def test_shares_that_leave_everything_alone() -> None:
    before = batch()
    for seed in range(8):
        torch.manual_seed(seed)
        after = Augment(crop=1.0, mask=0.0, reorder=0.0)(before)
        assert all(after[name].equal(before[name]) for name in before)


def test_every_change_happens_and_nothing_else() -> None:
    seen, before = set(), batch((6,))
    for seed in range(200):
        torch.manual_seed(seed)
        after = Augment(crop=0.5, mask=0.5, reorder=1.0)(before)
        hidden, moved = (
            (~after["there"]).nonzero()[:, 1].tolist(),
            not (after["item"].equal(before["item"])),
        )
        assert not (hidden and moved), "one change a history"
        run = [place for place in range(6) if place not in hidden]
        kind = "mixed" if moved else "whole" if not hidden else "hidden"
        if hidden and len(run) == 3 and run == list(range(run[0], run[0] + 3)):
            kind = "a stretch"
        seen.add(kind)
        assert after["own"].equal(before["own"])
    assert seen == {"mixed", "whole", "hidden", "a stretch"}
    assert before["there"].all(), "the batch given is not changed"


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
@pytest.mark.parametrize("name", ["crop", "mask", "reorder"])
def test_shares_out_of_range(name: str, share: float) -> None:
    with pytest.raises(ValueError, match=f"{name}={share}"):
        Augment(**{name: share})


def test_training_is_changed_and_repeats_itself() -> None:
    known = checkerboard()

    def losses(augment):
        net = SequenceTransformer(colours(), layers=1, width=4, heads=2, plan=PLAN)
        history = net.fit(known, augment=augment).history_of_training
        return [row["loss"] for row in history.steps], history.epochs[0].get("valid")

    plain, first, again = losses(None), losses(Augment()), losses(Augment())
    assert first == again
    assert first[0] != plain[0]
