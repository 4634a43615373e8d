"""The closed form of the transfer loss: against direct solves and its optimality conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdrec.closed_form import ItemItemPath, item_item
from xdrec.curve import ERROR, Curve, few_points

N = 12


def case(seed, n=N, density=0.3):
    """Random G, Q and an anchor with a zero diagonal."""
    rng = np.random.default_rng(seed)
    z = rng.random((30, n)) * (rng.random((30, n)) < density)
    y = (rng.random((30, n)) < density).astype(float)
    anchor = 0.3 * rng.standard_normal((n, n))
    np.fill_diagonal(anchor, 0)
    return z.T @ z, z.T @ y, anchor


def gradient(g, q, b, mu):
    """Half the gradient of ‖Y - ZB‖² + μ‖B‖², the diagonal left out."""
    rest = g @ b - q + mu * b
    np.fill_diagonal(rest, 0)
    return rest


def test_two_items_by_hand():
    """P = [[a, -b], [-b, c]]/d: EASE's B_ij = -P_ij / P_jj."""
    g = np.array([[3.0, 2.0], [2.0, 2.0]])  # plus I: [[4, 2], [2, 3]], inverse [[3, -2], [-2, 4]]/8
    assert item_item(g, g, 1.0) == pytest.approx(np.array([[0, 2 / 4], [2 / 3, 0]]))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(0, 100))
def test_it_is_the_minimum(seed, mu, lam):
    g, q, anchor = case(seed)
    b = item_item(g, q, mu, lam, anchor)
    assert np.diag(b) == pytest.approx(np.zeros(N))
    rest = gradient(g, q, b, mu) + lam * (b - anchor)
    assert np.abs(rest[~np.eye(N, dtype=bool)]).max() < 1e-9 * max(1, lam)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 7.0, 1e5]))
def test_the_path_equals_direct_solves(seed, lam):
    g, q, anchor = case(seed)
    path, history = ItemItemPath(g, q, 2.0, anchor), np.random.default_rng(seed).random((3, N))
    direct = item_item(g, q, 2.0, lam, anchor)
    assert path.weights(lam) == pytest.approx(direct, abs=1e-10)
    assert path.scores(history, lam) == pytest.approx(history @ direct, abs=1e-10)
    assert path.drift(lam) == pytest.approx(np.linalg.norm(direct - anchor), abs=1e-9)


def test_the_ends_are_the_target_alone_and_the_anchor():
    g, q, anchor = case(1)
    path = ItemItemPath(g, q, 2.0, anchor)
    assert path.weights(0.0) == pytest.approx(item_item(g, q, 2.0))
    for norm in ("squared", "plain"):
        assert (path.weights(np.inf, norm) == anchor).all()
        assert path.drift(np.inf, norm) == 0
    assert (path.scores(np.eye(N), np.inf) == anchor).all()


def test_the_drift_falls_as_the_strength_grows():
    path = ItemItemPath(*case(2)[:2], 2.0, case(2)[2])
    for norm in ("squared", "plain"):
        drifts = [path.drift(lam, norm) for lam in (0, 0.1, 1, 5, 20)]
        assert drifts == sorted(drifts, reverse=True)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.999])
def test_the_plain_norm_is_at_its_minimum(share):
    """∇F(B) + λ (B - B_0)/‖B - B_0‖ = 0 off the diagonal: the document's own, un-squared loss."""
    g, q, anchor = case(3)
    path = ItemItemPath(g, q, 2.0, anchor)
    lam = share * path.critical
    b = path.weights(lam, "plain")
    away = (b - anchor) / np.linalg.norm(b - anchor)
    rest = 2 * gradient(g, q, b, 2.0) + lam * away
    np.fill_diagonal(rest, 0)
    assert np.abs(rest).max() < 1e-6 * lam


def test_from_the_critical_strength_on_the_target_is_the_anchor():
    g, q, anchor = case(4)
    path = ItemItemPath(g, q, 2.0, anchor)
    assert path.critical == pytest.approx(2 * np.linalg.norm(gradient(g, q, anchor, 2.0)))
    assert path.drift(0.9999 * path.critical, "plain") > 0
    assert (path.weights(path.critical, "plain") == anchor).all()
    assert path.drift(path.critical, "squared") > 0.01  # the squared norm never gets there


def test_without_an_anchor_it_shrinks_to_nothing():
    g, q, _ = case(5)
    path = ItemItemPath(g, q, 2.0)
    assert path.weights(3.0) == pytest.approx(item_item(g, q, 5.0))  # λ is more of μ then
    assert np.abs(path.weights(1e9)).max() < 1e-6


