"""Strategies of transfer: where θ starts, what moves, what is added to the loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.model.interest_contract import ScorerContract, colours, source_colours
from tests.model.small import checkerboard, domain
from xdrec.data import cold_start, make_world
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.evaluate import true_ndcg
from xdrec.interest import Popularity, SequenceTransformer
from xdrec.interest.augment import Augment
from xdrec.plan import Plan
from xdrec.transfer import strategies
from xdrec.transfer.strategies import (
    EMCDR,
    PTUPCDR,
    Aligned,
    Augmented,
    FineTune,
    Freeze,
    FromScratch,
    Joint,
    Pooled,
    Shrunk,
    Tied,
    ZeroShot,
    coral,
    density_ratio,
    learn_source,
    mmd,
)
from xdrec.transfer.strategies.aligned import Alignment, Reversed
from xdrec.transfer.strategies.joint import SideTasks, SourceLoss

PLAN = Plan(epochs=3, batch_size=4, lr=1e-2)
SMALL = {"layers": 1, "width": 4, "heads": 2, "plan": PLAN}


def small(order=None, **options):
    return SequenceTransformer(colours(order), source_colours(), **SMALL | options)


class NetContract(ScorerContract):
    """The checkerboard in two numbers an item: whoever likes a colour likes it everywhere."""

    exact = False  # batches are drawn over catalogue and people in another order


class TestFromScratch(NetContract):
    def make(self):
        return FromScratch(small(self.order))


class TestZeroShot(NetContract):
    def make(self):
        return ZeroShot(small(self.order))


class TestFineTune(NetContract):
    def make(self):
        return FineTune(small(self.order))


class TestFreeze(NetContract):
    def make(self):
        return Freeze(small(self.order))


class TestTied(NetContract):
    def make(self):
        return Tied(small(self.order), lam=1.0, norm="plain")


class TestAugmented(NetContract):
    def make(self):
        return Augmented(small(self.order))


class TestShrunk(NetContract):
    def make(self):
        return Shrunk(small(self.order), mu=0.01)


class TestJoint(NetContract):
    def make(self):
        return Joint(small(self.order))


class TestPooled(NetContract):
    def make(self):
        return Pooled(small(self.order))


@pytest.mark.parametrize("kind", ["mmd", "coral", "adversarial"])
class TestAligned(NetContract):
    @pytest.fixture(autouse=True)
    def which(self, kind):
        self.kind = kind

    def make(self):
        return Aligned(small(self.order), self.kind, weight=0.1)


class TestEMCDR(ScorerContract):
    learns_from_source = True
    exact = False  # ALS draws its first numbers item by item

    def make(self):
        return EMCDR(factors=2)


class TestPTUPCDR(ScorerContract):
    learns_from_source = True
    exact = False

    def make(self):
        return PTUPCDR(factors=2, plan=PLAN)


@pytest.fixture(scope="module")
def world():
    return make_world(120, 40, sparsity=0.85, overlap=1.0, images=False, seed=3)


@pytest.fixture(scope="module")
def known(world):
    return world.cross("books", "films")


@pytest.fixture(scope="module")
def theta(world, known):
    return learn_source(net(world), known)


def net(world, **options):
    """A model over the items' true factors: what is learnt about them holds in both domains."""
    x = [Features.of(world.truth[d].item_factors) for d in ("films", "books")]
    plan = Plan(epochs=2, batch_size=32, lr=5e-3)
    return SequenceTransformer(*x, **{"layers": 1, "width": 8, "plan": plan} | options)


