"""The one training loop on the workers of a Ray cluster, restarted where it stood if one dies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import nn

from xdrec.checkpoint import copied
from xdrec.data.cache import write_together
from xdrec.scale.cluster import running
from xdrec.train import History, train

Parts = Mapping[str, Any]
WEIGHTS, HISTORY = "trained.safetensors", "history.json"


def train_on_ray(
    make: Callable[[], Parts],
    folder: str | Path,
    *,
    workers: int = 1,
    gpus: float = 0,
    retries: int = 3,
) -> tuple[nn.Module, History]:
    """Call `train(**make())` in so many processes of the connected Ray; the model and its history.

    `make()` gives the arguments of `train` (model, loss, data, plan, ...) but for `checkpoint`; it
    is called in each process, so that nothing large is sent about. The processes are the ranks of
    one group (gloo; NCCL with `gpus`, how many each gets), set up by Ray Train. `folder`, which
    all machines share, gets a checkpoint after each epoch. If a process dies, Ray starts all of
    them anew, at most `retries` times, and the training goes on after the last whole epoch; calling
    again after the caller died does the same.

    Raises ValueError for numbers that are none, RuntimeError without a cluster and, with its cause,
    where the training failed. Source: Moritz et al., OSDI 2018. Book: past one machine.
    """
    if workers < 1 or retries < 0:
        raise ValueError(f"workers={workers}, retries={retries}: expected >= 1 and >= 0")
    running(workers)
    # The default, a minute, is too little where others are at work on the machine.
    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", "600")
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    trainer = TorchTrainer(
        one_rank,
        train_loop_config={"make": make, "folder": str(folder)},
        scaling_config=ScalingConfig(
            num_workers=workers, use_gpu=gpus > 0,
            resources_per_worker={"CPU": 1, "GPU": gpus} if gpus else {"CPU": 1},
        ),
        torch_config=TorchConfig(backend="nccl" if gpus else "gloo"),
        run_config=RunConfig(
            storage_path=str(folder / "ray"), failure_config=FailureConfig(max_failures=retries)
        ),
    )  # fmt: skip
    try:
        trainer.fit()
    except Exception as error:  # Ray's own kinds differ between its versions
        raise RuntimeError(f"the training on {workers} workers failed: {error}") from error
    model: nn.Module = make()["model"]
    model.load_state_dict(load_file(folder / WEIGHTS))
    return model.eval(), History(**json.loads((folder / HISTORY).read_text("utf-8")))


def one_rank(settings: Mapping[str, Any]) -> None:
    """What each process does: the library's loop, and of rank 0 the result as files."""
    import torch.distributed as group

    parts, folder = dict(settings["make"]()), Path(settings["folder"])
    history = train(**parts, checkpoint=folder)
    weights = copied(parts["model"].state_dict(), "cpu")
    if not group.is_initialized() or group.get_rank() == 0:
        said = json.dumps(asdict(history)).encode()
        write_together(folder, {WEIGHTS: save(weights), HISTORY: said})