def test_single_precision_is_near():
    g, q, anchor = case(6)
    exact, near = (ItemItemPath(g, q, 2.0, anchor, single=s).weights(4.0) for s in (False, True))
    assert near.dtype == np.float32
    assert np.linalg.norm(near - exact) < 1e-5 * np.linalg.norm(exact)


def test_a_gram_matrix_that_is_singular_does_no_harm():
    g = np.ones((3, 3))
    path = ItemItemPath(g, g, 0.5, np.zeros((3, 3)))
    assert path.weights(0.0) == pytest.approx(item_item(g, g, 0.5))


@pytest.mark.parametrize("lam", [-1.0, np.nan])
def test_no_strength_below_zero(lam):
    path = ItemItemPath(*case(7)[:2], 2.0)
    with pytest.raises(ValueError, match="expected a strength λ >= 0"):
        path.weights(lam)


def test_refuses_what_does_not_fit():
    g, q, anchor = case(8)
    with pytest.raises(ValueError, match="expected one, "):
        ItemItemPath(g, q, 1.0, anchor[:3, :3])
    with pytest.raises(ValueError, match="expected a finite ridge"):
        ItemItemPath(g, q, 0.0, anchor)
    with pytest.raises(ValueError, match="'squared' or 'plain'"):
        ItemItemPath(g, q, 1.0, anchor).weights(1.0, "cubed")


@pytest.mark.parametrize("norm", ["squared", "plain"])
def test_the_curve_through_few_solutions_is_as_good_as_each(norm, monkeypatch):
    """50 λ over four decades: seven are solved, and nobody sees which."""
    g, q, anchor = case(4)
    lambdas = [0.0, *np.geomspace(0.05, 500, 48), np.inf]
    path, solved = ItemItemPath(g, q, 2.0, anchor), []
    one = path._difference
    monkeypatch.setattr(path, "_difference", lambda lam: solved.append(lam) or one(lam))
    found = list(path.along(lambdas, norm))
    assert 1 < sum(lam > 0 for lam in solved) < 9
    for lam, b in zip(lambdas, found, strict=True):
        exact = path.weights(lam, norm)
        assert np.linalg.norm(b - exact) <= 2e-5 * np.linalg.norm(exact)


def test_few_strengths_are_solved_one_by_one():
    path, few = ItemItemPath(*case(4)[:2], 2.0, case(4)[2]), [0.0, 3.0, 40.0]
    for lam, b in zip(few, path.along(few), strict=True):
        assert (b == path.weights(lam)).all()
    nothing = ItemItemPath(np.zeros((2, 2)), np.zeros((2, 2)), 1.0)
    assert not any(b.any() for b in nothing.along(np.geomspace(0.1, 10, 20)))


@settings(max_examples=50)
@given(st.floats(1e-2, 1e3), st.floats(1.5, 1e5), st.floats(1e-3, 1e6))
def test_a_curve_through_few_points_is_next_to_any_function_with_poles_there(low, wide, top):
    nodes, poles = few_points(low, low * wide, top)
    assert ((nodes >= low * (1 - 1e-9)) & (nodes <= low * wide * (1 + 1e-9))).all()
    assert ((poles <= 0) & (poles >= -top * (1 + 1e-9))).all()
    own = np.append(np.geomspace(top / 1e6, top, 30), 0)

    def of(x):
        return 1 / (x + own)

    curve = Curve(nodes, poles, of)
    for x in np.geomspace(low, low * wide, 40):
        assert curve(x) == pytest.approx(of(x), rel=20 * ERROR, abs=ERROR * of(low).max())


def test_the_loss_along_the_path_by_hand():
    """Tr(BᵀGB) - 2 Tr(BᵀQ) + μ‖B‖², which is ‖Y - ZB‖² + μ‖B‖² less ‖Y‖²."""
    g, q, anchor = case(5)
    path = ItemItemPath(g, q, 2.0, anchor)
    for lam in (0.0, 3.0, np.inf):
        b = path.weights(lam)
        own = np.trace(b.T @ g @ b) - 2 * np.trace(b.T @ q) + 2.0 * (b**2).sum()
        assert path.loss(lam) == pytest.approx(own)
    losses = [path.loss(lam) for lam in (0, 0.1, 1, 5, 20)]
    assert losses == sorted(losses)
