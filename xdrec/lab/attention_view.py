"""AttentionView: which patches of a picture a word looks at, and which words look at a patch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import traitlets

from xdrec.lab.base import LabWidget
from xdrec.lab.covers import thumbnail

if TYPE_CHECKING:
    from xdrec.encoders.crossmodal import Association

SIDE = 240  # pixels of the picture's longer side
DECIMALS = 5
NOBODY = -1


class AttentionView(LabWidget):
    """A picture under a grid of patches, its text beside it; point at either, the other answers.

    `seen` is what `CrossModal.associate` returned: of each pair the tokens, their maps
    [words, rows, columns] (each word's attention over the patches, summing to 1) and shares
    [words]. `pictures` are the files that it was asked about, in the same order.

    `pair` is the pair shown, `word` and `patch` (counted row by row) what is pointed at, -1 for
    nothing; at most one of the two. They can be read, set and observed. `shown()` is the table of
    the answer. Attention is rounded to 5 decimals.

    Raises ValueError for numbers of pictures, tokens and maps that do not fit, a map that is no
    attention (below 0, or a word's sum that is not 1), an unreadable picture, and a pair, word or
    patch that is not there. Source: document X 3.2.1; Vaswani et al., NeurIPS 2017. Book: encoders.

    >>> from PIL import Image
    >>> from tempfile import mkdtemp
    >>> from xdrec.encoders.crossmodal import Association
    >>> file = f"{mkdtemp()}/tea.png"
    >>> Image.new("RGB", (40, 20), "teal").save(file)
    >>> maps = np.array([[[0.25, 0.75]], [[0.5, 0.5]]])  # two words, a row of two patches
    >>> seen = Association(np.ones((1, 2)), [["green", "tea"]], [np.array([0.9, 0.1])], [maps])
    >>> view = AttentionView(seen, [file])
    >>> view.word = 0
    >>> view.shown().rows()
    [(1, 2, 0.75), (1, 1, 0.25)]
    >>> view.patch = 1
    >>> view.word, view.shown().rows()
    (-1, [('green', 0.75), ('tea', 0.5)])
    """

    script = "attention_view"
    steers = "word"
    state = ("pair", "word", "patch", "data", "language")

    pair = traitlets.Int(0).tag(sync=True)
    word = traitlets.Int(NOBODY).tag(sync=True)
    patch = traitlets.Int(NOBODY).tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    def __init__(self, seen: Association, pictures: Sequence[str | Path]) -> None:
        if not len(seen.tokens) == len(seen.maps) == len(seen.shares) == len(pictures) > 0:
            raise ValueError(
                f"{len(seen.tokens)} texts, {len(seen.maps)} maps, {len(seen.shares)} shares and "
                f"{len(pictures)} pictures: expected as many of each, one at least"
            )
        self._tokens = [list(tokens) for tokens in seen.tokens]
        pairs = zip(self._tokens, seen.maps, seen.shares, strict=True)
        self._maps = [_checked(n, *pair) for n, pair in enumerate(pairs)]
        super().__init__()
        self.data = {"pairs": [
            {"tokens": tokens, "shares": np.round(shares, DECIMALS).tolist(),
             "grid": list(maps.shape[1:]), "maps": maps.reshape(len(tokens), -1).tolist(),
             "picture": thumbnail(picture, SIDE)}
            for tokens, maps, shares, picture in
            zip(self._tokens, self._maps, seen.shares, pictures, strict=True)
        ]}  # fmt: skip

    def shown(self) -> pl.DataFrame:
        """The answer, the strongest first: `row`, `column`, `share` of the word's attention; or
        `token`, `share` of its attention that the patch has; or the tokens' shares in the text."""
        maps, tokens = self._maps[self.pair], self._tokens[self.pair]
        if self.word != NOBODY:
            flat = maps[self.word].ravel()
            order = np.argsort(-flat, kind="stable")
            row, column = np.unravel_index(order, maps.shape[1:])
            return pl.DataFrame({"row": row + 1, "column": column + 1, "share": flat[order]})
        shares = np.array(self.data["pairs"][self.pair]["shares"])
        if self.patch != NOBODY:
            shares = maps.reshape(len(tokens), -1)[:, self.patch]
        order = np.argsort(-shares, kind="stable")
        return pl.DataFrame({"token": [tokens[n] for n in order], "share": shares[order]},
                            schema={"token": pl.String, "share": pl.Float64})  # fmt: skip

    @traitlets.validate("pair")
    def _valid_pair(self, proposal: Any) -> int:
        return _one_of(proposal["value"], 0, len(self._tokens), "pair")

    @traitlets.validate("word")
    def _valid_word(self, proposal: Any) -> int:
        return _one_of(proposal["value"], NOBODY, len(self._tokens[self.pair]), "word")

    @traitlets.validate("patch")
    def _valid_patch(self, proposal: Any) -> int:
        return _one_of(proposal["value"], NOBODY, self._maps[self.pair][0].size, "patch")

    @traitlets.observe("pair", "word", "patch")
    def _moved(self, change: Any) -> None:
        """Another pair points at nothing; a word lets go of the patch, a patch of the word."""
        if change["name"] == "pair":
            self.word = self.patch = NOBODY
        elif change["new"] != NOBODY:
            setattr(self, "patch" if change["name"] == "word" else "word", NOBODY)


def _one_of(value: int, least: int, most: int, name: str) -> int:
    if not least <= value < most:
        raise ValueError(f"{name}={value}: expected {least} to {most - 1}")
    return int(value)


def _checked(n: int, tokens: list[str], maps: Any, shares: Any) -> np.ndarray:
    maps = np.asarray(maps, float)
    if maps.ndim != 3 or len(maps) != len(tokens) or np.shape(shares) != (len(tokens),):
        raise ValueError(
            f"pair {n}: maps of shape {maps.shape} and shares of {np.shape(shares)}: expected "
            f"[words, rows, columns] and [words] of {len(tokens)} words"
        )
    if not (np.asarray(shares) >= 0).all():
        raise ValueError(f"pair {n}: a word's share is below 0 or NaN")
    if not ((maps >= 0).all() and np.allclose(maps.sum(axis=(1, 2)), 1, atol=1e-3)):
        raise ValueError(f"pair {n}: a word's attention is below 0 or does not sum to 1")
    return np.round(maps, DECIMALS)
