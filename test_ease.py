"""EASE: three items by hand, the two forms against each other, and what each option adds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tests.model.small import checkerboard, domain
from xdrec.data.checks import DataError
from xdrec.data.domain import CrossDomain
from xdrec.encoders import Features
from xdrec.interest import EASE
from xdrec.interest.ridge import ItemSpace, UserSpace, inverse

ROWS = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "y"), ("c", "z"), ("d", "x")]
# XᵀX + I = [[4, 2, 0], [2, 4, 1], [0, 1, 2]]; its inverse is this over 20, the determinant.
INVERSE = np.array([[7, -4, 2], [-4, 8, -4], [2, -4, 12]])
B = np.array([[0, 4 / 8, -2 / 12], [4 / 7, 0, 4 / 12], [-2 / 7, 4 / 8, 0]])


def pair(rows=ROWS, source=(("c", "q"), ("new", "q")), items=None, **columns):
    return CrossDomain(domain("s", list(source)), domain("t", rows, items, **columns))


def test_the_inverse_by_hand():
    g = np.array([[4.0, 2, 0], [2, 4, 1], [0, 1, 2]])
    assert inverse(g) * 20 == pytest.approx(INVERSE)


def test_three_items_by_hand():
    model = EASE(mu=1.0).fit(pair())
    assert model.weights(["x", "y", "z"]) == pytest.approx(B)
    assert model.score(["a", "c"]) == pytest.approx(np.stack([B[0] + B[1], B[1] + B[2]]))


def test_recency_weighs_the_history_and_not_what_is_learnt():
    model = EASE(mu=1.0, recency=0.5).fit(pair(position=[0, 1, 1, 0, 0, 1, 0]))
    assert model.weights(["x", "y", "z"]) == pytest.approx(B)
    assert model.score(["a", "b"]) == pytest.approx(
        np.stack([0.5 * B[0] + B[1], B[0] + 0.5 * B[1]])
    )


def test_a_repeat_counts_once_at_its_newest_moment():
    """y, x, y is a history of two items, y the newer; the older y makes x no older."""
    rows = [("a", "y"), *ROWS]
    model = EASE(mu=1.0, recency=0.5).fit(pair(rows, position=[0, 1, 2, 1, 0, 0, 1, 0]))
    assert model.score(["a"])[0] == pytest.approx(0.5 * B[0] + B[1])


def test_distance_by_hand():
    """One history x, y, z at δ = 0.5: G = [[1, .5, .25], [.5, 1, .5], [.25, .5, 1]], and μ = 1."""
    known = pair([("a", "x"), ("a", "y"), ("a", "z")], position=[0, 1, 2])
    p = np.linalg.inv(np.array([[2, 0.5, 0.25], [0.5, 2, 0.5], [0.25, 0.5, 2]]))
    expected = -p / np.diag(p)
    np.fill_diagonal(expected, 0)
    weights = EASE(mu=1.0, distance=0.5).fit(known).weights(["x", "y", "z"])
    assert weights == pytest.approx(expected)


def test_what_shares_a_moment_has_no_distance():
    tied = pair(timestamp=[5] * len(ROWS))
    weights = EASE(mu=1.0, distance=0.5).fit(tied).weights(["x", "y", "z"])
    assert weights == pytest.approx(B)


def test_content_adds_the_power_of_the_cosine_off_the_diagonal():
    vectors = Features.of([[1.0, 0.0], [3.0, 4.0], [-1.0, 0.0]])  # cosines .6, −1 (as 0), −.6 (0)
    model = EASE(mu=1.0, content=vectors, content_weight=0.1, content_power=2.0).fit(pair())
    added = 0.1 * np.array([[0, 0.36, 0], [0.36, 0, 0], [0, 0, 0]])
    assert model.weights(["x", "y", "z"]) == pytest.approx(B + added)


def test_content_follows_the_item_and_not_its_place():
    items = ["z", "x", "y"]
    vectors = Features.of([[-1.0, 0.0], [1.0, 0.0], [3.0, 4.0]])
    model = EASE(mu=1.0, content=vectors, content_weight=1.0, content_power=1.0)
    weights = model.fit(pair(items=items)).weights(["x"])[0]
    assert weights == pytest.approx([B[0, 2], 0, B[0, 1] + 0.6])


def test_an_item_without_a_vector_gains_nothing():
    vectors = Features.of(np.ones((3, 2)), present=[True, False, True])
    model = EASE(mu=1.0, content=vectors, content_weight=1.0).fit(pair())
    assert model.weights(["y"])[0] == pytest.approx(B[1])


def test_the_source_speaks_for_a_newcomer():
    """By what it shares with people, and by its words where it is given any."""
    both = EASE(mu=1.0, domains="both").fit(pair()).score(["new"])[0]
    assert both.argmax() == 2  # z: its one owner has q too
    source = Features.of([[1.0, 0.0]])
    target = Features.of([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    texts = {"content": target, "source_content": source, "content_weight": 0.5}
    told = EASE(mu=1.0, domains="both", **texts).fit(pair()).score(["new"])[0]
    assert told - both == pytest.approx([0.5, 0, 0])
    silent = EASE(mu=1.0, domains="both", content=target).fit(pair()).score(["new"])[0]
    assert silent == pytest.approx(both)


@given(
    seed=st.integers(0, 2**32 - 1),
    users=st.integers(1, 30),
    items=st.integers(1, 60),
    mu=st.floats(0.01, 1000),
)
def test_two_forms_one_model(seed, users, items, mu):
    """The users' Gram matrix gives what B gives, to 1e-6 of the largest score and far below."""
    rng = np.random.default_rng(seed)
    x = sparse.csr_matrix((rng.random((users, items)) < 0.2).astype(np.float32))
    h = sparse.csr_matrix(x.multiply(rng.random((users, items))))
    columns = int(rng.integers(1, items + 1))
    textbook = np.linalg.inv((x.T @ x).toarray().astype(float) + mu * np.eye(items))
    b = np.eye(items) - textbook / np.diag(textbook)
    np.fill_diagonal(b, 0)
    expected = (h @ b)[:, :columns]
    scale = max(np.abs(expected).max(), 1e-9)
    for form in (ItemSpace((x.T @ x).toarray().astype(float), mu, columns), UserSpace(x, mu, columns)):
        assert np.abs(form.score(h) - expected).max() / scale < 1e-6


