"""A BERT and a GPT small enough to be trained on a laptop, with a tokenizer of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from xdrec.encoders.families import write_net
from xdrec.encoders.texts import check_texts, says

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
END = "<|endoftext|>"
NORMAL, SPLIT = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()


def tiny_bert(
    texts: Sequence[str | None],
    folder: str | Path,
    *,
    vocabulary: int = 2000,
    width: int = 64,
    layers: int = 2,
    heads: int = 2,
    max_length: int = 64,
    seed: int = 0,
) -> Path:
    """An untrained BERT in `folder`, its WordPiece tokenizer made from the texts.

    The sizes of BERT-base are vocabulary 30,522, width 768, 12 layers and heads, 512 places. Read
    it with `HeadedModel`, teach it with `pretrain`. The same texts and seed give the same files.
    Raises ValueError for texts without a word. Source: document T 2.1.2; Devlin et al., NAACL 2019.
    Book: language models.
    """
    from transformers import BertConfig, BertForMaskedLM

    words = Tokenizer(models.WordPiece(_pieces(_there(texts), vocabulary), unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = NORMAL, SPLIT
    words.decoder = decoders.WordPiece()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    config = BertConfig(
        vocab_size=words.get_vocab_size(), hidden_size=width, num_hidden_layers=layers,
        num_attention_heads=heads, intermediate_size=4 * width, pad_token_id=0,
        max_position_embeddings=max_length,
    )  # fmt: skip
    return _saved(
        BertForMaskedLM, config, words, dict(zip(names, SPECIAL, strict=True)), folder, seed
    )


def tiny_gpt(
    texts: Sequence[str | None],
    folder: str | Path,
    *,
    vocabulary: int = 2000,
    width: int = 64,
    layers: int = 2,
    heads: int = 2,
    max_length: int = 64,
    seed: int = 0,
) -> Path:
    """An untrained GPT-2 in `folder`, its byte-level BPE tokenizer made from the texts.

    The sizes of the smallest GPT-2 are vocabulary 50,257, width 768, 12 layers and heads, 1,024
    places. Else as `tiny_bert`. Source: document T 2.1.1; Radford et al., 2019. Book: language
    models.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    words.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    words.train_from_iterator(_there(texts), trainer)
    # A beginning to guess the first word from; the end is asked for in training alone, so that the
    # last state of a text that is read belongs to its last word.
    words.post_processor = processors.TemplateProcessing(
        single=f"{END} $A", special_tokens=[(END, 0)]
    )
    config = GPT2Config(
        vocab_size=words.get_vocab_size(), n_embd=width, n_layer=layers, n_head=heads,
        n_positions=max_length, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return _saved(
        GPT2LMHeadModel, config, words, {"bos_token": END, "eos_token": END}, folder, seed
    )


def _pieces(texts: list[str], size: int) -> dict[str, int]:
    """The letters, to spell with, and the commonest words whole: a vocabulary for WordPiece.

    Counted here: the trainer of `tokenizers` numbers a BERT's pieces in another order every time.
    """
    counts = Counter(
        word for text in texts for word, _ in SPLIT.pre_tokenize_str(NORMAL.normalize_str(text))
    )
    letters = sorted({letter for word in counts for letter in word})
    spelling = [*letters, *(f"##{letter}" for letter in letters)]
    common = sorted(counts.keys() - set(letters), key=lambda word: (-counts[word], word))
    pieces = [*SPECIAL, *spelling, *common][: max(size, len(SPECIAL) + len(spelling))]
    return {piece: number for number, piece in enumerate(pieces)}


def _there(texts: Sequence[str | None]) -> list[str]:
    check_texts(texts)
    there = [text for text in texts if text is not None and says(text)]
    if not there:
        raise ValueError(f"none of the {len(texts)} texts has a word: expected some to learn from")
    return there


def _saved(
    kind: Any, config: Any, words: Any, special: dict[str, str], folder: str | Path, seed: int
) -> Path:
    from transformers import PreTrainedTokenizerFast

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = kind(config)
    length = config.max_position_embeddings
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=length, **special)
    write_net(net, tokenizer, folder)
    return Path(folder)
