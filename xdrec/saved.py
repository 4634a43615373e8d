"""A trained thing on disk: what it is as JSON, its weights as safetensors, one sum over both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from polars.exceptions import PanicException
from safetensors import safe_open
from safetensors.torch import save

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
