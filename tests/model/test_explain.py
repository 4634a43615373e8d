"""Reasons: sums worked out by hand, exact for everybody, and measured for what they are worth."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
import torch

from tests.model.small import checkerboard, domain
from xdrec.data import DataError, make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders.features import Features
from xdrec.explain import (
    Additive,
    Why,
    attention,
    counterfactual,
    faithfulness,
    integrated_gradients,
    left_out,
    mixed,
    nearest,
    rescored,
)
from xdrec.explain.counterfactual import owned, places
from xdrec.explain.deep import looked
from xdrec.fusion import late_fusion
from xdrec.interest import (
    ALS,
    EASE,
    BehaviourMean,
    Hybrid,
    ItemKNN,
    NextItem,
    Popularity,
    SequenceTransformer,
)
from xdrec.plan import Plan
from xdrec.ranking import top_k
from xdrec.transfer import TextAnchor
from xdrec.transfer.anchored import Anchored


class Fixed:
    """A linear model with weights that are given: score = the sum over what somebody has."""

    def __init__(self, b):
        self.b = np.array(b, float)

    def fit(self, known):
        return self.read(known)

    def read(self, known):
        self._index, self._x = known.user_index, known.matrix("target").toarray().astype(float)
        return self

    def score(self, users):
        return self._x[self._index(users)] @ self.b


def one(history, items):
    """A person "a" with these columns of so many items."""
    ids = [f"i{n}" for n in range(items)]
    pairs = [("a", f"i{n}") for n in history]
    return CrossDomain(domain("source", [("b", "s")]), domain("target", pairs, items=ids))


@pytest.fixture(scope="module")
def crowd():
    """A thousand people and more, in two shops, with vectors that know the items' factors."""
    world = make_world(users=1100, items=60, sparsity=0.85, overlap=1.0, images=False, seed=15)
    known = world.cross("books", "films")
    vectors = [Features.of(world.truth[name].item_factors + 0.1) for name in ("films", "books")]
    users = known.target.interactions["user_id"].unique().sort().to_list()[:1000]
    assert len(users) == 1000
    return known, vectors, users


def models(vectors):
    target, source = vectors
    anchor = TextAnchor(target, source)
    return {
        "EASE": EASE(50),
        "EASE fading": EASE(50, 0.8, decay=0.9),
        "EASE of users": EASE(50, 0.8, form="users"),
        "EASE of users, not fading": EASE(50, form="users"),
        "EASE with texts": EASE(50, 0.9, content=target),
        "EASE of both": EASE(50, 0.9, domains="both"),
        "next": NextItem(20, half_days=30.0, back=0.3),
        "anchored": Anchored(NextItem(20), anchor, 100.0),
        "anchored, plain": Anchored(EASE(50), anchor, 50.0, "plain"),
        "mean": BehaviourMean(target, recency=0.8),
        "mean of both": BehaviourMean(target, source, history="both", recency=0.8),
        "mean of either": BehaviourMean(target, source, history="either"),
        "late": Hybrid(
            {"next": NextItem(20), "texts": BehaviourMean(target), "charts": Popularity()},
            {"next": 0.6, "texts": 0.3, "charts": 0.1},
        ),
        "late of anchored": Hybrid(
            {"tied": Anchored(EASE(50), anchor, 10.0), "texts": BehaviourMean(target)}
        ),
    }


NAMES = list(models([Features.of(np.eye(2))] * 2))


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_sum_to_the_score_of_a_thousand_people(crowd, name):
    known, vectors, users = crowd
    model = models(vectors)[name].fit(known)
    additive, scores = Additive(model, known), np.asarray(model.score(users), float)
    items = np.random.default_rng(15).integers(scores.shape[1], size=len(users))
    whys = [additive.why(user, int(item)) for user, item in zip(users, items, strict=True)]
    missed = [why.score - row[why.item] for why, row in zip(whys, scores, strict=True)]
    assert np.abs(missed).max() < 1e-5
    some = additive.parts(users[0])
    whole = sum(part.sum(axis=0) for part in some.parts.values()) + some.rest
    assert np.allclose(whole, scores[0], atol=1e-5)  # of every item


@pytest.mark.parametrize("name", NAMES)
def test_reading_the_same_histories_changes_no_score(crowd, name):
    known, vectors, users = crowd
    model = models(vectors)[name].fit(known)
    before = model.score(users[:50])
    assert np.allclose(model.read(known).score(users[:50]), before, atol=1e-8)


