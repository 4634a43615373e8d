"""Other systems on the leaderboard, each in an environment of its own: `make leaderboard PEERS=...`

Their packages want other versions than ours, so nothing of theirs is imported here. `PEERS` is the
python of such an environment. It runs the programs `peer_*.py`, through files alone:

    PYTHON peer_NAME.py                  prints JSON: a list of {"model", "settings": [{...}, ...]}
    PYTHON peer_NAME.py FOLDER           reads FOLDER/target.csv and source.csv (user_id, item_id
                                         and, if known, position and timestamp) and ask.json
                                         (model, setting, seed, users, longest), writes lists.json:
                                         {user_id: [[item_id, score], ...]}, best first

The splits, the choice on valid, and every count are ours (`protocol.py`): a peer says which items
it would show, and nothing else. One whose package is not there ends with code 3 and is left out.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from benchmarks.protocol import Candidate, Row, Texts
from xdrec.data.domain import CrossDomain

HERE, ABSENT = Path(__file__).parent, 3
LONGEST = 200  # items a list: ten that are new to whoever has fewer than 190
COLUMNS = ("user_id", "item_id", "position", "timestamp")


class Peer:
    """A model of another environment as a `Scorer`: 0 for what is on nobody's list."""

    def __init__(
        self, python: str, program: Path, model: str, setting: dict[str, Any], seed: int
    ) -> None:
        self.python, self.program, self.seed = python, program, seed
        self.model, self.setting = model, setting

    def fit(self, known: CrossDomain) -> Self:
        self._known = known
        with tempfile.TemporaryDirectory(prefix="peer-") as place:
            folder = Path(place)
            for side in ("target", "source"):
                events = getattr(known, side).interactions
                kept = [column for column in COLUMNS if column in events.columns]
                events.select(kept).write_csv(folder / f"{side}.csv")
            users = known.target.interactions["user_id"].unique().sort().to_list()
            asked = {"model": self.model, "setting": self.setting, "seed": self.seed,
                     "users": users, "longest": LONGEST}  # fmt: skip
            (folder / "ask.json").write_text(json.dumps(asked))
            _run(self.python, self.program, place)
            lists = json.loads((folder / "lists.json").read_text())
        self._lists = {user: self._checked(user, listed) for user, listed in lists.items()}
        return self

    def _checked(self, user: str, listed: list[Any]) -> tuple[np.ndarray, np.ndarray]:
        """Columns and scores, the scores above 0 and falling, or an error that names the peer."""
        columns = self._known.target.item_index([item for item, _ in listed])
        scores = np.array([score for _, score in listed], float)
        if (
            len(set(columns)) < len(columns)
            or (np.diff(scores) > 0).any()
            or np.isnan(scores).any()
        ):
            raise ValueError(
                f"{self.program.name}, {self.model}: the list of {user!r} names an item twice, or "
                "its scores do not fall"
            )
        # Only the order counts; so whatever is on the list stands above what is not.
        return columns, np.arange(len(columns), 0, -1) / (len(columns) + 1)

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        self._known.user_index(users)
        scores = np.zeros((len(users), len(self._known.target.items)))
        for row, user in enumerate(users):
            if user in self._lists:
                columns, values = self._lists[user]
                scores[row, columns] = values
        return scores


def peer_rows(python: str, programs: Sequence[Path] | None = None) -> list[Row]:
    """A row a model of every program whose package that python has; cold people are not asked.

    Raises ValueError where there is none, or a program fails.
    """
    rows = []
    for program in sorted(HERE.glob("peer_*.py")) if programs is None else programs:
        said = _run(python, program)
        if said is None:
            print(f"left out: {program.name}, as its package is not in {python}", flush=True)
            continue
        for offered in json.loads(said):
            candidates = [
                Candidate(
                    ", ".join(f"{name} {value}" for name, value in setting.items()) or "as it is",
                    partial(_build, python, program, offered["model"], setting),
                )
                for setting in offered["settings"]
            ]
            rows.append(Row(offered["model"], candidates, cases=("warm", "time")))
    if not rows:
        raise ValueError(f"PEERS={python}: none of the peers' packages is there; see peer_*.py")
    return rows


def _build(
    python: str, program: Path, model: str, setting: dict[str, Any], _: Texts, seed: int
) -> Peer:
    return Peer(python, program, model, setting, seed)


def _run(python: str, program: Path, *words: str) -> str | None:
    """What it printed; None where its package is absent."""
    try:
        done = subprocess.run(
            [python, program, *words], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ValueError(
            f"PEERS={python}: {error}; expected the python of an environment"
        ) from None
    if done.returncode == ABSENT and not words:
        return None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise ValueError(f"{program.name} failed in {python}: {said}")
    return done.stdout
