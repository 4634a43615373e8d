"""The table of ratios: its arithmetic, its pairs, and what the record holds."""

from __future__ import annotations

import pytest

from benchmarks import bench, closed, forward, ranking
from benchmarks.times import HEAD, Times, in_turn, line
from xdrec.records import read_record


def test_ratios_by_hand() -> None:
    times = Times((1.0, 2.0, 6.0), (4.0, 4.0, 3.0))
    assert times.medians == (2.0, 4.0)
    assert times.ratio == 0.5
    assert times.range == (0.25, 2.0)


@pytest.mark.parametrize(("warm", "calls"), [(True, "abababab"), (False, "ababab")])
def test_calls_are_made_in_turn(warm: bool, calls: str) -> None:
    made: list[str] = []
    times = in_turn(lambda: made.append("a"), lambda: made.append("b"), rounds=3, warm=warm)
    assert "".join(made) == calls
    assert len(times.ours) == len(times.theirs) == 3


def test_a_line_says_when_the_budget_is_not_kept() -> None:
    row = {"what": "a", "peer": "b", "ours_s": 0.0015, "theirs_s": 2.0, "ratio": 1.5,
           "range": [1, 2], "budget": 1.2, "peak_gb": 0.25}  # fmt: skip
    said = line(row)
    assert said == "| a | b | 1.5 | 2,000.0 | 1.50 (1.00–2.00) | 1.20 **over** | 0.2 |"
    assert "over" not in line(row | {"ratio": 1.2})
    assert {text.count("|") for text in (*HEAD, said)} == {8}


def test_pairs_give_the_same_before_they_are_timed() -> None:
    assert len(closed.path(items=80, rounds=1).ours) == 1
    assert len(closed.by_users(users=60, items=200, rounds=1).theirs) == 1
    assert len(forward.fusion(items=600, rounds=1).ours) == 1
    assert len(forward.interest(users=60, rounds=1).ours) == 1
    assert len(forward.world(people=20, rounds=1).ours) == 1
    pytest.importorskip("faiss")
    assert ranking.many(users=20, items=2000, rounds=1)[1] < 20


def test_what_a_pair_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDREC_DATA", "")
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    assert [bench.at_hand(n) for n in ("", "json", "no_such_module", "chromium", "XDREC_DATA")] == [
        True, True, False, False, False]  # fmt: skip


def test_pairs_measured_anew_stand_beside_the_others() -> None:
    old = {row["name"]: row for row in read_record("bench")["rows"]}
    rows, table = bench.beside([old["loop"] | {"ratio": 9.0, "commit": "new"}])
    assert [row["name"] for row in rows] == [name for name in bench.PAIRS if name in old]
    assert [row["ratio"] for row in rows if row["commit"] == "new"] == [9.0]
    assert len(table) == len(HEAD) + len(rows)
    assert sum("over" in each for each in table) == 1


def test_unknown_names_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "nothing"])
    with pytest.raises(SystemExit):
        bench.main()
    assert "expected some of encode" in capsys.readouterr().err


def test_the_record_has_every_pair_within_its_budget() -> None:
    rows = {row["name"]: row for row in read_record("bench")["rows"]}
    assert rows.keys() == bench.PAIRS.keys()
    assert read_record("bench")["table"] == [*HEAD, *map(line, rows.values())]
    over = {name: row["ratio"] for name, row in rows.items() if row["ratio"] > row["budget"]}
    assert not over
