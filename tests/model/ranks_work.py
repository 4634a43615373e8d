"""What each process of `test_ranks.py` does, under torchrun: trainings, and what came of them.

    torchrun --nproc-per-node 2 --standalone -m tests.model.ranks_work FOLDER [killed]

Rank r writes `r.json` and its weights; the test sets them beside those of one process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as group
from safetensors.torch import save_file
from torch import nn

from xdrec.encoders.contrast import info_nce
from xdrec.plan import Plan
from xdrec.ranks import gathered
from xdrec.train import train

RNG = torch.Generator().manual_seed(0)
X = torch.randn(44, 6, generator=RNG)
Y = (X @ torch.randn(6, 3, generator=RNG)).sin()
DATA = list(zip(X, Y, strict=True))
PLAN = Plan(epochs=10, batch_size=9, lr=0.02)  # 5 steps an epoch, of 9, 9, 9, 9 and 8 items


def net():
    torch.manual_seed(0)
    layers = nn.ModuleList(nn.Sequential(nn.Linear(16, 16), nn.Tanh()) for _ in range(2))
    return Net(nn.Linear(6, 16), layers, nn.Linear(16, 3))


class Net(nn.Module):
    def __init__(self, first, layers, last):
        super().__init__()
        self.first, self.layers, self.last = first, layers, last
        self.spare = nn.Linear(2, 2)  # in no loss: its gradient stays none

    def forward(self, x):
        x = self.first(x)
        for layer in self.layers:
            x = x + layer(x)
        return self.last(x)


def squared(model, batch):
    x, y = batch
    return (model(x) - y).square().mean()


def of_some(model, batch):
    """A mean over those numbers that are asked for, of which a batch has few or many."""
    x, y = batch
    asked = y > 0.3
    return (model(x) - y)[asked].square().mean(), asked.sum()


def of_most(model, batch):
    """Such a mean, and nothing said of how many it is over."""
    x, y = batch
    return (model(x) - y)[y > 0].square().mean()


def contrast(model, batch):
    """Items of a batch against each other, through a method that is not `forward`."""
    x, y = batch
    return info_nce(gathered(model.first(x)[:, :3]) @ gathered(y).mT), 1


def error(model):
    with torch.no_grad():
        return float(squared(model, (X, Y)))


class StopError(Exception):
    pass


def stopping(at):
    calls = iter(range(at))

    def loss(model, batch):
        if next(calls, None) is None:
            raise StopError
        return squared(model, batch)

    return loss


def said(history):
    epochs = [{k: v for k, v in row.items() if k != "seconds"} for row in history.epochs]
    return {"steps": history.steps, "epochs": epochs, "best": history.best}


def raised(kind, *arguments, **options):
    try:
        train(*arguments, device="cpu", **options)
    except kind as error:
        return str(error)
    return None


def work(folder: Path, rank: int) -> dict:
    found, weights = {}, {}

    def keep(name, history, model):
        found[name] = said(history)
        weights.update({f"{name}/{k}": v.contiguous() for k, v in model.state_dict().items()})

    def fit(name, loss=squared, plan=PLAN, model=None, **options):
        model = model or net()
        keep(name, train(model, loss, DATA, plan, device="cpu", **options), model)

    fit("fifty", progress=True, valid=error, checkpoint=folder / "fifty")
    fit("of_some", of_some)
    fit("of_most", of_most)
    fit("contrast", contrast)
    fit("grouped", groups=[range(0, 11), range(11, 44)])
    fit("two_of_one", valid=error, checkpoint=folder / "one")  # broken off by one process
    try:
        train(net(), stopping(22), DATA, PLAN, valid=error, device="cpu",
              checkpoint=folder / "two")  # fmt: skip
    except StopError:
        found["broken"] = True
    if rank == 0:  # weights differ, until rank 0's are taken
        fit("first")
    else:
        other = net()
        nn.init.ones_(other.first.weight)
        fit("first", model=other)

    scores = iter([3.0, 1.0, 2.0, 1.5, 1.5] if rank == 0 else [9.0, 8.0, 7.0, 6.0, 5.0])
    fit("early", plan=replace(PLAN, patience=2), valid=lambda model: next(scores))
    norm = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3))
    drawn = []

    def drawing(model, batch):
        drawn.append(torch.rand(1).item())
        return squared(model, batch)

    fit("norm", drawing, replace(PLAN, epochs=2), norm)
    found["drawn"] = drawn
    found["few"] = raised(ValueError, net(), squared, DATA, replace(PLAN, batch_size=1))
    found["differ"] = raised(ValueError, net(), squared, DATA[rank:], PLAN)
    nan = float("nan") if rank else 1.0
    found["nan"] = raised(FloatingPointError, net(), lambda m, b: squared(m, b) * nan, DATA, PLAN)
    scalar = nn.Sequential(nn.Linear(6, 3))
    scalar.register_parameter("scale", nn.Parameter(torch.tensor(1.0)))
    found["scalar"] = raised(ValueError, scalar, squared, DATA, PLAN, sharded=True)
    found["moved"] = raised(ValueError, net(), squared, DATA, PLAN, sharded=True,
                            after_step=lambda optimizer: None)  # fmt: skip

    before = net()
    parts = []

    def looking(model, batch):
        parts.append(sum(w.to_local().numel() if hasattr(w, "to_local") else w.numel()
                         for w in model.layers.parameters()))  # fmt: skip
        return squared(model, batch)

    fit("sharded", looking, model=before, sharded=True, valid=error, checkpoint=folder / "sharded")
    found["parts"] = [parts[0], sum(w.numel() for w in before.layers.parameters())]
    try:
        train(net(), stopping(22), DATA, PLAN, valid=error, device="cpu", sharded=True,
              checkpoint=folder / "spread")  # fmt: skip
    except StopError:
        fit("gathered_up", valid=error, sharded=True, checkpoint=folder / "spread")
    save_file(weights, folder / f"{rank}.safetensors")
    return found


def killed(folder: Path, rank: int) -> None:
    """Rank 1 dies in the midst of the third epoch, as if the machine's memory had run out."""
    calls = iter(range(12))

    def loss(model, batch):
        if next(calls, None) is None and rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return squared(model, batch)

    train(net(), loss, DATA, PLAN, valid=error, device="cpu", checkpoint=folder / "killed")


if __name__ == "__main__":
    place, here = Path(sys.argv[1]), int(os.environ["RANK"])
    np.random.seed(here)  # what is drawn outside is each process's own
    if sys.argv[2:] == ["killed"]:
        killed(place, here)
    else:
        Path(place, f"{here}.json").write_text(json.dumps(work(place, here)))
        group.destroy_process_group()
