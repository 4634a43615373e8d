"""Weights that are spread over the processes (FSDP), for nets too big for one device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as group
from torch import Tensor, nn


def spread(step: nn.Module, device: str) -> None:
    """Give each rank a part of each weight; a layer is whole only while it is at work.

    Layers are the members of every `nn.ModuleList`, as transformers have them; what is in none is
    one more. Gradients become the mean of all ranks'. Raises ValueError for weights of no
    dimension, which cannot be parted, RuntimeError in one process.
    Source: Rajbhandari et al., SC 2020 (ZeRO); Zhao et al., VLDB 2023 (FSDP). Book: past one
    machine.
    """
    if not (group.is_available() and group.is_initialized() and group.get_world_size() > 1):
        raise RuntimeError("sharded=True in one process: expected several, started by torchrun")
    scalars = [name for name, weight in step.named_parameters() if not weight.ndim]
    if scalars:
        raise ValueError(
            f"sharded=True, but {', '.join(scalars)} has no dimension to be parted along: expected "
            "weights of one dimension or more; train without, each process with all weights"
        )
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(torch.device(device).type, (group.get_world_size(),))
    lists = [part for part in step.modules() if isinstance(part, nn.ModuleList)]
    for part in reversed(lists):  # the inner ones first
        for layer in part:
            if any(True for _ in layer.parameters()):
                fully_shard(layer, mesh=mesh)
    fully_shard(step, mesh=mesh)


@contextmanager
def at_hand(step: nn.Module) -> Iterator[None]:
    """Inside, the weights that are in no layer are whole: methods other than `forward` see them."""
    shards: Any = step if hasattr(step, "unshard") else None
    if shards is not None:
        shards.unshard()
    yield
    if shards is not None:
        shards.reshard()


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor that is spread (every rank has to ask); another as it is.

    >>> whole(torch.ones(2)).tolist()
    [1.0, 1.0]
    """
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def as_spread(each: Tensor, like: Any) -> Tensor:
    """A whole tensor, which all ranks have, spread as `like` is, if it is and has its shape."""
    if not hasattr(like, "full_tensor") or like.shape != each.shape:
        return each
    from torch.distributed.tensor import distribute_tensor

    each = each.to(like.device)
    return distribute_tensor(each, like.device_mesh, like.placements, src_data_rank=None)
