"""The sequence transformer: what it sees, what it starts as, and what it learns."""

import numpy as np
import polars as pl
import pytest
import torch

from tests.model.interest_contract import ScorerContract, colours, source_colours
from tests.model.small import checkerboard, domain
from xdrec.data import make_world
from xdrec.data.domain import CrossDomain, ages
from xdrec.encoders import Features
from xdrec.evaluate import bootstrap
from xdrec.interest import BehaviourMean, sequence_loss
from xdrec.interest.histories import histories
from xdrec.interest.questions import next_items
from xdrec.interest.sequence import SequenceTransformer
from xdrec.interest.sequence_net import SequenceNet
from xdrec.train import Plan

QUICK = Plan(epochs=12, batch_size=8, lr=0.01)
SMALL = {"width": 8, "layers": 1, "heads": 2, "dropout": 0.0}


class TestSequence(ScorerContract):
    exact = False  # it is taught, and its steps see the items in another order

    def make(self):
        return SequenceTransformer(colours(self.order), plan=QUICK, **SMALL)

    def test_other_seed_other_numbers(self, known):
        plans = (Plan(epochs=1, seed=seed) for seed in (1, 2))
        first, second = (SequenceTransformer(colours(), plan=plan, **SMALL).fit(known).score(["u0"])
                         for plan in plans)  # fmt: skip
        assert (first != second).any()


class TestSequenceOnBoth(ScorerContract):
    exact = False  # it is taught, and its steps see the items in another order
    learns_from_source = True

    def make(self):
        options = {"history": "both", "plan": QUICK, **SMALL}
        return SequenceTransformer(colours(self.order), source_colours(), **options)


class TestSequenceOnSource(ScorerContract):
    exact = False  # it is taught, and its steps see the items in another order
    learns_from_source = True

    def make(self):
        options = {"history": "source", "plan": QUICK, **SMALL}
        return SequenceTransformer(colours(self.order), source_colours(), **options)


def shop(rows, name="t", items=None, **columns):
    """A pair whose target has these (user, item) events; the source one event of nobody else."""
    target = domain(name, rows, items=items, **columns)
    return CrossDomain(domain("s", [("zoe", "q")], timestamp=[7], behaviour=["view"]), target)