def test_ease_by_hand():
    known = CrossDomain(
        domain("source", [("a", "q")]),
        domain("target", [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x"), ("d", "z")]),
    )
    additive = Additive(EASE(mu=1.0).fit(known), known)  # B_xy = 1/2, B_yx = 2/3
    why = additive.why("a", 1)
    assert why.columns.tolist() == [0, 1]
    assert why.origins == ("target",)
    assert np.allclose(why.parts, [[1 / 2], [0]])  # x speaks for y, y not for itself
    assert np.allclose(additive.why("a", 0).each, [0, 2 / 3])
    with pytest.raises(ValueError, match="item=3: expected a column of the target, below 3"):
        additive.why("a", 3)


def test_what_fades_counts_less():
    events = {"timestamp": [1, 2, 1, 2, 1, 2]}
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "z"), ("c", "x")]
    known = CrossDomain(domain("source", [("a", "q")]), domain("target", rows, **events))
    why = Additive(NextItem(mu=1.0).fit(known), known).why("c", 0)
    assert np.allclose(why.parts, [[0], [0.45]])  # z is one event old: 0.9 of B_zx = 1/2


def test_the_anchor_s_part_and_the_target_s(crowd):
    known, vectors, users = crowd
    anchor = TextAnchor(*vectors)

    def split(lam, norm="squared"):
        model = Anchored(NextItem(20), anchor, lam, norm).fit(known)
        return Additive(model, known).why(users[3], 7).parts.sum(axis=0)

    assert np.allclose(split(0.0)[1], 0)
    assert np.allclose(split(np.inf)[0], 0)
    assert split(np.inf)[1] != 0
    shares = [split(lam)[1] / split(lam).sum() for lam in (1.0, 30.0, 1000.0)]
    assert shares == sorted(shares)

    class Twice:
        def matrix(self, known, model):
            return 2 * anchor.matrix(known, model)

    own, of_anchor = split(30.0)
    twice = Anchored(NextItem(20), Twice(), 30.0).fit(known)
    doubled = Additive(twice, known).why(users[3], 7).parts.sum(axis=0)
    assert np.allclose(doubled, [own, 2 * of_anchor])  # linear in what the anchor says
    model = Anchored(NextItem(20), anchor, 1e9, "plain").fit(known)
    assert not model.own(known).any()  # beyond λ* B is the anchor


def test_late_fusion_modality_by_history_item(crowd):
    known, vectors, users = crowd
    user, item = users[0], 5
    means = {"text": BehaviourMean(vectors[0]), "image": BehaviourMean(vectors[0], recency=0.5)}
    there = np.arange(60) != item
    for present, share in (({}, 0.25), ({"image": there}, 0.0)):
        scores = {name: mean.fit(known).score([user]) for name, mean in means.items()}
        fused = late_fusion(scores, {"text": 0.75, "image": 0.25}, present)
        whys = {name: Additive(mean, known).why(user, item) for name, mean in means.items()}
        why = mixed(whys, dict(zip(fused.modalities, fused.shares[item], strict=True)))
        assert why.origins == ("text", "image")
        assert why.score == pytest.approx(fused.scores[0, item], abs=1e-6)
        assert why.parts[:, 1].sum() == pytest.approx(share * scores["image"][0, item], abs=1e-6)


def test_reasons_that_do_not_fit_are_not_mixed():
    whys = {name: Why(name, 3, np.array([0]), ("o",), np.ones((1, 1))) for name in "ab"}
    with pytest.raises(ValueError, match="all of one user and one item"):
        mixed(whys, {"a": 1, "b": 1})
    with pytest.raises(ValueError, match="all of one user and one item"):
        mixed({}, {})
    with pytest.raises(ValueError, match="expected one for each of"):
        mixed({"a": whys["a"]}, {"text": 1})
    with pytest.raises(ValueError, match=r"parts \(2, 1\) of 1 items from 1 origins"):
        Why("a", 3, np.array([0]), ("o",), np.ones((2, 1)))


def test_charts_are_in_no_history(crowd):
    known, _, users = crowd
    model = Hybrid({"next": NextItem(20), "charts": Popularity()}).fit(known)
    why = Additive(model, known).why(users[0], 4)
    parts = model.parts([users[0]])
    assert why.rest == pytest.approx(parts["charts"][0, 4])
    assert why.each.sum() == pytest.approx(parts["next"][0, 4])
    assert why.origins == ("next",)


def test_a_score_that_is_no_sum_is_refused():
    known = checkerboard()
    with pytest.raises(TypeError, match="ALS: expected a model whose score is a sum"):
        Additive(ALS(2).fit(known), known)