def test_blocks_leave_no_seam(monkeypatch):
    rng = np.random.default_rng(0)
    x = sparse.csr_matrix((rng.random((23, 31)) < 0.3).astype(np.float32))
    whole = UserSpace(x, 2.0, 29).score(x)
    g = (x.T @ x).toarray().astype(float) + 2 * np.eye(31)
    expected = np.linalg.inv(g)
    monkeypatch.setattr("xdrec.interest.ridge.BLOCK", 7)
    assert UserSpace(x, 2.0, 29).score(x) == pytest.approx(whole)
    assert inverse(g.copy()) == pytest.approx(expected)


def test_content_blocks_leave_no_seam(monkeypatch):
    known = checkerboard(10)
    vectors = Features.of(np.random.default_rng(0).normal(size=(10, 4)))
    whole = EASE(content=vectors, content_weight=1.0).fit(known).score(known.users)
    monkeypatch.setattr("xdrec.interest.ease.BLOCK", 3)
    parts = EASE(content=vectors, content_weight=1.0).fit(known).score(known.users)
    assert parts == pytest.approx(whole)


def test_the_form_is_chosen_by_size_and_does_not_show():
    """Five people, ten items: users by users; the same scores as items by items."""
    rows = [(u, i) for u, i in checkerboard(10).target.interactions.rows() if u < "u5"]
    ids = [f"i{i}" for i in range(10)]
    few = pair(rows, source=[("u0", "q")], items=ids)
    crowd = pair(rows, source=[(f"v{j}", "q") for j in range(9)], items=ids)
    by_users, by_items = EASE(mu=3.0).fit(few), EASE(mu=3.0).fit(crowd)
    assert isinstance(by_users._linear, UserSpace)
    assert isinstance(by_items._linear, ItemSpace)
    users = [f"u{u}" for u in range(5)]
    assert by_users.score(users) == pytest.approx(by_items.score(users), rel=1e-9, abs=1e-12)
    assert by_users.weights(ids) == pytest.approx(by_items.weights(ids), rel=1e-9, abs=1e-12)


def test_nothing_known_nothing_said():
    empty = CrossDomain(domain("s", [("a", "q")]), domain("t", [], items=["x", "y"]))
    assert EASE().fit(empty).score(["a"]).tolist() == [[0, 0]]


def test_unknown_items_are_named():
    with pytest.raises(DataError, match="'pear'"):
        EASE().fit(pair()).weights(["x", "pear"])


ONE = Features.of([[1.0]])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mu": 0}, "mu=0: expected a ridge above 0"),
        ({"mu": -1}, "mu=-1: expected a finite number, 0 or more"),
        ({"mu": float("inf")}, "mu=inf"),
        ({"recency": 0}, r"recency=0: expected a number in \(0, 1\]"),
        ({"distance": 1.1}, r"distance=1.1: expected a number in \(0, 1\]"),
        ({"content_weight": -0.1}, "content_weight=-0.1"),
        ({"source_content": ONE}, "source_content needs content too"),
        ({"content": ONE, "source_content": ONE}, "domains='both'"),
    ],
)
def test_ease_refuses(options, says):
    with pytest.raises(ValueError, match=says):
        EASE(**options)


def test_content_must_be_features_of_these_items_in_one_space():
    with pytest.raises(TypeError, match=r"content is a ndarray: expected Features.of\(array\)"):
        EASE(content=np.eye(3))
    with pytest.raises(ValueError, match="1 vectors for the 3 items of domain 't'"):
        EASE(content=ONE).fit(pair())
    wide = Features.of(np.eye(3))
    with pytest.raises(ValueError, match="content has 3 dimensions, source_content 1"):
        EASE(content=wide, source_content=ONE, domains="both").fit(pair())
