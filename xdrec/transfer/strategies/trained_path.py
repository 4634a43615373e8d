"""What λ does to a net that has to be trained: from the source on, each λ from the last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as File
from typing import Any

import numpy as np
import polars as pl
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from xdrec.cache import address
from xdrec.checkpoint import copied
from xdrec.data.cache import write_whole
from xdrec.data.domain import CrossDomain
from xdrec.data.splits import Split
from xdrec.evaluate import evaluate
from xdrec.ranking import top_k
from xdrec.transfer.path import Path
from xdrec.transfer.strategies.base import Weights
from xdrec.transfer.strategies.tied import Tied
from xdrec.tune import rehearsal


def trained_path(
    model: Tied,
    split: Split,
    lambdas: Sequence[float],
    *,
    k: int = 10,
    users: Sequence[str] = (),
    folder: str | File | None = None,
) -> Path:
    """`transfer_path` for a net: train it on `split.known` for every λ, measure valid and test.

    It goes from the strongest λ to the weakest, and each begins with the weights of the one before
    (the first with θ_source): neighbours on the path differ little, so most of the way is saved.
    Of `model` the net, θ_source and the norm count, its own λ and start do not. The table has the
    columns of `Path`, and `cold_recall`, `cold_low` and `cold_high` for the test users without a
    target history (NaN where there is none); `loss` is the target's own, over all that is learnt
    from, nothing dropped. Rows and lists are in the order of `lambdas`.

    With a `folder` the weights of each λ are kept there, and a second call goes on where the first
    was broken off. Weights of other data, settings or λ before them are not taken: they are trained
    anew and replaced. Raises ValueError where no λ is given. Source: document T 4.2.3. Book: the
    strength of transfer.

    >>> from xdrec.data import leave_last_out, make_world
    >>> from xdrec.encoders import Features
    >>> from xdrec.interest import SequenceTransformer
    >>> from xdrec.plan import Plan
    >>> world = make_world(users=60, items=30, sparsity=0.8, overlap=1.0, images=False)
    >>> x = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    >>> net = SequenceTransformer(*x, layers=1, width=8, plan=Plan(epochs=1))
    >>> split = leave_last_out(world.cross("books", "films"))
    >>> path = trained_path(Tied(net), split, [0, 1, float("inf")], users=["u0000"])
    >>> path.table["drift"].is_sorted(descending=True), path.lists["u0000"].shape
    (True, (3, 10))
    """
    if not len(lambdas):
        raise ValueError("no λ: expected a sequence of strengths >= 0")
    known, net = split.known, model.model
    theta = model.from_source(known)
    begun, mark = theta, _mark(model, theta, known)
    kept = None if folder is None else File(folder)
    found: dict[float, tuple[dict[str, float], np.ndarray]] = {}
    for lam in sorted({float(lam) for lam in lambdas}, reverse=True):
        mark = address(mark, lam)  # what was trained before it counts too
        file = None if kept is None else kept / f"lambda-{lam:g}.safetensors"
        there = None if file is None else _read(file, mark)
        if there is None:
            Tied(net, theta, lam, model.norm, start=begun).fit(known)
            there = copied(net.net.state_dict(), "cpu")
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(file, save(there, {"mark": mark}))
        else:
            net.begin(known, there)
        begun = there
        found[lam] = _row(model, split, lam, theta, k), _lists(model, known, users, k)
    rows, lists = zip(*(found[float(lam)] for lam in lambdas), strict=True)
    follow = np.stack(lists, axis=1)
    return Path(pl.DataFrame(rows), dict(zip(users, follow, strict=True)))


def _row(model: Tied, split: Split, lam: float, theta: Weights, k: int) -> dict[str, float]:
    net = model.model
    away = [float((w.detach().cpu() - theta[n].cpu()).square().sum())
            for n, w in net.net.named_parameters()]  # fmt: skip
    row = {"lam": lam, "loss": net.mean_loss(net.questions(split.known)[0]),
           "drift": float(np.sqrt(sum(away)))}  # fmt: skip
    valid, test = evaluate(net, rehearsal(split), k), evaluate(net, split, k)
    for name, report in (("valid", valid), ("test", test)):
        row |= {f"{name}_{metric}": report.mean("warm")[metric] for metric in ("recall", "ndcg")}
    row["cold_recall"] = test.mean("cold")["recall"]
    for name, group in (("test", "warm"), ("cold", "cold")):
        low = high = float("nan")
        if len(test.of("recall", group)):
            interval = test.interval("recall", group)
            low, high = interval.low, interval.high
        row |= {f"{name}_low": low, f"{name}_high": high}
    return row


def _lists(model: Tied, known: CrossDomain, users: Sequence[str], k: int) -> np.ndarray:
    """The k best columns of each user, int [users, k]; nobody is offered what they have."""
    if not len(users):
        return np.empty((0, k), int)
    scores = model.score(users)
    scores[(known.target.matrix(users) > 0).nonzero()] = -np.inf
    return top_k(scores, k)


def _mark(model: Tied, theta: Weights, known: CrossDomain) -> str:
    """Which path this is: net, plan, norm, θ_source, item vectors and the events of both."""
    net, parts = model.model, list[Any]()
    for side in (known.target, known.source):
        events = side.interactions
        parts.append([events[c].cast(pl.String).to_list() for c in sorted(events.columns)])
    weights = {name: w.cpu().numpy().tobytes().hex() for name, w in sorted(theta.items())}
    x = [f.vectors.tobytes().hex() for f in (net.target, net.source) if f is not None]
    return address(net.settings, vars(net.plan), model.norm, weights, x, parts)


def _read(file: File, mark: str) -> dict[str, torch.Tensor] | None:
    """The weights in a file that bears the mark; None for any other, none, or a damaged one."""
    if not file.exists():
        return None
    try:
        with safe_open(file, "pt") as opened:
            if (opened.metadata() or {}).get("mark") != mark:
                return None
            return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except SafetensorError:
        return None
