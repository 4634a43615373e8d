"""f for text: a recurrent net reads an item's words one by one, and is trained on this domain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from xdrec.encoders.attention import SelfAttentionPooling
from xdrec.encoders.texts import TextEncoder, check_texts, says

RNNS = {"lstm": nn.LSTM, "gru": nn.GRU}
POOLINGS = ("attention", "mean", "max", "last")
# A word as long as this is read in pieces: learning "bpe" takes the square of a word's length.
ENDLESS = re.compile(r"\S{1000}")
PAD, UNKNOWN = "[PAD]", "[UNK]"  # tokens 0 and 1


def train_tokenizer(
    texts: Iterable[str | None], *, size: int = 8000, kind: str = "words"
) -> Tokenizer:
    """A tokenizer for these texts: at most `size` tokens, the most frequent ones.

    `kind` is "words" (lower case, without accents; a word seen once is [UNK]) or "bpe" (parts of
    words, grown by merging the pair that is met most often). The same texts give the same
    tokenizer. Raises ValueError for another kind, a size below 3, and where there are no words.
    Source: Sennrich et al., ACL 2016 (BPE).

    >>> train_tokenizer(["Green tea", "black tea", "green apples"]).encode("Green TEA, hot").tokens
    ['green', 'tea', '[UNK]', '[UNK]']
    """
    if kind not in ("words", "bpe"):
        raise ValueError(f"kind={kind!r}: expected 'words' or 'bpe'")
    if size < 3:
        raise ValueError(f"size={size}: expected room for {PAD}, {UNKNOWN} and at least one word")
    check_texts(texts := list(texts))
    words = kind == "words"
    tokenizer = Tokenizer((models.WordLevel if words else models.BPE)(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = (trainers.WordLevelTrainer if words else trainers.BpeTrainer)(
        vocab_size=size, min_frequency=2, special_tokens=[PAD, UNKNOWN], show_progress=False
    )
    read = (ENDLESS.sub(r"\g<0> ", text) for text in texts if text is not None and says(text))
    tokenizer.train_from_iterator(read, trainer)
    if tokenizer.get_vocab_size() < 3:
        raise ValueError("the texts hold no word twice: expected the texts of a catalogue")
    return tokenizer


def token_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Each text's tokens; where the tokenizer leaves nothing (of control characters) one [UNK].

    >>> token_ids(train_tokenizer(["tea tea"]), ["tea cup", "\\x00"])
    [[2, 1], [1]]
    """
    return [found.ids or [1] for found in tokenizer.encode_batch(list(texts))]


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids with 0 after each text's end, int64 [n, longest >= 1], and where tokens are.

    >>> padded([[5, 6, 7], [8]])[0].tolist()
    [[5, 6, 7], [8, 0, 0]]
    """
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(max(1, int(lengths.max()))) < lengths[:, None]
    ids = torch.zeros(mask.shape, dtype=torch.long)
    ids[mask] = torch.tensor([token for row in rows for token in row], dtype=torch.long)
    return ids, mask


class TextRNN(TextEncoder):
    """Texts in, one vector each, by an LSTM or GRU over learnt word vectors.

    States H = RNN(E[tokens]), [n, tokens, width], with width = hidden (twice that if
    `bidirectional`); `pooling` makes one vector of them: "last" (the state after the last token,
    of each direction), "mean", "max", or "attention" (`SelfAttentionPooling`). Padding is never
    read. `tokenizer` is one of `train_tokenizer`, or its JSON. A text longer than `max_length`
    tokens is cut there; `count_tokens` tells which ones are. The weights start from `seed` and say
    nothing yet: `fit_categories` trains them.

    Raises ValueError for an unknown kind or pooling, and a max_length below 1.
    Source: document X 3.2.1; Hochreiter and Schmidhuber, 1997 (LSTM); Cho et al., EMNLP 2014 (GRU).
    Book: encoders.

    >>> texts = ["green tea", "black tea", "green apples", None]
    >>> encoder = TextRNN.of(texts, hidden=8)
    >>> encoder.encode(texts).vectors.shape, encoder.encode(texts).present.tolist()
    ((4, 16), [True, True, True, False])
    """

    net: Recurrent
    budget = 8192  # tokens a batch

    def __init__(
        self,
        tokenizer: Tokenizer | Mapping[str, Any],
        *,
        kind: str = "lstm",
        embedding: int = 64,
        hidden: int = 64,
        layers: int = 1,
        bidirectional: bool = True,
        pooling: str = "attention",
        dropout: float = 0.3,
        max_length: int = 256,
        seed: int = 0,
        device: str | None = None,
        precision: str = "float32",
    ) -> None:
        super().__init__(device=device, precision=precision)
        if kind not in RNNS:
            raise ValueError(f"kind={kind!r}: expected one of {', '.join(RNNS)}")
        if pooling not in POOLINGS:
            raise ValueError(f"pooling={pooling!r}: expected one of {', '.join(POOLINGS)}")
        if max_length < 1:
            raise ValueError(f"max_length={max_length}: expected room for at least 1 token")
        if not isinstance(tokenizer, Tokenizer):
            tokenizer = Tokenizer.from_str(json.dumps(tokenizer))
        self.tokenizer, self.max_length = tokenizer, max_length
        self._settings = {
            "kind": kind, "embedding": embedding, "hidden": hidden, "layers": layers,
            "bidirectional": bidirectional, "pooling": pooling, "dropout": dropout,
            "max_length": max_length,
        }  # fmt: skip
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = Recurrent(
                tokenizer.get_vocab_size(), embedding, hidden, kind=kind, layers=layers,
                bidirectional=bidirectional, pooling=pooling, dropout=dropout,
            )  # fmt: skip

    @classmethod
    def of(
        cls, texts: Iterable[str | None], *, size: int = 8000, words: str = "words", **options: Any
    ) -> Self:
        """An encoder with a tokenizer trained on these texts; `words` is the tokenizer's kind."""
        return cls(train_tokenizer(texts, size=size, kind=words), **options)

    @classmethod
    def as_documented(cls, texts: Iterable[str | None], **options: Any) -> Self:
        """The text half of document X 4.4: Embedding(10000, 16), LSTM(16), its last state.

        There it was fed with random numbers; here with words. Book: encoders.

        >>> TextRNN.as_documented(["green tea", "black tea"]).width
        16
        """
        return cls.of(
            texts, size=10000, kind="lstm", embedding=16, hidden=16, bidirectional=False,
            pooling="last", dropout=0.0, max_length=1000, **options,
        )  # fmt: skip

    @property
    def width(self) -> int:
        return self.net.width

    def settings(self) -> dict[str, Any]:
        return {"tokenizer": json.loads(self.tokenizer.to_str())} | self._settings

    def prepare(self, items: Sequence[str]) -> list[list[int]]:
        return [tokens[: self.max_length] for tokens in token_ids(self.tokenizer, items)]

    def size(self, thing: list[int]) -> int:
        return len(thing)

    def collate(self, things: Sequence[list[int]]) -> dict[str, Tensor]:
        ids, mask = padded(things)
        return {"ids": ids, "mask": mask}

    def count_tokens(self, texts: Sequence[str | None]) -> np.ndarray:
        """How many tokens each text has before any is cut, int64 [n]; 0 where there is no text."""
        counts = np.zeros(len(texts), int)
        there = {row: text for row, text in enumerate(texts) if text is not None and says(text)}
        counts[list(there)] = [len(ids) for ids in token_ids(self.tokenizer, list(there.values()))]
        return counts


