"""Several processes that train one model: who takes which rows, and what they tell each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
import torch.distributed as group
from torch import Tensor, nn

Loss = Callable[[nn.Module, Any], Tensor | tuple[Tensor, float | Tensor]]


class Step(nn.Module):
    """A loss as a module: what DDP and FSDP put around a `forward`, they put around any loss."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model, self._loss = model, (loss,)  # in a tuple: a loss that is a module is no part

    def forward(self, batch: Any) -> Tensor | tuple[Tensor, float | Tensor]:
        return self._loss[0](self.model, batch)


class Ranks:
    """This process, `rank` of `size`; alone (0 of 1) it says nothing to anybody.

    Book: past one machine.

    >>> Ranks().own([4, 7, 1])
    [4, 7, 1]
    >>> [Ranks(rank, size=2).own([4, 7, 1]) for rank in range(2)]
    [[4, 7], [1]]
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    def own(self, rows: Sequence[int]) -> list[int]:
        """This rank's part of a batch: all ranks' parts, one after the other, are the batch.

        Raises ValueError where a rank would have none.
        """
        if len(rows) < self.size:
            raise ValueError(
                f"a batch of {len(rows)} for {self.size} processes: expected one item each at "
                "least; raise batch_size, which counts all processes' items together"
            )
        return list(rows) if self.size == 1 else np.array_split(rows, self.size)[self.rank].tolist()

    def wrap(self, step: Step) -> nn.Module:
        """The step, whose gradients are from now on the mean of all ranks'; weights as of rank 0.

        A weight that a loss leaves out is looked for at each step, as some losses ask for other
        parts of a net at each.
        """
        if self.size == 1:
            return step
        return nn.parallel.DistributedDataParallel(step, find_unused_parameters=True)

    def mean(self, value: Tensor, weight: float | Tensor) -> tuple[Tensor, Tensor]:
        """What to go back from here, and Σ_r w_r value_r / Σ_r w_r over the ranks r.

        Gradients are averaged evenly, so a rank's value is first multiplied by w_r · size / Σ w.
        """
        if self.size == 1:
            return value, value.detach()
        w = torch.as_tensor(weight, dtype=torch.float64, device=value.device).detach()
        value = torch.where(w > 0, value, 0)  # the mean of nothing is no number
        sums = torch.stack([value.detach() * w, w])
        group.all_reduce(sums)
        return value * (w * self.size / sums[1]).to(value.dtype), sums[0] / sums[1]

    def first(self, number: float, device: str) -> float:
        """Rank 0's number, so that what is decided by it is decided alike."""
        if self.size == 1:
            return number
        said = torch.tensor(number, dtype=torch.float64, device=device)
        group.broadcast(said, 0)
        return float(said)

    def settle(self, tensors: Iterable[Tensor], device: str) -> None:
        """Set each rank's tensors to rank 0's: weights before a training, statistics after it."""
        for each in tensors if self.size > 1 else ():
            sent = each.detach().to(device)  # itself, if it is there
            group.broadcast(sent, 0)
            each.detach().copy_(sent)

    def agree(self, what: Any) -> None:
        """Raise ValueError, on all ranks, unless all of them say the same here."""
        if self.size == 1:
            return
        said: list[Any] = [None] * self.size
        group.all_gather_object(said, what)
        other = next((rank for rank, each in enumerate(said) if each != said[0]), None)
        if other is not None:
            raise ValueError(
                f"the processes are not about the same training: rank 0 has {said[0]!r:.300}, rank "
                f"{other} has {said[other]!r:.300}; expected the same data, plan and model on each"
            )

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn what the network says of a lost process into an error that says so."""
        try:
            yield
        except RuntimeError as error:
            lost = isinstance(error, group.DistError) or "gloo" in str(error)
            if self.size == 1 or not lost:
                raise
            raise RuntimeError(
                f"rank {self.rank} of {self.size} lost touch with another process, which failed, "
                "was killed, or is stuck; what it says itself is further up. With `checkpoint` a "
                "new start goes on after the last whole epoch, on as many processes as you like"
            ) from error


def gathered(x: Tensor) -> Tensor:
    """The rows of all ranks' x [n_r, ...], in order, float [Σ n_r, ...]; x itself in one process.

    Gradients flow back to each rank's own rows. Where other dimensions differ (padding), the
    shorter are filled up with zeros. For losses that hold the items of a batch against each other:
    every rank then works out the loss of the whole batch, and counts alike: return (loss, 1).
    Book: past one machine.

    >>> gathered(torch.tensor([[1.0], [2.0]])).tolist()
    [[1.0], [2.0]]
    """
    if not (group.is_available() and group.is_initialized() and group.get_world_size() > 1):
        return x
    return _Gather.apply(x)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        own = torch.tensor(x.shape, device=x.device)
        shapes = [torch.empty_like(own) for _ in range(group.get_world_size())]
        group.all_gather(shapes, own)
        rows = [int(each[0]) for each in shapes]
        room = torch.stack(shapes).amax(dim=0).tolist()
        full = x.new_zeros(room)
        full[tuple(slice(n) for n in x.shape)] = x
        # As bytes where it is a mask: not every backend sends bools.
        sent = full.byte() if full.dtype == torch.bool else full
        parts = [torch.empty_like(sent) for _ in shapes]
        group.all_gather(parts, sent)
        rank = group.get_rank()
        ctx.shape, ctx.first = x.shape, sum(rows[:rank])
        return torch.cat([part[:n] for part, n in zip(parts, rows, strict=True)]).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        total = grad.contiguous().clone()
        group.all_reduce(total)
        mine = total[ctx.first : ctx.first + ctx.shape[0]]
        return mine[tuple(slice(n) for n in ctx.shape)]
