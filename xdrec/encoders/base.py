"""One way to call every encoder f: items in, one vector an item and a presence mask out."""

from __future__ import annotations

import copy
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from xdrec.cache import address, remembered
from xdrec.device import exact, pick_device, pick_dtype, placed
from xdrec.encoders.features import Features
from xdrec.saved import SizedBy, load_model, loading, save_model


@dataclass(frozen=True)
class Unreadable:
    """What `prepare` says in place of an item that cannot be read."""

    reason: str


class _UnreadableItemsError(Exception):
    """Raised within a chunk, so that nothing of it is stored."""


def check_list(items: Any, what: str) -> None:
    """Raise ValueError for what is no list of items: a number, a single string, a dictionary.

    >>> check_list(3, "texts")
    Traceback (most recent call last):
    ValueError: 3 is no list: expected a list of texts
    """
    if isinstance(items, str | bytes | Mapping) or not hasattr(items, "__getitem__"):
        raise ValueError(f"{items!r:.60} is no list: expected a list of {what}")


class Encoder(ABC):
    """What all encoders share: chunks, batches of like size, the cache, precision, a progress bar.

    A kind of encoder says what an item is to it: `present` (is there anything to encode?),
    `content` (what the cache knows it by), `prepare` (from items to things a batch is made of),
    `size` (what a thing costs in a batch) and `collate` (from things to the net's arguments).
    `net(**collate(things))` is float [things, width], differentiable where the net is trained.
    Nothing else that is in an item's batch may change its vector, beyond rounding.

    `precision` is "float32", "bfloat16" or "auto": bfloat16 where the machine is faster with it.
    `unreadable` is "raise" (one ValueError that lists every bad item) or "mask" (not present).
    Source: document X 4.2.1, features = f(input). Book: encoders.
    """

    net: nn.Module
    budget: int = 256  # how much `size` a batch may hold, its padding included
    # Items are read, encoded and stored so many at a time: memory does not grow with the catalogue,
    # an interrupted run goes on where it stopped, new items at its end leave the rest in the cache.
    chunk: int = 4096

    def __init__(
        self, *, device: str | None = None, precision: str = "float32", unreadable: str = "raise"
    ) -> None:
        if unreadable not in ("raise", "mask"):
            raise ValueError(f"unreadable={unreadable!r}: expected 'raise' or 'mask'")
        self.device, self.unreadable = pick_device(device), unreadable
        self.dtype = pick_dtype(self.device, precision)

    @property
    @abstractmethod
    def width(self) -> int:
        """How long a vector is."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What a vector depends on besides the weights: the arguments it was made with, as JSON."""

    def check(self, items: Sequence[Any]) -> None:  # noqa: B027 (a kind may take anything)
        """Raise ValueError for items that this encoder does not take."""

    def present(self, item: Any) -> bool:
        return item is not None

    @abstractmethod
    def content(self, item: Any) -> str:
        """What stands for the item in the cache's address: its words, the hash of its file."""

    @abstractmethod
    def prepare(self, items: Sequence[Any]) -> list[Any]:
        """The items as things a batch is made of, on the CPU; `Unreadable` for a bad one."""

    def size(self, thing: Any) -> int:
        return 1

    @abstractmethod
    def collate(self, things: Sequence[Any]) -> dict[str, Tensor]:
        """One batch, padded and with its masks: the arguments of `net`."""

    @property
    def parameters(self) -> int:
        """How many numbers the net has learnt."""
        return sum(p.numel() for p in self.net.parameters())

    def identity(self) -> list[Any]:
        """What makes its vectors this encoder's own: kind, settings, place, precision, weights."""
        return [
            type(self).__name__, self.settings(), self.unreadable, self.device, str(self.dtype),
            weights_hash(self.net),
        ]  # fmt: skip

    def encode(
        self, items: Sequence[Any], *, cache: bool = True, progress: bool = False
    ) -> Features:
        """One vector an item, float32 [n, width]; what is missing is marked, never invented.

        Read from the disk where the same encoder has seen the same items before (`cache`).
        Raises ValueError for what is no item of its modality, or cannot be read.
        """
        self.check(items)
        vectors = np.zeros((len(items), self.width), np.float32)
        present = np.zeros(len(items), bool)
        name, net = self.identity() if cache else None, once(self.net_for_reading)
        with tqdm(total=len(items), unit="item", disable=not progress) as bar:
            for start in range(0, len(items), self.chunk):
                part = items[start : start + self.chunk]
                rows = slice(start, start + len(part))
                try:
                    found = self._chunk(name, part, net, bar)
                except _UnreadableItemsError:
                    raise self._all_unreadable(items, start) from None
                vectors[rows], present[rows] = found["vectors"], found["present"]
                bar.update(rows.stop - bar.n)
        return Features(vectors, present)

    def _chunk(
        self, name: list[Any] | None, items: Sequence[Any], net: Callable[[], nn.Module], bar: Any
    ) -> dict[str, np.ndarray]:
        if name is None:
            return self._encode(items, net, bar)
        what = [self.content(item) if self.present(item) else None for item in items]
        n = len(items)
        kinds = {"vectors": (np.float32, (n, self.width)), "present": (np.uint8, (n,))}
        return remembered(address(name, what), lambda: self._encode(items, net, bar), kinds)

    def _encode(
        self, items: Sequence[Any], net: Callable[[], nn.Module], bar: Any
    ) -> dict[str, np.ndarray]:
        there = np.array([row for row, item in enumerate(items) if self.present(item)], int)
        things = self.prepare([items[row] for row in there])
        readable = [at for at, thing in enumerate(things) if not isinstance(thing, Unreadable)]
        if len(readable) < len(things) and self.unreadable == "raise":
            raise _UnreadableItemsError
        rows, things = there[readable], [things[at] for at in readable]
        vectors = np.zeros((len(items), self.width), np.float32)
        parts: list[Tensor] = []
        order: list[int] = []
        for batch in batches([self.size(thing) for thing in things], self.budget):
            arguments = self.collate([things[at] for at in batch])
            read = net()  # made outside inference mode: its weights may be trained afterwards
            with torch.inference_mode(), exact(self.device):
                found = read(**{name: self._place(each) for name, each in arguments.items()})
            if found.shape != (len(batch), self.width):
                raise RuntimeError(
                    f"the net of {type(self).__name__} gave {tuple(found.shape)} for {len(batch)} "
                    f"items: expected {(len(batch), self.width)}"
                )
            parts.append(found.float())
            order.extend(batch)
            bar.update(len(batch))
        if parts:  # read once a chunk: a GPU is waited for to read
            vectors[rows[order]] = torch.cat(parts).cpu().numpy()
        odd = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(odd):
            where = f" from {self.folder}" if hasattr(self, "folder") else ""
            raise ValueError(
                f"the net of {type(self).__name__}{where} gave NaN or infinity for {len(odd)} "
                f"items (first: row {odd[0]}): expected finite numbers; are its weights whole?"
            )
        present = np.zeros(len(items), bool)
        present[rows] = True
        return {"vectors": vectors, "present": present.astype(np.uint8)}

    def _place(self, each: Tensor) -> Tensor:
        """Onto the device; what is no token or mask in the net's precision."""
        moved = placed(each, self.device)
        return moved.to(self.dtype) if moved.is_floating_point() else moved

    def net_for_reading(self) -> nn.Module:
        """The net in evaluation mode, on its device; in another precision it is a copy."""
        if self.dtype != torch.float32:
            return copy.deepcopy(self.net).eval().to(self.device, self.dtype)
        return self.net.eval().to(self.device)

    def _all_unreadable(self, items: Sequence[Any], first: int) -> ValueError:
        """One error for every bad item from row `first` on, not of one chunk alone."""
        bad = []
        for start in range(first, len(items), self.chunk):
            rows = [row for row in range(start, min(start + self.chunk, len(items)))
                    if self.present(items[row])]  # fmt: skip
            things = self.prepare([items[row] for row in rows])
            bad += [f"row {row}: {thing.reason}" for row, thing in zip(rows, things, strict=True)
                    if isinstance(thing, Unreadable)]  # fmt: skip
        shown = "\n  ".join(bad[:20] + [f"and {len(bad) - 20} more"] * (len(bad) > 20))
        return ValueError(
            f"{len(bad)} item{'s' * (len(bad) > 1)} cannot be read:\n  {shown}\nmend them, "
            "or say unreadable='mask' to have them marked as not present"
        )

    def save(self, folder: str | Path) -> None:
        """Settings as JSON, weights as safetensors; `load` makes the same encoder of them."""
        said = {"kind": type(self).__name__, "settings": self.settings()}
        save_model(folder, "encoder", said, self.net.state_dict())

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> Self:
        """The encoder that `save` wrote; `options` are device, precision and unreadable.

        Raises FileNotFoundError where there is none, ValueError where it is damaged or of another
        kind.
        """
        with loading(folder):
            said, weights = load_model(folder, "encoder", cls.__name__)
            with SizedBy(weights):
                encoder = cls(**said["settings"], **options)
            encoder.net.load_state_dict(weights)
        return encoder


def weights_hash(net: nn.Module) -> str:
    """The SHA-256 of a net's weights and buffers: same numbers, same hash.

    Book: project practice.
    """
    digest = hashlib.sha256()
    for name, each in sorted(net.state_dict().items()):
        digest.update(f"{name} {each.dtype} {tuple(each.shape)}".encode())
        digest.update(each.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def batches(sizes: Sequence[int], budget: int) -> list[np.ndarray]:
    """Rows in batches of like size, each at most `budget` with its padding; little is wasted.

    >>> [batch.tolist() for batch in batches([9, 2, 3, 8], budget=16)]
    [[1, 2], [3], [0]]
    """
    order = np.argsort(sizes, kind="stable")
    made, start = [], 0
    for stop in range(1, len(order) + 1):
        full = stop < len(order) and sizes[order[stop]] * (stop + 1 - start) > budget
        if full or stop == len(order):
            made.append(order[start:stop])
            start = stop
    return made
