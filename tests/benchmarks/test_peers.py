"""Other systems on the leaderboard: a stand-in for one, and what is said when it misbehaves."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import leaderboard, peer_cornac, peer_recbole
from benchmarks.peers import Peer, peer_rows
from benchmarks.protocol import Texts
from xdrec.data import leave_last_out, make_world
from xdrec.data.checks import DataError
from xdrec.encoders import Features
from xdrec.evaluate import evaluate
from xdrec.interest import Popularity

# A whole peer in a few lines, without any package: it counts, and shows the charts.
CHARTS = """
import csv, json, sys
from collections import Counter
from pathlib import Path
if len(sys.argv) == 1:
    print(json.dumps([{"model": "stand-in", "settings": [{"turned": 1}, {"turned": 0}]}]))
    sys.exit()
folder = Path(sys.argv[1])
ask = json.loads((folder / "ask.json").read_text())
assert set(ask) == {"model", "setting", "seed", "users", "longest"}
assert next(csv.reader((folder / "source.csv").open()))[:2] == ["user_id", "item_id"]
count = Counter(row["item_id"] for row in csv.DictReader((folder / "target.csv").open()))
best = sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
if ask["setting"]["turned"]:
    best = [(item, -n) for item, n in best[::-1]]
(folder / "lists.json").write_text(json.dumps({u: LIST for u in ask["users"]}))
"""


@pytest.fixture(scope="module")
def split():
    world = make_world(users=80, items=30, sparsity=0.8, images=False, seed=2)
    return leave_last_out(world.cross("books", "films"))


def program(tmp_path: Path, made: str = "best[: ask['longest']]") -> Path:
    path = tmp_path / "peer_fake.py"
    path.write_text(CHARTS.replace("LIST", made))
    return path


def test_a_peer_s_lists_are_counted_as_ours_are(split, tmp_path: Path) -> None:
    (row,) = peer_rows(sys.executable, [program(tmp_path)])
    assert row.name == "stand-in"
    assert [c.setting for c in row.candidates] == ["turned 1", "turned 0"]
    nothing = Features.of([[0.0]])
    turned, charts = (
        evaluate(c.build(Texts(nothing, nothing), 7).fit(split.known), split)
        for c in row.candidates
    )
    ours = evaluate(Popularity().fit(split.known), split)
    # Events are counted there, people here: the same charts, but for a few repeated events.
    assert charts.mean("warm")["recall"] == pytest.approx(ours.mean("warm")["recall"], abs=0.1)
    assert charts.mean("warm")["recall"] > turned.mean("warm")["recall"]


@pytest.mark.parametrize(
    ("made", "error", "said"),
    [
        ("[['no such item', 1.0]]", DataError, "no such item"),
        ("best[:1] * 2", ValueError, r"peer_fake.py, m: the list of .* names an item twice"),
        ("best[:9][::-1]", ValueError, "its scores do not fall"),
        ("1 / 0", ValueError, r"peer_fake.py failed in .*ZeroDivisionError"),
    ],
)
def test_a_bad_list_is_refused(split, tmp_path: Path, made, error, said) -> None:
    with pytest.raises(error, match=said):
        Peer(sys.executable, program(tmp_path, made), "m", {"turned": 0}, 1).fit(split.known)


def test_where_there_is_no_peer(tmp_path: Path) -> None:
    absent = tmp_path / "peer_absent.py"
    absent.write_text("import sys; sys.exit(3)")
    with pytest.raises(ValueError, match="none of the peers' packages is there"):
        peer_rows(sys.executable, [absent])
    with pytest.raises(ValueError, match="expected the python of an environment"):
        peer_rows(str(tmp_path / "no-python"), [absent])


def test_what_cornac_is_asked_for_is_known_to_its_program() -> None:
    """cornac itself is not among our packages; its settings are at least what its models take."""

    class Models:
        def __getattr__(self, name):
            return lambda **given: (name, given)

    for offered in peer_cornac.OFFERED:
        for setting in offered["settings"]:
            asked = {"model": offered["model"], "setting": setting, "seed": 3}
            name, given = peer_cornac.made(Models(), json.loads(json.dumps(asked)))
            assert name == offered["model"].removeprefix("cornac ")
            assert setting.items() <= given.items()


def test_recbole_is_handed_everybody_s_items_in_order(tmp_path: Path) -> None:
    """RecBole itself is not among our packages; what its program writes for it is."""
    events = "user_id,item_id,position\nb,y,10\na,x,1\nb,x,9\na,z,0\n"
    (tmp_path / "target.csv").write_text(events)
    assert peer_recbole.written(tmp_path) == {"a": ["z", "x"], "b": ["x", "y"]}
    head, *lines = (tmp_path / "peer" / "peer.inter").read_text().splitlines()
    assert head.split("\t") == ["user_id:token", "item_id:token", "timestamp:float"]
    assert [line.split("\t") for line in lines] == [
        ["a", "z", "0"], ["a", "x", "1"], ["b", "x", "0"], ["b", "y", "1"]]  # fmt: skip
    for offered in peer_recbole.OFFERED:
        assert offered["model"].split()[0] == "RecBole"  # what it is to itself comes second
        assert len({json.dumps(setting) for setting in offered["settings"]}) > 1


def test_several_environments_are_named_as_in_path(monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(leaderboard, "_peers", lambda python: asked.append(python) or [python])
    assert leaderboard.others("/a/python:/b/python") == ["/a/python", "/b/python"] == asked
    assert leaderboard.others(None) == leaderboard.others("") == []