def test_histories_by_hand():
    """An item counts from when it was first met, with all that was done with it."""
    rows = [("a", "x"), ("a", "y"), ("a", "x"), ("b", "y"), ("a", "z")]
    told = histories(
        shop(rows, timestamp=[5, 2, 1, 9, 2],
             behaviour=["purchase", "view", "view", "view", "favourite"]),
        "target", ["favourite", "purchase", "view"],
    )  # fmt: skip
    assert told.starts.tolist() == [0, 3, 4, 4]
    assert told.item.tolist() == [0, 1, 2, 1]
    assert told.upto.tolist() == [1, 3, 3, 1]  # y and z share a moment
    assert told.did.tolist() == [[0, 1, 1, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]
    assert [told.of(0), told.of(0, longest=2), told.of(2)] == [
        slice(0, 3), slice(1, 3), slice(4, 4)
    ]  # fmt: skip


def test_the_age_after_everything_is_that_of_ages():
    rows = [("a", item) for item in "vwxyz"]
    known = shop(rows, timestamp=[3, 1, 3, 8, 8])
    told = histories(known, "target")
    part = told.of(0)
    found = dict(zip(told.item[part], 5 - told.upto[part], strict=True))
    said = ages(known.target.interactions)
    assert [found[column] for column in range(5)] == said.to_list()


def test_both_domains_are_interleaved_by_the_clock():
    source = domain("s", [("a", "p"), ("a", "q")], timestamp=[1, 5], position=[8, 9])
    target = domain("t", [("a", "x"), ("a", "y")], timestamp=[3, 9], position=[0, 1])
    told = histories(CrossDomain(source, target), "both")
    assert told.item.tolist() == [2, 0, 3, 1]
    assert told.did[:, -1].tolist() == [1, 0, 1, 0]


def test_a_question_for_every_item_that_something_stands_before():
    rows = [("a", "x"), ("a", "y"), ("a", "z"), ("b", "x"), ("c", "y"), ("c", "z")]
    told = histories(shop(rows, timestamp=[1, 2, 3, 1, 4, 4]), "target")
    asked = list(next_items(told, longest=100, people=4))
    assert asked[0] == [(0, 2, 1, 1), (0, 3, 2, 2)]
    assert asked[1] == []
    assert asked[2] == [(2, 2, 0, 1), (2, 2, 1, 2)]  # at one moment: each after the other
    assert next(next_items(told, longest=2, people=1)) == [(0, 3, 1, 2)]


def a_net(d=4, heads=1, layers=2, **options):
    options = {"max_length": 6, "dropout": 0.0, "temperature": 0.1} | options
    torch.manual_seed(0)
    return SequenceNet(torch.eye(d), 1, layers=layers, heads=heads, **options)


def stirred(net):
    """The same net with weights that are nowhere zero."""
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return net.eval()


def events(v, upto):
    n = len(v)
    return {"v": v[None], "did": torch.zeros(1, n, 1), "upto": torch.tensor([upto]),
            "there": torch.ones(1, n, dtype=torch.bool)}  # fmt: skip


def test_untrained_it_is_the_weighted_behaviour_mean():
    """Two heads: γ = 1 weighs the first half of the numbers, γ = 0.3 the second."""
    net = a_net(heads=2).eval()
    v = net.items(torch.nn.functional.normalize(torch.randn(3, 4), dim=-1))
    asked = torch.tensor([[4]]), torch.tensor([[-1]])
    with torch.no_grad():
        u = net(**events(v, [1, 2, 3]), ask=asked[0], own=asked[1])[0, 0]
    even = v[:, :2].mean(dim=0)
    recent = torch.tensor([0.09, 0.3, 1.0]) @ v[:, 2:] / 1.39
    wanted = torch.cat([even, recent])
    assert torch.allclose(u, wanted / wanted.norm(), atol=1e-6)


def test_what_comes_later_and_what_is_asked_for_are_not_seen():
    net, v = stirred(a_net()), torch.nn.functional.normalize(torch.randn(5, 4), dim=-1)
    ask, own = torch.tensor([[1, 2, 4, 4]]), torch.tensor([[0, 1, 2, 3]])
    other = v.clone()
    other[2] = -v[2]

    def ask_net(v):
        with torch.no_grad():
            return net(**events(v, [1, 2, 4, 4, 5]), ask=ask, own=own)[0]

    before, after = ask_net(v), ask_net(other)
    assert not before[0].any()  # nothing stands before the first
    assert torch.equal(before[1], after[1])  # earlier
    assert torch.allclose(before[2], after[2], atol=1e-6)  # itself
    assert not torch.allclose(before[3], after[3], atol=1e-3)  # of the same moment, so known
    last = v.clone()
    last[4] = -v[4]
    assert torch.equal(before, ask_net(last))


def test_a_masked_history_is_a_shorter_one():
    net, v = stirred(a_net()), torch.nn.functional.normalize(torch.randn(4, 4), dim=-1)
    with torch.no_grad():
        long = net(**events(v, [1, 2, 3, 4]), ask=torch.tensor([[3]]), own=torch.tensor([[2]]))
        short = net(**events(v[:2], [1, 2]), ask=torch.tensor([[3]]), own=torch.tensor([[-1]]))
    assert torch.allclose(long, short, atol=1e-6)


N = 12


def circle():
    """Everybody goes around a circle of items, three steps from a place of their own."""
    rows = [(f"u{n:02}", f"i{(n + t) % N:02}") for n in range(N) for t in range(4)]
    return shop(rows, items=[f"i{n:02}" for n in range(N)], timestamp=[t % 4 for t in range(4 * N)])


@pytest.fixture(scope="module")
def around():
    model = SequenceTransformer(
        Features.of(np.eye(N)), width=16, layers=1, heads=2, dropout=0.0,
        plan=Plan(epochs=60, batch_size=4, lr=0.01),
    )  # fmt: skip
    return model.fit(circle())


def test_it_learns_what_comes_next(around):
    """Known truth: after i comes i + 1. The mean of what was cannot say so."""
    users = [f"u{n:02}" for n in range(N)]
    assert around.score(users).argmax(axis=1).tolist() == [(n + 4) % N for n in range(N)]
    mean = BehaviourMean(Features.of(np.eye(N))).fit(circle()).score(users)
    assert (mean.argmax(axis=1) != (np.arange(N) + 4) % N).all()
    losses = around.history_of_training.curve()["loss"]
    assert losses[-1] < 0.2 * losses[0]


def test_saved_and_loaded_it_scores_the_same(around, tmp_path):
    around.save(tmp_path)
    again = SequenceTransformer.load(tmp_path, Features.of(np.eye(N))).read(circle())
    users = ["u03", "u00"]
    assert again.score(users).tobytes() == around.score(users).tobytes()
    assert again.settings == around.settings
    with pytest.raises(ValueError, match=r"have 3 dimensions, the model .* has learnt from 12"):
        SequenceTransformer.load(tmp_path, Features.of(np.eye(3)))
    (tmp_path / "interest.json").write_text('{"kind": "Other"}')
    with pytest.raises(ValueError, match="holds a Other: expected a SequenceTransformer"):
        SequenceTransformer.load(tmp_path, Features.of(np.eye(N)))


def test_items_never_seen_are_scored_by_their_vectors(around, tmp_path):
    """A thirteenth item that looks like i02, read by somebody who never was in training."""
    around.save(tmp_path)
    vectors = Features.of(np.eye(N)[[*range(N), 2, 3]], present=[True] * 13 + [False])
    model = SequenceTransformer.load(tmp_path, vectors)
    ids = [f"i{n:02}" for n in range(N + 2)]
    scores = model.read(shop([("new", "i00"), ("new", "i01"), ("dumb", "i13")], items=ids,
                             timestamp=[1, 2, 3])).score(["new", "dumb", "zoe"])  # fmt: skip
    assert scores[0].argmax() in (2, 12)  # alike, but for rounding
    assert scores[0, 12] == pytest.approx(scores[0, 2], abs=1e-5)
    assert scores[0, 13] == 0  # no vector
    assert not scores[1:].any()  # nothing that could be read


def test_behaviours_are_learnt():
    """Who bought i goes on to i + 1; who only looked at it goes to i + 2."""
    rows, kinds, times = [], [], []
    for n in range(4 * N):
        bought = n % 2 == 0
        rows += [(f"u{n:02}", f"i{(n // 2 + t * (2 - bought)) % N:02}") for t in range(4)]
        kinds += ["purchase" if bought else "view"] * 4
        times += range(4)
    ids = [f"i{n:02}" for n in range(N)]
    model = SequenceTransformer(
        Features.of(np.eye(N)), width=16, layers=1, heads=2, dropout=0.0,
        plan=Plan(epochs=40, batch_size=8, lr=0.01),
    ).fit(shop(rows, timestamp=times, behaviour=kinds))  # fmt: skip
    asked = shop([("buyer", "i00"), ("viewer", "i00")], items=ids, timestamp=[1, 1],
                 behaviour=["purchase", "view"])  # fmt: skip
    assert model.read(asked).score(["buyer", "viewer"]).argmax(axis=1).tolist() == [1, 2]
    strange = shop([("a", "i00")], items=ids, timestamp=[1], behaviour=["like"])
    with pytest.raises(ValueError, match=r"behaviour \['like'\] in 't': expected"):
        model.read(strange)


def test_drawn_items_stand_for_the_rest_of_a_large_catalogue(around, monkeypatch):
    asked = list(next_items(around._told, 100, N))
    batch = around.batch(asked)
    with torch.no_grad():
        whole = float(around.loss(around.net, batch, 20_000))
        monkeypatch.setattr(sequence_loss, "FEW", 5)
        torch.manual_seed(0)
        batch["answers"][:, 1:] = -1
        batch["answers"][4:] = -1  # four answers: the other eight items are drawn from
        part = float(around.loss(around.net, batch, 20_000))
        few = float(around.loss(around.net, batch, 4))
        monkeypatch.setattr(sequence_loss, "FEW", 20_000)
        exact = float(around.loss(around.net, batch, 20_000))
    assert part == pytest.approx(exact, rel=0.02)
    assert few > 0
    assert whole > 0


@pytest.mark.long
def test_where_interest_drifts_it_beats_the_mean():
    """On vectors that hide nothing, so that the order alone makes the difference."""
    knobs = {"users": 800, "items": 120, "overlap": 1.0, "sparsity": 0.85, "images": False}
    world = make_world(**knobs, drift=0.9, popularity=0.0, seed=21)
    known, truth = world.cross("books", "films"), world.truth["films"]
    vectors = Features.of(truth.item_factors)
    options = {"width": 16, "layers": 1, "heads": 2, "dropout": 0.1}
    model = SequenceTransformer(vectors, plan=Plan(epochs=15, batch_size=32), **options)

    def found(model):
        scores = np.array(model.fit(known).score(truth.user_ids), float)
        scores[known.target.matrix(truth.user_ids).nonzero()] = -np.inf
        return truth.expected_ndcg(scores)

    better = bootstrap(found(model) - found(BehaviourMean(vectors)))
    assert better.low > 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"history": "either"}, "history='either': expected one of target, source, both"),
        ({"history": "both"}, "needs the source's item vectors"),
        ({"width": 6, "heads": 4}, "a multiple of heads"),
        ({"layers": -1}, "0 layers or more"),
        ({"max_length": 0}, "max_length=0: expected a whole number, at least 1"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"temperature": 0.0}, "temperature=0.0"),
    ],
)
def test_it_refuses(options, says):
    with pytest.raises(ValueError, match=says):
        SequenceTransformer(colours(), **options)


def test_it_says_what_is_missing():
    with pytest.raises(TypeError, match="got a Domain: expected a CrossDomain"):
        SequenceTransformer(colours()).fit(checkerboard().target)
    with pytest.raises(TypeError, match="target is a ndarray"):
        SequenceTransformer(np.eye(3))
    with pytest.raises(ValueError, match="2 dimensions, the source's 3"):
        SequenceTransformer(colours(), Features.of(np.eye(3)), history="both")
    with pytest.raises(ValueError, match="3 vectors for the 10 items of domain 'target'"):
        SequenceTransformer(Features.of(np.eye(3))).fit(checkerboard())
    with pytest.raises(ValueError, match="nobody met a second item in 't'"):
        SequenceTransformer(Features.of(np.eye(1))).fit(shop([("a", "x")]))


def test_no_layer_and_no_other_people_will_do():
    """Too few people to hold anybody out: then nothing stops early."""
    known = shop([("a", "x"), ("a", "y")], timestamp=[1, 2])
    model = SequenceTransformer(Features.of(np.eye(2)), layers=0, plan=QUICK).fit(known)
    assert model.history_of_training.best is None
    assert model.score(pl.Series(["a"])).shape == (1, 2)
