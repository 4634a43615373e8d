"""Growth: the fit by hand, the law of the large worlds, and programs that run in small sizes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import big_table, growth, million_items, ten_million
from benchmarks.crowd import Crowd, chosen
from xdrec.data.worlds.factors import TEMPERATURE, interests, item_factors
from xdrec.records import read_record


def test_exponents_by_hand() -> None:
    assert growth.exponent([1, 2, 4, 8], [5, 5, 4, 32]) == pytest.approx(3)
    assert growth.exponent([10, 100], [2, 2]) != growth.exponent([10, 100], [2, 2])  # one point
    assert growth.exponent([1, 10, 100], [0.0, 1, 1]) == pytest.approx(0)


def test_a_curve_leaves_out_what_was_not_measured() -> None:
    def at(cpu: float, closed: bool) -> dict:
        one = {"cpu": cpu, "wall": 2 * cpu, "peak": 8e6}
        return {"interactions": 7, "load": 3.0, "ALS": one} | ({"EASE": one} if closed else {})

    made = growth.curves("items", {500: at(1, True), 1000: at(2, True), 2000: at(4, False)})
    by_name = {curve["what"]: curve for curve in made}
    assert by_name["EASE"]["sizes"] == [500, 1000]
    assert by_name["ALS"]["time_exponent"] == pytest.approx(1)
    assert by_name["ALS"]["memory_exponent"] == pytest.approx(0)
    assert by_name["ALS"]["peak_mb"] == [8, 8, 8]
    assert by_name["ALS"]["load"] == [3, 3, 3]


def test_no_point_begins_after_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "kept", lambda name, make: make())
    assert all(not curve["sizes"] for curve in growth.measured(-1, lambda *_: {}))


@pytest.mark.parametrize("axis", growth.POINTS)
def test_every_axis_has_a_point(axis: str) -> None:
    size = {"interactions": 4_000, "users": 40_000, "items": 100, "history": 2}[axis]
    found = growth.point(axis, size) if axis == "interactions" else None
    if found:
        assert set(found) == {"interactions", "load", *growth.POINTS[axis][2]}
    crowd = growth.crowd_of(axis, size)
    assert size in (crowd.users * 20, crowd.users, crowd.items, crowd.mean)


def test_a_crowd_chooses_by_the_law_of_worlds() -> None:
    """First choices against exp(s / τ + exposure), and never an item twice."""
    rng = np.random.default_rng(0)
    a = interests(rng, 1).astype(np.float32)
    v = item_factors(rng, 20).astype(np.float32)
    shown = np.exp(rng.normal(size=20))
    shown /= shown.sum()
    n = 20_000
    rows, columns = chosen(rng, a.repeat(n, axis=0), v, shown, np.ones(n, int))
    assert (rows == np.arange(n)).all()
    law = shown * np.exp((a @ v.T)[0] / TEMPERATURE)
    law /= law.sum()
    found = np.bincount(columns, minlength=20) / n
    assert (np.abs(found - law) < 5 * np.sqrt(law * (1 - law) / n)).all()
    rows, columns = chosen(rng, a.repeat(50, axis=0), v, shown, np.full(50, 15))
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == len(rows) == 50 * 15


def test_a_crowd_on_the_disk_is_the_one_in_memory(tmp_path: Path) -> None:
    crowd = Crowd(300, 60, 5, overlap=0.5)
    assert crowd.write(tmp_path)["films"] == len(crowd.domain("films").interactions)
    ten_million.write_vectors(crowd, tmp_path)
    figures = ten_million.run(tmp_path, 40, alone=False)
    assert figures["interactions"]["films"] == len(crowd.domain("films").interactions)
    assert figures["quality"].keys() == {"tied to the source", "popularity"}
    assert figures["quality"]["popularity"]["users"] <= 40


def test_a_big_table_in_small(tmp_path: Path) -> None:
    big_table.write(tmp_path, 2_000)
    counts = big_table.measured(tmp_path)["counts"]
    assert counts["target"] + counts["valid"] + counts["test"] <= 1_000
    assert counts["test"] > 0
    assert counts["last"] > 0


def test_a_catalogue_in_small() -> None:
    pytest.importorskip("faiss", reason="faiss is not installed: pip install 'xdrec[ann]'")
    found = million_items.measured(users=300, items=500, lists=200, rounds=1)
    assert found["approximate"]["searches"][-1]["recall"] == 1  # more probes than cells
    assert found["lists, approximate"]["users"] == 10 * found["lists, exact"]["users"] == 200


def test_the_record_keeps_the_bars() -> None:
    """Time of training and evaluation in interactions; memory of evaluation in users."""
    by = {(curve["axis"], curve["what"]): curve for curve in read_record("growth")["curves"]}
    assert by["interactions", "evaluate"]["sizes"][-1] > 1e7
    for what in ("EASE", "evaluate"):
        assert by["interactions", what]["time_exponent"] <= 1.1
    # implicit's loops: linear in what they do, but people's vectors outgrow the cache.
    assert by["interactions", "ALS"]["time_exponent"] <= 1.3
    assert by["users", "evaluate"]["memory_exponent"] <= 0.5
