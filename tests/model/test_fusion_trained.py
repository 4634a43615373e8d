"""Trained fusions: what they compute, by hand, and that they learn what there is to learn."""

import numpy as np
import pytest
import torch
from scipy import sparse
from torch.nn.functional import normalize

from tests.model.fusion_contract import WIDTHS, behaviour, catalogue
from xdrec.encoders import Features
from xdrec.fusion import BilinearFusion, GatedFusion, SharedSpace, concatenate
from xdrec.fusion.behaviour import HISTORY, Events, hidden
from xdrec.train import Plan

SHORT = Plan(epochs=8, batch_size=64, lr=3e-3)
TASTES = 5


def told(seed, n=200):
    """Items of five tastes; people have items of one. `text` tells the taste, `image` is noise."""
    rng = np.random.default_rng(seed)
    taste = rng.integers(TASTES, size=n)
    text = np.eye(TASTES)[taste] + 0.4 * rng.normal(size=(n, TASTES))
    parts = {"text": Features.of(text), "image": Features.of(rng.normal(size=(n, 12)))}
    own = rng.integers(TASTES, size=(150, 1))
    return taste, parts, (taste == own) & (rng.random((150, n)) < 0.4)


def separation(vectors, taste):
    """Mean cosine of two items of one taste, less that of two of different tastes."""
    cosines, same = vectors @ vectors.T, taste[:, None] == taste
    others = ~np.eye(len(taste), dtype=bool)
    return cosines[same & others].mean() - cosines[~same].mean()


# The gate can close on noise; products whose weights are α's can only make less of it.
@pytest.mark.parametrize(("kind", "gain"), [(GatedFusion, 0.1), (BilinearFusion, 0.03)])
@pytest.mark.parametrize("seed", [0, 1])
def test_learns_from_behaviour_which_modality_tells(kind, gain, seed):
    """Judged on items that nobody had in training."""
    taste, parts, x = told(seed)
    new = np.arange(200) >= 140
    x[:, new] = False
    fusion = kind(width=8, device="cpu", seed=seed).fit(parts, x, SHORT)
    unseen = {m: Features.of(f.vectors[new]) for m, f in parts.items()}
    plain = separation(concatenate(unseen).vectors, taste[new])
    assert separation(fusion.fuse(unseen).vectors, taste[new]) > plain + gain


def test_the_gate_closes_on_noise():
    _, parts, x = told(2)
    fused = GatedFusion(width=8, device="cpu").fit(parts, x, SHORT).fuse(parts)
    assert fused.shares[:, 0].mean() > 0.6
    assert fused.shares[:, 0].std() > 0  # and it looks at the item


def test_untrained_the_gate_asks_for_what_alpha_asks_for():
    parts = catalogue()
    fusion = GatedFusion(width=8, device="cpu")
    fusion.begin(parts)
    has = np.column_stack([f.present for f in parts.values()])
    alpha = np.array([0.5, 0.3, 0.2])
    expected = has * alpha / np.maximum((has * alpha).sum(axis=1, keepdims=True), 0.1)
    fused = fusion.fuse(parts, dict(zip(WIDTHS, alpha.tolist(), strict=True)))
    assert fused.shares == pytest.approx(expected, abs=1e-6)


def test_bilinear_by_hand():
    """v = Σ α_m² z_m + Σ 2 α_m α_m' B_mm', written out for one item."""
    parts = {m: f for m, f in catalogue(missing=0.0).items() if m != "attributes"}
    fusion = BilinearFusion(width=4, device="cpu").fit(parts, behaviour(), SHORT)
    net, x = fusion.net, fusion.inputs(parts)
    with torch.no_grad():
        z = net.project(x)[0]
        t = [net.factors[m](x[m][0]) for m in range(2)]
        pair = normalize(net.out(t[0] * t[1]), dim=-1)
        v = normalize(0.49 * z[0] + 0.09 * z[1] + 0.42 * pair, dim=-1)
    fused = fusion.fuse(parts, {"text": 0.7, "image": 0.3})
    assert fused.vectors[0] == pytest.approx(v.numpy(), abs=1e-6)


def test_bilinear_tells_what_only_two_together_tell():
    """Exclusive or: neither modality alone says which of two tastes an item is of."""
    rng = np.random.default_rng(3)
    one, two = rng.choice([-1.0, 1.0], size=(2, 80))
    taste = (one * two > 0).astype(int)
    parts = {m: Features.of(np.stack([b, np.ones(80)], 1) + 0.1 * rng.normal(size=(80, 2)))
             for m, b in (("a", one), ("b", two))}  # fmt: skip
    x = (taste == np.arange(120)[:, None] % 2) & (rng.random((120, 80)) < 0.3)
    fusion = BilinearFusion(width=8, drop=0.0, device="cpu").fit(parts, x, SHORT)
    assert abs(separation(concatenate(parts).vectors, taste)) < 0.1
    assert separation(fusion.fuse(parts).vectors, taste) > 0.5


