"""Models in a world whose truth is known: nobody beats the truth, and taste beats fame."""

import numpy as np
import pytest

from xdrec.data import cold_start, leave_last_out, make_world
from xdrec.encoders import Features, LanguageModel
from xdrec.evaluate import compare, evaluate, true_ndcg
from xdrec.fusion import concatenate
from xdrec.interest import ALS, BehaviourMean, ItemKNN, Popularity


@pytest.fixture(scope="module", params=[0, 7])
def world(request):
    return make_world(users=200, items=120, overlap=0.8, images=False, seed=request.param)


@pytest.fixture(scope="module")
def texts(world):
    model = LanguageModel()
    return {name: model.encode(domain.texts()) for name, domain in world.domains.items()}


def quality(world, known, model, users=None):
    """Expected NDCG@10 of each person, what they have left out."""
    return true_ndcg(model.fit(known), known, world.truth["films"], users)


class Truth:
    """The Bayes-optimal model: it scores by the true taste."""

    def __init__(self, truth):
        self.truth = truth

    def fit(self, known):
        return self

    def score(self, users):
        return self.truth.scores[self.truth.rows(users)]


def test_the_truth_is_best_then_content_then_fame(world, texts):
    known = world.cross("books", "films")
    behaviour = Features.of(ALS(factors=8).fit(known).item_vectors)
    best = quality(world, known, Truth(world.truth["films"]))
    assert best == pytest.approx(np.ones(len(best)))
    fame = quality(world, known, Popularity())
    models = {
        "content": BehaviourMean(texts["films"]),
        "fused": BehaviourMean(concatenate({"text": texts["films"], "behaviour": behaviour})),
        "neighbours": ItemKNN(50),
        "factors": ALS(factors=8),
        "both domains": ALS(factors=8, domains="both"),
    }
    for name, model in models.items():
        reached = quality(world, known, model)
        assert (reached <= best + 1e-9).all(), name
        assert fame.mean() + 0.1 < reached.mean() < 0.95, name


def test_content_beats_fame_on_the_events_too(world, texts):
    """Measured as on real data: last item, full ranking, paired over people."""
    split = leave_last_out(world.cross("books", "films"))
    content, fame = (
        evaluate(model.fit(split.known), split)
        for model in (BehaviourMean(texts["films"]), Popularity())
    )
    assert compare(content, fame, "ndcg").mean > 0


def test_the_other_domain_helps_newcomers_if_the_gap_is_small(texts, world):
    """Known truth of transfer: at gap 0 books tell of films, at gap 1 they mislead."""
    gain = {}
    for gap in (0.0, 1.0):
        knobs = world.knobs | {"gap": gap}
        other = make_world(**knobs)
        hidden = cold_start(other.cross("books", "films"), share=0.3)
        users = hidden.cold_users
        fame = quality(other, hidden.known, Popularity(), users).mean()
        text = BehaviourMean(texts["films"], texts["books"], history="source")
        for name, model in {"text": text, "fellows": ALS(factors=8, domains="both")}.items():
            gain[name, gap] = quality(other, hidden.known, model, users).mean() - fame
    assert gain["text", 0.0] > 0 > gain["text", 1.0]
    assert gain["fellows", 0.0] > 0 > gain["fellows", 1.0]
