"""Ray as this library uses it: imported late, started quietly, and handed a list of shards."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def needs_ray() -> None:
    """An ImportError that says how to get Ray, where it is not."""
    if find_spec("ray") is None:
        raise ImportError(
            "several workers need Ray: pip install 'xdrec[scale]'; with workers=0 the same work is "
            "done in this process, with the same result"
        )


def running(workers: int) -> Any:
    """The package ray, connected to a cluster; a RuntimeError where it is not.

    A warning where the cluster has fewer cores than workers: Ray waits until it has grown.
    """
    needs_ray()
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        raise RuntimeError(
            "no cluster is connected: `with local_cluster(2): ...` starts one on this machine, "
            "ray.init('auto') joins the one that `ray up cluster.yaml` has started"
        )
    cores = ray.cluster_resources().get("CPU", 0)
    if cores < workers:
        warnings.warn(
            f"workers={workers}, each with a core, and the cluster has {cores:g}: the rest waits "
            "until there are more",
            stacklevel=3,
        )
    return ray


@contextmanager
def local_cluster(cpus: int = 2, folder: str | Path | None = None) -> Iterator[Any]:
    """A Ray of this machine alone while the block runs: no dashboard, no statistics.

    `cpus` workers may run at once. `folder` is where Ray keeps its logs and sockets (its own
    default: in the system's temporary folder); a path of more than some 60 letters is too long for
    a socket. Starting takes seconds. Ray's ports are open to the network, not to this machine
    alone, so they answer only to who knows a secret that is drawn here (Ray reads it when it is
    imported: a program that has imported ray before has to see to that itself).

    Raises ImportError without ray, ValueError for no cpu, RuntimeError where a cluster is connected
    already. Book: past one machine.

    >>> with local_cluster(2) as ray:  # doctest: +SKIP
    ...     ray.cluster_resources()["CPU"]
    2.0
    """
    if cpus < 1:
        raise ValueError(f"cpus={cpus}: expected at least 1")
    needs_ray()
    if "ray" not in sys.modules:
        for name, value in (("RAY_USAGE_STATS_ENABLED", "0"), ("RAY_AUTH_MODE", "token"),
                            ("RAY_AUTH_TOKEN", secrets.token_hex(32)),
                            # Else it warns that it will hide no accelerator in future.
                            ("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")):  # fmt: skip
            os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        raise RuntimeError("a cluster is connected already: use it, or ray.shutdown() first")
    _started(ray, cpus, folder)
    try:
        import ray.data

        logging.getLogger("ray.data").setLevel(logging.ERROR)
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield ray
    finally:
        ray.shutdown()


def _started(ray: Any, cpus: int, folder: str | Path | None) -> None:
    for left in (2, 1, 0):
        try:
            ray.init(
                num_cpus=cpus, include_dashboard=False, logging_level=logging.ERROR,
                log_to_driver=False, _temp_dir=None if folder is None else str(folder),
                object_store_memory=128 * 2**20,
            )  # fmt: skip
            return
        except Exception as error:  # Ray gives itself 30 s, too few where others are at work
            ray.shutdown()
            if not left or "timed out during startup" not in str(error):
                raise


def over_workers(
    build: Any,
    arguments: Mapping[str, Any],
    jobs: Sequence[Mapping[str, Any]],
    *,
    workers: int,
    gpus: float = 0,
) -> Iterator[dict[str, Any]]:
    """`build(**arguments)(job)` for each job, as each is done, by actors of Ray Data.

    An actor is built once a worker. Ray starts an actor that died anew and gives its job to one
    that lives, as often as it takes: a job may run more than once and must not mind that.
    """
    import ray.data

    made = ray.data.from_items([dict(job) for job in jobs], override_num_blocks=len(jobs)).map(
        build, fn_constructor_kwargs=dict(arguments), num_cpus=1, num_gpus=gpus,
        compute=ray.data.ActorPoolStrategy(size=min(workers, len(jobs))),
    )  # fmt: skip
    yield from made.iter_rows()
