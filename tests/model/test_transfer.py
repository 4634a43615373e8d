"""L_transfer on a linear model: its two ends, its anchor, and that it pays where it should."""

import numpy as np
import pytest

from tests.model.interest_contract import ScorerContract, colours, source_colours
from tests.model.small import domain
from xdrec.data import leave_last_out, make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.evaluate import true_ndcg
from xdrec.interest import EASE, NextItem
from xdrec.transfer import Anchored, TextAnchor, UserAnchor


class TestAnchored(ScorerContract):
    def make(self):
        return Anchored(NextItem(mu=1.0), TextAnchor(colours(self.order), source_colours()), 3.0)


class TestAnchoredEASE(ScorerContract):
    def make(self):
        anchor = TextAnchor(colours(self.order), source_colours())
        return Anchored(EASE(1.0, recency=0.9), anchor, 5.0, norm="plain")


@pytest.fixture(scope="module")
def world():
    return make_world(users=150, items=100, sparsity=0.95, overlap=1.0, images=False, seed=3)


@pytest.fixture(scope="module")
def texts(world):
    """What a perfect reader would see: the themes themselves, in both catalogues."""
    return [Features.of(world.truth[name].item_factors) for name in ("films", "books")]


@pytest.mark.parametrize("model", [EASE(20.0, recency=0.8), NextItem(20.0)])
def test_the_ends(world, texts, model):
    known = world.cross("books", "films")
    free = Anchored(model, TextAnchor(*texts), 0.0).fit(known)
    assert free.score(known.users) == pytest.approx(model.fit(known).score(known.users), abs=1e-9)
    tied = Anchored(model, TextAnchor(*texts), np.inf).fit(known)
    assert (tied.b == tied.b_0).all()
    for lam in (0.5, 30.0):
        between = Anchored(model, TextAnchor(*texts), lam).fit(known)
        assert between.path(known).weights(lam) == pytest.approx(between.b, abs=1e-8)
        plain = Anchored(model, TextAnchor(*texts), lam, norm="plain").fit(known)
        assert plain.path(known).weights(lam, "plain") == pytest.approx(plain.b, abs=1e-8)


def test_the_anchor_knows_no_event_of_the_target(world, texts):
    known = world.cross("books", "films")
    none = known.target.with_interactions(known.target.interactions.clear())
    with_all = TextAnchor(*texts).matrix(known, NextItem(20.0))
    with_none = TextAnchor(*texts).matrix(CrossDomain(known.source, none), NextItem(20.0))
    assert with_all == pytest.approx(with_none)
    assert (np.diag(with_all) == 0).all()


def test_the_map_is_found_again():
    rng = np.random.default_rng(0)
    source, target = (Features.of(rng.standard_normal((n, 4))) for n in (60, 20))
    alike = (source.unit() @ source.unit().T).clip(min=0)
    weights = 0.5 * alike - 0.2 * alike**2 + 0.1 * alike**8
    np.fill_diagonal(weights, 0)
    anchor = TextAnchor(target, source).learn(weights)
    assert anchor.map == pytest.approx([0.5, -0.2, 0, 0.1], abs=1e-5)
    near = target.unit()[0] @ target.unit()[1]
    expected = 0.5 * max(near, 0) - 0.2 * max(near, 0) ** 2 + 0.1 * max(near, 0) ** 8
    assert anchor.apply()[0, 1] == pytest.approx(expected, abs=1e-5)


def test_things_are_alike_if_their_people_are():
    """a and b have p in the source, c has q: x (of a) and y (of b) are alike, z (of c) is not."""
    source = domain("s", [("a", "p"), ("b", "p"), ("c", "q"), ("d", "p")])
    known = CrossDomain(source, domain("t", [("a", "x"), ("b", "y"), ("c", "z")]))
    w = UserAnchor().likeness(known)
    # Of the pairs ab, ac, bc the cosines are 1, 0, 0; d has nothing in the target.
    assert w == pytest.approx(np.array([[0, 2, -1], [2, 0, -1], [-1, -1, 0]]) / 3)


def test_the_likeness_is_the_same_in_blocks(world, monkeypatch):
    known = world.cross("books", "films")
    whole = UserAnchor().likeness(known)
    monkeypatch.setattr("xdrec.transfer.anchors.BLOCK", 7)
    assert UserAnchor().likeness(known) == pytest.approx(whole)


def test_where_all_people_are_alike_the_anchor_is_nothing():
    """a, b and c have p of four people: every pair is as alike as any, so W = 0, and not NaN."""
    source = domain("s", [("a", "p"), ("b", "p"), ("c", "p"), ("d", "q")])
    known = CrossDomain(source, domain("t", [("a", "x"), ("b", "y"), ("c", "z")]))
    assert (UserAnchor().matrix(known, EASE(1.0)) == 0).all()


def test_nobody_in_both_domains():
    known = CrossDomain(domain("s", [("a", "p")]), domain("t", [("b", "x")]))
    with pytest.raises(ValueError, match="fewer than two people"):
        UserAnchor().likeness(known)


def test_where_the_domains_are_one_at_heart_the_source_alone_will_do():
    """Gap 0: λ = ∞ beats λ = 0. Gap 1: it costs more than half. Negative transfer."""
    reached = {}
    for gap in (0.0, 1.0):
        w = make_world(users=300, items=100, sparsity=0.95, overlap=1.0, gap=gap, images=False)
        known, truth = w.cross("books", "films"), w.truth["films"]
        for lam in (0.0, np.inf):
            model = Anchored(EASE(30.0), UserAnchor(), lam).fit(known)
            reached[gap, lam] = true_ndcg(model, known, truth).mean()
    assert reached[0.0, np.inf] > reached[0.0, 0.0]
    assert reached[1.0, np.inf] < 0.5 * reached[1.0, 0.0]


def test_items_without_a_text_are_tied_to_nothing():
    vectors = np.array([[1.0, 0], [1, 0.1], [0, 0]])
    features = Features.of(vectors, present=[True, True, False])
    anchor = TextAnchor(features, features).learn(np.ones((3, 3))).apply()
    assert (anchor[2] == 0).all()
    assert (anchor[:, 2] == 0).all()
    assert anchor[0, 1] > 0


def test_transfer_pays_where_the_target_is_sparse(world, texts):
    split = leave_last_out(world.cross("books", "films"))
    reached = {
        lam: true_ndcg(
            Anchored(NextItem(20.0, back=0.3), TextAnchor(*texts), lam).fit(split.known),
            split.known,
            world.truth["films"],
        ).mean()
        for lam in (0.0, 100.0)
    }
    assert reached[100.0] > reached[0.0] + 0.05


def test_refuses(world, texts):
    with pytest.raises(ValueError, match="expected a strength λ >= 0"):
        Anchored(EASE(), TextAnchor(*texts), lam=np.nan)
    with pytest.raises(ValueError, match="'squared' or 'plain'"):
        Anchored(EASE(), TextAnchor(*texts), lam=1.0, norm="l2")
    known = world.cross("books", "films")
    with pytest.raises(ValueError, match=r"60 vectors for the 100 items of the target"):
        TextAnchor(Features.of(np.ones((60, 2))), texts[1]).matrix(known, NextItem())
    with pytest.raises(ValueError, match="nothing to learn a map from"):
        TextAnchor(texts[0], Features.of(np.eye(100))).matrix(known, NextItem())
    with pytest.raises(ValueError, match="the problem of B alone"):
        Anchored(EASE(domains="both"), TextAnchor(*texts), 1.0).fit(known)
