"""The one visible loop: everything in this library that is trained is trained here."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch.optim import Optimizer
from torch.utils.data import default_collate
from tqdm.auto import tqdm

from xdrec.checkpoint import Checkpoint, copied, weights_of
from xdrec.device import pick_device, pick_dtype, placed
from xdrec.history import History, Watch, finite
from xdrec.isolation import isolated
from xdrec.plan import OPTIMIZERS, Plan
from xdrec.ranks import Loss, Ranks, Step
from xdrec.spread import at_hand, spread, whole

__all__ = ["History", "Plan", "order", "train"]


def train(
    model: nn.Module,
    loss: Loss,
    data: Sequence[Any],
    plan: Plan | None = None,
    *,
    collate: Callable[[list[Any]], Any] | None = None,
    groups: Sequence[Sequence[int]] | None = None,
    valid: Callable[[nn.Module], float] | None = None,
    device: str | None = None,
    progress: bool = False,
    checkpoint: str | Path | None = None,
    after_step: Callable[[Optimizer], None] | None = None,
    sharded: bool = False,
    compiled: bool = False,
) -> History:
    """Minimise the mean of `loss(model, batch)` over `data`; the model is trained in place.

    A batch is `collate` (torch's own by default) of up to `plan.batch_size` items, on the device;
    `groups` says which rows make a batch each, where chance is not to. With `valid`, a number to be
    made small, the weights of the best epoch are those that remain, and `plan.patience` may end the
    training early. Weights that ask for no gradient are left alone; a part all of whose weights are
    such works as in evaluation (no dropout, no new statistics). `after_step(optimizer)` is called
    after each step and may move the weights once more. `compiled`: by `torch.compile`.

    Order and every random number drawn in an epoch follow from (seed, epoch) alone. So a training
    that was broken off and is called again with the same `checkpoint`, a folder written after each
    epoch, ends with the very weights of one that was not (bit for bit; on CUDA a kernel that cannot
    repeat itself warns). The random state outside is afterwards what it was before.

    In several processes (`torchrun`), each calling this alike, every batch is parted among them;
    `plan.batch_size` counts all its items. Weights, losses and decisions are those of one process,
    up to rounding and to random numbers, which each draws from a stream of its own, and rank 0
    writes the `checkpoint`, in a folder that all see. A loss that is no mean over the batch's items
    returns (value, weight), Σ_r w_r value_r / Σ_r w_r being what is wanted; one that holds the
    items against each other needs `ranks.gathered`. `sharded` parts the weights, too: loss and
    valid must use the model that they are given, a copy.

    Raises ValueError for data or weights that are none, for a checkpoint of another training or a
    damaged one, and for processes that differ; FloatingPointError for a loss, gradient or score
    that is no finite number (on CUDA up to 50 steps late); RuntimeError for a lost process.
    Source: documents T 3.2.5, X 5.2; Li et al., VLDB 2020 (DDP). Book: encoders.

    >>> line = nn.Linear(1, 1)
    >>> data = [(torch.tensor([x]), torch.tensor([2 * x + 1])) for x in (-1.0, 0.0, 1.0, 2.0)]
    >>> def squared(model, batch): return (model(batch[0]) - batch[1]).square().mean()
    >>> history = train(line, squared, data, Plan(epochs=100, batch_size=2, lr=0.1), device="cpu")
    >>> line(torch.tensor([3.0])).round().item()
    7.0
    """
    plan, device = plan or Plan(), pick_device(device)
    precision = plan.precision
    if precision == "auto":
        precision = "bf16" if pick_dtype(device) == torch.bfloat16 else "no"
    if not len(data):
        raise ValueError("data is empty: expected at least one item to train on")
    if not any(weight.requires_grad for weight in model.parameters()):
        raise ValueError("no weight of the model asks for a gradient: nothing to train")
    if plan.patience is not None and valid is None:
        raise ValueError(f"patience={plan.patience} without valid: nothing says what is better")
    if sharded and after_step is not None:
        raise ValueError("after_step with sharded=True: no process has the weights it would move")
    collate = collate or default_collate
    each_epoch = len(groups) if groups is not None else math.ceil(len(data) / plan.batch_size)
    steps = plan.epochs * each_epoch
    with ExitStack() as inside:
        inside.enter_context(isolated(device))
        accelerator = Accelerator(mixed_precision=precision, cpu=device == "cpu")
        ranks = Ranks(accelerator.process_index, accelerator.num_processes)
        inside.enter_context(ranks.watched())
        bar = tqdm(total=steps, disable=not progress or ranks.rank > 0, unit="step")
        inside.enter_context(bar)
        what = {**asdict(plan), "precision": precision, "items": len(data), **weights_of(model)}
        ranks.agree(what)
        if sharded:  # the model itself stays whole, and where it is, until the end
            learner = copy.deepcopy(model)
            ranks.settle(learner.state_dict().values(), device)
            step = Step(learner, loss)
            spread(step, device)
        else:
            learner = model.to(device)
            step = Step(learner, loss)
        if compiled:
            step.compile()
        trained = [weight for weight in learner.parameters() if weight.requires_grad]
        optimizer = OPTIMIZERS[plan.optimizer](trained, weight_decay=plan.weight_decay)
        history, best, saved = History(), None, None
        if checkpoint is not None:
            saved = Checkpoint(Path(checkpoint), what, writes=ranks.rank == 0)
            said, best = saved.read(learner, optimizer)
            history = History(**said)
            ranks.agree({"epochs trained before": len(history.epochs)})
            bar.update(len(history.steps))
        run = step if sharded else ranks.wrap(step)
        watch = Watch(history, device)
        for epoch in range(len(history.epochs), plan.epochs):
            if plan.patience is not None and history.waited() >= plan.patience:
                break
            start = time.perf_counter()
            set_seed(_seed(plan.seed, epoch, ranks.rank))
            _to_train(learner)
            batches = order(len(data), plan.batch_size, plan.seed, epoch, groups)
            for at, rows in enumerate(batches, start=epoch * each_epoch):
                lr = plan.rate(at, steps)
                for group in optimizer.param_groups:
                    group["lr"] = lr
                own = ranks.own(rows)
                batch = placed(collate([data[row] for row in own]), device)
                with accelerator.autocast():
                    value = run(batch)
                value, weight = value if isinstance(value, tuple) else (value, len(own))
                value, mean = ranks.mean(value, weight)
                optimizer.zero_grad()
                accelerator.backward(value)
                norm = None
                if plan.clip is not None:
                    norm = whole(nn.utils.clip_grad_norm_(trained, plan.clip))
                watch.see(mean, norm, {"step": at + 1, "lr": lr}, epoch)
                optimizer.step()
                if after_step is not None:
                    after_step(optimizer)
                bar.update()
            watch.read()
            ranks.settle(learner.buffers(), device)
            losses = [row["loss"] for row in history.steps[epoch * each_epoch :]]
            row = {"epoch": epoch + 1, "loss": sum(losses) / len(losses)}
            learner.eval()
            if valid is not None:
                with torch.no_grad(), at_hand(step):
                    score = ranks.first(float(valid(learner)), device)
                row["valid"] = finite(score, f"valid after epoch {epoch + 1}")
                if row["valid"] < min((each["valid"] for each in history.epochs), default=math.inf):
                    history.best = epoch + 1
                    best = copied(learner.state_dict(), "cpu" if sharded else None)
            history.epochs.append(row | {"seconds": time.perf_counter() - start})
            bar.set_postfix({name: f"{row[name]:.4g}" for name in row if name != "epoch"})
            if saved is not None:
                saved.write(learner, optimizer, best, asdict(history))
        optimizer.zero_grad()
        if sharded and best is None:
            best = copied(learner.state_dict(), "cpu")
    if best is not None:
        model.load_state_dict(best)
    model.eval()
    return history


def order(
    items: int,
    batch_size: int,
    seed: int,
    epoch: int,
    groups: Sequence[Sequence[int]] | None = None,
) -> list[list[int]]:
    """The rows of each batch of an epoch: all of them, shuffled, in batches of even size.

    Even, so that no last batch of a single item weighs as much as a full one. Of `groups` only the
    order is drawn. Book: past one machine.

    >>> [len(batch) for batch in order(items=9, batch_size=4, seed=0, epoch=0)]
    [3, 3, 3]
    """
    rng = np.random.default_rng([seed, epoch])
    if groups is not None:
        return [list(groups[at]) for at in rng.permutation(len(groups))]
    shuffled = rng.permutation(items)
    return [rows.tolist() for rows in np.array_split(shuffled, math.ceil(items / batch_size))]


def held_apart(items: int, share: float, seed: int) -> tuple[list[int], list[int]]:
    """The rows to learn from, in their order, and a share that is held out, as it was drawn.

    >>> taught, held = held_apart(5, share=0.4, seed=0)
    >>> len(held), sorted(taught + held)
    (2, [0, 1, 2, 3, 4])
    """
    drawn = torch.randperm(items, generator=torch.Generator().manual_seed(seed)).tolist()
    held = round(share * items)
    return sorted(drawn[held:]), drawn[:held]


def _seed(seed: int, epoch: int, rank: int) -> int:
    # Rank 0's numbers are those of a single process: [seed, epoch, 0] is [seed, epoch] to numpy.
    return int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1)[0])


def _to_train(model: nn.Module) -> None:
    model.train()
    for part in model.modules():
        weights = list(part.parameters())
        if weights and not any(weight.requires_grad for weight in weights):
            part.eval()