def test_nobody_s_history_gives_nothing():
    known = checkerboard()
    why = Additive(EASE(1.0).fit(known), known).why("new", 2)
    assert (len(why.columns), why.score) == (0, 0.0)
    vectors = Features.of(np.eye(10))
    assert Additive(BehaviourMean(vectors).fit(known), known).why("new", 2).score == 0
    assert left_out(EASE(1.0).fit(known), known, "new", 2).score == 0


def test_nearest_is_the_cosine_whatever_the_model():
    known = one([0, 1, 2], 4)
    target = Features.of(np.array([[1.0, 0], [3, 3], [0, 1], [2, 0]]))
    why = nearest(known, "a", 3, target)
    assert np.allclose(why.each, [1, 2**-0.5, 0])
    assert why.order.tolist() == [0, 1, 2]
    source = Features.of(np.array([[0.0, 1]]))
    assert nearest(known, "b", 2, target, source).columns.tolist() == [4]


def test_left_out_is_the_part_where_nothing_fades_and_nothing_is_divided(crowd):
    known, _, users = crowd
    model = EASE(50).fit(known)
    for user in users[:5]:
        exact, asked = Additive(model, known).why(user, 9), left_out(model, known, user, 9)
        assert np.allclose(exact.each, asked.each)
        assert asked.rest == pytest.approx(0)
    both = EASE(50, domains="both").fit(known)
    exact, asked = Additive(both, known).why(users[0], 9), left_out(both, known, users[0], 9)
    assert exact.columns.max() >= 60
    assert asked.columns.tolist() == exact.columns.tolist()
    assert np.allclose(exact.each, asked.each)


def test_scored_again_what_was_older_is_newer():
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "z"), ("c", "x")]
    known = CrossDomain(
        domain("source", [("a", "q")]), domain("target", rows, timestamp=[1, 2, 1, 2, 1, 2])
    )
    model = NextItem(mu=1.0).fit(known)
    before = model.score(["a", "b", "c"])
    whole, without_x, empty = rescored(model, known, [("c", []), ("c", [0]), ("c", [0, 2])])
    assert np.allclose(whole, before[2])
    assert without_x[0] == pytest.approx(0.5)  # z, now the newest, counts whole: B_zx = 1/2
    assert not empty.any()
    assert np.array_equal(model.score(["a", "b", "c"]), before)  # the model itself is untouched


def test_scored_again_only_by_what_can_read():
    known = checkerboard()
    with pytest.raises(TypeError, match="ItemKNN has no read"):
        rescored(ItemKNN(5).fit(known), known, [("u1", [])])
    mix = Hybrid({"near": ItemKNN(5), "linear": EASE(1.0)}).fit(known)
    with pytest.raises(TypeError, match=r"models \['near'\] have no read"):
        rescored(mix, known, [("u1", [])])
    with pytest.raises(DataError, match="unknown user: 'nobody'"):
        rescored(EASE(1.0).fit(known), known, [("nobody", [])])


def test_a_person_s_source_can_be_left_out(crowd):
    known, vectors, users = crowd
    model = BehaviourMean(*vectors, history="source").fit(known)
    theirs = known.source.interactions.filter(user_id=users[0])["item_id"]
    columns = (known.source.item_index(theirs) + 60).tolist()
    assert not rescored(model, known, [(users[0], columns)]).any()
    assert rescored(model, known, [(users[0], columns[1:])]).any()


def test_places_are_counted_among_what_the_person_does_not_have():
    have = np.array([True, False, False, False, False])
    scores = np.array([[9.0, 1, 3, 2, 1], [0.0, 0, 0, 0, 0]])
    assert places(scores, have, 3).tolist() == [2, 2.5]
    assert places(scores, have, 1).tolist() == [3.5, 2.5]
    assert owned(one([0], 5), "a").tolist() == have.tolist()


def test_a_counterfactual_by_hand():
    # Items 0 to 2 are the history; 3 has 4 + 1 + 1, 4 has 3.
    b = [[0, 0, 0, 4, 1], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0] * 5, [0] * 5]
    known = one([0, 1, 2], 5)
    model = Fixed(b).fit(known)
    why = Why("a", 3, np.array([0, 1, 2]), ("b",), model.b[:3, [3]])
    found = counterfactual(model, known, why, k=1)
    # Without item 0 both have 2, and of equals the place is the middle one.
    assert (found.columns, found.before, found.after, found.instead) == ((0,), 1, 1.5, 3)
    wrong = Why("a", 3, np.array([0, 1, 2]), ("b",), -model.b[:3, [3]])
    assert counterfactual(model, known, wrong, k=1).columns == (0,)  # what can be spared goes back
    fourth = Why("a", 4, np.array([0, 1, 2]), ("b",), model.b[:3, [4]])
    assert counterfactual(model, known, fourth, k=1) is None  # not on the list to begin with


