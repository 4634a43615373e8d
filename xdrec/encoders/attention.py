"""Attention: every query looks at every key, and takes home the values of those that answer it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


def attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None = None,
    *,
    heads: int = 1,
    scale: float | None = None,
) -> Tensor:
    """A = softmax(Q Kᵀ · scale), and A V: a mean of the values for each query.

    `queries` [..., n, d], `keys` [..., m, d], `values` [..., m, e] give [..., n, e]. `mask` is
    bool, broadcast to [..., n, m]: True where a query may look. A query that may look nowhere gets
    zeros. With `heads`, d and e are cut into that many parts, each with its own A. `scale` is
    1 / √(d / heads) if not given. Raises ValueError for shapes that do not go together.
    Source: Vaswani et al., NeurIPS 2017, (1); what document X 3.2.1 calls self-attention is in
    `as_document_x_wrote`. Book: encoders.

    >>> tokens = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> attention(tokens, tokens, tokens, scale=math.log(3))  # odds of 3 to 1
    tensor([[0.7500, 0.2500],
            [0.2500, 0.7500]])
    """
    _check(queries, keys, values, heads)
    q, k, v = (_split(each, heads) for each in (queries, keys, values))
    if mask is None:
        return _join(scaled_dot_product_attention(q, k, v, scale=scale))
    mask = mask.unsqueeze(-3)  # the same for every head
    nowhere = ~mask.any(dim=-1, keepdim=True)
    # A softmax over nothing is NaN in some kernels and zero in others: let it look, forget it.
    mixed = scaled_dot_product_attention(q, k, v, mask | nowhere, scale=scale)
    return _join(mixed.masked_fill(nowhere, 0))


def attention_weights(
    queries: Tensor,
    keys: Tensor,
    mask: Tensor | None = None,
    *,
    heads: int = 1,
    scale: float | None = None,
) -> Tensor:
    """A itself, to look at: [..., heads, n, m], of which `attention` returns A V only.

    Rows are >= 0 and sum to 1 over the keys that may be looked at, to 0 where there are none.
    Arguments and errors as in `attention`. Book: encoders.

    >>> tokens = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> attention_weights(tokens, tokens, torch.ones(2, 2).tril().bool(), scale=math.log(3))
    tensor([[[1.0000, 0.0000],
             [0.2500, 0.7500]]])
    """
    _check(queries, keys, keys, heads)
    q, k = _split(queries, heads), _split(keys, heads)
    scores = q @ k.mT * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if mask is None:
        return scores.softmax(dim=-1)
    mask = mask.unsqueeze(-3)
    weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=-1)
    return weights.masked_fill(~mask, 0)


def _split(x: Tensor, heads: int) -> Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)  # [..., n, d] to [..., heads, n, d/heads]


def _join(x: Tensor) -> Tensor:
    return x.transpose(-3, -2).flatten(-2)


def _check(queries: Tensor, keys: Tensor, values: Tensor, heads: int) -> None:
    unequal = queries.shape[-1] != keys.shape[-1] or keys.shape[-2] != values.shape[-2]
    if unequal or heads < 1 or queries.shape[-1] % heads or values.shape[-1] % heads:
        raise ValueError(
            f"queries {tuple(queries.shape)}, keys {tuple(keys.shape)}, values "
            f"{tuple(values.shape)}, heads={heads}: expected [..., n, d], [..., m, d] and "
            "[..., m, e], with d and e multiples of heads"
        )


class Attention(nn.Module):
    """`attention` with learnt Q, K, V and output: of a sequence to itself, or to another one.

    `forward(x [b, n, width], context [b, m, context_width], mask)` gives [b, n, width]; without a
    context x looks at itself. Words that look at the patches of an image are `Attention(width,
    context_width=patch_width)(words, patches)`. Book: encoders.

    >>> words, patches = torch.zeros(2, 5, 8), torch.zeros(2, 12, 6)
    >>> Attention(8, heads=2, context_width=6)(words, patches).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, width: int, *, heads: int = 1, context_width: int | None = None) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise ValueError(f"heads={heads}: expected a divisor of width={width}")
        self.heads = heads
        self.query = nn.Linear(width, width)
        # A bias would add the same to every score of a query, and the softmax forgets it.
        self.key = nn.Linear(context_width or width, width, bias=False)
        self.value = nn.Linear(context_width or width, width)
        self.output = nn.Linear(width, width)

    def forward(
        self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        context = x if context is None else context
        q, k, v = self.query(x), self.key(context), self.value(context)
        return self.output(attention(q, k, v, mask, heads=self.heads))

    def weights(
        self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The attention map, [b, heads, n, m]."""
        keys = self.key(x if context is None else context)
        return attention_weights(self.query(x), keys, mask, heads=self.heads)


class SelfAttentionPooling(nn.Module):
    """A sequence to one vector: its states look at each other, then a learnt query looks at them.

    h = states + Attention(states), and Σ_j a_j h_j with a = softmax(⟨q, h_j⟩ / √d) for each head.
    `forward(states [b, n, width], mask [b, n])` gives [b, width]; masked states count for nothing,
    and a row in which all are masked gives zeros. Source: Lin et al., ICLR 2017 (pooling by
    attention); document X 3.2.1.

    >>> pool, states = SelfAttentionPooling(8, heads=2), torch.randn(3, 5, 8)
    >>> pool(states, torch.tensor([[True] * 5, [True] * 2 + [False] * 3, [False] * 5])).shape
    torch.Size([3, 8])
    """

    def __init__(self, width: int, *, heads: int = 1) -> None:
        super().__init__()
        self.look = Attention(width, heads=heads)
        self.query = nn.Parameter(torch.randn(1, width) / math.sqrt(width))
        self.heads = heads

    def forward(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        seen, q, mask = self._seen(states, mask)
        return attention(q, seen, seen, mask, heads=self.heads).squeeze(-2)

    def weights(self, states: Tensor, mask: Tensor | None = None) -> Tensor:
        """How much each state counts, [b, n]; the mean over the heads."""
        seen, q, mask = self._seen(states, mask)
        return attention_weights(q, seen, mask, heads=self.heads).mean(dim=-3).squeeze(-2)

    def _seen(self, states: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        mask = None if mask is None else mask.unsqueeze(-2)  # [b, 1, n]: for any query
        q = self.query.expand(*states.shape[:-2], 1, -1)
        return states + self.look(states, mask=mask), q, mask


def as_document_x_wrote(x: Tensor, kernel: Tensor) -> Tensor:
    """What document X 3.2.1 calls self-attention, so that its faults can be seen; do not use it.

    With W = softmax(x · kernel) over the *hidden* axis, out[a, j, h] = Σ_b x[b, j, h] · W[a, b, h]:
    no query meets a key; the weights of the features, not of the positions, sum to 1; and an axis
    put in at the wrong place makes W's position b pick the *sample* b of the batch. `x`
    [batch, length, hidden] and `kernel` [hidden, hidden] give [batch, length, hidden], not one
    vector a sample. Raises ValueError where the shapes do not even go together: they only do if
    batch and length are equal, or one of them is 1. Book: encoders.

    >>> as_document_x_wrote(torch.ones(2, 2, 4), torch.zeros(4, 4)).tolist()[0]
    [[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]
    """
    batch, length, _ = x.shape
    if batch != length and 1 not in (batch, length):
        raise ValueError(
            f"x of batch {batch} and length {length}: document X's function takes them only if "
            "they are equal, or one is 1; use attention or SelfAttentionPooling"
        )
    weights = (x @ kernel).softmax(dim=-1).unsqueeze(2)  # [batch, length, 1, hidden]
    return (x * weights).sum(dim=1)
