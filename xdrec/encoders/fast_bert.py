"""The same BERT, arranged for reading: three projections in one, the sums kept in float32.

transformers' BERT is written to be trained and taken apart. Where only its vectors are wanted, two
things can be had at once. Faster: queries, keys and values are one matrix product in place of
three, and nothing is passed around that nobody asks for. Closer to float32: only the matrix
products run in bfloat16, while what is added up from layer to layer stays in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

# Up to so many tokens two plain matrix products are faster on a CPU than the fused kernel.
SHORT = 64
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": functional.gelu,
    "relu": functional.relu,
}


def can_read(model: Any) -> bool:
    """Is this a plain BERT, as `FastBert` knows it? Whatever is not goes the usual way."""
    config = model.config
    return (
        config.model_type == "bert"
        and config.hidden_act in ACTIVATIONS
        and not getattr(config, "is_decoder", False)
        and getattr(config, "position_embedding_type", "absolute") in ("absolute", None)
    )


class FastBert(nn.Module):
    """A BERT's last states: ids and mask [batch, tokens] to float32 [batch, tokens, width].

    They come as the only part of a tuple, as transformers answers. Weights are those of `model`
    (transformers' BertModel, on its device), the products in `dtype`. Evaluation only: no dropout,
    no gradient. Source: Vaswani et al., 2017; Devlin et al., NAACL 2019. Book: encoders.

    >>> from transformers import BertConfig, BertModel
    >>> torch.manual_seed(0) and None
    >>> size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    >>> bert = BertModel(BertConfig(vocab_size=20, intermediate_size=32, **size)).eval()
    >>> ids = torch.tensor([[2, 7, 9, 3], [2, 5, 3, 0]])
    >>> with torch.inference_mode():
    ...     (fast,) = FastBert(bert, torch.float32)(ids, ids.ne(0))
    ...     bool((fast - bert(ids, ids.ne(0))[0]).abs()[ids.ne(0)].max() < 1e-5)
    True
    """

    def __init__(self, model: Any, dtype: torch.dtype) -> None:
        super().__init__()
        config, words = model.config, model.embeddings
        self.heads, self.eps, self.dtype = config.num_attention_heads, config.layer_norm_eps, dtype
        self.act = ACTIVATIONS[config.hidden_act]
        self.words = words.word_embeddings.weight.detach().float()
        # Every text is one segment: its kind adds the same vector everywhere.
        places = words.position_embeddings.weight + words.token_type_embeddings.weight[0]
        self.places = places.detach().float()
        self.norm = self._norm(words.LayerNorm)
        self.layers = [self._layer(layer) for layer in model.encoder.layer]

    def _norm(self, norm: nn.LayerNorm) -> tuple[Tensor, Tensor]:
        return norm.weight.detach().float(), norm.bias.detach().float()

    def _linear(self, *linears: nn.Linear) -> tuple[Tensor, Tensor]:
        """One matrix for several with the same input, in the products' precision."""
        weight = torch.cat([linear.weight.detach() for linear in linears])
        bias = torch.cat([linear.bias.detach() for linear in linears])
        return weight.to(self.dtype), bias.to(self.dtype)

    def _layer(self, layer: Any) -> dict[str, tuple[Tensor, Tensor]]:
        self_, out = layer.attention.self, layer.attention.output
        return {
            "qkv": self._linear(self_.query, self_.key, self_.value),
            "mix": self._linear(out.dense),
            "mixed": self._norm(out.LayerNorm),
            "up": self._linear(layer.intermediate.dense),
            "down": self._linear(layer.output.dense),
            "done": self._norm(layer.output.LayerNorm),
        }

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor]:
        batch, tokens = input_ids.shape
        x = functional.embedding(input_ids, self.words) + self.places[:tokens]
        x = self._normed(x, self.norm).flatten(0, 1)  # [batch * tokens, width]
        # Without padding there is nothing to hide, and attention without a mask is faster.
        mask = None if attention_mask.all() else attention_mask.bool()[:, None, None, :]
        for layer in self.layers:
            qkv = functional.linear(x.to(self.dtype), *layer["qkv"])
            q, k, v = qkv.view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            a = _attend(q, k, v, mask).transpose(1, 2).reshape(batch * tokens, -1)
            x = self._normed(x + functional.linear(a, *layer["mix"]), layer["mixed"])
            y = self.act(functional.linear(x.to(self.dtype), *layer["up"]))
            x = self._normed(x + functional.linear(y, *layer["down"]), layer["done"])
        return (x.view(batch, tokens, -1),)

    def _normed(self, x: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], *norm, self.eps)


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """softmax(q kᵀ / √d) v, [batch, heads, tokens, d]; the softmax in float32."""
    if q.device.type != "cpu" or q.shape[2] > SHORT:
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = (q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(dim=-1).to(v.dtype) @ v