def test_modalities_of_one_item_meet_in_the_shared_space():
    """On items it was not taught: the text finds its picture among 40, by chance 1 in 40."""
    rng = np.random.default_rng(4)
    meaning = rng.normal(size=(240, 6))
    parts = {m: Features.of(meaning @ rng.normal(size=(6, d))) for m, d in (("t", 20), ("i", 9))}
    plan = Plan(epochs=40, batch_size=64, lr=3e-3)
    taught = {m: Features.of(f.vectors[:200]) for m, f in parts.items()}
    space = SharedSpace(width=8, device="cpu").fit(taught, plan)
    text, image = (space.embed(m, Features.of(f.vectors[200:])) for m, f in parts.items())
    found = (text.vectors @ image.vectors.T).argmax(axis=1) == np.arange(40)
    assert found.mean() > 0.5
    assert np.linalg.norm(text.vectors, axis=1) == pytest.approx(np.ones(40), abs=1e-5)


def test_a_fused_item_is_the_weighted_mean_of_what_it_has():
    parts = catalogue()
    space = SharedSpace(width=8, device="cpu").fit(parts, SHORT)
    alone = {m: space.embed(m, f) for m, f in parts.items()}
    assert all((alone[m].present == parts[m].present).all() for m in parts)
    fused = space.fuse(parts, {"text": 0.5, "image": 0.3, "attributes": 0.2})
    mean = sum(s[:, None] * alone[m].vectors for m, s in zip(parts, fused.shares.T, strict=True))
    assert fused.vectors == pytest.approx(Features.of(mean).unit(), abs=1e-5)


def test_the_shared_space_refuses():
    parts = catalogue()
    with pytest.raises(ValueError, match="expected two, to be aligned"):
        SharedSpace().fit({"text": parts["text"]})
    apart = np.arange(60) < 30
    never = {"text": Features.of(parts["text"].vectors, apart),
             "image": Features.of(parts["image"].vectors, ~apart)}  # fmt: skip
    with pytest.raises(ValueError, match="fewer than two items have both"):
        SharedSpace().fit(never)
    with pytest.raises(RuntimeError, match="is not fitted"):
        SharedSpace().embed("text", parts["text"])
    space = SharedSpace(width=4, device="cpu").fit(parts, SHORT)
    with pytest.raises(ValueError, match="modality 'smell': expected one of"):
        space.embed("smell", parts["text"])


def test_a_batch_holds_histories_without_their_targets():
    x = sparse.csr_matrix(behaviour())
    events = Events(x)
    assert len(events) == x.nnz == 50 * 8
    rows = np.arange(len(events))
    batch = events.batch(rows, torch.Generator().manual_seed(0))
    ids, target, history = (batch[name].numpy() for name in ("ids", "target", "history"))
    items, before = ids[target], ids[history]
    assert before.shape == (400, HISTORY)
    has = x.toarray()
    users = np.repeat(np.arange(50), 8)
    assert has[users, items].all()
    assert has[users[:, None], before].all()
    assert (before != items[:, None]).all()
    assert (batch["owned"].numpy() == has[users][:, items]).all()
    # Every other item of a person comes up: 7 of them, 8 x 16 draws with 1 in 7 each.
    mine = before[users == 0]
    assert set(mine.ravel()) == set(np.flatnonzero(has[0]))
    again = events.batch(rows, torch.Generator().manual_seed(0))
    assert all(torch.equal(batch[name], again[name]) for name in batch)


def test_never_all_modalities_are_hidden():
    torch.manual_seed(0)
    prior = torch.tensor([[0.5, 0.5, 0.0]]).repeat(4000, 1)
    kept = hidden(prior, drop=0.6)
    assert (kept.sum(dim=1) > 0).all()
    assert not kept[:, 2].any()
    both = (kept[:, :2] > 0).all(dim=1).float().mean()
    # Both are kept by luck (.4²), or because both were to be hidden (.6²).
    assert float(both) == pytest.approx(0.4**2 + 0.6**2, abs=0.03)


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (np.ones((5, 3)), "x of 3 columns: expected the 60 items"),
        (np.full((5, 60), np.nan), "x holds NaN"),
        (np.eye(60), "0 people have two items"),
        (np.zeros((5, 60)), "0 people have two items"),
    ],
)
def test_refuses_behaviour(x, says):
    with pytest.raises(ValueError, match=says):
        GatedFusion(width=4).fit(catalogue(), x)


@pytest.mark.parametrize("drop", [-0.1, 1.0])
def test_refuses_a_drop(drop):
    with pytest.raises(ValueError, match="expected a chance from 0 to below 1"):
        GatedFusion(drop=drop)


def test_what_items_without_any_modality_are_in_changes_nothing():
    """The last item of the catalogue has none: whoever has it teaches as if they had not."""
    x = behaviour().astype(float)
    with_it = x.copy()
    with_it[:, -1] = 1
    without = x.copy()
    without[:, -1] = 0
    one, other = (
        GatedFusion(width=4, device="cpu").fit(catalogue(), each, SHORT).fuse(catalogue())
        for each in (with_it, without)
    )
    assert one.vectors.tobytes() == other.vectors.tobytes()
