"""The transfer loss on factors: solved exactly, and what is unknown stays with the source."""

import numpy as np
import polars as pl
import pytest

from xdrec.data import CrossDomain, cold_start, make_world
from xdrec.encoders import Features
from xdrec.transfer import TiedFactors, tied_factors

WORLD = make_world(users=60, items=30, sparsity=0.8, overlap=1.0, images=False)
COLD = cold_start(WORLD.cross("books", "films"))
SPACE = [Features.of(WORLD.truth[d].item_factors) for d in ("films", "books")]


def loss(model, x, p, q, p_0, q_0):
    """The docstring's, over those whom the target has events of."""
    rows, columns = (np.flatnonzero(x.sum(axis=axis)) for axis in (1, 0))
    weight = 1 + model.alpha * (x > 0)
    off = (weight * (x - p @ q.T) ** 2)[np.ix_(rows, columns)].sum()
    size = sum((each[at] ** 2).sum() for each, at in ((p, rows), (q, columns)))
    away = sum(((each - was)[at] ** 2).sum()
               for each, was, at in ((p, p_0, rows), (q, q_0, columns)))  # fmt: skip
    return off + model.mu * size + model.lam * away


@pytest.mark.parametrize("lam", [0.0, 3.0])
def test_people_are_solved_exactly_and_sweeps_go_down(lam, monkeypatch):
    monkeypatch.setattr(tied_factors, "ROWS", 7)  # several blocks, padded differently
    made = [TiedFactors(*SPACE, lam, factors=4, sweeps=n).fit(COLD.known) for n in (1, 2, 6)]
    model = made[-1]
    p_0, q_0 = (a.astype(float) for a in model.source_of(COLD.known))
    x = COLD.known.matrix("target").toarray().astype(float)
    losses = [loss(model, x, m.user_vectors, m.item_vectors, p_0, q_0) for m in made]
    assert losses[0] >= losses[1] >= losses[2]
    u = int(np.flatnonzero(x.sum(axis=1))[0])
    q = model.item_vectors.astype(float)[x.any(axis=0)]
    row = x[u, x.any(axis=0)]
    c = np.diag(1 + model.alpha * row)
    a = q.T @ c @ q + (model.mu + lam) * np.eye(4)
    assert model.user_vectors[u] == pytest.approx(
        np.linalg.solve(a, q.T @ c @ row + lam * p_0[u]), rel=1e-3, abs=1e-5
    )


def test_one_person_one_item_by_hand():
    """(q² + α q² + μ + λ) p = (1 + α) q + λ p_0 with q = 2, α = 1, μ = λ = 1: 10 p = 4 + 3."""
    model = TiedFactors(*SPACE, 1.0, factors=1, mu=1.0, alpha=1.0)
    out, q, p_0 = (np.array([[n]], np.float32) for n in (0, 2, 3))
    from scipy import sparse

    model._solve(sparse.csr_matrix([[1.0]]), q, p_0, out)
    assert out.item() == pytest.approx(0.7)


def test_who_is_new_stays_with_the_source_and_infinity_is_the_source():
    model = TiedFactors(*SPACE, 5.0, factors=4).fit(COLD.known)
    p_0, q_0 = model.source_of(COLD.known)
    new = COLD.known.user_index(COLD.cold_users)
    assert (model.user_vectors[new] == p_0[new]).all()
    only = TiedFactors(*SPACE, np.inf, factors=4).fit(COLD.known)
    assert (only.user_vectors == p_0).all()
    assert (only.item_vectors == q_0).all()
    far = TiedFactors(*SPACE, 1e7, factors=4).fit(COLD.known)
    assert far.user_vectors == pytest.approx(p_0, abs=1e-3)


def test_the_same_twice():
    first, second = (TiedFactors(*SPACE, 5.0, factors=4).fit(COLD.known) for _ in range(2))
    assert (first.score(COLD.cold_users) == second.score(COLD.cold_users)).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [({"lam": -1.0}, "λ >= 0"), ({"lam": np.nan}, "λ >= 0"), ({"mu": 0.0}, "ridge > 0"),
     ({"factors": 0}, "factors=0"), ({"alpha": -1.0}, "alpha=-1.0")],
)  # fmt: skip
def test_refuses(change, said):
    with pytest.raises(ValueError, match=said):
        TiedFactors(*SPACE, **change)


def test_features_must_fit():
    with pytest.raises(ValueError, match="one space"):
        TiedFactors(SPACE[0], Features.of(np.ones((30, 3))))
    with pytest.raises(ValueError, match="29 vectors for the 30 items"):
        TiedFactors(Features.of(SPACE[0].vectors[1:]), SPACE[1]).fit(COLD.known)
    with pytest.raises(TypeError, match="CrossDomain"):
        TiedFactors(*SPACE).fit(COLD.known.target)  # type: ignore[arg-type]


def test_nobody_in_the_source_is_no_error():
    known = CrossDomain(
        COLD.known.source.with_interactions(
            COLD.known.source.interactions.filter(pl.col("user_id") == "u0001")
        ),
        COLD.known.target,
    )
    assert np.isfinite(TiedFactors(*SPACE, factors=4).fit(known).item_vectors).all()  # fmt: skip
