"""A trained thing on disk: what it is as JSON, its weights as safetensors, one sum over both."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from polars.exceptions import PanicException
from safetensors import safe_open
from safetensors.torch import save
from torch.utils._python_dispatch import TorchDispatchMode

from xdrec.checkpoint import Weights, copied, sum_of
from xdrec.data.cache import write_together

WEIGHTS = "model.safetensors"


def save_model(folder: str | Path, name: str, said: Mapping[str, Any], weights: Weights) -> None:
    """Write `<name>.json` and `model.safetensors`; a failure leaves the model that was there.

    The weights carry a sum of both files: the halves of two models do not pass for one.
    """
    text, tensors = json.dumps(said, indent=1), copied(weights, "cpu")
    data = save(tensors, {"crc32": sum_of(tensors, text)})
    write_together(Path(folder), {f"{name}.json": text.encode(), WEIGHTS: data})


def load_model(
    folder: str | Path, name: str, kind: str, version: int | None = None
) -> tuple[dict[str, Any], Weights]:
    """What `save_model` was given. Raises ValueError for another kind or version, and for damage.

    Files without a sum, as they were once written, are read as they are.
    """
    text = Path(folder, f"{name}.json").read_text("utf-8")
    said = json.loads(text)
    if (said["kind"], said.get("version")) != (kind, version):
        of = "" if version is None else " of version {}"
        raise ValueError(
            f"{folder} holds a {said['kind']}{of.format(said.get('version'))}: expected a "
            f"{kind}{of.format(version)}"
        )
    with safe_open(Path(folder, WEIGHTS), framework="pt") as file:
        tensors = {each: file.get_tensor(each) for each in file.keys()}  # noqa: SIM118
        crc32 = (file.metadata() or {}).get("crc32")
    if crc32 not in (None, sum_of(tensors, text)):
        raise ValueError(f"{folder} is damaged: its bytes are not those that were written")
    return said, tensors


class SizedBy(TorchDispatchMode):
    """While a net is made of settings from a file: no more numbers than the weights beside them.

    A few bytes of JSON can say `width=1000000` or `layers=1000000`. So what is made is counted as
    it is asked for, each tensor as 10,000 numbers at least, and beyond four times the numbers in
    `weights` (and ten million that any net may have) it is a ValueError, before the memory is
    taken.

    >>> import torch
    >>> with SizedBy({"a": torch.zeros(3)}):
    ...     net = torch.nn.Linear(100_000, 100_000)
    Traceback (most recent call last):
    ValueError: settings ask for 10,000,000,000 numbers and more, where the weights hold 3
    """

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.held = sum(each.numel() for each in weights.values())
        self.asked, self.most = 0, 4 * self.held + 10_000_000

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.asked += _asked(func.overloadpacket.__name__, args)
        if self.asked > self.most:
            raise ValueError(
                f"settings ask for {self.asked:,} numbers and more, where the weights hold "
                f"{self.held:,}"
            )
        return func(*args, **(kwargs or {}))


def _asked(name: str, args: Any) -> int:
    """How many numbers an operation that makes a tensor from nothing asks for."""
    if name == "arange":
        ends = [float(end) for end in args[:3]]
        first, last = (0.0, ends[0]) if len(ends) == 1 else ends[:2]
        made = abs((last - first) / (ends[2] if len(ends) > 2 else 1.0))
    elif name == "eye":
        made = int(args[0]) ** 2
    elif name == "linspace":
        made = int(args[2])
    elif args and isinstance(args[0], list | tuple) and all(isinstance(n, int) for n in args[0]):
        made = math.prod(args[0])  # empty, zeros, full, rand, ...
    else:
        return 0
    return max(10_000, int(made))


@contextmanager
def loading(folder: str | Path) -> Iterator[None]:
    """Whatever a reader stumbles over in files from elsewhere becomes a ValueError that names them.

    >>> with loading("gru"):
    ...     {}["kind"]
    Traceback (most recent call last):
    ValueError: gru cannot be read (KeyError: 'kind'): damaged, or of another version; save it anew
    """
    try:
        yield
    except OSError:
        raise  # it names the file
    except (Exception, PanicException) as error:
        if type(error) is ValueError and str(folder) in str(error):
            raise
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(
            f"{folder} cannot be read ({said}): damaged, or of another version; save it anew"
        ) from error
