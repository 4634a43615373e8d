"""What a call took: memory and seconds that are known beforehand, and what they come to."""

import ctypes
import threading
import time

import numpy as np
import pytest
from torch import nn

from xdrec import cost
from xdrec.cost import Spent, measure, parameters
from xdrec.encoders import TextRNN

MEGABYTE = 1 << 20


def busy(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_waiting_is_no_work():
    _, spent = measure(lambda: time.sleep(0.2))
    assert spent.wall >= 0.2
    assert spent.cpu < 0.1


def test_work_is_counted_over_all_threads():
    def both():
        other = threading.Thread(target=busy, args=(0.1,))
        other.start()
        busy(0.1)
        other.join()

    _, spent = measure(both)
    assert 0.2 <= spent.cpu < 0.6


# Linux alone tells a peak that can be started anew; elsewhere `measure` says None.
@pytest.mark.skipif(not cost._mark_anew(), reason="the system tells no peak")
def test_the_peak_is_what_was_held_at_once():
    def hold():
        return int(np.ones(64 * MEGABYTE, np.uint8).sum())  # gone when it returns

    total, spent = measure(hold)
    assert total == 64 * MEGABYTE
    assert 60 * MEGABYTE < spent.peak < 100 * MEGABYTE
    kept = np.ones(64 * MEGABYTE, np.uint8)  # held before: not the call's
    _, little = measure(lambda: None)
    assert little.peak < 8 * MEGABYTE
    assert kept[0] == 1


# And glibc alone gives freed memory back when asked: without that, nothing counts again.
@pytest.mark.skipif(
    not cost._mark_anew() or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="the system tells no peak, or its C library keeps what was freed",
)
def test_memory_freed_earlier_counts_again():
    def small_things():  # below the size that malloc asks the system for each time
        return [np.ones(MEGABYTE // 16, np.uint8) for _ in range(1024)][-1]  # pins the heap

    last, first = measure(small_things)
    _, second = measure(small_things)
    assert min(first.peak, second.peak) > 50 * MEGABYTE
    assert last.all()


def test_a_system_that_tells_nothing_has_no_peak(monkeypatch, tmp_path):
    monkeypatch.setattr(cost, "PROCESS", tmp_path / "nowhere")
    assert measure(lambda: 7) == (7, Spent(*[pytest.approx(0, abs=0.1)] * 2, None))


def test_an_error_goes_through():
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0)


def test_energy_and_money_by_hand():
    spent = Spent(cpu=7200, wall=1, peak=None)
    assert spent.watt_hours(15) == 30
    assert spent.money(0.04, users=1000) == pytest.approx(0.08)
    assert spent.money(0.04, users=4000) == pytest.approx(0.02)
    assert spent.money(0.04, users=4000, per=1) == pytest.approx(0.00002)


def test_one_after_the_other():
    assert Spent(1, 2, 30) + Spent(4, 5, 20) == Spent(5, 7, 30)
    assert Spent(1, 2, None) + Spent(4, 5, 20) == Spent(5, 7, 20)
    assert (Spent(1, 2) + Spent(4, 5)).peak is None


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf")])
def test_the_caller_must_name_what_is_true_of_the_machine(bad):
    spent = Spent(1, 1)
    with pytest.raises(ValueError, match="watts_per_core"):
        spent.watt_hours(bad)
    with pytest.raises(ValueError, match="price_per_core_hour"):
        spent.money(bad, users=1)
    with pytest.raises(ValueError, match="users=0"):
        spent.money(1, users=0)
    with pytest.raises(TypeError):
        spent.watt_hours()
    with pytest.raises(TypeError):
        spent.money(users=3)


def test_numbers_of_a_net():
    net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 3, bias=False))
    assert parameters(net) == 4 * 3 + 3 + 9
    net[0].requires_grad_(False)
    assert parameters(net, learning=True) == 9
    net.append(net[1])  # the same numbers again
    assert parameters(net) == 24
    encoder = TextRNN.of(["green tea", "black tea"], hidden=4)
    assert parameters(encoder) == encoder.parameters
    with pytest.raises(TypeError, match="list has no net"):
        parameters([1, 2])