@pytest.mark.parametrize("name", ["EASE fading", "next", "mean", "late", "anchored"])
def test_a_counterfactual_is_true_and_nothing_of_it_can_be_spared(crowd, name):
    known, vectors, users = crowd
    model = models(vectors)[name].fit(known)
    additive, smallest = Additive(model, known), []
    for user in users[:12]:
        have = owned(known, user)
        item = int(top_k(np.where(have, -np.inf, model.score([user])[0])[None], 1)[0, 0])
        why = additive.why(user, item)
        found = counterfactual(model, known, why, k=3)

        def off(columns, user=user, have=have, item=item):
            return places(rescored(model, known, [(user, columns)]), have, item)[0] > 3

        if found is None:  # it stands there for everybody
            assert name == "late"
            assert not off(why.columns.tolist())
            continue
        assert found.before <= 3
        assert found.after > 3
        assert off(found.columns)
        for column in found.columns:
            fewer = [c for c in found.columns if c != column]
            assert not fewer or not off(fewer)
        if len(found.columns) == 2:
            smallest.append(not any(off([c]) for c in why.columns.tolist()))
        elif len(found.columns) == 3:
            pairs = combinations(why.columns.tolist(), 2)
            smallest.append(not any(off(list(pair)) for pair in pairs))
    assert not smallest or np.mean(smallest) > 0.3  # by greed: not always, but not seldom either


def test_areas_by_hand():
    known = one([0, 1], 3)
    model = Fixed([[0, 0, 3], [0, 0, 1], [0, 0, 0]]).fit(known)
    why = Why("a", 2, np.array([0, 1]), ("b",), np.array([[3.0], [1.0]]))
    found = faithfulness(model, known, [why], measure="score", points=2, draws=200)
    assert found.curves["deletion"].tolist() == [1, 1 / 4, 0]
    assert found.curves["insertion"].tolist() == [0, 3 / 4, 1]
    assert found.deletion.tolist() == [3 / 8]  # (1 + 1/4) / 2 and (1/4 + 0) / 2, their mean
    assert found.insertion.tolist() == [5 / 8]
    assert found.chance[0] == pytest.approx(1 / 2, abs=0.03)
    assert found.gain().mean == pytest.approx(1 / 4, abs=0.05)
    assert found.inserted().mean == pytest.approx(1 / 8, abs=0.03)
    place = faithfulness(model, known, [why], points=2)
    assert place.curves["deletion"].tolist() == [1, 1, 1]  # nothing else is on offer


def test_the_verdict_tells_good_reasons_from_bad_ones(crowd):
    known, _, users = crowd
    model = NextItem(20).fit(known)
    additive = Additive(model, known)
    scores = np.where(known.target.matrix(users).toarray() > 0, -np.inf, model.score(users))
    good = [additive.why(u, int(i)) for u, i in zip(users, scores.argmax(axis=1), strict=True)]
    good = [why for why in good if len(why.columns) > 2][:150]
    rng = np.random.default_rng(0)

    def told(parts):
        return [Why(w.user, w.item, w.columns, ("x",), parts(w)) for w in good]

    found = faithfulness(model, known, good)
    assert found.verdict == "faithful"
    assert found.gain().low > 0.3
    backwards = faithfulness(model, known, told(lambda w: -w.parts))
    assert backwards.verdict == "misleading"
    assert np.allclose(backwards.deletion, found.insertion)
    drawn = faithfulness(model, known, told(lambda w: rng.random(w.parts.shape)))
    assert drawn.verdict == "no better than chance"
    noise = told(lambda w: w.parts / w.parts.std() + 2 * rng.normal(size=w.parts.shape))
    assert faithfulness(model, known, noise).verdict == "weak"


def test_what_cannot_be_measured():
    known = one([0, 1], 3)
    model = Fixed(-np.ones((3, 3))).fit(known)
    why = Why("a", 2, np.array([0, 1]), ("b",), np.ones((2, 1)))
    with pytest.raises(ValueError, match="measure='mood': expected one of place, score"):
        faithfulness(model, known, [why], measure="mood")
    with pytest.raises(ValueError, match="no reasons"):
        faithfulness(model, known, [])
    with pytest.raises(ValueError, match="a score of -2: expected one above 0"):
        faithfulness(model, known, [why], measure="score")


