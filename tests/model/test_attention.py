"""Attention by hand, its properties, and what document X wrote in its place."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xdrec.encoders.attention import (
    Attention,
    SelfAttentionPooling,
    as_document_x_wrote,
    attention,
    attention_weights,
)

sizes = st.integers(1, 6)
seeds = st.integers(0, 10_000)


def draw(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def draw_mask(seed, *shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.6


class TestByHand:
    """Two tokens of two dimensions; scores of ln 3 and 0 give odds of 3 to 1."""

    queries = torch.tensor([[math.log(3), 0.0], [0.0, 2 * math.log(3)]])
    keys = torch.eye(2)
    values = torch.tensor([[8.0, 0.0], [0.0, 4.0]])

    def test_weights(self):
        found = attention_weights(self.queries, self.keys, scale=1.0)
        assert found.flatten().tolist() == pytest.approx([3 / 4, 1 / 4, 1 / 10, 9 / 10])

    def test_a_mean_of_the_values_for_each_query(self):
        found = attention(self.queries, self.keys, self.values, scale=1.0)
        assert found.flatten().tolist() == pytest.approx([6, 1, 0.8, 3.6])

    def test_the_scale_is_one_over_the_root_of_the_width(self):
        found = attention_weights(self.queries * math.sqrt(2), self.keys)
        assert found.flatten().tolist() == pytest.approx([3 / 4, 1 / 4, 1 / 10, 9 / 10])

    def test_each_head_has_its_own_part_and_its_own_scale(self):
        """Heads of width 1: dimension 0 gives odds 3:1 and 1:1, dimension 1 gives 1:1 and 1:9."""
        found = attention_weights(self.queries, self.keys, heads=2)
        assert found[0].flatten().tolist() == pytest.approx([3 / 4, 1 / 4, 1 / 2, 1 / 2])
        assert found[1].flatten().tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 10, 9 / 10])
        mixed = attention(self.queries, self.keys, self.values, heads=2)
        assert mixed.flatten().tolist() == pytest.approx([6, 2, 4, 3.6])

    def test_masked_keys_are_not_there_and_nowhere_is_zero(self):
        mask = torch.tensor([[True, False], [False, False]])
        found = attention_weights(self.queries, self.keys, mask, scale=1.0)
        assert found.tolist() == [[[1, 0], [0, 0]]]
        mixed = attention(self.queries, self.keys, self.values, mask, scale=1.0)
        assert mixed.tolist() == [[8, 0], [0, 0]]


@given(seeds, sizes, sizes, st.sampled_from([1, 2, 4]), st.booleans())
def test_the_kernel_and_the_weights_to_look_at_agree(seed, n, m, heads, masked):
    q, k, v = draw(seed, 3, n, 8), draw(seed + 1, 3, m, 8), draw(seed + 2, 3, m, 4)
    mask = draw_mask(seed, 3, n, m) if masked else None
    weights = attention_weights(q, k, mask, heads=heads)
    assert weights.shape == (3, heads, n, m)
    by_hand = weights @ v.unflatten(-1, (heads, -1)).transpose(1, 2)
    expected = by_hand.transpose(1, 2).flatten(2)
    torch.testing.assert_close(attention(q, k, v, mask, heads=heads), expected)


@given(seeds, sizes, sizes)
def test_rows_sum_to_one_over_the_keys_that_are_there(seed, n, m):
    mask = draw_mask(seed, 2, n, m)
    weights = attention_weights(draw(seed, 2, n, 4), draw(seed + 1, 2, m, 4), mask, heads=2)
    assert (weights >= 0).all()
    assert not weights.masked_select(~mask[:, None]).any()
    sums = mask.any(dim=-1)[:, None].expand(2, 2, n).float()
    torch.testing.assert_close(weights.sum(dim=-1), sums)


@given(seeds, st.permutations(range(5)))
def test_self_attention_does_not_know_the_order(seed, order):
    """Permuted tokens give permuted results; what is pooled from them stays."""
    torch.manual_seed(seed)
    layer, pool = Attention(8, heads=2), SelfAttentionPooling(8, heads=2)
    x, mask = draw(seed, 2, 5, 8), draw_mask(seed, 2, 5)
    moved = layer(x[:, order], mask=mask[:, None, order])
    torch.testing.assert_close(moved, layer(x, mask=mask[:, None])[:, order])
    torch.testing.assert_close(pool(x[:, order], mask[:, order]), pool(x, mask))


@given(seeds, sizes)
def test_padding_changes_nothing_and_only_padding_is_nothing(seed, n):
    torch.manual_seed(seed)
    pool, x = SelfAttentionPooling(8, heads=2), draw(seed, 1, n, 8)
    padded = torch.cat([x, 1e3 * draw(seed + 1, 1, 3, 8)], dim=1)
    mask = torch.arange(n + 3)[None] < n
    torch.testing.assert_close(pool(padded, mask), pool(x))
    weights = pool.weights(padded, mask).detach()
    assert not weights[:, n:].any()
    assert float(weights.sum()) == pytest.approx(1)
    assert not pool(padded, torch.zeros(1, n + 3, dtype=torch.bool)).any()


def test_a_row_without_anything_leaves_no_nan_in_the_gradient():
    torch.manual_seed(0)
    pool = SelfAttentionPooling(4)
    x = torch.randn(2, 3, 4, requires_grad=True)
    pool(x, torch.tensor([[True, True, False], [False] * 3])).sum().backward()
    assert x.grad[0, :2].any()
    assert x.grad[0, 2].tolist() == [0] * 4
    assert x.grad[1].flatten().tolist() == [0] * 12
    assert all(p.grad.isfinite().all() for p in pool.parameters())


def test_cross_attention_looks_at_the_other_sequence():
    """A word's result is made of patches: change a patch that it may see, and it changes."""
    torch.manual_seed(0)
    layer, words, patches = (
        Attention(8, heads=2, context_width=6),
        draw(1, 1, 4, 8),
        draw(2, 1, 3, 6),
    )
    mask = torch.tensor([[[True, True, False]]]).expand(1, 4, 3)
    before, weights = layer(words, patches, mask), layer.weights(words, patches, mask)
    assert weights.shape == (1, 2, 4, 3)
    hidden, seen = patches.clone(), patches.clone()
    hidden[0, 2] += 1
    seen[0, 1] += 1
    torch.testing.assert_close(layer(words, hidden, mask), before)
    assert not torch.allclose(layer(words, seen, mask), before)


