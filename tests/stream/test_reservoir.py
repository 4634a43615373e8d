"""The reservoir: everybody who was offered has the same chance to be there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.stream import Reservoir


def test_up_to_its_room_it_keeps_all_in_their_order():
    assert Reservoir(4).offer([5, 3]).offer([9]).kept.tolist() == [5, 3, 9]
    assert Reservoir(4).offer([]).kept.tolist() == []


@given(st.lists(st.lists(st.integers(0, 10**6), max_size=30), max_size=6), st.integers(1, 20))
def test_never_more_than_its_room_and_only_what_was_offered(parts, room):
    some = Reservoir(room)
    for part in parts:
        some.offer(part)
    offered = [number for part in parts for number in part]
    assert some.seen == len(offered)
    assert len(some.kept) == min(room, len(offered))
    assert not set(some.kept.tolist()) - set(offered)


def test_the_first_and_the_last_have_the_same_chance():
    """10 of 40, offered in unequal parts, 4,000 times: 1,000 each, give or take."""
    times = np.zeros(40)
    for seed in range(4000):
        some = Reservoir(10, seed).offer(range(7)).offer(range(7, 11)).offer(range(11, 40))
        times[some.kept] += 1
    assert times.sum() == 40_000
    sd = np.sqrt(4000 * 0.25 * 0.75)
    assert np.abs(times - 1000).max() < 4.5 * sd


def test_the_same_twice_another_seed_another_and_its_state_is_all():
    first, again, other = (Reservoir(5, seed).offer(range(30)) for seed in (0, 0, 1))
    assert first.kept.tolist() == again.kept.tolist() != other.kept.tolist()
    restored = Reservoir(5, 0, kept=first.kept, seen=first.seen)
    assert restored.offer(range(30, 60)).kept.tolist() == again.offer(range(30, 60)).kept.tolist()


@pytest.mark.parametrize(("options", "said"), [
    ({"room": 0}, "room=0: expected"), ({"room": 3, "kept": [1]}, "1 kept of 0 seen"),
    ({"room": 3, "kept": [1, 2], "seen": 9}, "expected 3"),
])  # fmt: skip
def test_what_is_no_state(options, said):
    with pytest.raises(ValueError, match=said):
        Reservoir(**options)