@pytest.fixture(scope="module")
def ordered(crowd):
    known, vectors, users = crowd
    plan = Plan(epochs=3, batch_size=64, lr=3e-3)
    options = {"width": 16, "layers": 1, "heads": 2, "plan": plan, "device": "cpu"}
    return known, users, SequenceTransformer(*vectors, history="both", **options).fit(known)


def test_gradients_are_complete(ordered):
    known, users, model = ordered
    scores = model.score(users[:20])
    for row, user in enumerate(users[:20]):
        why = integrated_gradients(model, user, row)
        assert why.score == pytest.approx(scores[row, row], abs=1e-4)  # of float32
    few, many = (integrated_gradients(model, users[0], 3, steps) for steps in (32, 256))
    assert np.allclose(few.parts, many.parts, atol=1e-6)
    assert few.score == pytest.approx(many.score, abs=1e-6)
    theirs = model._told.item[model._told.of(int(known.user_index([users[0]])[0]))]
    assert few.columns.tolist() == theirs.tolist()
    assert few.columns.max() >= 60  # the source's, too


def test_gradients_by_hand():
    """Two items of the plane, one event, nothing trained: F = ⟨x/|x|, v⟩ / τ along a line."""
    known = one([0], 2)
    model = SequenceTransformer(
        Features.of(np.eye(2)), width=2, layers=0, heads=1, temperature=0.5, device="cpu"
    ).begin(known)
    why = integrated_gradients(model, "a", 0)
    assert why.rest == pytest.approx(2**0.5)  # the mean of both items: cos 45° / 0.5
    assert why.parts == pytest.approx(2 - 2**0.5)


def test_attention_of_an_untrained_net_is_the_fading(crowd):
    rows = [("a", "x"), ("a", "y"), ("a", "z")]
    known = CrossDomain(domain("s", [("b", "q")]), domain("t", rows, timestamp=[1, 2, 3]))
    model = SequenceTransformer(
        Features.of(np.eye(3)), width=4, layers=1, heads=2, device="cpu"
    ).begin(known)
    why = attention(model, "a", 1)
    faded = np.array([0.09, 0.3, 1]) / 1.39  # γ = 0.3 in the second head, 1 in the first
    assert np.allclose(why.each, (faded + 1 / 3) / 2, atol=1e-6)
    assert why.columns.tolist() == [0, 1, 2]


def test_attention_does_not_ask_which_item(ordered):
    _, users, model = ordered
    one, other = (attention(model, users[0], item) for item in (1, 2))
    assert np.array_equal(one.parts, other.parts)
    assert one.score == pytest.approx(1)


def test_looked_is_what_recent_sums_by(ordered):
    _, _, model = ordered
    recent = model.net.recent
    rng = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 5, 16, generator=rng) for _ in range(3))
    age, seen = torch.arange(5).expand(2, 5, 5), torch.ones(2, 5, 5, dtype=torch.bool).tril()
    with torch.no_grad():
        summed = looked(recent, q, k, age, seen) @ v.unflatten(-1, (2, -1)).transpose(1, 2)
        assert torch.allclose(summed.transpose(1, 2).flatten(-2), recent(q, k, v, age, seen),
                              atol=1e-5)  # fmt: skip


def test_nobody_without_a_history_is_explained(ordered):
    known, _, model = ordered
    people = pl.DataFrame({"user_id": ["nobody"]})
    target = type(known.target)(
        known.target.name, known.target.items, known.target.interactions, people
    )
    lonely = CrossDomain(known.source, target)
    read = SequenceTransformer(model.target, model.source, device="cpu").begin(lonely)
    for reason in (integrated_gradients, attention):
        with pytest.raises(ValueError, match="user 'nobody' has no history"):
            reason(read, "nobody", 0)


def test_the_table_of_a_reason():
    known = CrossDomain(domain("s", [("a", "q")]), domain("t", [("a", "x"), ("a", "y")]))
    parts = np.array([[1.0, 0.0], [2.0, 1.0]])
    table = Why("a", 1, np.array([0, 2]), ("target", "anchor"), parts).table(known)
    assert table.to_dicts() == [
        {"title": "Title q", "domain": "s", "target": 2.0, "anchor": 1.0, "share": 0.75},
        {"title": "Title x", "domain": "t", "target": 1.0, "anchor": 0.0, "share": 0.25},
    ]
    assert np.isnan(Why("a", 1, np.array([0]), ("o",), np.zeros((1, 1))).table(known)["share"][0])
