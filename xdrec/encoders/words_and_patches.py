"""The net of `CrossModal`: what words and patches are, and how the ones look at the others."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

from xdrec.encoders.attention import attention

PATCH = 8  # pixels a side


class WordsAndPatches(nn.Module):
    """Token ids and pictures to one vector a pair, [n, width]; see `CrossModal`."""

    def __init__(
        self, vocabulary: int, grid: tuple[int, int], width: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.grid, self.width = grid, width
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.neighbours = nn.Conv1d(width, width, 3, padding=1)
        self.word = nn.Linear(width, width)
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, 2, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Conv2d(64, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
        )  # fmt: skip
        self.place = nn.Parameter(0.02 * torch.randn(grid[0] * grid[1], width))
        self.patch = nn.Linear(width, width)
        # What a word and a patch count is learnt; a bias would cancel in the softmax.
        self.word_share = nn.Linear(width, 1, bias=False)
        self.patch_share = nn.Linear(width, 1, bias=False)
        self.log_kappa = nn.Parameter(torch.tensor(2.0))
        self.drop = nn.Dropout(dropout)

    def words(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Unit vectors [n, words, width], their shares [n, words] and the mask.

        A word is read with its two neighbours: "red" is another word beside "boat". Past the end
        there are zeros, as there are before the beginning, so padding changes nothing.
        """
        x = self.drop(self.embedding(ids))
        x = x + gelu(self.neighbours(x.mT).mT)
        shares = self.word_share(x).squeeze(-1).masked_fill(~mask, -1e4).softmax(dim=-1)
        return normalize(self.word(x), dim=-1), shares * mask, mask

    def patches(self, pixels: Tensor) -> Tensor:
        """uint8 [n, h, w, 3] to unit vectors [n, patches, width], row by row."""
        x = pixels.permute(0, 3, 1, 2).to(self.place.dtype) / 127.5 - 1  # [n, 3, h, w]
        x = self.stem(x).flatten(2).mT + self.place  # [n, patches, width]
        return normalize(self.patch(self.drop(x)), dim=-1)

    def sharp(self, words: Tensor) -> Tensor:
        """κ w: the longer a word's vector, the fewer patches it looks at."""
        return self.log_kappa.exp() * words

    def pooled_words(self, words: Tensor, shares: Tensor) -> Tensor:
        return (words * shares[..., None]).sum(dim=-2)

    def pooled_patches(self, patches: Tensor) -> Tensor:
        return (patches * self.patch_share(patches).softmax(dim=-2)).sum(dim=-2)

    def scores(self, words: Tensor, shares: Tensor, mask: Tensor, patches: Tensor) -> Tensor:
        """Every text with every picture, [texts, pictures]; see `CrossModal`."""
        near = torch.einsum("wd,ikd->wik", self.sharp(words[mask]), patches)  # no padding
        found = (near.logsumexp(dim=-1) - math.log(patches.shape[1])) / self.log_kappa.exp()
        text = mask.nonzero()[:, 0]
        scores = found.new_zeros(len(mask), len(patches))
        return scores.index_add(0, text, found * shares[mask][:, None])

    def forward(self, ids: Tensor, mask: Tensor, pixels: Tensor, seen: Tensor) -> Tensor:
        words, shares, mask = self.words(ids, mask)
        patches = self.patches(pixels)
        look = seen[:, None, None].expand(-1, ids.shape[1], patches.shape[1])
        found = attention(self.sharp(words), patches, patches, look, scale=1.0)  # zeros if unseen
        told = mask.any(dim=1)[:, None]
        alone = self.pooled_patches(patches) * (seen[:, None] & ~told)
        return normalize(self.pooled_words(words + found, shares) + alone, dim=-1)
