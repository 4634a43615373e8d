"""Sensor series: what is read of a file, gaps, and the convolution over what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from tests.model.encoder_contract import EncoderContract
from xdrec.encoders.base import Unreadable
from xdrec.encoders.series import SeriesCNN, read_series

SENSORS = ("power", "motion")


def write(path: Path, **columns: list[float | None]) -> Path:
    table = pl.DataFrame(columns)
    table.write_parquet(path) if path.suffix == ".parquet" else table.write_csv(path)
    return path


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Six places of which five hold series, of 1 to 48 readings."""
    home, made = tmp_path_factory.mktemp("days"), []
    for n, end in ((24, "csv"), (48, "csv"), (7, "parquet"), (1, "csv"), (24, "csv")):
        at = np.arange(n)
        power = 100 + 50 * np.sin(at / 3 + len(made))
        motion = [None if n > 1 and t % 5 == 2 else float(t % 4 + len(made)) for t in at]
        path = home / f"{len(made)}.{end}"
        made.append(write(path, power=power.tolist(), motion=motion, note=["x"] * n))
    return [str(made[0]), made[1], None, *made[2:]]


class TestSeriesCNN(EncoderContract):
    @pytest.fixture
    def encoder(self, days):
        return SeriesCNN(SENSORS, width=8, channels=(8, 16)).calibrate(days)

    @pytest.fixture
    def items(self, days):
        return days

    def test_values_gaps_and_hours_by_hand(self, tmp_path):
        path = write(tmp_path / "a.csv", motion=[4.0, None, 8.0, 4.0], power=[1.0, 2.0, 3.0, 2.0])
        encoder = SeriesCNN(SENSORS).calibrate([path])
        # Power: mean 2, variance (1 + 0 + 1 + 0) / 4. Motion 4, 8, 4: mean 16/3, variance 32/9.
        assert encoder.net.mean.tolist() == pytest.approx([2, 16 / 3])
        assert encoder.net.spread.tolist() == pytest.approx([0.5**0.5, (32 / 9) ** 0.5])
        (thing,) = encoder.prepare([path])
        assert thing.shape == (6, 4)
        root = 2**0.5
        assert thing[0].tolist() == pytest.approx([-root, 0, root, 0], abs=1e-6)
        assert thing[1].tolist() == pytest.approx([-root / 2, 0, root, -root / 2], abs=1e-6)
        assert thing[2].tolist() == [1, 1, 1, 1]
        assert thing[3].tolist() == [1, 0, 1, 1]
        assert thing[4].tolist() == pytest.approx([1, 0, -1, 0], abs=1e-6)
        assert thing[5].tolist() == pytest.approx([0, 1, 0, -1], abs=1e-6)

    def test_what_lies_in_a_gap_does_not_matter(self, encoder, tmp_path):
        power = [90.0, 120.0, 130.0, 80.0]
        gaps = [write(tmp_path / f"{gap}.parquet", power=power, motion=[1.0, gap, 2.0, 1.0])
                for gap in (None, float("nan"), float("inf"))]  # fmt: skip
        a, b, c = encoder.encode(gaps).vectors
        assert (a == b).all()
        assert (a == c).all()
        zero = write(tmp_path / "zero.csv", power=power, motion=[1.0, 0.0, 2.0, 1.0])
        assert not np.allclose(a, encoder.encode([zero]).vectors[0], atol=1e-4)

    def test_the_hour_matters(self, encoder, tmp_path):
        motion = [0.0] * 24
        early, late = (write(tmp_path / f"{at}.csv", motion=motion,
                             power=[300.0 if abs(t - at) < 2 else 0.0 for t in range(24)])
                       for at in (6, 18))  # fmt: skip
        a, b = encoder.encode([early, late]).vectors
        assert not np.allclose(a, b, atol=1e-3)

    def test_calibration_is_asked_for_and_saved(self, days, tmp_path):
        bare = SeriesCNN(SENSORS)
        with pytest.raises(ValueError, match="calibrate it first"):
            bare.encode(days)
        bare.calibrate(days).save(tmp_path)
        found = SeriesCNN.load(tmp_path)
        assert found.net.spread.tolist() == bare.net.spread.tolist() != [0, 0]
        silent = write(tmp_path / "a.csv", power=[1.0, 2.0], motion=[None, None])
        with pytest.raises(ValueError, match="no reading of motion in 1 items"):
            SeriesCNN(SENSORS).calibrate([silent])

    def test_a_sensor_that_never_changes_has_spread_one(self, tmp_path):
        flat = write(tmp_path / "a.csv", power=[5.0, 5.0], motion=[1.0, 3.0])
        assert SeriesCNN(SENSORS).calibrate([flat]).net.spread.tolist() == [1, 1]


def test_what_is_no_series_says_so(tmp_path):
    def reason(path: Path) -> str:
        found = read_series(path, SENSORS)
        assert isinstance(found, Unreadable)
        assert str(path) in found.reason
        return found.reason

    lacking = write(tmp_path / "lacking.csv", power=[1.0], time=["00:00"])
    assert "no column 'motion'; there is power, time" in reason(lacking)
    words = write(tmp_path / "words.csv", power=[1.0, 2.0], motion=["3", "some"])
    assert "'motion' holds 'some': expected numbers" in reason(words)
    gaps = write(tmp_path / "gaps.csv", power=[None, None], motion=[None, None])
    assert "no reading in it" in reason(gaps)
    assert "no reading in it" in reason(write(tmp_path / "none.csv", power=[], motion=[]))
    (tmp_path / "empty.csv").write_bytes(b"")
    assert "no CSV or Parquet file" in reason(tmp_path / "empty.csv")
    (tmp_path / "false.parquet").write_bytes(b"PAR1, they said")
    assert "no CSV or Parquet file" in reason(tmp_path / "false.parquet")
    assert "no such file" in reason(tmp_path / "nowhere.csv")


def test_numbers_are_read_as_they_stand(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("power,time,motion\n 1.5,00:00,2\n,00:15,3e2\n-4,00:30,\n")
    found = read_series(path, SENSORS)
    assert np.array_equal(found, [[1.5, 2], [np.nan, 300], [-4, np.nan]], equal_nan=True)
    assert np.array_equal(read_series(path, ["motion"])[:2], [[2], [300]])


@pytest.mark.parametrize("sensors", ["power", (), ("power", "power")])
def test_sensors_are_names_of_columns(sensors):
    with pytest.raises(ValueError, match="the names of some different columns"):
        SeriesCNN(sensors)


def test_gradients_do_not_reach_what_is_past_the_end(days):
    encoder = SeriesCNN(SENSORS).calibrate(days)
    batch = encoder.collate(encoder.prepare([days[0], days[1]]))
    batch["curves"].requires_grad_()
    encoder.net(**batch).sum().backward()
    reached = batch["curves"].grad.abs().sum(dim=1)
    assert not torch.any(reached[0, 24:])
    assert torch.all(reached[0, :24] > 0)
