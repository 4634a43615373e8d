"""The rearranged BERT says what transformers' own says, in every shape it may meet."""

from __future__ import annotations

import pytest
import torch
from transformers import BertConfig, BertModel

from xdrec.encoders.fast_bert import SHORT, FastBert, can_read

SIZE = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4}


def bert(**changes):
    torch.manual_seed(3)
    config = BertConfig(vocab_size=50, intermediate_size=48, **(SIZE | changes))
    model = BertModel(config).eval()
    # Fresh norms are all ones and biases all zeros, which would hide a mix-up.
    for weight in model.parameters():
        weight.data += 0.1 * torch.randn_like(weight)
    return model


@pytest.mark.parametrize("tokens", [1, 7, SHORT, SHORT + 1, 200])
@pytest.mark.parametrize("padded", [False, True])
def test_same_states_as_transformers(tokens, padded):
    model = bert()
    ids = torch.randint(1, 50, (3, tokens))
    mask = torch.ones_like(ids)
    if padded:
        mask[1, tokens // 2 + 1 :] = 0
    with torch.inference_mode():
        (fast,) = FastBert(model, torch.float32)(ids, mask)
        theirs = model(ids, attention_mask=mask)[0]
    there = mask.bool()
    assert fast.dtype == torch.float32
    torch.testing.assert_close(fast[there], theirs[there], atol=2e-5, rtol=1e-4)


def test_bfloat16_stays_near_since_the_sums_are_float32():
    model = bert(num_hidden_layers=6)
    ids = torch.randint(1, 50, (4, 20))
    with torch.inference_mode():
        exact = model(ids)[0]
        (fast,) = FastBert(model, torch.bfloat16)(ids, torch.ones_like(ids))
        usual = model.to(torch.bfloat16)(ids)[0].float()
    off, usually_off = (torch.linalg.norm(x - exact) for x in (fast, usual))
    assert fast.dtype == torch.float32
    assert off < 0.02 * torch.linalg.norm(exact)
    assert off < usually_off


def test_activations_and_what_is_left_to_the_usual_way():
    assert can_read(bert())
    relu = bert(hidden_act="relu")
    assert can_read(relu)
    ids = torch.randint(1, 50, (2, 9))
    with torch.inference_mode():
        (fast,) = FastBert(relu, torch.float32)(ids, torch.ones_like(ids))
        torch.testing.assert_close(fast, relu(ids)[0], atol=2e-5, rtol=1e-4)
    assert not can_read(bert(hidden_act="gelu_new"))
    assert not can_read(bert(is_decoder=True))
