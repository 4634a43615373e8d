"""h by a sequence transformer: what comes next, read from the order of what came before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import polars as pl
import torch
from torch import Tensor, nn

from xdrec.data.domain import CrossDomain
from xdrec.device import pick_device
from xdrec.encoders.features import Features
from xdrec.interest.base import checked_pair
from xdrec.interest.histories import HISTORIES, histories, kinds_of, one_space
from xdrec.interest.questions import Question, all_items, collate, held_out, next_items
from xdrec.interest.sequence_files import Saved
from xdrec.interest.sequence_loss import catalogue_loss
from xdrec.interest.sequence_net import SequenceNet, principal_axes
from xdrec.plan import Plan
from xdrec.train import History, train

PLAN = Plan(epochs=40, batch_size=64, lr=1e-3, weight_decay=0.05, patience=4)
BLOCK = 256  # people whose interest is read at once


class SequenceTransformer(Saved):
    """A causal transformer over item vectors: score(u, v) = cos(u, v) / τ, u from the order.

    `target` and `source` are the frozen item vectors of the two domains in one space (text-SASRec:
    items are known by their vectors alone, so those never seen in training are scored like any
    other). `history` is "target", "source" or "both", interleaved by time; "source" reads cold
    users too, and so does "both". The net is `SequenceNet`: it begins as the weighted behaviour
    mean in `width` numbers and is trained to name every target item that a person met, from what
    they had met before, by -log softmax over the target's items (of more than 20,000 over those of
    the batch and as many drawn ones as `drawn`, which stand for the rest). From a history in
    "source", where the target's order says nothing, from all of it.

    One in ten people's last item is not learnt from: `valid` in `history_of_training` is the loss
    on it, the epoch with the least stays. Of long histories the newest `max_length` items are read.
    Rows of one moment have no order: none of them sees another, and each is asked for with the
    others known. An item without a vector scores 0; so does every item for a person without a
    history. Same seed (the plan's), same numbers. `fit` trains and reads the histories; `read`
    takes others (new people, new items, later events) with the weights as they are.

    Raises ValueError for settings out of range, and where there is nothing to learn from.
    Source: documents X 3.2.3, X 4.2.3; Kang and McAuley, ICDM 2018 (SASRec); Hou et al., KDD 2022
    (item texts). Book: interest.

    >>> items = pl.DataFrame({"item_id": list("wxyz"), "title": list("WXYZ")})
    >>> rows = [(f"u{n}", "xyzw"[(n + t) % 4], t) for n in range(12) for t in range(3)]
    >>> events = pl.DataFrame(rows, schema=["user_id", "item_id", "timestamp"], orient="row")
    >>> from xdrec.data.domain import Domain
    >>> known = CrossDomain(Domain("source", items, events[:0]), Domain("target", items, events))
    >>> h = SequenceTransformer(Features.of(np.eye(4)), plan=Plan(epochs=30, lr=0.01)).fit(known)
    >>> int(h.score(["u0"]).argmax())  # after x, y, z
    0
    """

    def __init__(
        self,
        target: Features,
        source: Features | None = None,
        *,
        history: str = "target",
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        max_length: int = 100,
        dropout: float = 0.2,
        temperature: float = 0.1,
        drawn: int = 4096,
        plan: Plan = PLAN,
        device: str | None = None,
    ) -> None:
        one_space(target, source)
        if history not in HISTORIES:
            raise ValueError(f"history={history!r}: expected one of {', '.join(HISTORIES)}")
        if history != "target" and source is None:
            raise ValueError(f"history={history!r} needs the source's item vectors: source=...")
        for name, given in (("width", width), ("heads", heads), ("max_length", max_length),
                            ("drawn", drawn)):  # fmt: skip
            if given < 1:
                raise ValueError(f"{name}={given}: expected a whole number, at least 1")
        if width % heads or layers < 0:
            raise ValueError(
                f"width={width}, heads={heads}, layers={layers}: expected a width that is a "
                "multiple of heads, and 0 layers or more"
            )
        if not 0 <= dropout < 1 or not temperature > 0:
            raise ValueError(
                f"dropout={dropout}, temperature={temperature}: expected a share below 1, and > 0"
            )
        self.target, self.source, self.plan = target, source, plan
        self.device = pick_device(device)
        self.settings: dict[str, Any] = {
            "history": history, "width": width, "layers": layers, "heads": heads,
            "max_length": max_length, "dropout": dropout, "temperature": temperature,
            "drawn": drawn,
        }  # fmt: skip

    def fit(
        self,
        known: CrossDomain,
        *,
        start: Mapping[str, Tensor] | None = None,
        frozen: Collection[str] = (),
        added: nn.Module | None = None,
        augment: Callable[[dict[str, Tensor]], dict[str, Tensor]] | None = None,
        **options: Any,
    ) -> Self:
        """Train, then `read`. `options` go to `train` (progress=True).

        `start` holds the net's weights to begin with, those of a namesake's `net.state_dict()`;
        without it training begins at the weighted mean. `frozen` names parts of the net
        ("project") whose weights stay. `added` is called on the net at every step and its value
        added to the loss; its own weights, if it has any, are trained along. `augment` changes the
        batches of training (`xdrec.interest.augment.Augment`), never what is held out.
        """
        self.begin(known, start)
        parts = {name.split(".")[0] for name, _ in self.net.named_parameters()}
        if not parts.issuperset(frozen):
            raise ValueError(f"frozen={sorted(frozen)}: expected parts of the net, of "
                             f"{', '.join(sorted(parts))}")  # fmt: skip
        for name, weight in self.net.named_parameters():
            weight.requires_grad_(name.split(".")[0] not in frozen)
        learnt, valid = self.questions(known)
        if not learnt:
            raise ValueError(
                f"nobody met a second item in {known.target.name!r} after the first: expected "
                "people with at least two, or history='source'"
            )
        plan = self.plan if valid else replace(self.plan, patience=None)

        def loss(both: Any, batch: dict[str, Tensor]) -> tuple[Tensor, int]:
            own = self.loss(both["net"], batch, self.settings["drawn"])
            value = own if added is None else own + both["added"](both["net"])
            return value, len(batch["at"])  # a mean over questions, not over people

        def lesson(asked: Sequence[Sequence[Question]]) -> dict[str, Tensor]:
            batch = self.batch(asked)
            batch = batch if augment is None else augment(batch)
            # Found here, where the numbers are: a GPU would have to be waited for.
            return batch | {"at": places_of(batch["answers"])}

        def missed(both: Any) -> float:
            return self.mean_loss(valid, both["net"])

        trained = nn.ModuleDict({"net": self.net} | ({} if added is None else {"added": added}))
        self.history_of_training: History = train(
            trained, loss, learnt, plan,
            collate=lesson, valid=missed if valid else None, device=self.device, **options,
        )  # fmt: skip
        self.net.requires_grad_(True)
        return self

    def begin(self, known: CrossDomain, start: Mapping[str, Tensor] | None = None) -> Self:
        """`read` with the weights `start`, or with those that training begins with; untrained."""
        checked_pair(known)
        x = one_space(self.target, self.source, known)
        domains = (known.target, known.source)[: 1 if self.source is None else 2]
        self.behaviours = sorted(set().union(*map(kinds_of, domains)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.plan.seed)
            self._make(principal_axes(x, self.settings["width"]))
        if start is not None:
            own = self.net.state_dict()
            odd = sorted(
                n
                for n in {*own, *start}
                if n not in own or n not in start or own[n].shape != start[n].shape
            )
            if odd:
                raise ValueError(
                    f"start does not fit this net in {', '.join(odd)}: expected the weights of one "
                    "with the same settings and behaviours"
                )
            self.net.load_state_dict(start)
        return self.read(known)

    def read(self, known: CrossDomain) -> Self:
        """Take over the histories of `known`; the weights stay as they are."""
        x = one_space(self.target, self.source, checked_pair(known))
        # What may be refused comes first: after an error the histories are those of before.
        self._told = histories(known, self.settings["history"], self.behaviours)
        self._index = known.user_index
        self._x = torch.from_numpy(x).to(self.device)
        self._readable = np.asarray(x.any(axis=1))
        self._items = len(known.target.items)
        there = np.flatnonzero(self._readable[: self._items])
        self._there = torch.from_numpy(there).to(self.device)
        return self

    def _make(self, axes: np.ndarray) -> None:
        names = ("layers", "heads", "max_length", "dropout", "temperature")
        self.net = SequenceNet(
            torch.from_numpy(axes), len(self.behaviours) + 1,
            **{name: self.settings[name] for name in names},
        ).to(self.device).eval()  # fmt: skip

    def questions(self, known: CrossDomain) -> tuple[list[list[Question]], list[list[Question]]]:
        """What is learnt from, the questions to each person, and what is held out; after `read`."""
        people, longest = len(known.users), self.settings["max_length"]
        if self.settings["history"] == "source":
            asked = all_items(self._told, histories(known, "target"), people)
        else:
            asked = next_items(self._told, longest, people)

        def answerable(item: int) -> bool:
            return item < self._items and bool(self._readable[item])

        return held_out(asked, answerable, self.plan.seed)

    def batch(self, asked: Sequence[Sequence[Question]]) -> dict[str, Tensor]:
        return collate(self._told, self._readable, self.settings["max_length"], asked)

    def _interest(self, net: SequenceNet, batch: Mapping[str, Tensor]) -> Tensor:
        given = ("did", "upto", "there", "ask", "own")
        return net(net.items(self._x[batch["item"]]), *(batch[name] for name in given))

    def loss(
        self,
        net: SequenceNet,
        batch: Mapping[str, Tensor],
        drawn: int | None,
        weights: Tensor | None = None,
    ) -> Tensor:
        """Mean of -log softmax(⟨u, v⟩ / τ)[answer] over the questions of a batch.

        `weights` [items] says how much a question counts by its answer; 1 each without.
        """
        u, answers = self._interest(net, batch).flatten(0, 1), batch["answers"].flatten()
        at = batch["at"] if "at" in batch else places_of(answers)
        return catalogue_loss(net, u[at], answers[at], self._x, self._there, drawn, weights)

    @torch.no_grad()
    def mean_loss(
        self, asked: Sequence[Sequence[Question]], net: SequenceNet | None = None
    ) -> float:
        """The loss over the whole catalogue of some of `questions`, the mean over their people."""
        total = 0.0
        for first in range(0, len(asked), BLOCK):
            batch = self.batch(asked[first : first + BLOCK])
            batch = {name: each.to(self.device) for name, each in batch.items()}
            total += float(self.loss(net or self.net, batch, None)) * len(batch["answers"])
        return total / len(asked)

    def now(self, user: str) -> dict[str, Tensor]:
        """The batch that asks what this person wants next; `v` are the vectors of its events."""
        batch = self._now(self._index([user]))
        return batch | {"v": self.net.items(self._x[batch["item"]])}

    def _now(self, people: np.ndarray) -> dict[str, Tensor]:
        size = np.diff(self._told.starts)[people]
        asked = [[(int(p), int(n) + 1, -1, 0)] for p, n in zip(people, size, strict=True)]
        return {name: each.to(self.device) for name, each in self.batch(asked).items()}

    @torch.no_grad()
    def interest(self, users: Sequence[str] | pl.Series) -> Features:
        """The vectors u of some users, float32 [n, width]; not present without history."""
        people = self._index(users)
        found = np.zeros((len(people), self.settings["width"]), np.float32)
        for start in range(0, len(people), BLOCK):
            batch = self._now(people[start : start + BLOCK])
            found[start : start + BLOCK] = self._interest(self.net, batch)[:, 0].cpu().numpy()
        return Features(found, np.asarray(found.any(axis=1)))

    @torch.no_grad()
    def item_vectors(self) -> Features:
        """The vectors v of the target's items, float32 [items, width], in the space of u."""
        v = self.net.items(self._x[: self._items]).cpu().numpy()
        return Features(v, self._readable[: self._items])

    def score(self, users: Sequence[str] | pl.Series) -> np.ndarray:
        u, v = (torch.from_numpy(f.vectors) for f in (self.interest(users), self.item_vectors()))
        with torch.no_grad():
            return self.net.scores(u.to(self.device), v.to(self.device)).cpu().numpy()


def places_of(answers: Tensor) -> Tensor:
    """Where there is a question (an answer >= 0), counted through the rows, int64 [questions].

    >>> places_of(torch.tensor([[3, -1], [-1, 0]])).tolist()
    [0, 3]
    """
    return (answers.flatten() >= 0).nonzero()[:, 0]
