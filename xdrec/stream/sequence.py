"""The deep model that catches up: small steps on what a day brought, mixed with what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import torch
from torch import Tensor

from xdrec.cache import address, checksum
from xdrec.data.domain import CrossDomain
from xdrec.interest.questions import Question
from xdrec.interest.sequence import SequenceTransformer
from xdrec.plan import Plan
from xdrec.saved import loading
from xdrec.stream.reservoir import Reservoir
from xdrec.stream.snapshot import read_snapshot, write_snapshot
from xdrec.train import train

DAILY = Plan(epochs=1, batch_size=32, lr=1e-3, schedule="constant", warmup=0.0)
Questions = list[list[Question]]


class RunningSequence:
    """A `SequenceTransformer` that goes on learning: each day `steps` small steps, old among new.

    A step's batch is `plan.batch_size` questions ("what did this person meet next?"). Of all that
    are asked in a day the share `replay` is drawn from a `Reservoir` of `room` earlier events, the
    rest are those of the day, over again where they are fewer. Without replay (0) the net bends to
    what came last, and what it knew of everything else goes (catastrophic forgetting); with nothing
    but replay (1) it learns of a day only later. `plan` has the rate and the seed.

    `model` is fitted, its weights are what learning begins with and it is changed in place; `known`
    is what it was fitted on, and fills the reservoir. `learn` takes a day's events (`user_id`,
    `item_id`, `timestamp`, `behaviour` where `known` has it), whatever their order; with
    `weights=False` the histories alone move. An event that comes late is sorted in where it
    belongs. People may be new and score 0 until they did something; items may not. Same seed, same
    days, same numbers. `save` and `restore` keep the state: weights, events since `known`,
    reservoir.

    Raises ValueError for settings out of range, a model that reads the source alone, events without
    those columns, behaviours never learnt, a state of another model; `DataError` for unknown items.
    Source: document T 9.5.4; Rolnick et al., NeurIPS 2019 (replay). Book: real time.

    >>> from xdrec.data import Domain
    >>> from xdrec.encoders import Features
    >>> items = pl.DataFrame({"item_id": list("wxyz"), "title": list("WXYZ")})
    >>> rows = [(f"u{n}", "xyzw"[(n + t) % 4], t) for n in range(12) for t in range(3)]
    >>> events = pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row")
    >>> known = CrossDomain(Domain("s", items, events[:0]), Domain("t", items, events))
    >>> h = SequenceTransformer(Features.of(np.eye(4)), plan=Plan(epochs=2)).fit(known)
    >>> day = pl.DataFrame({"user_id": ["u0", "new"], "item_id": ["w", "x"], "timestamp": [9, 9]})
    >>> RunningSequence(h, known, steps=2).learn(day).score(["u0", "new", "nobody"]).shape
    (3, 4)
    """

    def __init__(
        self,
        model: SequenceTransformer,
        known: CrossDomain,
        *,
        plan: Plan = DAILY,
        steps: int = 4,
        replay: float = 0.5,
        room: int = 2000,
    ) -> None:
        if model.settings["history"] == "source":
            raise ValueError("history='source' reads nothing of the target: nothing to catch up")
        if steps < 1 or not 0 <= replay <= 1:
            raise ValueError(f"steps={steps}, replay={replay}: expected steps >= 1, a share")
        if plan.epochs != 1 or plan.patience is not None:
            raise ValueError("expected a plan of one epoch without patience: `steps` counts")
        self.model, self.plan, self.steps, self.replay = model, plan, steps, replay
        self._columns = ["user_id", "item_id", "timestamp"]
        self._columns += ["behaviour"] * ("behaviour" in known.target.interactions.columns)
        self._source, self._target, self.days = known.source, known.target, 0
        self._begun = len(known.target.interactions)
        self._hold(self._picked(known.target.interactions))
        self._past = Reservoir(room, plan.seed).offer(range(self._begun))

    def learn(self, events: pl.DataFrame, *, weights: bool = True) -> Self:
        """Take in a day: the histories, and with `weights` the steps; then it may be replayed."""
        today = self._picked(events)
        if today.is_empty():
            return self
        before = len(self._events)
        self._hold(pl.concat([self._events, today]))
        new = range(before, len(self._events))
        if weights:
            data = self._lesson(self._asked(new), self._asked(self._past.kept))
            if data:  # nothing can be asked of first events alone
                plan = replace(self.plan, seed=self._seed(1))
                train(self.model.net, self._loss, data, plan, collate=self.model.batch,
                      device=self.model.device)  # fmt: skip
        self._past.offer(new)
        self.days += 1
        return self

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        """⟨u, v⟩ / τ, float32 [users, items]; 0 for who has no history."""
        asked = pl.Series("user_id", users, pl.String)
        here = asked.is_in(self._known.users.implode()).to_numpy()
        scores = np.zeros((len(asked), len(self._target.items)), np.float32)
        if here.any():
            scores[here] = self.model.score(asked.filter(pl.Series(here)))
        return scores

    def save(self, path: str | Path, *, fsync: bool = False) -> None:
        """Write the state down, whole or not at all, as safetensors."""
        arrays = {f"net/{name}": w.detach().cpu().numpy()
                  for name, w in self.model.net.state_dict().items()}  # fmt: skip
        since = self._events[self._begun :]
        said = {"days": self.days, "seen": self._past.seen, "of": self._fingerprint(),
                "events": since.to_dict(as_series=False)}  # fmt: skip
        write_snapshot(Path(path), arrays | {"kept": self._past.kept}, said, fsync=fsync)

    def restore(self, path: str | Path) -> Self:
        """Put back what `save` wrote, over the same `known`, settings and item vectors."""
        arrays, said = read_snapshot(Path(path))
        if said.get("of") != self._fingerprint():
            raise ValueError(
                f"{path} is of another model: expected the same settings, item vectors and known "
                "events; make the model as it was made then"
            )
        with loading(path):
            events = pl.DataFrame(said["events"], schema=self._events.schema)
            kept, rows = arrays.pop("kept"), self._begun + len(events)
            past = Reservoir(self._past.room, self.plan.seed, kept=kept, seen=int(said["seen"]))
            if not np.isin(kept, np.arange(rows)).all():
                raise ValueError(f"reservoir of other events than the {rows} there are")
            weights = {name.removeprefix("net/"): torch.from_numpy(w) for name, w in arrays.items()}
            self._hold(pl.concat([self._events[: self._begun], events]))
            self.model.net.load_state_dict(weights)
            self._past, self.days = past, int(said["days"])
        return self

    def _picked(self, events: pl.DataFrame) -> pl.DataFrame:
        missing = [column for column in self._columns if column not in events.columns]
        if missing:
            raise ValueError(f"events without {', '.join(missing)}: expected them, with their time")
        return events.select(self._columns)

    def _hold(self, events: pl.DataFrame) -> None:
        """These events are all there are, from now on."""
        target = self._target.with_interactions(events)
        known = CrossDomain(self._source, target)
        self.model.read(known)
        self._events, self._known = events, known
        self._user = known.user_index(events["user_id"])
        self._item = target.item_index(events["item_id"])
        asked = [q for part in self.model.questions(known) for each in part for q in each]
        self._every = {(q[0], q[3]): [q] for q in asked}

    def _asked(self, rows: Sequence[int] | np.ndarray) -> Questions:
        """A question for each of these events that can be asked for: something stands before it."""
        wanted = {(int(self._user[row]), int(self._item[row])) for row in rows}
        return [self._every[pair] for pair in sorted(wanted) if pair in self._every]

    def _lesson(self, new: Questions, old: Questions) -> Questions:
        """A day's questions: the share of the old, and the rest of the new, over and over."""
        rng, total = np.random.default_rng(self._seed(0)), self.steps * self.plan.batch_size
        share = (self.replay if old else 0.0) if new else 1.0
        count = round(share * total)
        return _over_and_over(old, count, rng) + _over_and_over(new, total - count, rng)

    def _loss(self, net: Any, batch: dict[str, Tensor]) -> Tensor:
        return self.model.loss(net, batch, self.model.settings["drawn"])

    def _seed(self, what: int) -> int:
        """One for each day and use."""
        made = np.random.SeedSequence([self.plan.seed, self.days, what])
        return int(made.generate_state(1)[0])

    def _fingerprint(self) -> str:
        """Which model this state rests on."""
        known = self._events[: self._begun]
        settings = [self.steps, self.replay, self._past.room, self.model.behaviours]
        vectors = checksum({"target": self.model.target.unit()})
        return address(asdict(self.plan), self.model.settings, settings, vectors,
                       known.to_dict(as_series=False), self._target.item_ids.to_list())  # fmt: skip


def _over_and_over(pile: Questions, count: int, rng: np.random.Generator) -> Questions:
    """So many of them: each as often as any other, and who is asked once more is drawn.

    >>> _over_and_over([], 2, np.random.default_rng(0))
    []
    """
    if not pile:
        return []
    found: Questions = []
    while len(found) < count:
        found += [pile[int(n)] for n in rng.permutation(len(pile))]
    return found[:count]
