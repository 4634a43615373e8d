"""Fewer directions and fewer bits: by hand on tiny vectors, and what must hold for any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdrec.compact import KINDS, Stored, Truncation, neighbours, overlap
from xdrec.encoders import Features


def drawn(n, d, seed=0, present=None):
    return Features.of(np.random.default_rng(seed).standard_normal((n, d)), present)


def test_the_int8_grid_by_hand():
    # From -1 to 1.55: a step of 0.01. 0.004 lies 100.4 steps up, 0.006 lies 100.6.
    column = np.array([[-1.0], [1.55], [0.004], [0.006]])
    kept = Stored.of(Features.of(column), "int8")
    assert kept.step[0] == pytest.approx(0.01)
    assert kept.low[0] == -1
    assert kept.data[:, 0].tolist() == [-128, 127, -28, -27]
    error = kept.features().vectors - column
    # Down for one, up for the other: -0.004 and +0.004.
    assert error[:, 0] == pytest.approx([0, 0, -0.004, 0.004], abs=1e-6)


def test_a_lopsided_dimension_wastes_no_step():
    # All positive: a grid about zero would leave half of its steps unused.
    column = Features.of(np.linspace(5, 6, 256)[:, None])
    kept = Stored.of(column, "int8")
    assert len(np.unique(kept.data)) == 256
    assert np.abs(kept.features().vectors - column.vectors).max() < 1e-5


def test_each_dimension_has_its_own_grid():
    wide = np.array([[0.0, 0.0], [1000.0, 0.001]])
    back = Stored.of(Features.of(wide), "int8").features().vectors
    assert back == pytest.approx(wide, abs=1e-6)


@given(st.integers(1, 30), st.integers(1, 8), st.integers(0, 99))
def test_no_number_is_off_by_more_than_half_a_step(n, d, seed):
    x = drawn(n, d, seed)
    kept = Stored.of(x, "int8")
    assert (np.abs(kept.features().vectors - x.vectors) <= kept.step / 2 + 1e-6).all()


def test_bfloat16_by_hand():
    # 1 + 2^-8 lies half way between 1 and 1 + 2^-7, and goes to the even one; 3.14159 -> 3.140625.
    x = Features.of([[1 + 2**-8, 3.14159, -0.0, 2**-30]])
    assert Stored.of(x, "bfloat16").features().vectors.tolist() == [[1.0, 3.140625, 0.0, 2**-30]]
    assert np.array_equal(Stored.of(x, "float32").features().vectors, x.vectors)


def test_bytes():
    x = drawn(100, 12)
    assert {kind: Stored.of(x, kind).bytes for kind in KINDS} == {
        "float32": 4800, "bfloat16": 2400, "int8": 1200 + 2 * 4 * 12,
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_stays_missing(kind):
    for there in ([True, False, True], [False] * 3):
        x = drawn(3, 4, present=there)
        back = Stored.of(x, kind).features()
        assert back.present.tolist() == there
        assert (back.vectors[~x.present] == 0).all()
    # And stretches no grid: 5 to 6, not 0 to 6.
    x = Features.of([[5.0], [6.0], [9.0]], present=[True, True, False])
    assert Stored.of(x, "int8").step[0] == pytest.approx(1 / 255)


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="int4"):
        Stored.of(drawn(3, 2), "int4")


def test_all_directions_keep_every_cosine():
    x = drawn(20, 6)
    cut = Truncation.of(x, 6)
    assert cut.kept == pytest.approx(1)
    assert cut(x).unit() @ cut(x).unit().T == pytest.approx(x.unit() @ x.unit().T, abs=1e-5)


def test_one_direction_by_hand():
    # Two along the first axis, one along the second: two thirds of the length lie on the first.
    x = Features.of([[1.0, 0.0], [-2.0, 0.0], [0.0, 1.0]])
    cut = Truncation.of(x, 1)
    assert cut.kept == pytest.approx(2 / 3)
    assert cut(x).vectors.tolist() == [[1.0], [-1.0], [0.0]]


def test_fewer_directions_keep_less_and_length_one():
    x = drawn(40, 10, present=np.arange(40) % 7 > 0)
    kept = [Truncation.of(x, width).kept for width in range(1, 11)]
    assert kept == sorted(kept)
    cut = Truncation.of(x, 3)(x)
    assert np.linalg.norm(cut.vectors[x.present], axis=1) == pytest.approx(1)
    assert np.array_equal(cut.present, x.present)


def test_what_cannot_be_cut():
    x = drawn(5, 4)
    for width in (0, 5):
        with pytest.raises(ValueError, match="1 to 4"):
            Truncation.of(x, width)
    with pytest.raises(ValueError, match="no item"):
        Truncation.of(drawn(5, 4, present=[False] * 5), 2)
    with pytest.raises(ValueError, match="vectors of 3 numbers: expected 4"):
        Truncation.of(x, 2)(drawn(5, 3))


def test_neighbours_by_angle_alone_and_never_oneself():
    x = Features.of([[1.0, 0.0], [9.0, 1.0], [0.0, 0.1], [1.0, 1.1]])
    assert neighbours(x, k=2).tolist() == [[1, 3], [0, 3], [3, 1], [1, 2]]
    assert neighbours(x, k=5)[0].tolist() == [1, 3, 2, -1, -1]


def test_overlap_by_hand():
    a = np.array([[1, 2, 3], [4, 5, -1], [-1, -1, -1], [7, -1, -1]])
    b = np.array([[3, 9, 1], [4, -1, -1], [-1, -1, -1], [8, 9, 6]])
    assert overlap(a, b) == pytest.approx([2 / 3, 1 / 2, 1, 0])
    assert np.array_equal(overlap(a, b), overlap(b, a))
    with pytest.raises(ValueError, match="one shape"):
        overlap(a, b[:, :2])