class Recurrent(nn.Module):
    """Token ids [n, tokens] and their mask to one vector each, [n, width]."""

    def __init__(
        self, vocabulary: int, embedding: int, hidden: int, *, kind: str, layers: int,
        bidirectional: bool, pooling: str, dropout: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.pooling, self.width = pooling, hidden * (1 + bidirectional)
        self.words = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.drop = nn.Dropout(dropout)
        self.rnn = RNNS[kind](
            embedding, hidden, layers, batch_first=True, bidirectional=bidirectional,
            dropout=dropout if layers > 1 else 0.0,
        )  # fmt: skip
        if pooling == "attention":
            self.pool = SelfAttentionPooling(self.width)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        words = self.drop(self.words(ids))
        lengths = mask.sum(dim=1).cpu()  # where torch wants them
        packed = pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
        packed, last = self.rnn(packed)
        if self.pooling == "last":
            last = last[0] if isinstance(last, tuple) else last  # an LSTM also has cells
            directions = last[-2:] if self.rnn.bidirectional else last[-1:]
            return torch.cat(list(directions), dim=1)
        states = self.drop(pad_packed_sequence(packed, batch_first=True)[0])
        if self.pooling == "attention":
            return self.pool(states, mask)
        there = mask[:, :, None]
        if self.pooling == "max":
            return states.masked_fill(~there, -torch.inf).amax(dim=1)
        return (states * there).sum(dim=1) / there.sum(dim=1)
