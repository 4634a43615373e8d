"""f for text and image together: words look at the patches of a picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from xdrec.encoders.attention import attention_weights
from xdrec.encoders.base import Encoder, Unreadable, check_list
from xdrec.encoders.pictures import (
    Picture,
    check_pictures,
    letterbox,
    picture_content,
    read_pictures,
)
from xdrec.encoders.text import padded, token_ids, train_tokenizer
from xdrec.encoders.texts import check_texts, says
from xdrec.encoders.words_and_patches import PATCH, WordsAndPatches

Pair = tuple[str | None, Picture | None]
Thing = tuple[list[int], np.ndarray | None]  # token ids, RGB
BLOCK = 128  # texts, and pictures, that are matched at a time


@dataclass(frozen=True, eq=False)
class Association:
    """What the words of some pairs found in their pictures, pair by pair.

    `features` float32 [n, width]. For each pair `tokens`, its words; `shares` [words], what each
    counts; `maps` [words, rows, columns], how it spread its attention over the patches. Shares sum
    to 1, and each map does.
    """

    features: np.ndarray
    tokens: list[list[str]]
    shares: list[np.ndarray]
    maps: list[np.ndarray]


class CrossModal(Encoder):
    """(text, picture) pairs in, one vector each in a space that words and pictures share.

    Words w_j and patches p_k (one for every 8 x 8 pixels, seeing some more) are unit vectors. Each
    word has a learnt share b_j and looks at the patches, a_jk = softmax_k(κ ⟨w_j, p_k⟩):

        match(text, picture) = Σ_j b_j · (1/κ) log mean_k exp(κ ⟨w_j, p_k⟩),

    a mean over words of a soft maximum over patches. Its derivative by ⟨w_j, p_k⟩ is b_j a_jk: the
    attention map is what each patch adds to the score. The vector of a pair, its associated
    features, is Σ_j b_j (w_j + Σ_k a_jk p_k) at length 1. Either side may be None: a text alone is
    Σ_j b_j w_j, a picture alone Σ_k b_k p_k, at length 1, in the same space. `fit_pairs` teaches it
    which picture belongs to which text.

    Raises ValueError for a size that is no multiple of 8. Source: document X 3.2.1, as its third
    point says and its code does not; Lee et al., ECCV 2018 (words look at regions). Book: encoders.

    >>> from PIL import Image
    >>> model = CrossModal.of(["a red box", "a red boat"], width=16, device="cpu")
    >>> red = Image.new("RGB", (48, 64), "red")
    >>> model.encode([("a red box", red), ("a red box", None), (None, red), None]).vectors.shape
    (4, 16)
    >>> model.associate(["a red box"], [red]).maps[0].shape
    (3, 8, 6)
    """

    net: WordsAndPatches
    chunk = 1024

    def __init__(
        self,
        tokenizer: Tokenizer | Mapping[str, Any],
        *,
        width: int = 64,
        size: Sequence[int] = (64, 48),
        max_length: int = 128,
        seed: int = 0,
        device: str | None = None,
        precision: str = "float32",
        unreadable: str = "raise",
    ) -> None:
        super().__init__(device=device, precision=precision, unreadable=unreadable)
        if len(size) != 2 or any(side < PATCH or side % PATCH for side in size):
            raise ValueError(f"size={size}: expected (height, width), multiples of {PATCH} pixels")
        if max_length < 1:
            raise ValueError(f"max_length={max_length}: expected room for at least 1 token")
        if not isinstance(tokenizer, Tokenizer):
            tokenizer = Tokenizer.from_str(json.dumps(tokenizer))
        self.tokenizer, self.max_length = tokenizer, max_length
        self.pixels = (int(size[0]), int(size[1]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            grid = (self.pixels[0] // PATCH, self.pixels[1] // PATCH)
            self.net = WordsAndPatches(tokenizer.get_vocab_size(), grid, width)

    @classmethod
    def of(cls, texts: Iterable[str | None], *, tokens: int = 8000, **options: Any) -> Self:
        """A model whose tokenizer is trained on these texts."""
        return cls(train_tokenizer(texts, size=tokens), **options)

    @property
    def width(self) -> int:
        return self.net.width

    def settings(self) -> dict[str, Any]:
        return {
            "tokenizer": json.loads(self.tokenizer.to_str()), "width": self.width,
            "size": list(self.pixels), "max_length": self.max_length,
        }  # fmt: skip

    def check(self, items: Sequence[Pair | None]) -> None:
        check_list(items, "pairs (text, picture)")
        strange = [row for row, item in enumerate(items) if not _is_pair(item)]
        if strange:
            raise ValueError(
                f"{len(strange)} items are no pairs, the first in row {strange[0]} "
                f"({items[strange[0]]!r:.60}): expected (text, picture), either of them None where "
                "there is none"
            )
        check_texts([item[0] for item in items if item is not None])
        check_pictures([item[1] for item in items if item is not None])

    def present(self, item: Pair | None) -> bool:
        return item is not None and (says(item[0]) or item[1] is not None)

    def content(self, item: Pair) -> str:
        text, picture = item
        return json.dumps([text, None if picture is None else picture_content(picture)])

    def prepare(self, items: Sequence[Pair]) -> list[Thing | Unreadable]:
        height, width = self.pixels
        pictures = [picture for _, picture in items if picture is not None]
        read = iter(read_pictures(pictures, lambda image: letterbox(image, height, width),
                                  2 * max(self.pixels)))  # fmt: skip
        words = token_ids(self.tokenizer, [text or "" for text, _ in items])
        things: list[Thing | Unreadable] = []
        for (text, picture), ids in zip(items, words, strict=True):
            seen = None if picture is None else next(read)
            ids = ids[: self.max_length] if says(text) else []
            things.append(seen if isinstance(seen, Unreadable) else (ids, seen))
        return things

    def collate(self, things: Sequence[Thing]) -> dict[str, Tensor]:
        ids, mask = padded([ids for ids, _ in things])
        nothing = np.zeros((*self.pixels, 3), np.uint8)
        pixels = np.stack([nothing if picture is None else picture for _, picture in things])
        seen = torch.tensor([picture is not None for _, picture in things])
        return {"ids": ids, "mask": mask, "pixels": torch.from_numpy(pixels), "seen": seen}

    @torch.inference_mode()
    def match(self, texts: Sequence[str], pictures: Sequence[Picture]) -> np.ndarray:
        """How well each picture goes with each text, float32 [texts, pictures], in [-1, 1].

        Raises ValueError where a text or a picture is missing or cannot be read.
        """
        net = cast(WordsAndPatches, self.net_for_reading())
        text_only, picture_only = [(text, None) for text in texts], [(None, p) for p in pictures]
        told = [net.words(each["ids"], each["mask"]) for each in self._whole(text_only, texts)]
        shown = [net.patches(each["pixels"]) for each in self._whole(picture_only, pictures)]
        scores = np.zeros((len(texts), len(pictures)), np.float32)
        for row, words in enumerate(told):
            for column, patches in enumerate(shown):
                block = net.scores(*words, patches).float().cpu().numpy()
                scores[row * BLOCK :, column * BLOCK :][: len(block), : block.shape[1]] = block
        return scores

    @torch.inference_mode()
    def associate(self, texts: Sequence[str], pictures: Sequence[Picture]) -> Association:
        """Each text with its own picture: the associated features, and who looked where.

        Raises ValueError for unequal lengths, and for what is missing or cannot be read.
        """
        if len(texts) != len(pictures):
            raise ValueError(f"{len(texts)} texts and {len(pictures)} pictures: expected pairs")
        pairs = list(zip(texts, pictures, strict=True))
        net = cast(WordsAndPatches, self.net_for_reading())
        found = Association(self.encode(pairs, cache=False).vectors, [], [], [])
        for batch in self._whole(pairs, texts, pictures):
            words, shares, mask = net.words(batch["ids"], batch["mask"])
            maps = attention_weights(net.sharp(words), net.patches(batch["pixels"]), scale=1.0)
            for row, there in enumerate(mask):
                ids = batch["ids"][row, there].tolist()
                found.tokens.append([self.tokenizer.id_to_token(token) or "" for token in ids])
                found.shares.append(shares[row, there].float().cpu().numpy())
                found.maps.append(maps[row, 0, there].unflatten(1, net.grid).float().cpu().numpy())
        return found

    def _whole(self, pairs: Sequence[Pair], *sides: Sequence[Any]) -> Iterator[dict[str, Tensor]]:
        """The pairs as batches on the device, in order, none of the sides' entries missing."""
        self.check(pairs)
        for side in sides:
            there = [says(each) if isinstance(each, str) else each is not None for each in side]
            if not all(there):
                raise ValueError(
                    f"{there.count(False)} texts or pictures are missing, the first in row "
                    f"{there.index(False)}: leave those rows out"
                )
        for start in range(0, len(pairs), BLOCK):
            things: list[Thing] = []
            for row, thing in enumerate(self.prepare(pairs[start : start + BLOCK]), start):
                if isinstance(thing, Unreadable):
                    raise ValueError(f"row {row} cannot be read: {thing.reason}")
                things.append(thing)
            yield {name: self._place(each) for name, each in self.collate(things).items()}


def _is_pair(item: Any) -> bool:
    return item is None or (isinstance(item, tuple) and len(item) == 2)