def weights(strategy):
    return {name: w.clone() for name, w in strategy.model.net.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def test_the_source_is_learnt_without_one_event_of_the_target(world, known, theta):
    empty = CrossDomain(known.source, known.target.with_interactions(
        known.target.interactions.clear()))  # fmt: skip
    assert same(theta, learn_source(net(world), empty))


def test_zero_shot_is_the_source_and_lambda_at_infinity(world, known, theta):
    zero = ZeroShot(net(world), theta).fit(known)
    assert same(weights(zero), theta)
    assert same(weights(Tied(net(world), theta, np.inf).fit(known)), theta)


def test_lambda_zero_is_fine_tuning(world, known, theta):
    tuned = weights(FineTune(net(world), theta).fit(known))
    assert same(tuned, weights(Tied(net(world), theta, 0.0).fit(known)))
    assert not same(tuned, theta)


@pytest.mark.parametrize("norm", ["plain", "block", "l1"])
def test_a_strong_unsquared_tie_lands_on_the_source_exactly(world, known, theta, norm):
    assert same(weights(Tied(net(world), theta, 1e6, norm).fit(known)), theta)


def test_the_stronger_the_tie_the_nearer_the_source(world, known, theta):
    def far(lam):
        made = weights(Tied(net(world), theta, lam).fit(known))
        return sum(float((made[n] - theta[n]).square().sum()) for n in theta)

    drift = [far(lam) for lam in (0, 1, 100, 1e4)]
    assert drift == sorted(drift, reverse=True)
    assert 0 < drift[-1] < 1e-4 * drift[0]


def test_augmented_trains_on_changed_histories(world, known):
    plain = weights(FromScratch(net(world)).fit(known))
    changed = weights(Augmented(net(world), Augment(crop=0.5)).fit(known))
    by_hand = net(world).fit(known, augment=Augment(crop=0.5)).net.state_dict()
    assert all(by_hand[name].equal(changed[name]) for name in plain)
    assert not all(plain[name].equal(changed[name]) for name in plain)


def test_without_a_ridge_shrunk_is_from_scratch_and_a_huge_one_leaves_nothing(world, known):
    free = weights(Shrunk(net(world), 0.0).fit(known))
    assert same(free, weights(FromScratch(net(world)).fit(known)))
    for norm, left in (("l1", 0.0), ("squared", 1e-3)):
        held = weights(Shrunk(net(world), 1e6, norm).fit(known))
        large = {n: float(w.abs().max()) for n, w in held.items() if w.ndim > 1}
        assert max(large.values()) <= left, large
        assert any(held[n].any() for n in held if held[n].ndim < 2), "offsets go free"


def test_l1_leaves_many_weights_at_zero_and_l2_none(world, known):
    def zeros(norm, mu):
        made = weights(Shrunk(net(world), mu, norm).fit(known))
        return float(np.mean([(made[n] == 0).float().mean() for n in made if n.endswith(
            "qkv.weight")]))  # fmt: skip

    assert zeros("l1", 0.01) > 0.2
    assert zeros("squared", 0.01) == 0


def test_frozen_parts_stay_and_others_move(world, known, theta):
    made = weights(Freeze(net(world), theta, ["project", "refine"]).fit(known))
    for name in theta:
        held = name.split(".")[0] in ("project", "refine")
        assert held == torch.equal(made[name], theta[name]) or theta[name].numel() < 2
    assert not torch.equal(made["log_temperature"], theta["log_temperature"])


def test_the_net_is_trainable_again_after_freezing(world, known, theta):
    frozen = Freeze(net(world), theta).fit(known)
    assert all(w.requires_grad for w in frozen.model.net.parameters())


def test_terms_of_weight_zero_are_none_at_all(world, known, theta):
    alone = weights(FromScratch(net(world)).fit(known))
    assert same(alone, weights(Joint(net(world), 0.0, 0.0).fit(known)))
    assert same(alone, weights(Pooled(net(world), share=0.0).fit(known)))
    assert same(theta, weights(Aligned(net(world), weight=0.0).fit(known)))


def test_joint_training_reads_the_source(world, known):
    def made(source):
        pair = CrossDomain(source, known.target)
        return weights(Joint(net(world), side_weight=0.0).fit(pair))

    events = known.source.interactions
    half = known.source.with_interactions(events[: len(events) // 2])
    assert not same(made(known.source), made(half))


def test_the_sources_loss_is_that_of_a_model_of_the_source(world, known):
    """All its people in one step: the mean over the same questions."""
    model = net(world)
    term = SourceLoss(model, known)
    reader = term.reader
    batch = reader.batch(term.asked)
    expected = reader.loss(reader.net, batch, None)
    values = [float(term(reader.net).detach()) for _ in range(200)]
    assert np.mean(values) == pytest.approx(float(expected.detach()), rel=0.02)


def test_side_tasks_learn_category_and_price(world, known):
    model = net(world).begin(known)
    torch.manual_seed(0)
    tasks = SideTasks(model, known)
    first = float(tasks(model.net).detach())
    optimizer = torch.optim.Adam([*tasks.parameters(), *model.net.parameters()], lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        loss = tasks(model.net)
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.7 * first


def test_side_tasks_without_such_columns_add_nothing(world, known):
    bare = CrossDomain(*(
        type(d)(d.name, d.items.select("item_id", "title"), d.interactions)
        for d in (known.source, known.target)
    ))  # fmt: skip
    model = net(world).begin(bare)
    assert float(SideTasks(model, bare)(model.net).detach()) == 0


def test_density_ratio_by_hand_and_where_all_are_alike():
    # Two clouds apart: what lies where the target is counts more, and the mean is 1.
    source = np.array([[0.0], [0.0], [3.0]])
    ratio = density_ratio(source, np.array([[3.0], [3.0]]))
    assert ratio.mean() == pytest.approx(1)
    assert ratio[2] > 2 > 1 > ratio[0] == ratio[1]
    x = np.random.default_rng(0).normal(size=(50, 3))
    assert density_ratio(x, x) == pytest.approx(np.ones(50), abs=1e-6)


def test_no_row_counts_more_than_ten():
    x = np.zeros((1000, 1))
    x[0] = 50
    assert density_ratio(x, np.full((10, 1), 50.0), ridge=1e-6).max() == 10


def test_pooled_weights_reach_the_loss(world, known):
    """A weight of zero on all but one answer leaves that answer's loss."""
    model = net(world)
    weight = np.zeros(len(known.source.items))
    weight[0] = 1
    reader = SourceLoss(model, known, weight).reader
    asked = SourceLoss(model, known).asked
    batch = reader.batch(asked)
    here = torch.from_numpy(weight.astype(np.float32))
    alone = {**batch, "answers": torch.where(batch["answers"] == 0, 0, -1)}
    expected = reader.loss(reader.net, alone, None)
    found = reader.loss(reader.net, batch, None, here)
    assert float(found.detach()) == pytest.approx(float(expected.detach()))


def test_mmd_and_coral_by_hand():
    x = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    # cov(x) = diag(2, 0), cov(2x) = diag(8, 0), both means 0.
    assert float(coral(x, 2 * x)) == pytest.approx(36)
    assert float(mmd(x, x)) == pytest.approx(0, abs=1e-6)
    far, near = mmd(x, x + 5), mmd(x, x + 0.5)
    assert far > near > 0


def test_gradient_reversal():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Reversed.apply(x, 0.5)
    assert torch.equal(y, x)
    (3 * y).sum().backward()
    assert x.grad.tolist() == [-1.5, -1.5]


@pytest.mark.parametrize("kind", ["mmd", "coral", "adversarial"])
def test_alignment_brings_the_catalogues_together(kind):
    """Two clouds apart in a direction that a linear encoder may drop.

    The adversary only ever sees to it that its present guess fails: the clouds come nearer, not
    together.
    """
    rng = np.random.default_rng(0)
    s, t = rng.normal(size=(2, 60, 4))
    s[:, 0] += 3
    t[:, 0] -= 3
    model = SequenceTransformer(Features.of(t), Features.of(s), layers=0, width=4, heads=2)
    torch.manual_seed(0)
    encoder = nn.Linear(4, 4, bias=False)

    class Items(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def items(self, x):
            return torch.nn.functional.normalize(self.encoder(x), dim=-1)

    it = Items()
    align = Alignment(model, kind, 1.0)

    def apart():
        with torch.no_grad():
            vs, vt = it.items(align.source), it.items(align.target)
            return float((vs.mean(dim=0) - vt.mean(dim=0)).norm())

    before = apart()
    optimizer = torch.optim.Adam([*it.parameters(), *align.parameters()], lr=0.02)
    for _ in range(200):
        optimizer.zero_grad()
        align(it).backward()
        optimizer.step()
    assert apart() < (0.8 if kind == "adversarial" else 0.5) * before


def test_emcdr_by_hand_is_least_squares():
    rng = np.random.default_rng(0)
    s = rng.normal(size=(50, 3))
    w = rng.normal(size=(3, 3))
    model = EMCDR(factors=3, mu=1e-9)
    everybody = np.ones(50, bool)
    moved = model._moved(checkerboard(10), s, s @ w, everybody)
    assert model.w == pytest.approx(w)
    assert moved == pytest.approx(s @ w)


@pytest.mark.parametrize("make", [lambda: EMCDR(8), lambda: PTUPCDR(8, plan=Plan(epochs=3))])
def test_a_bridge_serves_cold_users_better_than_the_charts(make):
    world = make_world(300, 80, sparsity=0.9, overlap=1.0, gap=0.1, images=False, seed=1)
    cold, truth = cold_start(world.cross("books", "films"), share=0.3), world.truth["films"]
    charts, bridge = (
        true_ndcg(m.fit(cold.known), cold.known, truth, cold.cold_users).mean()
        for m in (Popularity(), make())
    )
    assert bridge > charts + 0.1


def test_whoever_has_a_target_history_keeps_their_own_vector():
    known = checkerboard(10)
    model = EMCDR(factors=2).fit(known)
    own = model.in_target.user_vectors[known.user_index(["u0"])]
    assert (model.user_vectors[known.user_index(["u0"])] == own).all()


def test_an_untrained_personal_bridge_is_the_common_one():
    known = checkerboard(10)
    common = EMCDR(factors=2).fit(known)
    still = PTUPCDR(factors=2, plan=Plan(epochs=1, lr=1e-12, weight_decay=0.0)).fit(known)
    assert still.user_vectors == pytest.approx(common.user_vectors, abs=1e-5)


def test_nobody_in_both_domains_is_an_error():
    known = checkerboard(10)
    events = known.source.interactions
    apart = known.source.with_interactions(events.with_columns(user_id="x" + events["user_id"]))
    with pytest.raises(ValueError, match="nobody has events in both"):
        EMCDR(factors=2).fit(CrossDomain(apart, known.target))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda m: Tied(m, lam=-1.0), "lam=-1.0: expected a strength λ >= 0"),
        (lambda m: Tied(m, lam=float("nan")), "lam=nan"),
        (lambda m: Tied(m, norm="fisher"), "norm='fisher': expected"),
        (lambda m: Shrunk(m, mu=-1.0), "mu=-1.0: expected a finite ridge"),
        (lambda m: Shrunk(m, mu=float("inf")), "mu=inf"),
        (lambda m: Shrunk(m, mu=1.0, norm="plain"), "norm='plain': expected 'l1' or 'squared'"),
        (lambda m: Joint(m, source_weight=-1), "source_weight=-1: expected"),
        (lambda m: Joint(m, side_weight=float("inf")), "side_weight=inf"),
        (lambda m: Pooled(m, share=float("nan")), "share=nan"),
        (lambda m: Aligned(m, "near"), "kind='near': expected"),
        (lambda m: Aligned(m, weight=-2.0), "weight=-2.0"),
        (lambda m: Freeze(m, frozen=["nose"]).fit(checkerboard(10)), r"frozen=\['nose'\]: exp"),
        (lambda m: EMCDR(mu=0.0), "mu=0.0: expected"),
        (lambda m: FineTune(SequenceTransformer(colours())), "does not have: Sequence"),
    ],
)
def test_settings_out_of_range(make, said):
    with pytest.raises(ValueError, match=said):
        make(small())


def test_weights_of_another_net_are_refused_by_name(known, world, theta):
    with pytest.raises(ValueError, match=r"start does not fit this net in .*project\.weight"):
        ZeroShot(net(world, width=4), theta).fit(known)


def test_what_the_source_teaches_helps_a_small_target():
    """Everybody alternates between two colours. The source has sixty people who show it; in the
    target three people have two items each, and an untrained net expects more of the same."""

    def shop(name, people, length):
        rows = [(f"{name}{p}", f"{name}-{(p + t) % 2}{(p * 3 + t) % 5}")
                for p in range(people) for t in range(length)]  # fmt: skip
        ids = [f"{name}-{colour}{i}" for colour in range(2) for i in range(5)]
        when = [t for _ in range(people) for t in range(length)]
        return domain(name, rows, items=ids, timestamp=when)

    known = CrossDomain(shop("s", 60, 8), shop("t", 3, 2))
    x = Features.of(np.repeat(np.eye(2), 5, axis=0))
    options = {"layers": 1, "width": 4, "heads": 2, "dropout": 0.0}

    def model(epochs=5):
        plan = Plan(epochs=epochs, batch_size=8, lr=0.01)
        return SequenceTransformer(x, x, **options, plan=plan)

    theta = learn_source(model(40), known)

    def right(strategy):
        """How much more the other colour is expected than the last one's."""
        scores = strategy.fit(known).score(["t0", "t1", "t2"])
        last = (np.arange(3) + 1) % 2
        of = scores.reshape(3, 2, 5).mean(axis=2)
        return float((of[np.arange(3), 1 - last] - of[np.arange(3), last]).min())

    assert right(FromScratch(model())) < 0
    for strategy in (ZeroShot, FineTune, Freeze, Tied):
        assert right(strategy(model(), theta)) > 0
    assert right(Joint(model(60), side_weight=0.0)) > 0


def test_every_strategy_is_exported():
    made = {n for n in dir(strategies) if isinstance(getattr(strategies, n), type)}
    assert {"FromScratch", "ZeroShot", "Freeze", "FineTune", "Tied", "Joint", "Pooled", "Aligned",
            "EMCDR", "PTUPCDR"} <= made  # fmt: skip
