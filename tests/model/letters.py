"""The smallest encoder that is one: a word's letters, and their mean through a layer."""

from __future__ import annotations

import torch
from torch import nn

from xdrec.encoders.base import Encoder, Unreadable


class Mean(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.letters, self.out = nn.Embedding(128, 8), nn.Linear(8, width)

    def forward(self, codes, mask):
        states = self.letters(codes) * mask[:, :, None]
        return self.out(states.sum(dim=1) / mask.sum(dim=1, keepdim=True))


class Letters(Encoder):
    """Words in; one that has a "?" cannot be read. Counts what it is asked to prepare."""

    budget, chunk = 32, 4

    def __init__(self, width=5, **options):
        super().__init__(**options)
        self._width, self.prepared, self.copies = width, [], 0
        torch.manual_seed(0)
        self.net = Mean(width)

    @property
    def width(self):
        return self._width

    def settings(self):
        return {"width": self._width}

    def check(self, items):
        if any(item is not None and not isinstance(item, str) for item in items):
            raise ValueError("expected words")

    def content(self, item):
        return item

    def prepare(self, items):
        self.prepared += items
        return [Unreadable(f"{item} has a ?") if "?" in item else [ord(c) % 128 for c in item]
                for item in items]  # fmt: skip

    def size(self, thing):
        return len(thing)

    def collate(self, things):
        longest = max(map(len, things))
        codes = torch.zeros(len(things), longest, dtype=torch.long)
        mask = torch.zeros(len(things), longest)
        for row, thing in enumerate(things):
            codes[row, : len(thing)], mask[row, : len(thing)] = torch.tensor(thing), 1
        return {"codes": codes, "mask": mask}

    def net_for_reading(self):
        self.copies += 1
        return super().net_for_reading()
