"""What tells the two families apart, seen from outside: who sees whom, and who can go on."""

from __future__ import annotations

import numpy as np
import torch

from xdrec.encoders.heads import HeadedModel
from xdrec.encoders.language import LanguageModel


@torch.no_grad()
def who_sees_whom(model: LanguageModel, text: str) -> tuple[list[str], np.ndarray]:
    """The text's tokens, and how much each one's last state moves when another token changes.

    Entry (i, j) of the float32 array [tokens, tokens] is ‖h_i' - h_i‖ / ‖h_i‖, where h' are the
    states after token j was exchanged for another. It is measured on the model, not read from a
    drawing: 0 above the diagonal (but for rounding) means that nobody sees what stands to their
    right, which is a GPT's causal mask; a BERT has no such zeros. Source: documents T 2.1.1-2;
    Vaswani et al., NeurIPS 2017 (the mask). Book: language models.
    """
    model.check([text])
    (ids,) = model.prepare([text])
    special = set(model.tokenizer.all_special_ids)
    other = next(word for word in range(len(model.tokenizer)) if word not in special | set(ids))
    changed = torch.tensor([ids] * (len(ids) + 1))
    changed[range(len(ids)), range(len(ids))] = other
    net = model.net.eval().to(model.device)
    given = changed.to(model.device)
    states = net.get_submodule("model")(given, attention_mask=torch.ones_like(given))[0].double()
    moved = (states[:-1] - states[-1]).norm(dim=2) / states[-1].norm(dim=1)
    return model.tokenizer.convert_ids_to_tokens(ids), moved.T.float().cpu().numpy()


@torch.no_grad()
def continue_sentence(
    model: HeadedModel, text: str, tokens: int = 12, *, temperature: float = 0.0, seed: int = 0
) -> str:
    """The text and up to so many further tokens, one after the other.

    A GPT was made for this: p(next | so far) is what it has learnt; it may also say that the text
    ends. A BERT was not: it is asked what stands behind the text where a [MASK] is put, then what
    stands behind that, and it has never seen a text that breaks off. With `temperature` 0 the
    likeliest token is taken; else one is drawn from p ∝ exp(logit / temperature).
    Raises ValueError for a model whose head has learnt nothing, and a text with no room behind it.
    Source: documents T 2.1, T 9.1 (what an LLM is). Book: language models.
    """
    if model.fresh:
        raise ValueError("this model came without a head and has learnt none; see pretrain")
    if temperature < 0:
        raise ValueError(f"temperature={temperature}: expected a number >= 0")
    ids = model.tokenizer([text])["input_ids"][0]
    special = model.tokenizer.all_special_ids
    end = model.tokenizer.eos_token_id if model.causal else None
    tail = [] if model.causal else [model.tokenizer.mask_token_id, model.tokenizer.sep_token_id]
    if not model.causal:
        ids = ids[:-1]  # without its [SEP]: the sentence is not over
    if not ids or len(ids) + tokens + len(tail) > model.max_length:
        raise ValueError(
            f"the text has {len(ids)} tokens and {tokens} are wanted: expected some words, and no "
            f"more than {model.max_length - len(tail)} in all"
        )
    model.net.eval()
    rng = torch.Generator().manual_seed(seed)
    for _ in range(tokens):
        given = torch.tensor([ids + tail], device=model.device)
        place = len(ids) if tail else len(ids) - 1
        logits = model.net(input_ids=given).logits[0, place].float().cpu()
        logits[[number for number in special if number != end]] = -torch.inf
        if temperature:
            chances = (logits / temperature).softmax(dim=0)
            word = int(torch.multinomial(chances, 1, generator=rng))
        else:
            word = int(logits.argmax())
        if word == end:
            break
        ids = [*ids, word]
    return str(model.tokenizer.decode(ids, skip_special_tokens=True)).strip()