@pytest.mark.parametrize(
    ("q", "k", "v", "heads"),
    [((2, 4), (3, 6), (3, 4), 1), ((2, 4), (3, 4), (2, 4), 1), ((2, 4), (3, 4), (3, 4), 3)],
)
def test_shapes_that_do_not_go_together_are_named(q, k, v, heads):
    with pytest.raises(ValueError, match=r"expected \[..., n, d\], \[..., m, d\]"):
        attention(torch.zeros(q), torch.zeros(k), torch.zeros(v), heads=heads)


def test_heads_divide_the_width():
    with pytest.raises(ValueError, match="heads=3: expected a divisor of width=8"):
        Attention(8, heads=3)


class TestDocumentX:
    """X 3.2.1 as written, fault by fault, beside attention on the same numbers."""

    x = torch.tensor([[[1.0, 3.0], [2.0, 4.0]], [[10.0, 30.0], [20.0, 40.0]]])  # [sample, place, h]
    flat = torch.zeros(2, 2)  # a kernel that prefers nothing: all its weights are 1/2

    def test_most_shapes_do_not_go_together(self):
        for batch, length, fits in [(3, 4, False), (32, 10, False), (4, 4, True), (1, 7, True)]:
            x = torch.ones(batch, length, 2)
            if fits:
                assert as_document_x_wrote(x, self.flat).shape == (batch, length, 2)
            else:
                with pytest.raises(ValueError, match=f"batch {batch} and length {length}"):
                    as_document_x_wrote(x, self.flat)
            assert SelfAttentionPooling(2)(x).shape == (batch, 2)  # ours takes them all

    def test_the_samples_of_a_batch_are_mixed(self):
        """Out for sample 0, place 0: half of place 0 of sample 0 and half of that of sample 1."""
        found = as_document_x_wrote(self.x, self.flat)
        assert found[0].tolist() == [[5.5, 16.5], [11.0, 22.0]]
        other = self.x.clone()
        other[1] = 0
        assert as_document_x_wrote(other, self.flat)[0].tolist() == [[0.5, 1.5], [1.0, 2.0]]
        ours = attention(self.x, self.x, self.x)
        assert (attention(other, other, other)[0] == ours[0]).all()

    def test_the_sequence_is_not_pooled(self):
        """What was meant to be summed, the places, is still there; the samples were summed."""
        assert as_document_x_wrote(self.x, self.flat).shape == (2, 2, 2)

    def test_the_softmax_weighs_features_not_places(self):
        """Of two places, one says (5, 5) loudly, one (0, 0): both get weights (1/2, 1/2)."""
        x = torch.tensor([[[5.0, 5.0], [0.0, 0.0]]])
        weights = (x @ torch.ones(2, 2)).softmax(dim=-1)
        assert weights.tolist() == [[[0.5, 0.5], [0.5, 0.5]]]
        found = as_document_x_wrote(x, torch.ones(2, 2))
        # Place 0 is scaled by Σ_b 1/2 = 1: with one sample, nothing was attended to at all.
        assert found.tolist() == x.tolist()
        ours = attention_weights(x, x)
        assert ours.sum(dim=-1).flatten().tolist() == pytest.approx([1, 1])
        assert float(ours[0, 0, 0, 0]) > 0.999

    def test_no_place_looks_at_another(self):
        """Its weights at a place depend on that place alone; ours on what it finds elsewhere."""
        kernel = torch.tensor([[0.3, -0.1], [0.2, 0.5]])
        changed = self.x.clone()
        changed[0, 1] = torch.tensor([-7.0, 9.0])

        def weights(x):
            return (x @ kernel).softmax(dim=-1)

        assert (weights(changed)[0, 0] == weights(self.x)[0, 0]).all()
        before, after = attention_weights(self.x, self.x), attention_weights(changed, changed)
        assert not torch.allclose(before[0, 0, 0], after[0, 0, 0])
